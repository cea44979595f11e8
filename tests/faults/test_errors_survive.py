"""Power cuts while rows fail and are skipped: the rows and the list of their errors are those of an undisturbed run."""

from __future__ import annotations

from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from crash import PowerCut, content, power_cuts
from worker_fakes import Buggy

from counting import ERRORS, Counted
from vnlp_colab import VNLPipeline

ROWS = 60
FAILING = (0, 1, 17, 31, 32, 59)


@pytest.fixture(scope="module")
def table(tmp_path_factory: pytest.TempPathFactory) -> Path:
    texts = [f"{'hata' if i in FAILING else 'Metin'} {i} " + "çok " * (i % 5) for i in range(ROWS)]
    path = tmp_path_factory.mktemp("input") / "in.parquet"
    pq.write_table(pa.table({"id": range(ROWS), "sentence": texts}), path)
    return path


def run(table: Path, folder: Path) -> int:
    """Annotate; returns how many rows have failed, by the summary."""
    pipe = VNLPipeline("pos:TreeStackPoS", progress=False, model_factory=Buggy(), on_error="skip")
    pipe._rows_per_shard = 16
    return pipe.annotate_file(table, folder, 4, resume=True).failed


@pytest.mark.parametrize("keeps_names", [False, True])
def test_power_cuts(table: Path, tmp_path: Path, monkeypatch, keeps_names: bool, counted: Counted) -> None:
    assert run(table, tmp_path / "whole") == len(FAILING)
    undisturbed = content(tmp_path / "whole")
    assert undisturbed[ERRORS].count(b"\n") == len(FAILING)
    for folder, cut in power_cuts(tmp_path, monkeypatch, keeps_names):
        try:
            run(table, folder)
        except PowerCut:
            counted.fault()
        cut.happen(folder)
        assert run(table, folder) == len(FAILING)
        counted.same_folder(undisturbed, content(folder))
        if cut.survived:
            break
    # Each of the four shards is synced and renamed and its folder synced, and so are its errors and the manifest.
    assert counted.faults >= 4 * 8
