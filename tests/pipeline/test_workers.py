"""Worker processes, with stand-ins for the models; one test runs real models."""

import contextlib
import gc
import itertools
import logging
import multiprocessing
import os
import random
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import pandas as pd
import pytest
from worker_fakes import Buggy, Deadly, Lacking, Slow, Stillborn

from model_fakes import ALL, Factory
from vnlp_colab import InputError, MissingExtra, VNLPipeline, WorkerError

POS = ["pos:TreeStackPoS"]
TEXTS = [f"Metin {i} " + "çok " * (i % 13) + "güzel ." if i % 7 else "" for i in range(150)]


def pipeline(models=ALL, workers=2, factory=None, **options):
    return VNLPipeline(models, progress=False, workers=workers, model_factory=factory or Factory(), **options)


@pytest.fixture(scope="module")
def pair():
    """A pipeline in this process, and one with two workers."""
    with pipeline() as with_workers:
        yield pipeline(workers=0), with_workers


@pytest.fixture
def children():
    """The worker processes that a test has started and that still run."""
    before = set(multiprocessing.active_children())
    return lambda: set(multiprocessing.active_children()) - before


def alive(pid):
    """Whether a process still runs; one that waits to be reaped does not."""
    try:
        stat = Path(f"/proc/{pid}/stat").read_text()
    except OSError:
        return False
    return stat.rpartition(")")[2].split()[0] != "Z"


def wait_until(condition, seconds=30):
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.02)


