"""Writes that the system refuses, without a right to mount a small disk: no file may grow beyond a limit.

What fails is the same call, in the middle of the same files, as on a full disk (tests with ``make_disk``), which not
everybody may make.
"""

from __future__ import annotations

import contextlib
import json
import random
from collections.abc import Iterator
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from crash import content

from counting import Counted
from model_fakes import ALL, Factory
from vnlp_colab import StorageError, VNLPipeline

resource = pytest.importorskip("resource", reason="limits of file sizes are POSIX")

SHARD = 16
LIMIT = 100_000
REFUSED = "File too large"


@contextlib.contextmanager
def files_of(size: int) -> Iterator[None]:
    """Let no file that this process writes grow beyond ``size`` bytes."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


def pipeline(rows: int = SHARD) -> VNLPipeline:
    pipe = VNLPipeline(ALL, progress=False, model_factory=Factory())
    pipe._rows_per_shard = rows
    return pipe


@pytest.fixture(scope="module")
def table(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """100 rows; those from row 40 on need more than the limit in each shard."""
    chance = random.Random(1)
    texts = [" ".join(str(chance.random()) for _ in range(500 if row >= 40 else 1)) for row in range(100)]
    path = tmp_path_factory.mktemp("input") / "in.parquet"
    pq.write_table(pa.table({"sentence": texts}), path)
    return path


def test_a_run_goes_on_where_a_write_was_refused(table: Path, tmp_path: Path, counted: Counted) -> None:
    for _ in range(2):
        counted.fault()
        with files_of(LIMIT), pytest.raises(StorageError, match=REFUSED):
            pipeline().annotate_file(table, tmp_path / "out", 4, resume=True)
        manifest = json.loads((tmp_path / "out" / "_manifest.json").read_text())
        assert manifest["rows_done"] == 2 * SHARD and not manifest["complete"]
        names = {path.name for path in (tmp_path / "out").iterdir()}
        assert names == {"_manifest.json", ".lock", "part-00000.parquet", "part-00001.parquet"}
    assert pipeline().annotate_file(table, tmp_path / "out", 4, resume=True).resumed == 2 * SHARD
    pipeline().annotate_file(table, tmp_path / "whole", 4, resume=True)
    counted.same_folder(content(tmp_path / "whole"), content(tmp_path / "out"))


def test_a_manifest_that_cannot_be_written(tmp_path: Path, counted: Counted) -> None:
    """The shards fit and the manifest, which grows with them, does not."""
    counted.fault()
    small = tmp_path / "in.parquet"
    pq.write_table(pa.table({"sentence": ["a"] * 60}), small)
    pipeline(1).annotate_file(small, tmp_path / "whole", 4, resume=True)
    limit = (tmp_path / "whole" / "_manifest.json").stat().st_size - 1
    assert limit > max(path.stat().st_size for path in (tmp_path / "whole").glob("part-*"))
    with files_of(limit), pytest.raises(StorageError, match=REFUSED):
        pipeline(1).annotate_file(small, tmp_path / "out", 4, resume=True)
    pipeline(1).annotate_file(small, tmp_path / "out", 4, resume=True)
    counted.same_folder(content(tmp_path / "whole"), content(tmp_path / "out"))


@pytest.mark.usefixtures("one_fault")
@pytest.mark.parametrize("suffix", [".parquet", ".csv", ".jsonl", ".conllu", ".pkl"])
def test_an_output_appears_whole_or_not_at_all(table: Path, tmp_path: Path, suffix: str) -> None:
    (tmp_path / "out").mkdir()
    output = tmp_path / "out" / f"o{suffix}"
    output.write_text("before")
    with files_of(LIMIT), pytest.raises(StorageError, match=REFUSED):
        pipeline().annotate_file(table, output, 4)
    assert output.read_text() == "before" and list(output.parent.iterdir()) == [output]


@pytest.mark.usefixtures("one_fault")
def test_the_file_of_errors(tmp_path: Path) -> None:
    """It is written beside the output, and refused there, it leaves the output as it was, too."""
    (tmp_path / "out").mkdir()
    path = tmp_path / "in.jsonl"
    path.write_text("".join(json.dumps({"sentence": "a" * 20}) + "\n" for _ in range(3000)))
    pipe = VNLPipeline("pos:TreeStackPoS", progress=False, model_factory=Factory(), on_error="skip", limits=short())
    with files_of(LIMIT), pytest.raises(StorageError, match=REFUSED):
        pipe.annotate_file(path, tmp_path / "out" / "o.parquet")
    assert list((tmp_path / "out").iterdir()) == []
    done = pipe.annotate_file(path, tmp_path / "out" / "o.parquet")
    assert done.failed == 3000
    assert (tmp_path / "out" / "o.parquet.errors.jsonl").stat().st_size > LIMIT


def short() -> object:
    from vnlp_colab.pipeline.limits import Limits

    return Limits(characters=10)


@pytest.mark.usefixtures("one_fault")
def test_a_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("VNLP_COLAB_HOME", str(tmp_path / "home"))
    with files_of(LIMIT), pytest.raises(StorageError, match=rf"{REFUSED}.*VNLP_COLAB_HOME"):
        VNLPipeline("pos:ContextPoS", progress=False)
    assert [path for path in tmp_path.rglob("*.onnx")] == []
    assert VNLPipeline("pos:ContextPoS", progress=False)
