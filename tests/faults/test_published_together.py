"""An output and the list of its rows that failed: the list is never that of another output."""

from __future__ import annotations

import errno
import json
import os

import pyarrow.parquet as pq
import pytest
from worker_fakes import Buggy

from model_fakes import Factory
from vnlp_colab import StorageError, VNLPipeline
from vnlp_colab.pipeline import side_file, sink


def annotated(factory, table, output):
    pipe = VNLPipeline("pos:TreeStackPoS", progress=False, model_factory=factory, on_error="skip")
    return pipe.annotate_file(table, output)


@pytest.fixture
def table(tmp_path):
    path = tmp_path / "in.jsonl"
    texts = ["hata" if i == 3 else f"Metin {i}" for i in range(8)]
    path.write_text("".join(json.dumps({"sentence": text}) + "\n" for text in texts))
    return path


@pytest.fixture
def output(tmp_path):
    (tmp_path / "out").mkdir()
    return tmp_path / "out" / "o.parquet"


def failed(output):
    return pq.read_table(output).column("pos").null_count


def full(*_):
    raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))


@pytest.mark.usefixtures("one_fault")
@pytest.mark.parametrize("first", [Factory, Buggy])
def test_an_output_that_cannot_be_published_keeps_its_own(table, output, monkeypatch, first):
    annotated(first(), table, output)
    before = {path.name: path.read_bytes() for path in output.parent.iterdir()}
    monkeypatch.setattr(sink, "publish_file", full)
    with pytest.raises(StorageError, match=r"o\.parquet: cannot be written: No space left"):
        annotated(Buggy() if first is Factory else Factory(), table, output)
    assert {path.name: path.read_bytes() for path in output.parent.iterdir()} == before


@pytest.mark.usefixtures("one_fault")
def test_a_list_that_cannot_be_published(table, output, monkeypatch):
    monkeypatch.setattr(side_file, "publish_file", full)
    said = (
        r"o\.parquet is written, but the list of its 1 rows without results cannot be: .*o\.parquet\.errors\.jsonl: No"
    )
    with pytest.raises(StorageError, match=said):
        annotated(Buggy(), table, output)
    assert failed(output) == 1
    assert [path.name for path in output.parent.iterdir()] == ["o.parquet"]


@pytest.mark.usefixtures("one_fault")
def test_an_old_list_that_cannot_be_deleted(table, output):
    list_of = output.with_name("o.parquet.errors.jsonl")
    list_of.mkdir()
    with pytest.raises(StorageError, match=r"all its rows have results, but .* cannot be deleted: .*earlier run's"):
        annotated(Factory(), table, output)
    assert failed(output) == 0


@pytest.mark.usefixtures("one_fault")
def test_a_list_that_cannot_be_written_to_its_end(table, output, monkeypatch):
    """It is closed before the output is published."""
    close = side_file.SideFile.close

    def failing(side):
        if side._stream is not None:
            close(side)
            raise StorageError("full")

    monkeypatch.setattr(side_file.SideFile, "close", failing)
    with pytest.raises(StorageError, match="full"):
        annotated(Buggy(), table, output)
    assert list(output.parent.iterdir()) == []
