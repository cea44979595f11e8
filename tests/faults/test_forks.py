"""Forked children: of pipelines with workers, while models load, and that only exit."""

from __future__ import annotations

import ast
import contextlib
import multiprocessing
import os
import pickle
import signal
import subprocess
import sys
import threading
import time
import warnings
from collections.abc import Callable, Iterator
from concurrent.futures import Future
from pathlib import Path

import pytest

from counting import Counted
from model_fakes import Factory
from vnlp_colab import VNLPipeline, WorkerError
from vnlp_colab.models import loading
from vnlp_colab.models.shared_context.encoder import SharedEncoder
from vnlp_colab.results import Sentence
from vnlp_colab.runtime import vectors

POS = ("pos:TreeStackPoS",)
OURS = [f"Metin {i} güzel ." for i in range(120)]
THEIRS = [f"Başka bir metin {i}" for i in range(120)]
SOURCE = Path(__file__).resolve().parents[2] / "src"

needs_fork = pytest.mark.skipif(not hasattr(os, "fork"), reason="fork")
pytestmark = pytest.mark.timeout(120)


def pipeline(**options: object) -> VNLPipeline:
    return VNLPipeline(POS, progress=False, **{"model_factory": Factory(), **options})


def rows(texts: list[str]) -> list[Sentence]:
    return list(pipeline().annotate(texts, 4))


class Child:
    """A forked child that runs a function; it is killed if that takes longer than ``seconds``."""

    def __init__(self, work: Callable[[], object], seconds: int = 30) -> None:
        read, write = os.pipe()
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", DeprecationWarning)  # forking with threads is tested here
            self._pid = os.fork()
        if not self._pid:
            signal.alarm(seconds)
            code = 1
            try:
                try:
                    found = work()
                except Exception as error:
                    found = error
                with os.fdopen(write, "wb") as stream:
                    pickle.dump(found, stream)
                code = 0
            finally:
                os._exit(code)  # nothing of pytest's may run here
        os.close(write)
        self._stream = os.fdopen(read, "rb")

    def answer(self) -> object:
        with self._stream:
            found = self._stream.read()
        assert os.waitpid(self._pid, 0) == (self._pid, 0), "the child did not end by itself: it hangs, or has crashed"
        return pickle.loads(found)


@contextlib.contextmanager
def another_thread(*blocks: contextlib.AbstractContextManager[object]) -> Iterator[None]:
    """Have another thread be inside of blocks meanwhile."""
    inside, over = threading.Event(), threading.Event()

    def hold() -> None:
        with contextlib.ExitStack() as stack:
            for block in blocks:
                stack.enter_context(block)
            inside.set()
            over.wait(60)

    thread = threading.Thread(target=hold)
    thread.start()
    try:
        assert inside.wait(30)
        yield
    finally:
        over.set()
        thread.join()


@needs_fork
class TestWorkers:
    def test_parent_and_child_at_once_have_rows_of_their_own(self, counted: Counted) -> None:
        with pipeline(workers=2) as pipe:
            ours, theirs = rows(OURS), rows(THEIRS)
            assert list(pipe.annotate(OURS[:8], 4)) == ours[:8]
            for _ in range(2):
                child = Child(lambda: list(pipe.annotate(THEIRS, 4)))
                counted.fault()
                counted.same(ours, list(pipe.annotate(OURS, 4)))
                counted.same(theirs, child.answer())

    @pytest.mark.usefixtures("one_fault")
    def test_children_that_are_forked_while_threads_work(self) -> None:
        """The lock of the pool is held at that moment, and messages are half read."""
        with pipeline(workers=2) as pipe:
            ours, theirs = rows(OURS), rows(THEIRS[:20])
            over = threading.Event()
            same: list[bool] = []

            def work() -> None:
                while not over.is_set():
                    same.append(list(pipe.annotate(OURS, 4)) == ours)

            threads = [threading.Thread(target=work) for _ in range(2)]
            for thread in threads:
                thread.start()
            try:
                children = [Child(lambda: list(pipe.annotate(THEIRS[:20], 4))) for _ in range(2)]
                assert [child.answer() for child in children] == [theirs] * 2
            finally:
                over.set()
                for thread in threads:
                    thread.join()
            assert same and all(same)

    @pytest.mark.usefixtures("one_fault")
    def test_a_child_that_closes_the_pipeline_closes_its_own(self) -> None:
        with pipeline(workers=1) as pipe:
            (before,) = pipe._runner._pool._workers
            assert Child(pipe.close).answer() is None
            assert list(pipe.annotate(OURS[:9], 4)) == rows(OURS[:9])
            assert pipe._runner._pool._workers == [before]

    def test_a_daemon_of_multiprocessing_is_told_that_it_may_have_no_workers(self, monkeypatch) -> None:
        with pipeline(workers=1) as pipe:
            pipe.close()
            monkeypatch.setitem(multiprocessing.current_process()._config, "daemon", True)
            with pytest.raises(WorkerError, match="without workers"):
                list(pipe.annotate(OURS[:1]))


