"""Sentences, their tokens and entities, and the forms that they are handed on in."""

import json
import pickle
import unicodedata

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from vnlp_colab.errors import InputError
from vnlp_colab.results import Entity, Sentence, Token
from vnlp_colab.results.parts import entity_runs
from vnlp_colab.text.spans import align
from vnlp_colab.text.tokenise import TreebankWordTokenize, treebank_spans


def sentence(**more):
    fields = {
        "text": "Ali  Van'da ``gezdi''.",
        "tokens": ("Ali", "Van'da", '"', "gezdi", '"', "."),
        "pos": ("PROPN", "PROPN", "PUNCT", "VERB", "PUNCT", "PUNCT"),
        "ner": ("PER", "LOC", "O", "O", "O", "O"),
        "dep": ((4, "nsubj"), (4, "obl"), (4, "punct"), (0, "root"), (4, "punct"), (4, "punct")),
        "lemma": ("Ali", "Van", '"', "gez", '"', "."),
        "feats": ("Case=Nom", "Case=Loc|Number=Sing", "_", "_", "_", "_"),
    }
    return Sentence(**{**fields, **more})


def test_tokens_have_their_place_in_the_text_and_every_label():
    found = sentence(probabilities={"pos": (0.5, 0.25, 1.0, 1.0, 1.0, 1.0), "head": (0.75,) * 6})
    assert [token.text for token in found] == ["Ali", "Van'da", "``", "gezdi", "''", "."]
    assert tuple(token.form for token in found) == found.tokens
    assert found[1] == Token(
        index=2,
        text="Van'da",
        form="Van'da",
        start=5,
        end=11,
        upos="PROPN",
        head=4,
        deprel="obl",
        morph=None,
        lemma="Van",
        feats="Case=Loc|Number=Sing",
        entity="LOC",
        probabilities={"pos": 0.25, "head": 0.75},
    )
    assert found[1].features == {"Case": "Loc", "Number": "Sing"}
    assert found[2].features == {}
    assert len(found) == 6 and found[-1].text == "." and list(found) == list(found.words)


def test_what_no_model_said_is_none():
    (token,) = Sentence("Ev", ("Ev",))
    assert (token.upos, token.head, token.entity, token.probabilities, token.features) == (None, None, None, None, {})
    assert Sentence("Ev", ("Ev",)).entities == ()


def test_nothing_changes_and_nothing_is_added():
    with pytest.raises(AttributeError):
        sentence().text = "b"
    with pytest.raises((AttributeError, TypeError)):
        sentence().more = 1
    assert hash(sentence(probabilities={"pos": (1.0,)})) and hash(sentence()[0])
    assert pickle.loads(pickle.dumps(sentence())) == sentence()


@pytest.mark.parametrize(
    ("labels", "runs"),
    [
        ("PER PER O PER", [(0, 2, "PER"), (3, 4, "PER")]),
        ("PER LOC", [(0, 1, "PER"), (1, 2, "LOC")]),
        ("B-PER I-PER B-PER O", [(0, 2, "PER"), (2, 3, "PER")]),
        ("I-LOC I-LOC I-ORG", [(0, 2, "LOC"), (2, 3, "ORG")]),
        ("B-LOC I-PER", [(0, 1, "LOC"), (1, 2, "PER")]),
        ("O O", []),
        ("", []),
    ],
)
def test_runs_of_labels_are_entities(labels, runs):
    assert list(entity_runs(labels.split())) == runs


def test_entities_have_text_offsets_and_score():
    text = "Dün Ali  Can, (İŞ Bankası)"
    tokens = tuple(TreebankWordTokenize(text))
    labels = ("O", "PER", "PER", "O", "O", "ORG", "ORG", "O")
    chances = (1.0, 0.5, 1.0, 1.0, 1.0, 1.0, 0.5, 1.0)
    found = Sentence(text, tokens, ner=labels, probabilities={"ner": chances}).entities
    assert found == (Entity("Ali  Can", "PER", 1, 3, 4, 12, 0.75), Entity("İŞ Bankası", "ORG", 5, 7, 15, 25, 0.75))
    assert all(text[entity.start_char : entity.end_char] == entity.text for entity in found)
    assert Sentence(text, tokens, ner=labels).entities[0].score is None


