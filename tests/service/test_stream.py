"""JSON Lines in, JSON Lines out."""

import json

import pytest
from service_fakes import Fake, running

LINES = {"Content-Type": "application/jsonl"}


@pytest.fixture(scope="module")
def client():
    with running(max_characters=20, max_tokens=10, max_body=500, stream_window=4, queue=8, max_texts=4) as found:
        yield found


def stream(client, body, **parameters):
    answer = client.post("/v1/annotate/stream", content=body, headers=LINES, params=parameters)
    assert answer.status_code == 200, answer.text
    assert answer.headers["content-type"].startswith("application/jsonl")
    return [json.loads(line) for line in answer.text.splitlines()]


def test_lines_keep_their_order_and_their_other_members(client):
    rows = [{"id": number, "text": f"söz {number}"} for number in range(500)]
    found = stream(client, "".join(json.dumps(row) + "\n" for row in rows), models="pos")
    assert [{name: row[name] for name in ("id", "text")} for row in found] == rows
    assert all(row["pos"] == ["SÖZ", str(row["id"])] for row in found)


@pytest.mark.parametrize("size", [1, 3, 7, 1000])
def test_lines_may_be_cut_anywhere(client, size):
    body = '{"text": "çağ"}\r\n\n{"text": "ş"}'.encode()
    parts = (body[start : start + size] for start in range(0, len(body), size))
    assert [row["pos"] for row in stream(client, parts, models=["pos"])] == [["ÇAĞ"], ["Ş"]]


def test_a_bad_line_has_its_place_and_the_others_go_on(client):
    bad = ["nonsense", "[1]", '{"x": 1}', '{"text": 3}', json.dumps({"text": "a" * 21})]
    lines = ['{"text": "a"}', *bad, '{"text": null}', '{"text": "b"}']
    found = stream(client, "\n".join(lines))
    assert [row.get("line") for row in found] == [None, 2, 3, 4, 5, 6, None, None]
    for row, said in zip(found[1:6], ["JSON", "object", "no member 'text'", "expected text", "21 char"], strict=True):
        assert said in row["error"]
    assert found[6]["tokens"] == []
    assert found[7]["tokens"] == ["b"]


NESTED = "[" * 960 + "1" + "]" * 960


@pytest.mark.parametrize("inner", [NESTED, "[" * 960 + "]" * 960, '{"a":' * 300 + "1" + "}" * 300, "[" * 9999])
def test_a_line_nested_without_end_is_an_error_of_its_own(inner):
    with running() as client:
        found = stream(client, f'{{"text": "Ali", "x": {inner}}}\n{{"text": "b", "x": [[[null]]]}}\n')
    assert found[0]["line"] == 1 and len(found[0]["error"]) < 200
    assert (found[1]["tokens"], found[1]["x"]) == (["b"], [[[None]]])


def test_an_error_does_not_repeat_what_stands_in_the_line(client):
    lines = ['{"text": ["gizli"]}', '{"text": {"gizli": 1}}', '{"text": "gizli"', '{"text": "a", "tokens": ["gizli"]}']
    for row in stream(client, "\n".join(lines)):
        assert "error" in row and "gizli" not in row["error"]


def test_too_many_tokens_are_an_error_of_their_line(client):
    found = stream(client, '{"text": ",,,,,,,,,,,"}\n{"text": "a b c d e f g h i j"}\n')
    assert "11 tokens, and 10 are allowed" in found[0]["error"]
    assert len(found[1]["tokens"]) == 10


def test_what_is_not_utf8_is_an_error_of_its_line(client):
    found = stream(client, b'{"text": "\xff"}\n{"text": "a"}\n')
    assert "UTF-8" in found[0]["error"]
    assert found[1]["tokens"] == ["a"]


def test_a_line_too_long_ends_the_stream(client):
    found = stream(client, b'{"text": "a"}\n' + b'{"text": "' + b"x" * 5000)
    assert found[0]["tokens"] == ["a"]
    assert "500 bytes" in found[1]["error"]
    assert len(found) == 2


def test_another_column_holds_the_text(client):
    (found,) = stream(client, '{"söz": "a b", "text": 1}', text_column="söz", models="ner")
    assert (found["tokens"], found["text"]) == (["a", "b"], 1)


@pytest.mark.parametrize(
    ("own", "said"),
    [
        ({"pos": 1}, "member 'pos': the annotation would overwrite"),
        ({"tokens": ["x"]}, "member 'tokens': the annotation would overwrite"),
        ({"spans": [1]}, "member 'spans': the annotation would overwrite"),
    ],
)
def test_a_member_that_annotation_would_overwrite_is_an_error_of_its_line(client, own, said):
    found = stream(client, "\n".join(json.dumps(row) for row in ({"text": "a", **own}, {"text": "b"})), models="pos")
    assert found[0]["line"] == 1 and said in found[0]["error"]
    assert found[1]["tokens"] == ["b"]


def test_tokens_that_are_there_already_may_be_the_same(client):
    (found,) = stream(client, '{"text": "a b", "tokens": ["a", "b"]}', models="pos")
    assert (found["tokens"], found["pos"]) == (["a", "b"], ["A", "B"])


def test_an_empty_stream_has_no_lines(client):
    assert stream(client, b"") == []


def test_models_that_are_not_loaded_are_refused_before_anything_is_read(client):
    answer = client.post("/v1/annotate/stream", content=b"{}", params={"models": "dep"}, headers=LINES)
    assert answer.status_code == 422
    assert "pos:ContextPoS" in answer.json()["detail"]


def test_a_failing_model_is_an_error_of_its_line():
    fake = Fake()
    with running(fake) as client:
        found = stream(client, '{"text": "a"}\n{"text": "bug"}\n{"text": "b"}\n')
    assert [next(iter(row)) for row in found] == ["text", "line", "text"]
    assert "secret" not in json.dumps(found)


def test_what_takes_too_long_is_an_error_of_its_line():
    fake = Fake()
    with running(fake, timeout=0.2) as client:
        fake.open.clear()
        (found,) = stream(client, '{"text": "wait"}')
        fake.open.set()
    assert "0.2 s" in found["error"]