@pytest.mark.usefixtures("one_fault")
@needs_fork
@pytest.mark.parametrize("options", [{"loader": "threads"}, {"loader": "none"}, {"workers": 1}], ids=str)
def test_a_run_goes_on_in_the_process_alone_that_began_it(options: dict[str, object]) -> None:
    """What prepares its rows is not in the child, which would wait for it."""
    with pipeline(**options) as pipe:
        run = pipe.annotate(OURS, 4)
        first = next(run)
        with pytest.raises(WorkerError, match="begin one of its own"):
            raise Child(lambda: next(run)).answer()
        assert [first, *run] == rows(OURS)


PROGRAM = """
import os, signal, sys, time
from model_fakes import Factory
from vnlp_colab import VNLPipeline

if __name__ == "__main__":
    texts = [f"Metin {i} güzel ." for i in range(60)]
    expected = list(VNLPipeline("pos:TreeStackPoS", progress=False, model_factory=Factory()).annotate(texts, 4))
    options = {"workers": 2} if sys.argv[1] == "workers" else {"loader": sys.argv[1]}
    pipe = VNLPipeline("pos:TreeStackPoS", progress=False, model_factory=Factory(), **options)
    run = pipe.annotate(texts, 4)
    begun = [next(run)]
    processes = [worker.process for worker in pipe._runner._pool._workers] if options.get("workers") else []
    for _ in range(2):
        child = os.fork()
        if not child:
            if sys.argv[2] == "lives":
                os.close(1)
                os.close(2)
                time.sleep(60)
            sys.exit(0)
        if sys.argv[2] == "exits":
            assert os.waitpid(child, 0) == (child, 0)
    print(*(process.pid for process in processes), flush=True)
    if sys.argv[2] == "lives":
        os.kill(os.getpid(), signal.SIGKILL)
    assert [*begun, *run] == expected
    assert list(pipe.annotate(texts, 4)) == expected
    assert all(process.is_alive() for process in processes)
    print("same")
"""


def program(*arguments: str) -> subprocess.Popen[str]:
    here = Path(__file__).resolve().parents[1]
    command = [sys.executable, "-W", "ignore::DeprecationWarning", "-c", PROGRAM, *arguments]
    return subprocess.Popen(
        command,
        env=os.environ | {"PYTHONPATH": os.pathsep.join([str(here), os.environ.get("PYTHONPATH", "")])},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )


@pytest.mark.usefixtures("one_fault")
@needs_fork
@pytest.mark.parametrize("kind", ["workers", "threads", "none"])
def test_a_child_that_merely_exits_harms_nothing(kind: str) -> None:
    """Leaving, multiprocessing ends what it takes for children of the process."""
    with program(kind, "exits") as process:
        said, complaints = process.communicate(timeout=100)
    assert said.splitlines()[-1:] == ["same"]
    assert not complaints


@pytest.mark.usefixtures("one_fault")
@needs_fork
@pytest.mark.skipif(not Path("/proc/self/stat").exists(), reason="/proc")
def test_workers_end_with_their_parent_though_a_child_lives_on() -> None:
    """As long as the child holds the parent's end of their pipes, these do not end."""
    with program("workers", "lives") as process:
        try:
            workers = process.stdout.readline().split()
            assert len(workers) == 2
            deadline = time.monotonic() + 30
            while any(map(runs, workers)):
                assert time.monotonic() < deadline, "workers outlive their parent"
                time.sleep(0.05)
        finally:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)