def test_displacy_points_at_dependents():
    drawn = sentence().to_displacy()
    assert drawn["words"][1] == {"text": "Van'da", "tag": "PROPN", "lemma": "Van"}
    assert drawn["arcs"][0] == {"start": 0, "end": 3, "label": "nsubj", "dir": "left"}
    assert drawn["arcs"][-1] == {"start": 3, "end": 5, "label": "punct", "dir": "right"}
    assert len(drawn["arcs"]) == 5


def test_displacy_leaves_out_arcs_that_lead_nowhere():
    raw = Sentence("a b c", ("a", "b", "c"), dep=((1, "x"), (9, "y"), (1, "z")))
    assert raw.to_displacy("dep")["arcs"] == [{"start": 0, "end": 2, "label": "z", "dir": "right"}]


def test_displacy_marks_repeated_words_and_regex_characters_where_they_stand():
    text = "Van (C++) Van"
    found = Sentence(text, ("Van", "(", "C++", ")", "Van"), ner=("O", "O", "ORG", "O", "LOC")).to_displacy("ent")
    assert found["text"] == text and found["title"] is None
    assert found["ents"] == [{"start": 5, "end": 8, "label": "ORG"}, {"start": 10, "end": 13, "label": "LOC"}]


def test_displacy_says_what_it_lacks():
    with pytest.raises(InputError, match="model for 'dep'"):
        Sentence("a", ("a",)).to_displacy()
    with pytest.raises(InputError, match="'dep' or 'ent'"):
        sentence().to_displacy("svg")


def test_dict_is_json_with_what_is_known():
    found = sentence(sentiment=0.5).to_dict()
    assert json.loads(json.dumps(found)) == found
    assert list(found) == ["text", "tokens", "spans", "pos", "feats", "ner", "dep", "lemma", "sentiment", "entities"]
    assert found["spans"][:2] == [[0, 3], [5, 11]]
    assert found["entities"][1] == {
        "text": "Van'da",
        "label": "LOC",
        "start": 1,
        "end": 2,
        "start_char": 5,
        "end_char": 11,
    }


@pytest.mark.parametrize(
    ("text", "tokens", "number"), [("Ali geldi", ("Ali", "gitti"), 2), ("Ali", ("Ali", "a"), 2), ("a", ("",), 1)]
)
def test_tokens_of_another_text_are_refused(text, tokens, number):
    with pytest.raises(InputError, match=f"token {number}, "):
        Sentence(text, tokens)


PIECES = ['"', "'", "’", "’’", "`", "``", "''", "...", "'ll ", "\x00", "\x1c", "\u00a0", "\u2028", "ş", "🇹🇷", "👨‍👩‍👧"]
TEXTS = st.one_of(
    st.text(max_size=60),
    st.lists(st.sampled_from(PIECES + list(" .,:;!?()[]{}<>-ab1sS$#\n\tşİ"))).map("".join),
    st.text(alphabet="çğıöşüİÂ'’ .").map(lambda text: unicodedata.normalize("NFD", text)),
)


@given(TEXTS)
@settings(deadline=None, max_examples=500)
def test_spans_slice_every_text_back(text):
    """Whatever was typed: nothing but white space stands between the tokens, and no span overlaps another."""
    tokens = TreebankWordTokenize(text)
    found = Sentence(text, tuple(tokens))
    assert found.spans == tuple((span.start, span.end) for span in treebank_spans(text)) == align(text, tokens)
    assert "".join(token.text for token in found) == "".join(text.split())
    at = 0
    for token in found:
        assert token.start >= at and not text[at : token.start].strip()
        assert token.text == token.form or token.form == '"'
        at = token.end
    assert not text[at:].strip()
