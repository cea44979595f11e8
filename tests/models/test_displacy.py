"""displaCy's forms, whatever the words repeat."""

from __future__ import annotations

from vnlp_colab.models.displacy import dependency_format, entity_format
from vnlp_colab.text.tokenise import word_punct_spans


def entities(text: str, labels: str) -> list[tuple[str, str]]:
    """Text and label of every entity; labels by initial."""
    names = {"O": "O", "P": "PER", "L": "LOC", "R": "ORG", "-": ""}
    spans = [(span.start, span.end) for span in word_punct_spans(text)]
    found = entity_format(text, spans, [names[label] for label in labels])
    assert found["text"] == text and found["title"] is None
    return [(text[entity["start"] : entity["end"]], entity["label"]) for entity in found["ents"]]


def test_runs_of_one_label_are_one_entity() -> None:
    assert entities("Ali Can Van gölü", "PPLL") == [("Ali Can", "PER"), ("Van gölü", "LOC")]
    assert entities("Ali ve Can", "POP") == [("Ali", "PER"), ("Can", "PER")]


def test_a_repeated_word_has_its_own_place() -> None:
    assert entities("Van Van Vanlı", "OLO") == [("Van", "LOC")]
    found = entity_format("o Van o Van", [(0, 1), (2, 5), (6, 7), (8, 11)], ["O", "LOC", "O", "LOC"])
    assert [(entity["start"], entity["end"]) for entity in found["ents"]] == [(2, 5), (8, 11)]


def test_tokens_without_a_letter() -> None:
    assert entities("A . B", "RRR") == [("A . B", "ORG")]
    assert entities("A .", "RR") == [("A", "ORG")]
    assert entities(". A", "RR") == [("A", "ORG")]
    assert entities("12 5", "RR") == []
    # With another label they come between two entities.
    assert entities("A . B", "ROR") == entities("A . B", "R-R") == entities("A . B", "RPR")
    assert entities("A . B", "ROR") == [("A", "ORG"), ("B", "ORG")]


def test_nothing() -> None:
    assert entities("", "") == []
    assert dependency_format([], []) == {"words": [], "arcs": []}


def test_arcs_point_from_head_to_word() -> None:
    arcs = [(1, "a", 2, "x"), (2, "b", 0, "root"), (3, "c", 1, "y")]
    assert dependency_format(arcs, ["T", "", "U"]) == {
        "words": [{"text": "a", "tag": "T"}, {"text": "b", "tag": ""}, {"text": "c", "tag": "U"}],
        "arcs": [
            {"start": 0, "end": 1, "label": "x", "dir": "right"},
            {"start": 0, "end": 2, "label": "y", "dir": "left"},
        ],
    }


def test_tokens_that_mean_something_to_regular_expressions() -> None:
    # Upstream searches for tokens as patterns: "(" raises there, and "." is found at the first character.
    assert entities("o (A+B) [C", "OOPOPOOL") == [("A", "PER"), ("B", "PER"), ("C", "LOC")]
    assert entities("an a", "OP") == [("a", "PER")]
    assert entities("x .* A.", "OORO") == [("A", "ORG")]
