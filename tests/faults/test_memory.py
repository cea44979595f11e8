"""Want of memory: in a worker process, in one row, in a batch. The run ends or the row is left out; nothing is lost."""

from __future__ import annotations

import os
import signal
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from crash import content
from worker_fakes import Wrapped

from counting import Counted
from model_fakes import Factory
from vnlp_colab import VNLPipeline, WorkerError
from vnlp_colab.pipeline.limits import Limits

resource = pytest.importorskip("resource", reason="limits of memory are POSIX")

TEXTS = [f"Metin {i} güzel ." if i != 53 else "aç" for i in range(100)]


# A factory that was given this harms nothing: a run goes on with models of the same make only.
HEALTHY = "healthy"


class Greedy(Wrapped):
    """Takes more memory than its process may have, over ``aç``."""

    def before(self, tokens: list[str]) -> None:
        if "aç" in tokens and self.folder != HEALTHY:
            soft, hard = resource.getrlimit(resource.RLIMIT_AS)
            resource.setrlimit(resource.RLIMIT_AS, (8 << 30, hard))
            try:
                bytearray(1 << 40)
            finally:
                resource.setrlimit(resource.RLIMIT_AS, (soft, hard))


class Shot(Wrapped):
    """Is killed over ``aç``, as by a system that lacks memory."""

    def before(self, tokens: list[str]) -> None:
        if "aç" in tokens and self.folder != HEALTHY:
            os.kill(os.getpid(), signal.SIGKILL)


def pipeline(factory: object, **options: object) -> VNLPipeline:
    pipe = VNLPipeline("pos:TreeStackPoS", progress=False, model_factory=factory, **options)
    pipe._rows_per_shard = 16
    return pipe


@pytest.fixture
def table(tmp_path: Path) -> Path:
    pq.write_table(pa.table({"sentence": TEXTS}), tmp_path / "in.parquet")
    return tmp_path / "in.parquet"


@pytest.mark.parametrize(("factory", "error"), [(Greedy(), MemoryError), (Shot(), WorkerError)])
def test_a_run_whose_worker_lacked_memory_goes_on(
    table: Path, tmp_path: Path, factory: Wrapped, error: type[Exception], counted: Counted
) -> None:
    with pipeline(factory, workers=2) as pipe:
        for _ in range(2):
            counted.fault()
            with pytest.raises(error) as raised:
                pipe.annotate_file(table, tmp_path / "out", 4, resume=True)
    # As a Parquet file counts its rows, from 1.
    notes = [str(raised.value), *getattr(raised.value, "__notes__", [])]
    assert any("row 54" in note for note in notes), notes
    healthy = type(factory)(HEALTHY)
    done = pipeline(healthy).annotate_file(table, tmp_path / "out", 4, resume=True)
    assert done.resumed == 48 and done.rows == 100
    pipeline(healthy).annotate_file(table, tmp_path / "whole", 4, resume=True)
    counted.same_folder(content(tmp_path / "whole"), content(tmp_path / "out"))


@pytest.mark.parametrize(("factory", "error"), [(Greedy(), "MemoryError"), (Shot(), "WorkerError")])
def test_skipped_it_costs_its_row(table: Path, tmp_path: Path, factory: object, error: str, counted: Counted) -> None:
    counted.fault()
    with pipeline(factory, workers=2, on_error="skip") as pipe:
        done = pipe.annotate_file(table, tmp_path / "out", 4, resume=True)
    assert [(row.index, row.error) for row in done.errors] == [(54, error)]
    found = pq.read_table(tmp_path / "out").to_pylist()
    healthy = list(pipeline(Factory()).annotate([text for text in TEXTS if text != "aç"]))
    counted.same([list(row.pos or ()) for row in healthy], [row["pos"] for row in found if row["pos"] is not None])
    assert [place for place, row in enumerate(found) if row["pos"] is None] == [53]


@pytest.mark.parametrize("workers", [0, 2])
def test_one_huge_row_cannot_end_a_run(tmp_path: Path, workers: int, counted: Counted) -> None:
    """No model sees it, wherever it stands among its batch, and whichever limit it is beyond."""
    texts = [f"Metin {i} güzel ." for i in range(40)]
    huge = {0: "a " * 1500, 17: "b" * 5000, 39: "c " * 2400}
    mixed = [huge.get(i, text) for i, text in enumerate(texts)]
    counted.fault(len(huge))
    limits = Limits(characters=4999, tokens=2000, memory=1)
    with pipeline(Factory(), workers=workers, on_error="skip", limits=limits) as pipe:
        found = list(pipe.annotate(mixed, 16))
    reasons = {place: row.failure.message for place, row in enumerate(found) if row.failure}
    assert sorted(reasons) == sorted(huge)
    for place, what in ((0, "the models need about 94 MB"), (17, "5,000 characters"), (39, "2,400 tokens, and the")):
        assert what in reasons[place]
    expected = list(pipeline(Factory()).annotate(texts))
    counted.same([row for i, row in enumerate(expected) if i not in huge], [row for row in found if not row.failure])
