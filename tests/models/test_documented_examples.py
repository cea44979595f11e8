"""The examples of vngrs-nlp's documentation, over the models of 0.1.4.4 that its answers come from.

Some answers that the documentation prints are of models before the published ones. Then what is expected here is what
the published package gives when it is run, and the documented answer stands beside it. The text tools' examples are in
tests/tools/test_golden.py.
"""

from __future__ import annotations

import pytest

import vnlp_colab
from vnlp_colab.models.char_ner import CharNER
from vnlp_colab.models.morphology import StemmerAnalyzer
from vnlp_colab.models.sentiment import GRUSentimentAnalyzer
from vnlp_colab.models.tree_stack import TreeStackDP, TreeStackPoS
from vnlp_colab.text.tokenise import TreebankWordTokenize

pytestmark = pytest.mark.models

INTRODUCTION = "{} Melikşah, 29 yaşındayım, İstanbul'da ikamet ediyorum ve VNGRS AI Takımı'nda çalışıyorum."
CHOSEN = "Onun için yol arkadaşlarımızı titizlikle seçer, kendilerini iyice sınarız."
ASTRA = "Oğuz'un kırmızı bir Astra'sı vardı."
FERRY = "Vapurla Beşiktaş'a geçip yürüyerek Maçka Parkı'na ulaştım."


def test_analyses(stemmer: StemmerAnalyzer) -> None:
    assert stemmer.predict("Üniversite sınavlarına canla başla çalışıyorlardı.") == [
        "üniversite+Noun+A3sg+Pnon+Nom",
        "sınav+Noun+A3pl+P3sg+Dat",
        "can+Noun+A3sg+Pnon+Ins",
        "baş+Noun+A3sg+Pnon+Ins",
        "çalış+Verb+Pos+Prog1+A3pl+Past",
        ".+Punc",
    ]


@pytest.mark.parametrize("beginning", ["Ben", "Benim adım"])
def test_entities(ner: CharNER, beginning: str) -> None:
    found = ner.predict(INTRODUCTION.format(beginning))
    assert [pair for pair in found if pair[1] != "O"] == [
        ("Melikşah", "PER"),
        ("İstanbul", "LOC"),
        ("VNGRS", "ORG"),
        ("AI", "ORG"),
        ("Takımı", "ORG"),
    ]


def test_entities_for_displacy(ner: CharNER) -> None:
    text = "İstanbul'dan Foça'ya giderken Zeynep ile Bursa'ya uğradık."
    found = ner.predict(text, displacy_format=True)
    assert found == {
        "text": text,
        "ents": [
            {"start": 0, "end": 8, "label": "LOC"},
            {"start": 13, "end": 17, "label": "LOC"},
            {"start": 30, "end": 36, "label": "PER"},
            {"start": 41, "end": 46, "label": "LOC"},
        ],
        "title": None,
    }


def test_tags(tagger: TreeStackPoS) -> None:
    # The documentation has ADV for "yürüyerek".
    expected = ["NOUN", "PROPN", "ADV", "VERB", "PROPN", "NOUN", "VERB", "PUNCT"]
    assert tagger.predict(FERRY) == list(zip(TreebankWordTokenize(FERRY), expected, strict=True))
    # The README prints these tags as the parser's answer.
    expected = ["PROPN", "ADJ", "DET", "PROPN", "VERB", "PUNCT"]
    assert tagger.predict(ASTRA) == list(zip(TreebankWordTokenize(ASTRA), expected, strict=True))


def test_arcs_as_published() -> None:
    # The documentation's are of another model: 5 obl, 1 case, 1 nmod, 5 obj, 6 obl, 7 acl, ...
    faithful = TreeStackDP(device="cpu", threads=1, compat=True)
    assert [arc[2:] for arc in faithful.predict(CHOSEN)] == [
        *((4, "nmod:poss"), (1, "case"), (1, "flat"), (5, "obj"), (6, "advmod"), (0, "root"), (6, "punct")),
        *((6, "flat"), (6, "discourse"), (6, "cop"), (6, "punct")),
    ]
    assert [arc[2:] for arc in faithful.predict(ASTRA)] == [
        *((3, "nmod"), (3, "amod"), (4, "nmod"), (0, "root"), (4, "conj"), (5, "punct"))
    ]
    assert [arc[2:] for arc in faithful.predict("Bu örnek bir cümledir.")] == [
        *((4, "det"), (4, "nmod"), (4, "det"), (0, "root"), (4, "punct"))
    ]


def test_arcs_for_displacy() -> None:
    found = TreeStackDP(device="cpu", threads=1, compat=True).predict(ASTRA, displacy_format=True)
    assert found["words"] == [
        {"text": token, "tag": tag}
        for token, tag in zip(
            TreebankWordTokenize(ASTRA), ("PROPN", "ADJ", "DET", "PROPN", "VERB", "PUNCT"), strict=True
        )
    ]
    assert found["arcs"] == [
        {"start": 0, "end": 2, "label": "nmod", "dir": "right"},
        {"start": 1, "end": 2, "label": "amod", "dir": "right"},
        {"start": 2, "end": 3, "label": "nmod", "dir": "right"},
        {"start": 3, "end": 4, "label": "conj", "dir": "left"},
        {"start": 4, "end": 5, "label": "punct", "dir": "left"},
    ]


def test_arcs_once_the_parser_reads_the_words(parser: TreeStackDP) -> None:
    assert [arc[2:] for arc in parser.predict(ASTRA)] == [
        *((5, "nmod"), (4, "amod"), (4, "det"), (5, "nsubj"), (0, "root"), (5, "punct"))
    ]


def test_sentiment(sentiment: GRUSentimentAnalyzer) -> None:
    # The documentation has 0 for all of these, and probabilities of 0.08 and 0.15.
    for text, published in (
        ("Sipariş geldiğinde biz karnımızı çoktan atıştırmalıklarla doyurmuştuk.", 0.007859405),
        ("Sipariş geldiğinde biz karnımızı atıştırmalıklarla doyurmuştuk.", 0.02784776),
    ):
        assert sentiment.predict(text) == 0
        assert sentiment.predict_proba(text) == pytest.approx(published, abs=1e-5)


def test_sentences() -> None:
    text = (
        'Av. Meryem Beşer, 3.5 yıldır süren dava ile ilgili dedi ki, "Duruşma bitti, dava lehimize sonuçlandı." '
        "Bu harika bir haber."
    )
    assert vnlp_colab.SentenceSplitter().split_sentences(text) == [
        text.removesuffix(" Bu harika bir haber."),
        "Bu harika bir haber.",
    ]


def test_typos() -> None:
    # Documented, and empty in 0.2.4.
    assert vnlp_colab.Normalizer().correct_typos("kassıtlı yaezım hatasssı ekliyorumm") == (
        "kasıtlı yazım hatası ekliyorum"
    )
