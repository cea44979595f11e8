"""Writing tables: what is in them, and that a failure leaves nothing half-written."""

import csv
import datetime
import errno
import io
import json
import os
import subprocess

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from vnlp_colab.errors import InputError, StorageError
from vnlp_colab.pipeline import formats, sink
from vnlp_colab.pipeline.columns import result_columns
from vnlp_colab.pipeline.plan import make_plan

ADDED = ["tokens", "pos", "ner", "dep", "morph", "lemma", "sentiment"]
TSV = 'k1\t1\t1\t1\tAli geldi .\nk1\t1\t1\t2\t\nk1\t1\t1\t3\tKar, "yağdı"\n'
SUFFIXES = [".parquet", ".csv", ".jsonl"]


# A Parquet writer that is given up must not complain when it is garbage.
pytestmark = pytest.mark.filterwarnings("error::pytest.PytestUnraisableExceptionWarning")


@pytest.fixture
def table(write):
    return write("in.tsv", TSV)


@pytest.fixture
def out(tmp_path, leftovers):
    return lambda suffix: tmp_path / "out" / f"o{suffix}"


def read(path):
    """Read an output as a list of rows, all in the form of JSON."""
    if path.suffix == ".jsonl":
        return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]
    if path.suffix == ".parquet":
        rows = pq.read_table(path).to_pylist()
        for row in rows:
            row["dep"] = [[arc["head"], arc["deprel"]] for arc in row["dep"]]
        return rows
    with path.open(encoding="utf-8", newline="") as stream:
        rows = list(csv.DictReader(stream))
    for row in rows:
        row.update({name: json.loads(row[name]) for name in ADDED[:-1]})
        row.update({name: int(row[name]) for name in ("ch_no", "p_no", "s_no")})
        row["sentiment"] = float(row["sentiment"]) if row["sentiment"] else None
    return rows


class TestRun:
    @pytest.mark.parametrize("suffix", SUFFIXES)
    def test_file_and_frame_hold_the_same(self, pipe, table, out, leftovers, suffix):
        frame = pipe.run(table, out(suffix))
        pd.testing.assert_frame_equal(frame, pipe.process_dataframe(pipe.load_from_csv(table)))
        expected = json.loads(json.dumps(frame.astype(object).where(frame.notna(), None).to_dict("records")))
        assert read(out(suffix)) == expected
        assert leftovers() == [f"o{suffix}"]

    def test_a_pickle_is_the_frame(self, pipe, table, out, leftovers):
        frame = pipe.run(table, out(".pkl"))
        pd.testing.assert_frame_equal(pd.read_pickle(out(".pkl")), frame)
        assert leftovers() == ["o.pkl"]

    def test_parquet_types(self, pipe, table, out):
        pipe.run(table, out(".parquet"))
        types = {field.name: str(field.type) for field in pq.read_schema(out(".parquet"))}
        assert types["ch_no"] == "int64"
        assert types["dep"] == "list<element: struct<head: int32, deprel: string>>"
        assert types["lemma"] == "list<element: string>"
        assert types["sentiment"] == "double"

    def test_only_the_columns_asked_for(self, make_pipeline, table, out):
        make_pipeline(["dep:TreeStackDP"]).run(table, out(".jsonl"))
        assert list(json.loads(out(".jsonl").read_text().splitlines()[0]))[5:] == ["tokens", "dep"]

    def test_files_get_the_permissions_of_any_new_file(self, pipe, table, out, tmp_path):
        other = tmp_path / "other"
        other.touch()
        pipe.run(table, out(".csv"))
        assert out(".csv").stat().st_mode == other.stat().st_mode

    def test_a_link_is_followed(self, pipe, table, out, tmp_path):
        out(".csv").symlink_to(tmp_path / "real.csv")
        pipe.run(table, out(".csv"))
        assert out(".csv").is_symlink()
        assert (tmp_path / "real.csv").is_file()

    @pytest.mark.parametrize("suffix", SUFFIXES)
    @pytest.mark.parametrize("batch_size", [1, 2, 100])
    def test_batch_sizes_give_the_same_bytes(self, pipe, table, out, tmp_path, suffix, batch_size):
        pipe.run(table, out(suffix), batch_size)
        pipe.run(table, tmp_path / f"again{suffix}")
        assert out(suffix).read_bytes() == (tmp_path / f"again{suffix}").read_bytes()


