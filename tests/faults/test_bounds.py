"""Rows that cannot be read: too long to be held, not UTF-8, no text. Each costs itself where rows can be told apart."""

from __future__ import annotations

import json
import resource
import subprocess
import sys
from unittest import mock

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from model_fakes import Factory
from vnlp_colab import InputError, VNLPipeline
from vnlp_colab.pipeline import limits
from vnlp_colab.pipeline.files import open_source
from vnlp_colab.pipeline.gate import Rules
from vnlp_colab.pipeline.limits import Limits
from vnlp_colab.pipeline.unfit import Unfit

POS = "pos:TreeStackPoS"
SKIP = {"on_error": "skip"}
HOW = [{}, {"loader": "none"}, {"threads": 2}, {"workers": 1}]


def pipeline(**options):
    return VNLPipeline(POS, progress=False, model_factory=options.pop("factory", Factory()), **options)


def broken_strings():
    offsets = pa.array([0, 1, 3, 4], pa.int32()).buffers()[1]
    return pa.Array.from_buffers(pa.string(), 3, [None, offsets, pa.py_buffer(b"a\xff\xfeb")])


# File name, content, number of the row at fault, what is said of it, and what the output has for its text.
NOT_UTF8 = [
    ("a.csv", b"id,sentence\n1,a\n2,x\xffy\n3,b\n", 3, "byte 4 of the row (0xff) is not valid UTF-8", "x\ufffdy"),
    ("a.csv", b'id,sentence\n1,a\n2,"x\n\xffy"\n3,b\n', 3, "byte 1 of the row (0xff) is not valid", "x\n\ufffdy"),
    ("a.tsv", b"1\t1\t1\t1\ta\n1\t\xff\t1\t2\tx\n1\t1\t1\t3\tb\n", 2, "byte 3 of the row (0xff) is not valid", "x"),
    ("a.jsonl", b'{"sentence":"a"}\n{"sentence":"x\xff"}\n{"sentence":"b"}\n', 2, "byte 15 of the row", "x\ufffd"),
]
NO_TEXT = [
    ("a.jsonl", b'{"sentence":"a"}\n{"sentence":5,"n":1}\n{"sentence":"b"}\n', 2, "expected text, found int 5", None),
    ("a.jsonl", b'{"sentence":"a"}\n{"n":1}\n{"sentence":"b"}\n', 2, "the row has no such member", None),
    ("a.jsonl", b'{"sentence":"a"}\n{"sentence":\n{"sentence":"b"}\n', 2, "is not valid JSON", None),
    ("a.jsonl", b'{"sentence":"a"}\n["x"]\n{"sentence":"b"}\n', 2, "expected a JSON object, found list", None),
]
LONG = b"uzun " * 10
TOO_LONG = [
    ("a.csv", b"sentence\na\n" + LONG + b"\nb\n", 3, "has more than 48 bytes", None),
    ("a.tsv", b"1\t1\t1\t1\ta\n1\t1\t1\t2\t" + LONG + b'"\n1\t1\t1\t3\tb\n', 2, "has more than 48 bytes", None),
    ("a.jsonl", b'{"sentence":"a"}\n{"sentence":"' + LONG + b'"}\n{"sentence":"b"}', 2, "has more than 48", None),
]


@pytest.fixture
def narrow(monkeypatch):
    """Rows of at most 48 bytes: those that four characters need."""
    monkeypatch.setattr(limits, "_BESIDE", 0)
    return Limits(characters=4)


