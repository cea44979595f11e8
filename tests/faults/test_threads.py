"""One pipeline from many threads, and in forked and spawned processes: the same answers, and no deadlock."""

from __future__ import annotations

import multiprocessing
import os
import threading
import time
import warnings
from concurrent.futures import ThreadPoolExecutor, wait

import pytest

from counting import Counted
from model_fakes import ALL, Factory
from vnlp_colab import VNLPipeline
from vnlp_colab.runtime import forking

TEXTS = ["Ali dün Ankara'ya gitti .", "", "Kar yağdı .", "Çok güzel bir gün ; hava da sıcak .", "a b"] * 8

pytestmark = pytest.mark.timeout(120)


def pipeline(real: bool, **options: object) -> VNLPipeline:
    if real:
        return VNLPipeline(("pos:ContextPoS", "ner:ContextNER", "dep:ContextDP"), progress=False, **options)
    return VNLPipeline(ALL, progress=False, model_factory=Factory(), **options)


@pytest.mark.parametrize("real", [False, True])
@pytest.mark.parametrize("loader", ["threads", "none"])
def test_many_threads_share_one_pipeline(real: bool, loader: str, counted: Counted) -> None:
    pipe = pipeline(real, loader=loader, threads=2)
    expected = [list(pipe.annotate(TEXTS[i:], 4)) for i in range(4)]
    with ThreadPoolExecutor(8) as pool:
        runs = [pool.submit(lambda i=i: list(pipe.annotate(TEXTS[i % 4 :], 4))) for i in range(16)]
        assert not wait(runs, timeout=100).not_done
    for i, run in enumerate(runs):
        counted.fault()
        counted.same(expected[i % 4], run.result())


def answer(pipe: VNLPipeline | None, connection: object) -> None:
    """Annotate in a child; where none was inherited, with a pipeline of its own."""
    connection.send(list((pipe or pipeline(real=True, threads=1)).annotate(TEXTS, 4)))
    connection.close()


needs_fork = pytest.mark.skipif(not hasattr(os, "fork"), reason="fork")


@needs_fork
@pytest.mark.parametrize("threads", [1, 2])
@pytest.mark.parametrize("real", [False, True])
def test_forked_children_of_a_used_pipeline(real: bool, threads: int, counted: Counted) -> None:
    """A child has none of the parent's threads, and must not wait for them."""
    pipe = pipeline(real, threads=threads)
    expected = list(pipe.annotate(TEXTS, 4))
    answered(counted, expected, ask("fork", pipe))


@needs_fork
def test_children_that_are_forked_while_threads_work(counted: Counted) -> None:
    """Locks that the runtime holds at that moment would stay held in the child: four of ten hung."""
    pipe = pipeline(real=True, threads=2)
    expected = list(pipe.annotate(TEXTS, 4))
    done = threading.Event()

    def work() -> bool:
        same = True
        while not done.is_set():
            same &= list(pipe.annotate(TEXTS, 4)) == expected
        return same

    with ThreadPoolExecutor(3) as pool:
        busy = [pool.submit(work) for _ in range(3)]
        try:
            found = [one for _ in range(4) for one in ask("fork", pipe)]
        finally:
            done.set()
        assert all(run.result() for run in busy)
    answered(counted, expected, found)
    assert len(found) == 12


@pytest.mark.usefixtures("one_fault")
@needs_fork
def test_a_model_may_fork() -> None:
    """Whoever is inside a model already does not wait for himself; models side by side, and no thread but theirs."""

    class Forking(Factory):
        def __call__(self, name: str, **options: object) -> object:
            model = super().__call__(name, **options)
            predict = model.predict_batch

            def predict_batch(batch: object, **given: object) -> object:
                child = os.fork()
                if not child:
                    os._exit(0)
                assert os.waitpid(child, 0) == (child, 0)
                return predict(batch, **given)

            if name == "TreeStackPoS":
                model.predict_batch = predict_batch
            return model

    begin = time.monotonic()
    pipe = VNLPipeline("pos:TreeStackPoS", progress=False, model_factory=Forking(), loader="none", threads=1)
    assert len(list(pipe.annotate(TEXTS, 4))) == len(TEXTS)
    assert time.monotonic() - begin < forking._PATIENCE


@pytest.mark.parametrize("handed_on", [False, True])
def test_spawned_children(handed_on: bool, counted: Counted) -> None:
    """With pipelines that they make themselves, or that they are handed, pickled."""
    pipe = pipeline(real=True, threads=1)
    answered(counted, list(pipe.annotate(TEXTS, 4)), ask("spawn", pipe if handed_on else None))


def answered(counted: Counted, expected: list[object], answers: list[list[object]]) -> None:
    """Compare what each child has answered."""
    for rows in answers:
        counted.fault()
        counted.same(expected, rows)


def ask(method: str, pipe: VNLPipeline | None) -> list[list[object]]:
    context = multiprocessing.get_context(method)
    children = []
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)  # what forking with threads is warned of is tested here
        for _ in range(3):
            ours, theirs = context.Pipe()
            child = context.Process(target=answer, args=(pipe, theirs), daemon=True)
            child.start()
            theirs.close()
            children.append((child, ours))
    found = []
    for child, ours in children:
        assert ours.poll(90), "a child does not answer"
        found.append(ours.recv())
        child.join(20)
        assert child.exitcode == 0
    return found