class TestBadOutput:
    @pytest.mark.parametrize("name", ["o.xlsx", "o", "o.parquet.gz"])
    def test_an_unknown_suffix_lists_the_known(self, pipe, factory, table, tmp_path, name):
        with pytest.raises(InputError, match=r"known: \.parquet, \.csv, \.jsonl"):
            pipe.run(table, tmp_path / name)
        assert factory.log == []

    def test_a_missing_folder(self, pipe, factory, table, tmp_path):
        with pytest.raises(InputError, match=r"o\.csv: there is no folder '.*nowhere'; create it first"):
            pipe.run(table, tmp_path / "nowhere" / "o.csv")
        assert factory.log == []

    def test_a_folder_of_that_name(self, pipe, table, tmp_path):
        (tmp_path / "o.csv").mkdir()
        with pytest.raises(InputError, match="is a folder"):
            pipe.run(table, tmp_path / "o.csv")

    @pytest.mark.skipif(os.geteuid() == 0, reason="nothing is forbidden to root")
    def test_a_folder_that_may_not_be_written(self, pipe, table, out, tmp_path):
        (tmp_path / "out").chmod(0o500)
        with pytest.raises(StorageError, match=r"o\.csv: cannot be written: Permission denied"):
            pipe.run(table, out(".csv"))

    @pytest.mark.parametrize("suffix", SUFFIXES)
    def test_a_column_that_would_be_overwritten(self, pipe, factory, write, out, leftovers, suffix):
        path = write("a.csv", "sentence,pos\na,b\n")
        with pytest.raises(InputError, match=r"a\.csv, column 'pos': the annotation would overwrite"):
            pipe.annotate_file(path, out(suffix))
        assert factory.log == []
        assert leftovers() == []

    @pytest.mark.parametrize("suffix", SUFFIXES)
    def test_tokens_of_another_tokeniser(self, pipe, write, out, leftovers, suffix):
        path = write("a.jsonl", '{"sentence": "a b", "tokens": ["a", "b"]}\n{"sentence": "c", "tokens": ["d"]}\n')
        with pytest.raises(InputError, match=r"a\.jsonl, row 2, column 'tokens': .*other tokens"):
            pipe.annotate_file(path, out(suffix))
        assert leftovers() == []


class TestFailures:
    """An old file of the output's name survives, and nothing else appears beside it."""

    @pytest.fixture(params=[*SUFFIXES, ".conllu", ".pkl"])
    def old(self, request, out):
        path = out(request.param)
        path.write_text("old")
        return path

    def check(self, old, leftovers):
        assert old.read_text() == "old"
        assert leftovers() == [old.name]

    @pytest.mark.parametrize("failure", [KeyboardInterrupt, MemoryError, StorageError("x")])
    def test_interrupted_in_a_model(self, pipe, factory, write, old, leftovers, failure):
        lines = [f'{{"sentence": "cümle {i}"}}\n' for i in range(3000)]
        calls = iter([None] * 30)

        class Interrupting(list):
            def append(self, item):
                if next(calls, "over") == "over":
                    raise failure

        for model in pipe._runner.annotator._models.values():
            model.log = Interrupting()
        with pytest.raises(failure if isinstance(failure, type) else StorageError):
            pipe.annotate_file(write("a.jsonl", "".join(lines)), old, batch_size=16)
        self.check(old, leftovers)

    def test_a_row_that_a_model_refuses(self, make_pipeline, write, old, leftovers):
        path = write("a.csv", 'id,sentence\n1,"iki\nsatır"\n2,' + "bir " * 50 + "\n")
        with pytest.raises(InputError, match=r"a\.csv, row 4, column 'sentence': the sentence has more than 40"):
            make_pipeline(on_long="error").annotate_file(path, old)
        self.check(old, leftovers)

    def test_a_failing_disk(self, pipe, table, old, leftovers, monkeypatch):
        def fail(source, target):
            raise OSError(errno.EIO, os.strerror(errno.EIO))

        monkeypatch.setattr(sink, "publish_file", fail)
        with pytest.raises(StorageError, match=r"cannot be written: Input/output error"):
            pipe.run(table, old)
        self.check(old, leftovers)

    def test_a_bad_row_shows_before_a_model_runs(self, pipe, factory, write, old, leftovers):
        with pytest.raises(InputError, match=r"in\.tsv, row 4: has 1 column"):
            pipe.run(write("in.tsv", TSV + "bad\n"), old)
        assert factory.log == []
        self.check(old, leftovers)