def runs(pid: str) -> bool:
    try:
        return Path("/proc", pid, "stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


@needs_fork
class TestLocks:
    """Locks that another thread holds at the fork, in a child that has no such thread."""

    @pytest.mark.usefixtures("one_fault")
    def test_of_what_is_loaded(self) -> None:
        with another_thread(loading._lock):
            assert Child(lambda: loading.shared("of a test", lambda: 1)).answer() == 1
        loading._shared.pop("of a test", None)

    @pytest.mark.usefixtures("one_fault")
    def test_of_caches(self) -> None:
        cache = vectors.VectorCache(2)

        def work() -> object:
            cache.fetch(["a"], lambda keys: [vectors.np.zeros(2, "f4")])
            return vectors.VectorCache(2).capacity > 0 and vectors.cache_statistics().vectors >= 1

        with another_thread(vectors._caches_lock, cache._lock):
            assert Child(work).answer() is True

    @pytest.mark.usefixtures("one_fault")
    def test_what_its_parent_is_encoding_is_not_waited_for(self) -> None:
        pipe = VNLPipeline("pos:ContextPoS", progress=False, loader="none", threads=1)
        texts = ["Ali dün Ankara'ya gitti ."]
        expected = list(pipe.annotate(texts))
        encoder = SharedEncoder.load("auto")
        key, _ = encoder._last
        encoder._last, encoder._running = None, {key: Future()}
        try:
            with another_thread(encoder._lock):
                assert Child(lambda: list(pipe.annotate(texts))).answer() == expected
        finally:
            encoder._running.clear()

    def test_that_the_thread_holds_which_forks_stays_its_own(self) -> None:
        def work() -> object:
            with loading._lock:
                return Child(lambda: loading.shared("of a test", lambda: 2)).answer()

        assert work() == 2
        with loading._lock:  # and is released as it should be
            pass

    def test_there_are_no_others(self) -> None:
        """Whoever needs a lock takes one that a child can use."""
        found = set()
        for path in (SOURCE / "vnlp_colab").rglob("*.py"):
            for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
                if isinstance(node, ast.ImportFrom) and node.module in ("threading", "multiprocessing"):
                    names = {alias.name for alias in node.names}
                elif isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name):
                    names = {node.attr} if node.value.id in ("threading", "multiprocessing") else set()
                else:
                    continue
                if names & {"Lock", "RLock", "Condition", "Semaphore", "BoundedSemaphore", "Event", "Barrier"}:
                    found.add(path.relative_to(SOURCE / "vnlp_colab").as_posix())
        assert found == {"runtime/forking.py"}


@needs_fork
class TestLoading:
    @pytest.mark.usefixtures("one_fault")
    @pytest.mark.parametrize("what", ["a pipeline", "a model"])
    def test_a_fork_waits_for_models_that_are_being_loaded(self, what: str) -> None:
        begun = threading.Event()
        loaded = []

        def slow(name: str, **options: object) -> object:
            begun.set()
            time.sleep(0.3)
            loaded.append(name)
            return Factory()(name, **options)

        def load() -> None:
            if what == "a pipeline":
                pipeline(model_factory=slow)
            else:
                loading.shared("of a slow test", lambda: slow("TreeStackPoS"))

        thread = threading.Thread(target=load)
        thread.start()
        assert begun.wait(30)
        assert Child(lambda: len(loaded)).answer() > 0
        thread.join()
        loading._shared.pop("of a slow test", None)

    @pytest.mark.usefixtures("one_fault")
    def test_children_that_load_what_their_parent_is_loading(self, monkeypatch) -> None:
        """Four of five hung."""
        models = "pos:ContextPoS,ner:ContextNER"
        expected = list(VNLPipeline(models, progress=False, threads=1).annotate(OURS[:3]))

        def load() -> list[Sentence]:
            return list(VNLPipeline(models, progress=False, threads=1).annotate(OURS[:3]))

        for delay in (0.02, 0.08, 0.14):
            monkeypatch.setattr(loading, "_shared", {})
            thread = threading.Thread(target=load)
            thread.start()
            time.sleep(delay)
            assert Child(load).answer() == expected
            thread.join()