def check(tmp_path, case, **options):
    name, content, number, message, text = case
    (tmp_path / name).write_bytes(content)
    with pytest.raises(InputError) as raised:
        pipeline(**options).annotate_file(tmp_path / name, tmp_path / "o.jsonl")
    # Where a row has many lines, the one at fault.
    assert raised.value.row == (4 if b'"x\n' in content else number) and raised.value.path == tmp_path / name
    assert message in raised.value.reason
    for how in HOW:
        with pipeline(**options, **how, **SKIP) as pipe:
            done = pipe.annotate_file(tmp_path / name, tmp_path / "o.jsonl", 1)
        assert (done.rows, done.failed) == (3, 1)
        assert done.errors[0].index == number and message in done.errors[0].message
        rows = [json.loads(line) for line in (tmp_path / "o.jsonl").read_text(encoding="utf-8").splitlines()]
        assert [row["pos"] is None for row in rows] == [False, True, False]
        assert [row.get("sentence") for row in rows] == ["a", text, "b"]
    pipe = pipeline(**options, **SKIP)
    for _ in range(2):
        done = pipe.annotate_file(tmp_path / name, tmp_path / "out", 1, resume=True)
        assert (done.rows, done.failed, done.errors[0].index) == (3, 1, number)
    table = pq.read_table(tmp_path / "out").to_pylist()
    assert [row["sentence"] for row in table] == ["a", text, "b"]
    assert [row["tokens"] for row in table] == [["a"], None, ["b"]]
    for suffix in ("csv", "conllu", "pkl"):
        assert pipe.annotate_file(tmp_path / name, tmp_path / f"o.{suffix}", 1).failed == 1


@pytest.mark.parametrize("case", NOT_UTF8, ids=lambda case: case[0])
def test_bytes_that_are_not_utf8(tmp_path, case):
    check(tmp_path, case)


@pytest.mark.parametrize("case", NO_TEXT, ids=lambda case: case[3])
def test_rows_without_a_text(tmp_path, case):
    check(tmp_path, case)


@pytest.mark.parametrize("case", TOO_LONG, ids=lambda case: case[0])
def test_rows_that_are_too_long_to_be_held(tmp_path, narrow, case):
    check(tmp_path, case, limits=narrow)


@pytest.mark.parametrize("kind", [pa.string(), pa.large_string(), pa.dictionary(pa.int32(), pa.string())], ids=str)
def test_parquet(tmp_path, kind):
    path = tmp_path / "a.parquet"
    texts = pa.array(["a", "uzun " * 10, None, "b"], pa.string())
    pq.write_table(pa.table({"sentence": texts.cast(kind), "n": [1, 2, 3, 4]}), path)
    with pytest.raises(InputError, match="row 2, column 'sentence': the text has 50 "):
        pipeline(limits=Limits(characters=4)).annotate_file(path, tmp_path / "o.parquet")
    done = pipeline(limits=Limits(characters=4), **SKIP).annotate_file(path, tmp_path / "o.parquet")
    assert (done.rows, done.failed, done.errors[0].index) == (4, 1, 2)
    found = pq.read_table(tmp_path / "o.parquet").to_pylist()
    assert [row["tokens"] for row in found] == [["a"], None, [], ["b"]]
    assert [row["n"] for row in found] == [1, 2, 3, 4]


@pytest.mark.parametrize("suffix", [".parquet", ".jsonl", ".csv"])
def test_parquet_that_is_not_utf8(tmp_path, suffix):
    path = tmp_path / "a.parquet"
    pq.write_table(pa.table({"sentence": broken_strings(), "n": [1, 2, 3]}), path)
    with pytest.raises(InputError, match="row 2, column 'sentence': is not valid UTF-8"):
        pipeline().annotate_file(path, tmp_path / f"o{suffix}")
    done = pipeline(**SKIP).annotate_file(path, tmp_path / f"o{suffix}")
    assert (done.rows, done.failed, done.errors[0].index) == (3, 1, 2)
    if suffix == ".parquet":
        assert pq.read_table(tmp_path / "o.parquet")["sentence"].to_pylist() == ["a", "\ufffd\ufffd", "b"]


