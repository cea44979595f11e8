"""A text's letters may be decomposed and its apostrophes typographic: every model reads the same words."""

from __future__ import annotations

import unicodedata
from collections.abc import Callable
from typing import Any

import pytest

from vnlp_colab.models import registry
from vnlp_colab.models.char_ner import CharNER
from vnlp_colab.models.morphology import StemmerAnalyzer
from vnlp_colab.models.sentiment import GRUSentimentAnalyzer
from vnlp_colab.models.tree_stack import TreeStackDP, TreeStackPoS
from vnlp_colab.text.compose import compose
from vnlp_colab.text.tokenise import TreebankWordTokenize

pytestmark = pytest.mark.models

SENTENCE = "Şükrü Çağlar İstanbul'da, İzmir'in güneyinde ve ŞIRNAK'ta çalışıyor."
NFD = unicodedata.normalize("NFD", SENTENCE)
TYPOGRAPHIC = SENTENCE.replace("'", "’")
CONTEXT = ["ContextPoS", "ContextFeats", "ContextLemma", "ContextNER", "ContextDP"]


def test_the_sentences_differ() -> None:
    assert NFD != SENTENCE != TYPOGRAPHIC and compose(NFD) == SENTENCE


@pytest.mark.parametrize("other", [NFD, TYPOGRAPHIC], ids=["decomposed", "typographic"])
def test_analyses(stemmer: StemmerAnalyzer, other: str) -> None:
    assert stemmer.predict(other) == stemmer.predict(SENTENCE)


@pytest.mark.parametrize("other", [NFD, TYPOGRAPHIC], ids=["decomposed", "typographic"])
def test_tags_and_arcs(tagger: TreeStackPoS, parser: TreeStackDP, other: str) -> None:
    def labels(found: list[Any]) -> list[Any]:
        return [item[1:] if len(item) == 2 else item[2:] for item in found]

    for model in (tagger, parser):
        assert labels(model.predict(other)) == labels(model.predict(SENTENCE))
        # The tokens are the user's own.
        assert [item[-1] if len(item) == 1 else item[len(item) // 4] for item in model.predict(other)] == (
            TreebankWordTokenize(other)
        )


@pytest.mark.parametrize("name", CONTEXT)
def test_own_models_read_composed_letters(name: str) -> None:
    model = registry.create(name, device="cpu", threads=1)
    composed, decomposed = model.predict(SENTENCE), model.predict(NFD)
    position = 1 if len(composed[0]) == 4 else 0
    assert [item[position] for item in decomposed] == TreebankWordTokenize(NFD)
    assert [item[position + 1 :] for item in decomposed] == [item[position + 1 :] for item in composed]


def test_entities(ner: CharNER) -> None:
    composed, decomposed = ner.predict(SENTENCE), ner.predict(NFD)
    assert [compose(token) for token, _ in decomposed] == [token for token, _ in composed]
    assert [label for _, label in decomposed] == [label for _, label in composed]
    tokens = [TreebankWordTokenize(text) for text in (SENTENCE, NFD)]
    first, second = ner.label_tokens([SENTENCE, NFD], tokens)
    assert first == second and set(first) > {"O"}


@pytest.mark.parametrize("make", [lambda: CharNER(device="cpu"), lambda: registry.create("ContextNER", device="cpu")])
def test_entities_lie_on_the_users_text(make: Callable[[], Any]) -> None:
    model = make()
    composed, decomposed = (model.predict(text, displacy_format=True) for text in (SENTENCE, NFD))
    assert decomposed["text"] == NFD and composed["ents"]
    words = [
        [text[entity["start"] : entity["end"]] for entity in found["ents"]]
        for text, found in ((SENTENCE, composed), (NFD, decomposed))
    ]
    assert [compose(word) for word in words[1]] == words[0]


def test_sentiment(sentiment: GRUSentimentAnalyzer) -> None:
    text = "Çok güzel, şahane bir gün; Ayşe'yi övdüler."
    for other in (unicodedata.normalize("NFD", text), text.replace("'", "’")):
        assert sentiment.predict_proba(other) == sentiment.predict_proba(text)
