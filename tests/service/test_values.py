"""Values that JSON carries, and the service could not hand on as they are; forms that would be empty."""

import json

import pytest
from service_fakes import running

JSON = {"Content-Type": "application/json"}


@pytest.fixture(scope="module")
def client():
    with running() as found:
        yield found


@pytest.mark.parametrize(
    ("address", "body", "member"),
    [
        ("annotate", '{"text": "a", "text": "b"}', "'text'"),
        ("annotate", '{"text": "a", "format": "json", "format": "conllu"}', "'format'"),
        ("split", '{"text": "gizli", "text": "gizli"}', "'text'"),
    ],
)
def test_a_member_that_occurs_twice_is_named(client, address, body, member):
    answer = client.post(f"/v1/{address}", content=body, headers=JSON)
    assert answer.status_code == 422
    assert f"body: the member {member} stands there more than once" in answer.json()["detail"]
    assert "gizli" not in answer.text


@pytest.mark.parametrize(
    ("line", "says"),
    [
        ('{"text": "gizli", "text": "b"}', "the member 'text' stands there more than once"),
        ('{"text": "gizli", "v": 1e999}', "beyond the range of a double"),
        ('{"text": "gizli", "v": Infinity}', "not valid JSON, which has no Infinity"),
        (r'{"text": "gizli\ud800"}', "'text' has half of a surrogate pair"),
    ],
)
def test_a_line_whose_values_would_change_is_an_error_of_its_own(client, line, says):
    answer = client.post("/v1/annotate/stream", content=f'{line}\n{{"text": "b", "v": 1e308}}\n')
    first, second = map(json.loads, answer.text.splitlines())
    assert first["line"] == 1 and says in first["error"] and "gizli" not in first["error"]
    assert (second["tokens"], second["v"]) == (["b"], 1e308)


@pytest.mark.parametrize(
    ("texts", "counted"),
    [
        (
            ["", "bir", " ", "", "iki", ""],
            ["# empty_rows_before = 1", "# empty_rows_after = 1", "# empty_rows_before = 2"],
        ),
        (["", ""], ["# empty_rows_only = 2"]),
        (["bir"], []),
    ],
)
def test_conllu_says_how_many_texts_it_has_no_form_for(client, texts, counted):
    answer = client.post("/v1/annotate", json={"text": texts, "format": "conllu"}).text
    assert [line for line in answer.splitlines() if line.startswith("# empty")] == counted
    named = [line for line in answer.splitlines() if line.startswith("# sent_id")]
    assert named == [f"# sent_id = {number}" for number, text in enumerate(texts, 1) if text.strip()]


def test_displacy_needs_something_to_draw(client):
    answer = client.post("/v1/annotate", json={"text": "a", "models": ["pos"], "format": "displacy"})
    assert answer.status_code == 422
    assert "displacy draws what dep or ner finds" in answer.json()["detail"]
    described = client.get("/openapi.json").json()["components"]["schemas"]["AnnotateRequest"]
    assert described["then"]["properties"]["models"]["anyOf"][1]["contains"] == {"enum": ["ner", "ner:ContextNER"]}
    answer = client.post("/v1/annotate", json={"text": "a", "models": ["ner"], "format": "displacy"})
    assert [list(sentence) for sentence in answer.json()["sentences"]] == [["ent"]]