class TestTables:
    MESSAGE = "expected text, found int 5 (index label 'y')"

    @pytest.mark.parametrize("how", HOW, ids=str)
    def test_frames(self, tmp_path, how):
        frame = pd.DataFrame({"sentence": ["a", 5, None, "b"]}, index=list("xyzw"))
        with pipeline(**how, **SKIP) as pipe:
            plain, kept = (pipe.process_dataframe(frame, 1, checkpoint=at) for at in (None, tmp_path / "out"))
            for found in (plain, kept):
                assert found["sentence"].tolist() == ["a", 5, None, "b"]
                assert found["tokens"].tolist() == [["a"], None, [], ["b"]]
                assert found.attrs["errors"] == [{"index": 1, "error": "InputError", "message": self.MESSAGE}]
            # What is not text is part of what the folder is of.
            with pytest.raises(InputError, match="belongs to another run"):
                pipe.process_dataframe(frame.replace(5, ""), 1, checkpoint=tmp_path / "out")

    def test_arrow(self, caplog):
        table = pa.table({"sentence": broken_strings()})
        for found in (
            pipeline(**SKIP).process_dataframe(table),
            pipeline(**SKIP).process_batches(table).read_all(),
        ):
            assert found["tokens"].to_pylist() == [["a"], None, ["b"]]
            assert found["sentence"].equals(table["sentence"])
        assert (
            caplog.text.count("1 rows have no results; the first of them: row 1: InputError: is not valid UTF-8") == 2
        )
        with pytest.raises(InputError, match="not valid UTF-8"):
            pipeline().process_dataframe(table)


@pytest.mark.parametrize("options", [{}, SKIP])
def test_a_lone_quote_is_none_however_much_comes_after_it(tmp_path, narrow, options):
    """Of a table with a header and tabs, which may have quotes or not."""
    path = tmp_path / "a.tsv"
    path.write_text("id\tmetin\n" + '1\t"Gel\n' + "2\tb\n" * 30)
    pipeline(limits=narrow, **options).annotate_file(path, tmp_path / "o.jsonl", text_column="metin")
    rows = [json.loads(line) for line in (tmp_path / "o.jsonl").read_text().splitlines()]
    assert [row["metin"] for row in rows] == ['"Gel', *["b"] * 30]


class TestWhatEndsTheRun:
    """Where it cannot be told what is a row and what is its text."""

    @pytest.mark.parametrize(
        ("name", "content", "message"),
        [
            ("a.csv", b'sentence\na\n"' + LONG + b'"\nb\n', "row 3: has more than 48 bytes"),
            ("a.csv", b'sentence\na\n"' + b"uzun\n" * 12, "row 3: has more than 48 bytes"),
            ("a.csv", b"id,sent\xff\n1,a\n", "row 1: byte 8 of the row"),
            ("a.csv", b"id,sentence\n1,a\n2\n", "row 3: has 1 column, expected 2"),
            ("a.csv", b'sentence\n"a" b\n', "row 2: is malformed"),
            ("a.tsv", b"1\t1\t1\t1\n", "row 1: has 4 columns"),
            ("a.jsonl", b'{"metin":"a"}\n{"metin":"b"}\n', "there is no such column"),
            ("a.jsonl", b"a\nb\n", "there is no such column"),
            ("a.conllu", b"# text = " + LONG + b"\n", "row 1: has more than 48 bytes"),
            ("a.conllu", b"# a = b\n" * 9, "row 1: has more than 48 bytes"),
        ],
    )
    def test_files(self, tmp_path, narrow, name, content, message):
        (tmp_path / name).write_bytes(content)
        with pytest.raises(InputError, match=message):
            pipeline(limits=narrow, **SKIP).annotate_file(tmp_path / name, tmp_path / "o.jsonl")
        assert [path.name for path in tmp_path.iterdir()] == [name]

    def test_columns(self, tmp_path):
        with pytest.raises(InputError, match="expected text, found the type int64"):
            pipeline(**SKIP).process_dataframe(pa.table({"sentence": [1]}))


