"""An output and the list of its rows that failed: the list is never that of another output."""

from __future__ import annotations

import errno
import json
import os
from pathlib import Path

import pyarrow.parquet as pq
import pytest
from worker_fakes import Buggy

from model_fakes import Factory
from vnlp_colab import InputError, StorageError, VNLPipeline
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
def test_an_old_list_that_cannot_be_deleted(table, output, monkeypatch):
    annotated(Buggy(), table, output)
    delete = Path.unlink

    def refusing(path, **options):
        if path.name == "o.parquet.errors.jsonl":
            raise PermissionError(errno.EACCES, os.strerror(errno.EACCES))
        delete(path, **options)

    monkeypatch.setattr(Path, "unlink", refusing)
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


@pytest.mark.parametrize("content", [b"my notes\n", b'{"text": "a"}\n', b"\xff", None])
def test_a_file_of_the_lists_name_that_is_no_list_stays(table, output, content):
    other = output.with_name("o.parquet.errors.jsonl")
    other.write_bytes(content) if content is not None else other.mkdir()
    with pytest.raises(InputError, match=r"o\.parquet\.errors\.jsonl: is no list of rows that failed.*move it, or"):
        annotated(Buggy(), table, output)
    assert sorted(output.parent.iterdir()) == [other] and (content is None or other.read_bytes() == content)


def test_a_name_too_long_for_the_list(table, output):
    """Before any row is annotated: its failures would be lost."""
    factory = Factory()
    long = output.with_name("ş" * 121 + ".parquet")
    with pytest.raises(StorageError, match=r"could not stand beside the output, as ş+\.parquet\.errors.*another name"):
        annotated(factory, table, long)
    assert factory.log == [] and not list(output.parent.iterdir())


def test_a_read_only_file_system_is_named(table, output, monkeypatch):
    """There even what was never made cannot be deleted, which must not hide the first error."""

    def read_only(*_, **__):
        raise OSError(errno.EROFS, os.strerror(errno.EROFS))

    monkeypatch.setattr(sink, "HashedFile", read_only)
    monkeypatch.setattr(Path, "unlink", read_only)
    with pytest.raises(StorageError, match=r"o\.parquet: cannot be written: Read-only file system"):
        annotated(Factory(), table, output)
