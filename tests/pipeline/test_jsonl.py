"""JSON Lines whose values would not come through as they are: each such line is a row that cannot be read."""

import json

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from vnlp_colab.errors import InputError
from vnlp_colab.pipeline.files import open_source
from vnlp_colab.pipeline.jsonl import parse_row

# A line, what is said of it, and what an output has of it where rows may fail.
UNFIT = [
    (
        '{"sentence": "x", "id": 7, "sentence": "y"}',
        "the member 'sentence' stands there more than once",
        {"sentence": "y", "id": 7},
    ),
    ('{"sentence": "x", "m": [{"k": 1, "k": 2}]}', "the member 'k' stands", {"sentence": "x", "m": [{"k": 2}]}),
    ('{"sentence": "x", "v": 1e999}', "the number 1e999 is beyond the range of a double", {"sentence": "x", "v": None}),
    ('{"sentence": "x", "v": [-1e400]}', "the number -1e400 is", {"sentence": "x", "v": [None]}),
    ('{"sentence": "x", "v": NaN}', "is not valid JSON, which has no NaN; write null", {"sentence": "x", "v": None}),
    ('{"sentence": "x", "v": -Infinity}', "which has no -Infinity", {"sentence": "x", "v": None}),
    ('{"sentence": NaN}', "which has no NaN", {"sentence": None}),
    (r'{"sentence": "x\ud800"}', "'sentence' has half of a surrogate pair", {"sentence": "x\ufffd"}),
    (r'{"sentence": "x", "v": ["\udc00\ud83d"]}', "'v' has half of", {"sentence": "x", "v": ["\ufffd\ufffd"]}),
    (r'{"sentence": "x", "\ud800": 1}', r"member '\ud800' has half of", {"sentence": "x", "\ufffd": 1}),
]


@pytest.mark.parametrize(("line", "says", "shown"), UNFIT, ids=[line for line, *_ in UNFIT])
def test_a_line_whose_values_would_change_is_a_row_that_cannot_be_read(
    make_pipeline, write, tmp_path, line, says, shown
):
    path = write("a.jsonl", f'{{"sentence": "a"}}\n{line}\n{{"sentence": "b"}}\n')
    with pytest.raises(InputError) as raised:
        open_source(path)
    assert raised.value.row == 2 and raised.value.path == path and says in raised.value.reason
    done = make_pipeline("pos:TreeStackPoS", on_error="skip").annotate_file(path, tmp_path / "o.jsonl")
    assert (done.rows, done.failed, done.errors[0].index) == (3, 1, 2)
    assert says in done.errors[0].message
    rows = [json.loads(row, parse_constant=pytest.fail) for row in (tmp_path / "o.jsonl").read_text().splitlines()]
    assert {name: rows[1].get(name) for name in shown} == shown
    assert [row["tokens"] for row in rows] == [["a"], None, ["b"]]


def test_what_json_carries_comes_through(make_pipeline, write, tmp_path):
    given = {"sentence": "a 😀", "n": 10**400, "x": 1.7976931348623157e308, "e": r"\ud800", "k": {"k": 1}, "l": -0.0}
    path = write("a.jsonl", json.dumps(given) + "\n")
    make_pipeline("pos:TreeStackPoS").annotate_file(path, tmp_path / "o.jsonl")
    found = json.loads((tmp_path / "o.jsonl").read_text())
    assert {name: found[name] for name in given} == given


def test_a_byte_order_mark_in_a_later_line_is_named():
    with pytest.raises(InputError, match="byte order mark"):
        parse_row('\ufeff{"sentence": "a"}', 5)


def test_of_many_members_the_one_that_occurs_twice_is_found_at_once():
    members = ", ".join(f'"{number}": 0' for number in range(100_000))
    with pytest.raises(InputError, match="'99999' stands there more than once"):
        parse_row(f'{{{members}, "99999": 1}}', 1)


def test_infinite_numbers_of_parquet_are_null_as_the_pages_say(make_pipeline, tmp_path):
    table = pa.table({"sentence": ["a", "b"], "x": [float("inf"), float("nan")], "l": [[float("-inf")], [1.0]]})
    pq.write_table(table, tmp_path / "in.parquet")
    make_pipeline("pos:TreeStackPoS").annotate_file(tmp_path / "in.parquet", tmp_path / "o.jsonl")
    rows = [json.loads(row, parse_constant=pytest.fail) for row in (tmp_path / "o.jsonl").read_text().splitlines()]
    assert [(row["x"], row["l"]) for row in rows] == [(None, [None]), (None, [1.0])]