def test_texts_within_the_limits_are_never_beyond_the_bound(tmp_path):
    rules = Rules(limits=Limits(characters=2_000_000))
    text = "\U0001f600" * 2_000_000  # 4 bytes a character, and 12 where JSON escapes it
    (tmp_path / "a.jsonl").write_text(json.dumps({"sentence": text}))
    assert [chunk.texts for chunk in open_source(tmp_path / "a.jsonl", None, rules).chunks(9)] == [[text]]
    (tmp_path / "a.csv").write_text("sentence\n" + '"' + '""' * 2_000_000 + '"\n')
    assert [chunk.texts for chunk in open_source(tmp_path / "a.csv", None, rules).chunks(9)] == [['"' * 2_000_000]]


READ = """
import resource, sys
from vnlp_colab import InputError
from vnlp_colab.pipeline.files import open_source
from vnlp_colab.pipeline.gate import Rules
before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
source = open_source(sys.argv[1], None, Rules("skip"))
texts = [text for chunk in source.chunks(512) for text in chunk.texts]
print(len(texts), resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before)
"""


@pytest.mark.slow
@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere the largest memory has another unit")
@pytest.mark.parametrize("name", ["a.csv", "a.jsonl"])
def test_a_row_of_any_size_is_not_held(tmp_path, name):
    with (tmp_path / name).open("wb") as stream:
        stream.write(b"sentence\nAli geldi\n" if name == "a.csv" else b'{"sentence": "Ali geldi"}\n')
        for _ in range(300):
            stream.write(b"a " * (1 << 19))
        stream.write(b"\nson\n" if name == "a.csv" else b'\n{"sentence": "son"}\n')
    done = subprocess.run([sys.executable, "-c", READ, tmp_path / name], capture_output=True, text=True, check=True)
    rows, kilobytes = map(int, done.stdout.split())
    assert rows == 3 and kilobytes < 100_000  # of 300 MB


@pytest.mark.slow
def test_long_rows_do_not_add_up_in_memory(tmp_path):
    """Texts under the limit of characters, many of them, whose tokens are not to be held together."""
    pipe = pipeline(limits=Limits(tokens=1000), loader="threads", **SKIP)
    row = "aa " * 300_000
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    failed = sum(found.failure is not None for found in pipe.annotate((f"{row}{i}" for i in range(60)), 64))
    grown = (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) / 1024
    assert failed == 60 and grown < 500  # with windows that count texts alone, more than a gigabyte


PIECES = st.sampled_from(
    [
        b"a",
        b"1",
        b"\xff",
        b"\xc5\x9f",
        b'"',
        b'""',
        b",",
        b"\t",
        b"\n",
        b"\r\n",
        b'{"sentence":"',
        b'"}',
        b"5",
        b"uzun " * 9,
    ]
)


@given(st.sampled_from(["a.csv", "a.tsv", "a.jsonl"]), st.lists(PIECES, max_size=40).map(b"".join))
@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_rows_that_can_be_read_are_read_alike_whatever_may_fail(tmp_path, name, content):
    heads = {"a.csv": b"id,sentence\n", "a.tsv": b"1\t1\t1\t1\tx\n", "a.jsonl": b'{"sentence":"x"}\n'}
    (tmp_path / name).write_bytes(heads[name] + content)

    def read(on_error):
        with mock.patch.object(limits, "_BESIDE", 0):
            rules = Rules(on_error, Limits(characters=4))
            try:
                chunks = list(open_source(tmp_path / name, None, rules).chunks(3))
            except InputError as error:
                return error
        texts = [text for chunk in chunks for text in chunk.texts]
        rows = [row for chunk in chunks for row in chunk.rows()]
        assert len(texts) == len(rows) == sum(len(chunk.numbers) for chunk in chunks)
        return texts, rows

    strict, lenient = read("raise"), read("skip")
    if isinstance(lenient, InputError) or any(isinstance(text, Unfit) for text in lenient[0]):
        assert isinstance(strict, InputError)
    else:
        assert lenient == strict
