"""Inputs that change between being opened and the end of the run: never are there results of two files."""

from __future__ import annotations

import os

import pyarrow.parquet as pq
import pytest
from crash import Seen

from model_fakes import Factory
from vnlp_colab import InputError, VNLPipeline
from vnlp_colab.pipeline import run_manifest, stamp
from vnlp_colab.pipeline.files import open_source

ROWS = 2000
CHANGED = r"in\.csv: has been changed while it was being annotated"


def swap_columns(path):
    path.write_text("sentence,id\n" + "".join(f"Metin {i:04},kod{i}\n" for i in range(ROWS)))


def in_place(path):
    """Other content of the same length and date, in the same file."""
    before = path.stat()
    with path.open("r+b") as stream:
        data = stream.read().replace(b"Metin", b"BOZUK")
        stream.seek(0)
        stream.write(data)
    os.utime(path, ns=(before.st_atime_ns, before.st_mtime_ns))
    assert (path.stat().st_size, path.stat().st_mtime_ns) == (before.st_size, before.st_mtime_ns)


def replaced(path):
    """Another file of the same length and date under the same name."""
    before = path.stat()
    other = path.with_name("other")
    other.write_bytes(path.read_bytes().replace(b"Metin", b"BOZUK"))
    os.utime(other, ns=(before.st_atime_ns, before.st_mtime_ns))
    os.replace(other, path)


def no_numbers(path):
    """A reader takes the first column for integers."""
    path.write_text(path.read_text().replace("\n1", "\nx"))


def removed(path):
    path.unlink()


CHANGES = [swap_columns, in_place, replaced, no_numbers, removed]


@pytest.fixture
def table(tmp_path):
    path = tmp_path / "in.csv"
    path.write_text("id,sentence\n" + "".join(f"{i},Metin {i:04}\n" for i in range(ROWS)))
    return path


@pytest.fixture
def pipe():
    pipe = VNLPipeline("pos:TreeStackPoS", progress=False, model_factory=Factory())
    pipe._rows_per_shard = 512
    return pipe


def after(pipe, calls, do):
    """Have something happen at one of the calls of the models."""
    pipe._runner.annotator._models["TreeStackPoS"].log = Seen(calls, do)


@pytest.mark.usefixtures("one_fault")
@pytest.mark.parametrize("change", CHANGES)
def test_before_a_run_that_can_be_resumed(table, pipe, tmp_path, change):
    """As long as models are fetched and loaded, for which the command has opened the table already."""
    source = open_source(table)
    change(table)
    with pytest.raises(InputError, match=CHANGED):
        pipe.annotate_into(source, tmp_path / "out", 4)
    assert not (tmp_path / "out").exists()


@pytest.mark.usefixtures("one_fault")
@pytest.mark.parametrize("change", CHANGES)
def test_before_any_other_run(table, pipe, tmp_path, change):
    source = open_source(table)
    change(table)
    with pytest.raises(InputError, match=CHANGED):
        pipe.annotate_source(source, tmp_path / "out.jsonl", 4)
    assert [path for path in tmp_path.iterdir() if path != table] == []


@pytest.mark.usefixtures("one_fault")
@pytest.mark.parametrize("change", CHANGES)
def test_during_a_run_that_can_be_resumed(table, pipe, tmp_path, change):
    after(pipe, 150, lambda: change(table))
    with pytest.raises(InputError, match=CHANGED):
        pipe.annotate_file(table, tmp_path / "out", 4, resume=True)
    manifest = run_manifest.read(tmp_path / "out")
    assert manifest["rows_done"] == 512 and not manifest["complete"]
    texts = pq.read_table(tmp_path / "out" / "part-00000.parquet").column("sentence").to_pylist()
    assert texts == [f"Metin {i:04}" for i in range(512)]
    assert len(list((tmp_path / "out").glob("part-*"))) == 1


@pytest.mark.usefixtures("one_fault")
@pytest.mark.parametrize("change", CHANGES)
def test_during_any_other_run(table, pipe, tmp_path, change):
    output = tmp_path / "out.jsonl"
    output.write_text("old")
    after(pipe, 150, lambda: change(table))
    with pytest.raises(InputError, match=CHANGED):
        pipe.annotate_file(table, output, 4)
    assert output.read_text() == "old"
    assert {path.name for path in tmp_path.iterdir()} <= {"in.csv", "out.jsonl"}


def test_during_a_run_over_sentences(pipe, tmp_path):
    table = tmp_path / "in.tsv"
    table.write_text("".join(f"k\t1\t1\t{i}\tMetin {i:04}\n" for i in range(ROWS)))
    after(pipe, 150, lambda: in_place(table))
    with pytest.raises(InputError, match=r"in\.tsv: has been changed"):
        pipe.run(table, tmp_path / "out.jsonl", 4)
    assert not (tmp_path / "out.jsonl").exists()


@pytest.mark.usefixtures("one_fault")
def test_while_it_is_opened(table, monkeypatch):
    survey = stamp.Stamp.of
    changes = iter([lambda: None, lambda: in_place(table)])

    def of(path):
        next(changes)()  # the second time is after the survey
        return survey(path)

    monkeypatch.setattr(stamp.Stamp, "of", of)
    with pytest.raises(InputError, match=CHANGED):
        open_source(table)


@pytest.mark.usefixtures("one_fault")
def test_a_change_that_shows_in_no_date(table, pipe, tmp_path, monkeypatch):
    """As on file systems with coarse clocks: the content tells."""
    one = stamp.Stamp.of(table)
    monkeypatch.setattr(stamp.Stamp, "of", lambda path: one)
    after(pipe, 150, lambda: in_place(table))
    with pytest.raises(InputError, match=CHANGED):
        pipe.annotate_file(table, tmp_path / "out", 4, resume=True)
    assert not run_manifest.read(tmp_path / "out")["complete"]
