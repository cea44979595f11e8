"""Empty, tiny, huge and strange texts go through every model."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from vnlp_colab.errors import InputError
from vnlp_colab.models.char_ner import CharNER
from vnlp_colab.models.morphology import StemmerAnalyzer
from vnlp_colab.models.sentiment import GRUSentimentAnalyzer
from vnlp_colab.models.tree_stack import TreeStackDP, TreeStackPoS
from vnlp_colab.text.tokenise import TreebankWordTokenize, WordPunctTokenize

pytestmark = pytest.mark.models

MODELS = ["stemmer", "tagger", "parser", "ner", "sentiment"]
STRANGE = [
    "a",
    ".",
    "😀",
    "😀👩‍👩‍👧 🏳️‍🌈!",
    "\x00\x01\x1b[31m",
    "a\x00b c\u200bd \ufeff e\u2028f",
    "\u0307\u0307 i\u0307",
    "\ud800 tek",  # half a surrogate pair, as broken JSON yields
    "漢字 اللغة ไทย",
    "İıIi ÎÂÛ",
    "'''''' \"\"\" ``` ((( [[[",
    "+++ a+b ^DB a^b +",
    "<OOV> null Unknown",
    "½ ² Ⅷ ٣",
]


@pytest.fixture(params=MODELS)
def model(request: pytest.FixtureRequest) -> Any:
    return request.getfixturevalue(request.param)


def check(model: Any, texts: list[str], found: list[Any]) -> None:
    """Every text has an answer, every token one, in order."""
    assert len(found) == len(texts)
    for text, own in zip(texts, found, strict=True):
        if isinstance(model, GRUSentimentAnalyzer):
            assert own in (0, 1)
            continue
        tokens = WordPunctTokenize(text) if isinstance(model, CharNER) else TreebankWordTokenize(text)
        assert len(own) == len(tokens)
        if isinstance(model, StemmerAnalyzer):
            assert all(isinstance(analysis, str) and "+" in analysis for analysis in own)
        elif isinstance(model, TreeStackDP):
            assert [token for _, token, _, _ in own] == tokens
            assert all(0 <= head <= max(40, len(tokens)) for _, _, head, _ in own)
        else:
            assert [token for token, _ in own] == tokens


def test_empty_batch(model: Any) -> None:
    assert model.predict_batch([]) == model.predict_proba_batch([]) == []


@pytest.mark.parametrize("empty", ["", "   ", "\n\t"])
def test_empty_texts_among_others(model: Any, empty: str) -> None:
    plain = model.predict_batch(["Eve geldim.", "Çok kötü!"])
    for batch in ([empty, "Eve geldim.", empty, "Çok kötü!"], [empty], [empty, empty]):
        found = model.predict_batch(batch)
        assert [own for own, text in zip(found, batch, strict=True) if text != empty] in (plain, [])
        check(model, batch, found)
        probabilities = model.predict_proba_batch(batch)
        assert len(probabilities) == len(batch)
        if not isinstance(model, GRUSentimentAnalyzer):
            columns = {own.shape[1] for own in model.predict_proba_batch(["ev"])}
            assert probabilities[0].shape == (0, *columns) and probabilities[0].dtype == np.float32


def test_empty_token_lists(tagger: TreeStackPoS, parser: TreeStackDP, stemmer: StemmerAnalyzer, ner: CharNER) -> None:
    for model in (tagger, parser, stemmer, ner):
        assert model.predict_batch([[], ["ev"], []])[::2] == [[], []]


def test_strange_texts(model: Any) -> None:
    check(model, STRANGE, model.predict_batch(STRANGE))
    for text in STRANGE:
        assert model.predict_batch([text]) == [model.predict(text)]


@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(texts=st.lists(st.text(max_size=30), max_size=4))
def test_any_text(model: Any, texts: list[str]) -> None:
    check(model, texts, model.predict_batch(texts))


def test_empty_and_blank_tokens(
    tagger: TreeStackPoS, parser: TreeStackDP, stemmer: StemmerAnalyzer, ner: CharNER
) -> None:
    tokens = ["", " ", "ev", "iki kelime", "\n"]
    assert len(stemmer.predict_batch([tokens])[0]) == 5
    assert [token for token, _ in tagger.predict_batch([tokens])[0]] == tokens
    assert [token for _, token, _, _ in parser.predict_batch([tokens])[0]] == tokens
    assert [token for token, _ in ner.predict_batch([tokens])[0]] == tokens
    assert [label for _, label in ner.predict_batch([["", " "]])[0]] == ["O", "O"]


@pytest.mark.parametrize(
    "word",
    ["a" * 20_000, "Ab1😀" * 2_000, pytest.param("a" * 100_000, marks=pytest.mark.slow)],
    ids=["letters", "mixed", "many letters"],
)
def test_a_huge_word(model: Any, word: str) -> None:
    texts = ["Bu " + word + " ne ?", "Eve geldim ."]
    found = model.predict_batch(texts)
    check(model, texts, found)
    assert found[1] == model.predict(texts[1])


WORDS = ["Ankara", "çok", "güzel", "ama", "soğuk"]


# A thousand are several blocks of context steps, windows and segments already.
@pytest.mark.parametrize("tokens", [1000, pytest.param(5000, marks=pytest.mark.slow)])
def test_a_sentence_of_thousands_of_tokens(model: Any, tokens: int) -> None:
    # The parser's own tagger would only do again what is done for the tagger here.
    given = {"morph": [["ev+Noun"] * tokens], "pos": [["NOUN"] * tokens]} if isinstance(model, TreeStackDP) else {}
    text = " ".join(WORDS * (tokens // len(WORDS)))
    check(model, [text], model.predict_batch([text], **given))


def test_one_string_is_no_batch(model: Any) -> None:
    for call in (model.predict_batch, model.predict_proba_batch):
        with pytest.raises(InputError, match="not one string"):
            call("Eve geldim.")


@pytest.mark.parametrize("item", [None, 7, float("nan")])
def test_items_that_are_no_text(model: Any, item: Any) -> None:
    for call in (model.predict_batch, model.predict_proba_batch):
        with pytest.raises(InputError, match="row 1") as caught:
            call(["Eve geldim.", item])
        assert caught.value.row == 1
