"""CharNER: texts longer than it reads, tokens of others, displaCy."""

from __future__ import annotations

import numpy as np
import pytest

from vnlp_colab.errors import InputError
from vnlp_colab.models.char_ner import CharNER
from vnlp_colab.text.tokenise import TreebankWordTokenize, WordPunctTokenize

pytestmark = pytest.mark.models

TEXT = "Mustafa Kemal Atatürk 1919'da Samsun'a çıktı."


def test_entities_are_found(ner: CharNER) -> None:
    found = dict(ner.predict(TEXT))
    assert found["Atatürk"] == "PER" and found["Samsun"] == "LOC" and found["çıktı"] == "O"


def test_displacy(ner: CharNER) -> None:
    drawn = ner.predict(TEXT, displacy_format=True)
    assert {"start": 0, "label": "PER", "end": 21} in drawn["ents"] and drawn["text"] == TEXT
    names = [(TEXT[entity["start"] : entity["end"]], entity["label"]) for entity in drawn["ents"]]
    assert ("Samsun", "LOC") in names


def test_tokens_of_another_tokenizer(ner: CharNER) -> None:
    texts = [TEXT, "\"Ali\" dedi ki: ``Van'a git''.", "", "  "]
    tokens = [TreebankWordTokenize(text) for text in texts]
    found = ner.label_tokens(texts, tokens)
    assert [len(labels) for labels in found] == [len(row) for row in tokens]
    assert dict(zip(tokens[0], found[0], strict=True))["Samsun'a"] == "LOC"


def test_own_tokens_get_their_own_labels(ner: CharNER) -> None:
    texts = [TEXT, "Ahmet Bey Ankara'ya gitti. " * 15]
    tokens = [WordPunctTokenize(text) for text in texts]
    own = ner.predict_batch(texts)
    assert ner.label_tokens(texts, tokens) == [[label for _, label in row] for row in own]
    assert ner.predict_batch(tokens) == own


def test_tokens_that_do_not_match_in_number(ner: CharNER) -> None:
    with pytest.raises(InputError, match="tokens of 1 texts for 2 texts"):
        ner.label_tokens(["a", "b"], [["a"]])
    with pytest.raises(InputError, match="row 0"):
        ner.label_tokens([None], [["a"]])  # type: ignore[list-item]


@pytest.mark.parametrize("words", [42, 43, 44, 300])
def test_around_the_networks_length(ner: CharNER, words: int) -> None:
    text = " ".join(["Ankara"[: 3 + i % 4] for i in range(words)])
    found = ner.predict(text)
    assert [token for token, _ in found] == text.split(" ")
    halves = [ner.predict(" ".join(text.split(" ")[half])) for half in (slice(words // 2), slice(words // 2, None))]
    if len(text) > 256:
        assert found == halves[0] + halves[1]
    assert len(ner.predict_proba_batch([text])[0]) <= len(text)


def test_one_token_longer_than_the_network_reads(ner: CharNER) -> None:
    for length in (255, 256, 257, 1000):
        assert [token for token, _ in ner.predict("a" * length)] == ["a" * length]
        assert ner.predict_proba_batch(["a" * length])[0].shape == (length, 5)


def test_probabilities(ner: CharNER) -> None:
    (found,) = ner.predict_proba_batch([TEXT])
    assert found.shape == (len(" ".join(WordPunctTokenize(TEXT))), 5) and found.dtype == np.float32
    np.testing.assert_allclose(found.sum(axis=1), 1, atol=1e-5)


def test_the_whole_network_gives_the_same(ner: CharNER) -> None:
    texts = [TEXT, "a", "Ankara " * 36, "Ali Veli'ye baktı. " * 6, "Van"]
    assert (ner.input_names, ner.output_name) == (["characters"], "probabilities")
    for text, found in zip(texts, ner.predict_proba_batch(texts), strict=True):
        characters = " ".join(WordPunctTokenize(text))
        numbers = np.zeros((1, 256), np.int32)
        numbers[0, : len(characters)] = ner._network._characters.numbers(characters)
        whole = ner.inference_session.run([ner.output_name], {"characters": numbers})[0][0]
        np.testing.assert_allclose(found, whole[: len(characters)], rtol=0, atol=1e-5)
