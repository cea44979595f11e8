"""Writing tables: what is in them."""

import csv
import datetime
import io
import json

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from vnlp_colab.errors import InputError
from vnlp_colab.pipeline import formats
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
    """Read an output as a list of rows, all in the form of JSON, without what JSON Lines alone have."""
    if path.suffix == ".jsonl":
        rows = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]
        return [{name: value for name, value in row.items() if name not in ("spans", "entities")} for row in rows]
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
        assert list(json.loads(out(".jsonl").read_text().splitlines()[0]))[5:] == ["tokens", "dep", "spans"]

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

    def test_jsonl_says_where_tokens_and_entities_are(self, make_pipeline, write, out):
        path = write("a.jsonl", '{"sentence": "Ali  Can  geldi."}\n{"sentence": ""}\n')
        make_pipeline("ner:CharNER").annotate_file(path, out(".jsonl"))
        first, second = map(json.loads, out(".jsonl").read_text().splitlines())
        assert first["spans"] == [[0, 3], [5, 8], [10, 15], [15, 16]]
        entity = {"text": "Ali  Can", "label": "PER", "start": 0, "end": 2, "start_char": 0, "end_char": 8}
        assert first["entities"] == [entity]
        assert (second["spans"], second["entities"]) == ([], [])

    def test_members_of_the_users_are_not_overwritten(self, pipe, write, out):
        path = write("a.jsonl", '{"sentence": "a", "spans": "mine"}\n')
        with pytest.raises(InputError, match=r"column 'spans': .*overwrite"):
            pipe.annotate_file(path, out(".jsonl"))

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
