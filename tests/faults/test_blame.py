"""Whose fault it is: a row's, or that of what the models run on, for which no row may pay."""

from __future__ import annotations

import errno
import itertools
import os
import signal
from pathlib import Path

import pandas as pd
import pytest
from typer.testing import CliRunner
from worker_fakes import Buggy, Wrapped

from model_fakes import Factory
from vnlp_colab import DeviceError, ModelError, VNLPipeline
from vnlp_colab.cli import run  # noqa: F401  (it adds its command)
from vnlp_colab.cli.app import app
from vnlp_colab.pipeline import loaders
from vnlp_colab.runtime.session import CPU, CUDA, Graph

POS = "pos:TreeStackPoS"
TEXTS = [f"Metin {i} güzel ." for i in range(60)]


def pipeline(factory=None, **options):
    return VNLPipeline(POS, progress=False, model_factory=factory or Factory(), **{"on_error": "skip", **options})


class Breaking(Wrapped):
    """Breaks at some row, and ever after."""

    error: Exception = RuntimeError("CUDA failure 700: an illegal memory access was encountered")

    def __init__(self):
        super().__init__()
        self.broken = self.mended = False

    def before(self, tokens):
        self.broken = self.broken or "31" in tokens
        if self.broken and not self.mended:
            raise self.error


class Dying(Breaking):
    """Kills its process over any text but the first ones."""

    def before(self, tokens):
        if not {"0", "1"} & set(tokens):
            os.kill(os.getpid(), signal.SIGKILL)


class FullDisk(Breaking):
    error = OSError(errno.ENOSPC, "No space left on device")


class NoMemory(Breaking):
    error = MemoryError()


HOW = [{}, {"loader": "none"}, {"threads": 2}, {"workers": 2}]


@pytest.mark.usefixtures("one_fault")
@pytest.mark.parametrize("how", HOW, ids=str)
@pytest.mark.parametrize("factory", [Breaking, NoMemory])
def test_what_breaks_for_good_is_nobodys_row(factory, how):
    with pipeline(factory(), **how) as pipe:
        found = pipe.annotate(TEXTS, 4)
        with pytest.raises(
            ModelError, match=r"^the models failed over a row \((Runtime|Memory)Error.*known to be good"
        ):
            assert all(row.failure is None for row in found)


@pytest.mark.usefixtures("one_fault")
@pytest.mark.parametrize("how", HOW, ids=str)
def test_errors_of_the_disk_are_nobodys_row(how):
    with pipeline(FullDisk(), **how) as pipe:
        found = pipe.annotate(TEXTS, 4)
        with pytest.raises(OSError, match="No space left"):
            assert all(row.failure is None for row in found)


@pytest.mark.usefixtures("one_fault")
@pytest.mark.parametrize("how", HOW, ids=str)
def test_a_row_is_to_blame_where_others_go_well(how):
    """Also where the very first one fails, when nothing is known to be good yet."""
    texts = ["hata", *TEXTS[1:30], "hata", *TEXTS[31:]]
    with pipeline(Buggy(), **how) as pipe:
        found = list(pipe.annotate(texts, 4))
    assert [place for place, row in enumerate(found) if row.failure] == [0, 30]
    assert all(row == good for row, good in zip(found, pipeline().annotate(texts), strict=True) if not row.failure)


@pytest.mark.usefixtures("one_fault")
@pytest.mark.slow
def test_workers_that_die_over_everything():
    """Five processes are started, one after another."""
    with pipeline(Dying(), workers=1) as pipe, pytest.raises(ModelError, match=r"good .TaskLost: a sentence known to"):
        list(pipe.annotate(["5 .", "6 .", "7 ."], 1))


@pytest.mark.usefixtures("one_fault")
def test_no_shard_and_no_output_has_rows_that_paid(tmp_path):
    pd.DataFrame({"sentence": TEXTS}).to_parquet(tmp_path / "in.parquet")

    pipe = pipeline(Breaking())
    with pytest.raises(ModelError):
        pipe.annotate_file(tmp_path / "in.parquet", tmp_path / "o.parquet", 4)
    assert [path.name for path in tmp_path.iterdir()] == ["in.parquet"]
    factory = Breaking()
    pipe = pipeline(factory)
    pipe._rows_per_shard = 16
    with pytest.raises(ModelError):
        pipe.annotate_file(tmp_path / "in.parquet", tmp_path / "out", 4, resume=True)
    assert [path.name for path in sorted(tmp_path.glob("out/part*"))] == ["part-00000.parquet"]
    # With models that are well again it goes on, and no row is missing.
    factory.mended = True
    done = pipe.annotate_file(tmp_path / "in.parquet", tmp_path / "out", 4, resume=True)
    assert (done.rows, done.resumed, done.failed) == (60, 16, 0)


def test_an_error_is_raised_as_it_is_where_rows_may_not_fail():
    with pytest.raises(RuntimeError, match="CUDA failure 700") as raised:
        list(pipeline(Breaking(), on_error="raise").annotate(TEXTS, 1))
    assert raised.value.__notes__ == ["This happened over row 31, counted from 0."]


class FailingSession:
    """What an ONNX Runtime session is to us, on a GPU that fails."""

    def __init__(self, message, providers):
        self.message, self.providers = message, providers

    def get_inputs(self):
        return []

    get_outputs = get_inputs

    def get_providers(self):
        return self.providers

    def run(self, names, feed):
        from onnxruntime.capi.onnxruntime_pybind11_state import Fail

        raise Fail(self.message)