@pytest.fixture
def tiny_disk(tmp_path):
    """A file system of 1 MB."""
    folder = tmp_path / "tiny"
    folder.mkdir()
    command = ["mount", "-t", "tmpfs", "-o", "size=1m", "tmpfs", str(folder)]
    try:
        mounted = subprocess.run(command, capture_output=True, text=True)
    except OSError as error:
        pytest.skip(f"no mount command: {error}")
    if mounted.returncode != 0:
        pytest.skip(f"may not mount a tmpfs: {mounted.stderr.strip()}")
    yield folder
    subprocess.run(["umount", str(folder)], check=True)


@pytest.mark.parametrize("suffix", [*SUFFIXES, ".conllu", ".pkl"])
def test_a_full_disk(pipe, write, tiny_disk, suffix):
    words = "".join(f"k\t1\t1\t{i}\t{i * i} {i**3} {i**5} {i**7}\n" for i in range(60_000))
    path = write("big.tsv", words)
    output = tiny_disk / f"o{suffix}"
    with pytest.raises(StorageError, match=rf"o{suffix}: cannot be written: No space left on device"):
        pipe.annotate_file(path, output)
    assert list(tiny_disk.iterdir()) == []


class TestTables:
    """Any table in, any out: what was there stays what it was."""

    def test_parquet_keeps_types_order_and_metadata(self, pipe, tmp_path, out):
        frame = pd.DataFrame(
            {
                "metin": ["Ali geldi", None, ""],
                "when": pd.to_datetime(["2024-01-01", None, "2024-01-03"]),
                "kind": pd.Categorical(["a", "b", "a"]),
                "n": pd.array([1, None, 3], dtype="Int8"),
            },
            index=pd.Index([5, 3, 4], name="no"),
        )
        frame.to_parquet(tmp_path / "in.parquet")
        summary = pipe.annotate_file(tmp_path / "in.parquet", out(".parquet"), text_column="metin")
        result = pd.read_parquet(out(".parquet"))
        pd.testing.assert_frame_equal(result[list(frame.columns)], pd.read_parquet(tmp_path / "in.parquet"))
        assert [list(cell) for cell in result["tokens"]] == [["Ali", "geldi"], [], []]
        assert (summary.rows, summary.tokens) == (3, 2)

    def test_parquet_to_text_formats(self, pipe, tmp_path, out):
        when = datetime.date(2024, 5, 6)
        source = pa.table({"sentence": ["a"], "d": [when], "x": [float("nan")], "l": [[1, 2]], "b": [True]})
        pq.write_table(source, tmp_path / "in.parquet")
        pipe.annotate_file(tmp_path / "in.parquet", out(".jsonl"))
        row = json.loads(out(".jsonl").read_text(), parse_constant=pytest.fail)
        assert {name: row[name] for name in "dxlb"} == {"d": "2024-05-06", "x": None, "l": [1, 2], "b": True}
        pipe.annotate_file(tmp_path / "in.parquet", out(".csv"))
        assert next(csv.DictReader(io.StringIO(out(".csv").read_text())))["d"] == "2024-05-06"

    def test_jsonl_objects_keep_their_members(self, pipe, write, out):
        path = write(
            "a.jsonl", '{"z": 1.50, "sentence": "a", "n": {"k": [1, "x", null]}}\n{"sentence": null, "q": 1}\n'
        )
        pipe.annotate_file(path, out(".jsonl"))
        first, second = read(out(".jsonl"))
        assert list(first) == ["z", "sentence", "n", *ADDED]
        assert first["n"] == {"k": [1, "x", None]}
        assert list(second) == ["sentence", "q", *ADDED]
        assert (second["tokens"], second["sentiment"]) == ([], None)

    def test_csv_cells_keep_their_text(self, pipe, write, out):
        path = write("a.csv", 'id,sentence,x\n007,"a, ""b""\nc",1e5\n+8,NA,\n')
        pipe.annotate_file(path, out(".csv"))
        rows = list(csv.DictReader(io.StringIO(out(".csv").read_text())))
        assert [(row["id"], row["sentence"], row["x"]) for row in rows] == [
            ("007", 'a, "b"\nc', "1e5"),
            ("+8", "NA", ""),
        ]

    @pytest.mark.parametrize("suffix", SUFFIXES)
    def test_an_annotated_table_takes_more_columns(self, make_pipeline, table, out, tmp_path, suffix):
        first = tmp_path / f"first{suffix}"
        make_pipeline(["pos:TreeStackPoS"]).run(table, first)
        make_pipeline(["ner:CharNER"]).annotate_file(first, out(suffix), text_column="sentence")
        make_pipeline(["pos:TreeStackPoS", "ner:CharNER"]).run(table, tmp_path / "both.jsonl")
        for row, expected in zip(read_some(out(suffix)), read_some(tmp_path / "both.jsonl"), strict=True):
            assert row == expected

    @pytest.mark.parametrize("suffix", [*SUFFIXES, ".conllu", ".pkl"])
    def test_no_rows(self, pipe, write, out, suffix):
        summary = pipe.annotate_file(write("a.csv", "id,sentence\n"), out(suffix))
        assert summary.rows == summary.tokens == 0
        if suffix == ".parquet":
            assert pq.read_table(out(suffix)).column_names == ["id", "sentence", *ADDED]

    @pytest.mark.parametrize("suffix", SUFFIXES)
    def test_halves_of_surrogate_pairs(self, pipe, write, out, suffix):
        pipe.annotate_file(write("a.jsonl", '{"sentence": "yar\\ud83dm"}\n'), out(suffix))
        assert "yar\ufffdm" in str(read_some(out(suffix))[0]["tokens"])

    def test_a_file_can_be_annotated_onto_itself(self, pipe, write):
        path = write("a.jsonl", '{"sentence": "a b"}\n')
        pipe.annotate_file(path, path)
        assert json.loads(path.read_text())["tokens"] == ["a", "b"]

    def test_many_chunks_and_row_groups(self, pipe, write, out, monkeypatch):
        monkeypatch.setattr(formats, "_ROWS_IN_GROUP", 1000)
        path = write("a.jsonl", "".join(f'{{"sentence": "cümle {i} ."}}\n' for i in range(2600)))
        summary = pipe.annotate_file(path, out(".parquet"), batch_size=50)
        table = pq.read_table(out(".parquet"))
        assert summary.rows == table.num_rows == 2600
        assert [row[1] for row in table["tokens"].to_pylist()] == [str(i) for i in range(2600)]
        assert pq.ParquetFile(out(".parquet")).num_row_groups == 3


def read_some(path):
    rows = read_any(path)
    return [{name: row[name] for name in ("sentence", "tokens", "pos", "ner") if name in row} for row in rows]


def read_any(path):
    if path.suffix == ".parquet":
        return pq.read_table(path).to_pylist()
    if path.suffix == ".jsonl":
        return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]
    with path.open(encoding="utf-8", newline="") as stream:
        rows = list(csv.DictReader(stream))
    return [{k: json.loads(v) if k in ADDED[:-1] else v for k, v in row.items()} for row in rows]


def test_every_result_column_can_be_written():
    assert list(result_columns(make_plan("stemmer,pos,ner,dep,sentiment"))) == ADDED
