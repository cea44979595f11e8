"""One pipeline from many threads, and in forked and spawned processes: the same answers, and no deadlock."""

from __future__ import annotations

import multiprocessing
import os
import warnings
from concurrent.futures import ThreadPoolExecutor, wait

import pytest

from model_fakes import ALL, Factory
from vnlp_colab import VNLPipeline

TEXTS = ["Ali dün Ankara'ya gitti .", "", "Kar yağdı .", "Çok güzel bir gün ; hava da sıcak .", "a b"] * 8

pytestmark = pytest.mark.timeout(120)


def pipeline(real: bool, **options: object) -> VNLPipeline:
    if real:
        return VNLPipeline(("pos:ContextPoS", "ner:ContextNER", "dep:ContextDP"), progress=False, **options)
    return VNLPipeline(ALL, progress=False, model_factory=Factory(), **options)


@pytest.mark.parametrize("real", [False, True])
@pytest.mark.parametrize("loader", ["threads", "none"])
def test_many_threads_share_one_pipeline(real: bool, loader: str) -> None:
    pipe = pipeline(real, loader=loader, threads=2)
    expected = [list(pipe.annotate(TEXTS[i:], 4)) for i in range(4)]
    with ThreadPoolExecutor(8) as pool:
        runs = [pool.submit(lambda i=i: list(pipe.annotate(TEXTS[i % 4 :], 4))) for i in range(16)]
        assert not wait(runs, timeout=100).not_done
    assert [run.result() for run in runs] == [expected[i % 4] for i in range(16)]


def answer(pipe: VNLPipeline | None, connection: object) -> None:
    """Annotate in a child; where none was inherited, with a pipeline of its own."""
    connection.send(list((pipe or pipeline(real=True, threads=1)).annotate(TEXTS, 4)))
    connection.close()


@pytest.mark.skipif(not hasattr(os, "fork"), reason="fork")
@pytest.mark.parametrize("real", [False, True])
def test_forked_children_of_a_used_pipeline(real: bool) -> None:
    """A child has none of the parent's threads, and must not wait for them; one thread a model is what a child has."""
    pipe = pipeline(real, threads=1)
    expected = list(pipe.annotate(TEXTS, 4))
    assert ask("fork", pipe) == [expected] * 3


def test_spawned_children() -> None:
    assert ask("spawn", None) == [list(pipeline(real=True, threads=1).annotate(TEXTS, 4))] * 3


def ask(method: str, pipe: VNLPipeline | None) -> list[object]:
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