class TestGraphs:
    @pytest.mark.usefixtures("one_fault")
    def test_failures_of_a_gpu(self):
        with pytest.raises(DeviceError, match=r"the GPU failed while a model ran on it: .*CUDA failure 700"):
            Graph(FailingSession("CUDA failure 700: illegal access", [CUDA, CPU]))()

    @pytest.mark.parametrize(
        "message",
        [
            "BFCArena::AllocateRawInternal Failed to allocate memory for requested buffer of size 1024",
            "CUDA failure 2: out of memory ; GPU=0",
            "CUBLAS failure 3: CUBLAS_STATUS_ALLOC_FAILED",
        ],
    )
    def test_want_of_memory_may_be_a_batchs(self, message):
        with pytest.raises(MemoryError):
            Graph(FailingSession(message, [CUDA, CPU]))()

    def test_failures_on_the_processor_stay_as_they_are(self):
        with pytest.raises(Exception, match="broken") as raised:
            Graph(FailingSession("broken", [CPU]))()
        assert type(raised.value).__name__ == "Fail"


@pytest.mark.usefixtures("one_fault")
@pytest.mark.parametrize("workers", [0, 2])
def test_device_errors_are_nobodys_row(workers):
    with pipeline(Failing(), workers=workers) as pipe, pytest.raises(DeviceError):
        list(pipe.annotate(TEXTS, 4))


class Failing(Breaking):
    def before(self, tokens):
        if "31" in tokens:
            Graph(FailingSession("CUDA failure 700", [CUDA]))()


class TestTokenising:
    """Whatever the tokeniser raises for a text is that row's."""

    @pytest.fixture(autouse=True)
    def breaking(self, monkeypatch):
        tokenise = loaders.TreebankWordTokenize

        def broken(text):
            if "31" in text:
                raise MemoryError
            return tokenise(text)

        monkeypatch.setattr(loaders, "TreebankWordTokenize", broken)

    @pytest.mark.usefixtures("one_fault")
    @pytest.mark.parametrize("loader", ["threads", "none"])
    def test_skip(self, loader):
        found = list(pipeline(loader=loader).annotate(TEXTS, 16))
        assert [row.failure and row.failure.type for row in found] == [None] * 31 + ["MemoryError"] + [None] * 28

    @pytest.mark.usefixtures("one_fault")
    @pytest.mark.parametrize("loader", ["threads", "none"])
    def test_raise(self, loader):
        with pytest.raises(MemoryError) as raised:
            list(pipeline(loader=loader, on_error="raise").annotate(TEXTS, 16))
        assert raised.value.__notes__ == ["This happened over row 31, counted from 0."]

    def test_files(self, tmp_path):
        (tmp_path / "in.csv").write_text("sentence\n" + "".join(f"{text}\n" for text in TEXTS))
        done = pipeline().annotate_file(tmp_path / "in.csv", tmp_path / "o.csv", 4)
        assert [(row.index, row.error) for row in done.errors] == [(33, "MemoryError")]


class TestWindows:
    """Long texts are few in a window, whatever prepares it; results are the same."""

    LONG = ["kısa", "uzun " * 40, "", "uzun " * 40, "kısa . kısa", "uzun " * 41] * 3

    @pytest.fixture(autouse=True)
    def small(self, monkeypatch):
        monkeypatch.setattr(loaders, "WINDOW_CHARACTERS", 100)

    @pytest.mark.parametrize("loader", ["threads", "none", "tf.data"])
    def test_windows_close_by_characters(self, loader):
        if loader == "tf.data":
            pytest.importorskip("tensorflow")
        windows = list(loaders.loader(loader)(self.LONG, 8, 2))
        assert [text for window in windows for text in window.texts] == self.LONG
        assert [window.first for window in windows][:3] == [0, 2, 4]
        for window in windows:
            assert sum(map(len, window.texts[:-1])) < 100
            assert window.tokens == [text.split() for text in window.texts]
            assert sorted(place for batch in window.batches for place in batch) == [
                place for place, row in enumerate(window.tokens) if row
            ]

    def test_shards_of_workers(self):
        from vnlp_colab.pipeline.workers import _shards

        drawn = (shard.texts for shard, _ in _shards(iter(self.LONG), 8, 2))
        shards = list(itertools.takewhile(bool, drawn))
        assert [text for shard in shards for text in shard] == self.LONG
        assert all(sum(map(len, shard[:-1])) < 100 for shard in shards)


@pytest.mark.usefixtures("one_fault")
def test_a_command_in_which_every_row_failed_fails(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    Path("in.csv").write_text("sentence\nAli geldi .\nVeli gitti .\n")
    command = ["run", "in.csv", "--models", "pos:ContextPoS", "--on-error", "skip"]
    for output in (["-o", "o.jsonl"], ["-o", "out", "--resume"], ["-o", "out", "--resume"]):
        found = CliRunner().invoke(app, [*command, *output, "--max-tokens", "1"])
        assert found.exit_code == 1
        listed = "out/_errors.jsonl" if "out" in output else Path("o.jsonl.errors.jsonl").resolve()
        assert f"error: every row failed: {output[1]} has no results; see {listed}\n" in found.stderr
        assert "2 rows failed" in found.stderr and Path(listed).exists()
    assert len(Path("o.jsonl.errors.jsonl").read_text().splitlines()) == 2
    assert CliRunner().invoke(app, [*command, "-o", "o.jsonl"]).exit_code == 0
    Path("in.csv").write_text("sentence\nAli\nVeli gitti .\n")
    assert CliRunner().invoke(app, [*command, "-o", "o.jsonl", "--max-tokens", "1"]).exit_code == 0