class TestResults:
    @pytest.mark.parametrize("count", [0, 1, 2, 5, 150])
    @pytest.mark.parametrize("batch_size", [1, 4, 64])
    def test_they_are_those_of_one_process(self, pair, count, batch_size):
        here, there = pair
        assert list(there.annotate(TEXTS[:count], batch_size)) == list(here.annotate(TEXTS[:count], batch_size))

    def test_frames(self, pair):
        frame = pd.DataFrame({"sentence": [*TEXTS[:20], None], "x": range(21)}, index=list("abcdefghijklmnopqrstu"))
        here, there = (pipe.process_dataframe(frame, 3) for pipe in pair)
        pd.testing.assert_frame_equal(here, there)

    @pytest.mark.parametrize("suffix", ["jsonl", "csv", "parquet", "conllu", "pkl"])
    def test_files(self, pair, write, tmp_path, suffix):
        source = write("in.tsv", "".join(f"k\t1\t2\t{i}\t{text}\n" for i, text in enumerate(TEXTS)))
        outputs = [tmp_path / f"{i}.{suffix}" for i in range(2)]
        done = [pipe.annotate_file(source, output, 8) for pipe, output in zip(pair, outputs, strict=True)]
        if suffix == "pkl":  # which strings are one object shows in its bytes
            pd.testing.assert_frame_equal(*map(pd.read_pickle, outputs))
        else:
            assert outputs[0].read_bytes() == outputs[1].read_bytes()
        assert done[0].tokens == done[1].tokens
        frame = pair[1].run(source, tmp_path / f"r.{suffix}")
        assert len(frame) == len(TEXTS)

    def test_the_progress_counts_all_rows(self, pair):
        counts = []
        list(pair[1]._runner.run(TEXTS, 4, counts.append))
        assert sum(counts) == len(TEXTS)

    def test_runs_may_interleave(self, pair):
        here, there = pair
        runs = [there.annotate(TEXTS, 2), there.annotate(TEXTS[::-1], 3)]
        taken = [list(run) for run in zip(*zip(*runs, strict=True), strict=True)]
        assert taken == [list(here.annotate(TEXTS)), list(here.annotate(TEXTS[::-1]))]

    def test_threads_may_share_it(self, pair):
        here, there = pair
        found = {}
        threads = [
            threading.Thread(target=lambda i=i: found.update({i: list(there.annotate(TEXTS[i:], 5))})) for i in range(3)
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(60)
        assert found == {i: list(here.annotate(TEXTS[i:])) for i in range(3)}

    @pytest.mark.models
    def test_real_models(self, shared_dir):
        lines = (shared_dir / "data" / "ud" / "tr_boun-ud-test.conllu").read_text(encoding="utf-8").splitlines()
        texts = [line.removeprefix("# text = ") for line in lines if line.startswith("# text = ")]
        texts = random.Random(5).sample(texts, 40)
        models = ["stemmer", "pos:TreeStackPoS", "sentiment:GRUSentimentAnalyzer"]
        with VNLPipeline(models, progress=False, workers=2) as there:
            assert list(there.annotate(texts, 8)) == list(VNLPipeline(models, progress=False).annotate(texts))


class TestStreaming:
    def test_few_texts_are_drawn_ahead(self, pair):
        drawn = []
        endless = (drawn.append(i) or f"{i} numaralı ." for i in itertools.count())
        sentences = pair[1].annotate(endless, batch_size=2)
        for expected in range(300):
            assert next(sentences).tokens[0] == str(expected)
            assert len(drawn) - expected <= 7 * 8  # six shards of four batches, and the one that is being given out

    def test_what_came_before_a_failure_of_the_source_is_not_lost(self, pair):
        def failing():
            yield from TEXTS[:11]
            raise KeyError("source")

        got = []
        with pytest.raises(KeyError, match="source"):
            for sentence in pair[1].annotate(failing(), 2):
                got.append(sentence.text)
        assert got == TEXTS[:11]

    def test_an_abandoned_run_does_not_hold_up_the_next(self, pair):
        here, there = pair
        run = there.annotate(TEXTS, 1)
        next(run)
        run.close()
        assert list(there.annotate(TEXTS[:9])) == list(here.annotate(TEXTS[:9]))


class TestErrors:
    def test_the_row_is_that_of_the_whole_input(self, write, leftovers, tmp_path):
        texts = ["kısa"] * 50
        texts[37] = "bir " * 50
        with pipeline(on_long="error") as pipe:
            with pytest.raises(InputError, match=r"^row 37: the sentence has more than 40 tokens$") as raised:
                list(pipe.annotate(texts, 4))
            assert raised.value.row == 37
            source = write("in.tsv", "".join(f"k\t1\t2\t{i}\t{text}\n" for i, text in enumerate(texts)))
            with pytest.raises(InputError, match=r"in\.tsv, row 38, column 'sentence': the sentence has more"):
                pipe.annotate_file(source, tmp_path / "out" / "o.csv", 4)
        assert leftovers() == []

    def test_an_item_that_is_not_text(self, pair):
        with pytest.raises(InputError, match=r"row 6: expected text, found int") as raised:
            list(pair[1].annotate(["a"] * 6 + [5], 2))
        assert raised.value.row == 6

    def test_a_bug_comes_with_its_traceback(self):
        with pipeline(POS, factory=Buggy()) as pipe:
            with pytest.raises(ZeroDivisionError, match="bölünemez") as raised:
                list(pipe.annotate(["a", "hata"]))
            assert "worker_fakes.py" in raised.value.__notes__[0]
            assert raised.value.__notes__[-1] == "This happened over row 1, counted from 0."
            with pytest.raises(RuntimeError, match="Stubborn: bir iki"):
                list(pipe.annotate(["inat"]))
            assert len(list(pipe.annotate(["a", "b"]))) == 2

    def test_models_that_cannot_be_loaded(self, children):
        with pytest.raises(MissingExtra, match=r"pip install 'vnlp-colab\[cpu\]'") as raised:
            pipeline(factory=Lacking())
        assert raised.value.module == "onnxruntime"
        assert not children()

    def test_workers_that_die_before_they_are_ready(self, children):
        with pytest.raises(WorkerError, match=r"before it was ready \(exit code 7\).*__main__"):
            pipeline(factory=Stillborn())
        assert not children()

    def test_a_script_that_is_no_file(self):
        script = "from vnlp_colab.pipeline.pool import Pool\nif __name__ == '__main__':\n    Pool(1, print).start()\n"
        done = subprocess.run([sys.executable, "-"], input=script, capture_output=True, text=True, timeout=100)
        said = done.stderr.splitlines()[-1]
        assert "<stdin> is no file" in said and "save the script as a file, or make the pipeline without" in said
        # No worker was started: it would have told of its own failure.
        assert "FileNotFoundError" not in done.stderr and "if __name__" not in said

    @pytest.mark.parametrize("workers", [-1, 1.5, "2", True])
    def test_impossible_numbers(self, workers):
        with pytest.raises(InputError, match="workers"):
            pipeline(workers=workers)


class TestDeath:
    def test_a_shard_is_tried_again(self, tmp_path, caplog):
        texts = TEXTS[:]
        texts[70] = "bir_kez öldü"
        with pipeline(POS, factory=Deadly(tmp_path)) as pipe, caplog.at_level(logging.WARNING):
            assert list(pipe.annotate(texts, 4)) == list(pipeline(POS, 0).annotate(texts))
        (record,) = caplog.records
        assert "died (killed by SIGKILL, perhaps for want of memory) over rows 56 to 71, counted" in record.getMessage()

    def test_twice_is_an_error_that_names_the_rows(self, tmp_path, write, leftovers, caplog):
        source = write("in.tsv", "".join(f"k\t1\t2\t{i}\t{'hep' if i == 70 else 'a'}\n" for i in range(100)))
        with pipeline(POS, factory=Deadly(tmp_path)) as pipe:
            with pytest.raises(WorkerError, match=r"^row 71: 2 worker processes died over it.*SIGKILL"):
                pipe.annotate_file(source, tmp_path / "out" / "o.jsonl", 4)
            assert leftovers() == []
            assert "rows 57 to 72; trying once more" in caplog.text
            assert len(list(pipe.annotate(TEXTS))) == len(TEXTS)

    def test_workers_that_are_shot(self, tmp_path, caplog, children):
        texts = ["yavaş gidiyor"] * 40
        with pipeline(POS, factory=Slow(tmp_path)) as pipe:
            run = pipe.annotate(texts, 2)
            found = [next(run)]
            for process in children():
                os.kill(process.pid, signal.SIGKILL)
            found += run
        assert found == list(pipeline(POS, 0).annotate(texts))
        assert len(caplog.records) <= 2


class TestEnd:
    def test_after_close_they_start_again(self, children):
        pipe = pipeline(POS)
        first = list(pipe.annotate(TEXTS))
        pipe.close()
        assert not children()
        assert list(pipe.annotate(TEXTS)) == first
        pipe.close()

    def test_they_end_with_the_pipeline(self, tmp_path):
        pipe = pipeline(POS, factory=Slow(tmp_path))
        pids = [int(path.name) for path in tmp_path.iterdir()]
        assert len(pids) == 2 and all(map(alive, pids))
        del pipe
        gc.collect()
        wait_until(lambda: not any(map(alive, pids)))


# A job in the background, as of a CI server, hands down that Ctrl-C is ignored.
PROGRAM = """
import signal, sys, vnlp_colab.store
signal.signal(signal.SIGINT, signal.default_int_handler)
from vnlp_colab.cli import main
from vnlp_colab.models import registry
from worker_fakes import SlowAndUncached
SlowAndUncached.stand_in()
registry.create = SlowAndUncached(sys.argv.pop(1))
vnlp_colab.store.bundle = lambda name, progress: None
main()
"""


@pytest.mark.skipif(os.name != "posix", reason="process groups and signals")
class TestInterrupts:
    @contextlib.contextmanager
    def running(self, tmp_path, *options):
        """The command run, with workers that are in the middle of a long batch; its process, and theirs."""
        (tmp_path / "pids").mkdir()
        (tmp_path / "out").mkdir()
        rows = "".join(f"k\t1\t2\t{i}\t{'uzun' if i > 20 else 'a'}\n" for i in range(60))
        (tmp_path / "in.tsv").write_text(rows, encoding="utf-8")
        here = Path(__file__).parent
        environment = os.environ | {"PYTHONPATH": os.pathsep.join([str(here), str(here.parent)])}
        arguments = [str(tmp_path / "pids"), "run", str(tmp_path / "in.tsv"), "-o", str(tmp_path / "out" / "o.csv")]
        process = subprocess.Popen(
            [sys.executable, "-c", PROGRAM, *arguments, "--models", POS[0], "--workers", "2", "--batch-size", "4"],
            env=environment,
            stderr=subprocess.PIPE,
            text=True,
            start_new_session=True,
        )

        def pids():
            return [int(path.name) for path in (tmp_path / "pids").iterdir() if path.name.isdigit()]

        def is_busy():
            # The second worker starts while the first one is at work already.
            return (tmp_path / "pids" / "begun").exists() and len(pids()) == 2

        try:
            wait_until(lambda: is_busy() or process.poll() is not None)
            yield process, pids()
        finally:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
            process.wait()
            process.stderr.close()

    @pytest.mark.parametrize("target", ["group", "parent"])
    def test_ctrl_c_ends_all(self, tmp_path, target):
        with self.running(tmp_path) as (process, pids):
            assert len(pids) == 2 and all(map(alive, pids))
            (os.killpg if target == "group" else os.kill)(process.pid, signal.SIGINT)
            # Half of what the work itself would take.
            error = process.communicate(timeout=30)[1]
            assert process.returncode == 130
            assert "Traceback" not in error
            wait_until(lambda: not any(map(alive, pids)))
            assert list((tmp_path / "out").iterdir()) == []

    def test_they_do_not_outlive_a_parent_that_is_killed(self, tmp_path):
        with self.running(tmp_path) as (process, pids):
            assert len(pids) == 2
            process.kill()
            wait_until(lambda: not any(map(alive, pids)))
            assert not (tmp_path / "out" / "o.csv").exists()
