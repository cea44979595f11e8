"""The tokenizers give upstream's tokens, and spans lie on the text."""

from __future__ import annotations

import json
import re
import unicodedata
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vnlp_colab.text.compose import compose
from vnlp_colab.text.tokenise import TreebankWordTokenize, WordPunctTokenize, treebank_spans

# The Treebank tokenizer by definition: these substitutions one after another, each over the whole text.
BEFORE_PADDING = (
    (r"^\"", "``"),
    (r"(``)", r" \1 "),
    (r"([ \(\[{<])(\"|\'{2})", r"\1 `` "),
    (r"([:,])([^\d])", r" \1 \2"),
    (r"([:,])$", r" \1 "),
    (r"\.\.\.", " ... "),
    (r"[;@#$%&]", r" \g<0> "),
    (r"([^\.])(\.)([\]\)}>\"\']*)\s*$", r"\1 \2\3 "),
    (r"[?!]", r" \g<0> "),
    (r"([^'])' ", r"\1 ' "),
    (r"[\]\[\(\)\{\}\<\>]", r" \g<0> "),
    (r"--", " -- "),
)
AFTER_PADDING = (
    (r"''", " '' "),
    (r"\"", " '' "),
    (r"([^' ])('[sS]|'[mM]|'[dD]|') ", r"\1 \2 "),
    (r"([^' ])('ll|'LL|'re|'RE|'ve|'VE|n't|N'T) ", r"\1 \2 "),
    (r"``", '"'),
    (r"''", '"'),
)


def defined_tokens(text: str) -> list[str]:
    for pattern, replacement in BEFORE_PADDING:
        text = re.sub(pattern, replacement, text)
    text = f" {text} "
    for pattern, replacement in AFTER_PADDING:
        text = re.sub(pattern, replacement, text)
    return text.split()


PIECES = ['"', "'", "’", "’s ", "`", "``", "''", "...", "--", "n't ", "'ll ", "\x1c", "\u00a0", "\u2028", "²", "٣"]
texts = st.one_of(
    st.text(max_size=40),
    st.lists(st.sampled_from(PIECES + list(" .,:;!?()[]{}<>-ab1sS$#\n\tşİ"))).map("".join),
)


# Where upstream is wrong: a typographic apostrophe that closes, and marks that are no punctuation.
APOSTROPHES = {"“akıllı” ‘tırnak’": ["“akıllı”", "‘tırnak", "’"]}
OF_WHOLE_TEXT = {"‘Gel’": ["‘Gel", "’"]}


def golden(shared_dir: Path, tool: str) -> list[dict[str, Any]]:
    with (shared_dir / "golden" / "text_tools.jsonl").open(encoding="utf-8") as lines:
        return [row for row in map(json.loads, lines) if row["tool"] == tool]


@pytest.mark.shared
def test_treebank_equals_golden(shared_dir: Path, golden_classic: list[dict[str, Any]]) -> None:
    rows = golden(shared_dir, "TreebankWordTokenize")
    assert rows
    for row in rows:
        assert TreebankWordTokenize(row["input"]) == APOSTROPHES.get(row["input"], row["output"])
    for row in golden_classic:
        expected = [own for token in row["tokens"] for own in OF_WHOLE_TEXT.get(token, [token])]
        assert TreebankWordTokenize(row["text"]) == expected


@pytest.mark.shared
def test_word_punct_equals_golden(shared_dir: Path, golden_classic: list[dict[str, Any]]) -> None:
    rows = golden(shared_dir, "WordPunctTokenize")
    assert rows
    for row in rows:
        if compose(row["input"]) == row["input"]:
            assert WordPunctTokenize(row["input"]) == row["output"]
        else:
            # Upstream takes a mark on a letter for punctuation.
            expected = re.findall(r"\w+|[^\w\s]+", compose(row["input"]))
            assert [compose(token) for token in WordPunctTokenize(row["input"])] == expected
    assert [WordPunctTokenize(row["text"]) for row in golden_classic] == [row["ner_tokens"] for row in golden_classic]


@given(texts)
def test_treebank_equals_its_definition(text: str) -> None:
    assert [token.replace("’", "'") for token in TreebankWordTokenize(text)] == defined_tokens(text.replace("’", "'"))


@given(texts)
def test_both_apostrophes_are_alike(text: str) -> None:
    straight, typographic = text.replace("’", "'"), text.replace("'", "’")
    ours, theirs = treebank_spans(straight), treebank_spans(typographic)
    assert [span[1:] for span in ours] == [span[1:] for span in theirs]
    assert [span.token for span in ours] == [span.token.replace("’", "'") for span in theirs]
    assert [token.replace("’", "'") for token in WordPunctTokenize(typographic)] == WordPunctTokenize(straight)


@pytest.mark.parametrize("apostrophe", ["'", "’"])
def test_apostrophes(apostrophe: str) -> None:
    text = "Ankara'nın 'eski' evi. Ali's 5'te 'gel'".replace("'", apostrophe)
    found = [token.replace("’", "'") for token in TreebankWordTokenize(text)]
    assert found == ["Ankara'nın", "'eski", "'", "evi.", "Ali", "'s", "5'te", "'gel", "'"]


@given(st.text(alphabet="aşğıİüÖç .,'’(", max_size=20))
def test_decomposed_letters_are_not_cut(text: str) -> None:
    tokens = WordPunctTokenize(unicodedata.normalize("NFD", text))
    assert [unicodedata.normalize("NFC", token) for token in tokens] == WordPunctTokenize(text)


@given(texts)
def test_word_punct_keeps_all_but_white_space(text: str) -> None:
    assert "".join(WordPunctTokenize(text)) == re.sub(r"\s", "", text)


@given(texts)
def test_spans_lie_on_the_text(text: str) -> None:
    spans = treebank_spans(text)
    assert [span.token for span in spans] == TreebankWordTokenize(text)
    position = 0
    for token, start, end in spans:
        assert text[position:start].strip() == ""
        assert text[start:end] == token or (token == '"' and text[start:end] in ("``", "''", "’’", "'’", "’'"))
        assert end > start >= position
        position = end
    assert text[position:].strip() == ""


@pytest.mark.parametrize(
    ("text", "tokens"),
    [
        ("", []),
        (" \t\n", []),
        ("Geldim.", ["Geldim", "."]),
        ("Geldim. Gördüm.", ["Geldim.", "Gördüm", "."]),
        ("Saat 14:30'da, evde.", ["Saat", "14:30'da", ",", "evde", "."]),
        ('"Gel" dedi.', ['"', "Gel", '"', "dedi", "."]),
        ("``Gel'' dedi.", ['"', "Gel", '"', "dedi", "."]),
        ("Ah... (bak)", ["Ah", "...", "(", "bak", ")"]),
        ("Geldim,", ["Geldim", ","]),
        ("Şöyle:", ["Şöyle", ":"]),
        ("ev,\n", ["ev", ","]),
        ("ev,,", ["ev", ",", ","]),
        ("1,:", ["1", ",", ":"]),
    ],
)
def test_treebank_examples(text: str, tokens: list[str]) -> None:
    assert TreebankWordTokenize(text) == tokens


def test_spans_of_rewritten_quotes() -> None:
    assert [tuple(span) for span in treebank_spans("``Gel'' dedi.")] == [
        ('"', 0, 2),
        ("Gel", 2, 5),
        ('"', 5, 7),
        ("dedi", 8, 12),
        (".", 12, 13),
    ]


@pytest.mark.parametrize("unit", ["a", "'", "’", "a\u0327", '"', ".", ":", ". ", "(", "`", " ", "n't "])
def test_long_texts_take_linear_time(unit: str) -> None:
    # Quadratic work on this length would run into the suite's time limit.
    text = unit * 200_000
    assert len(treebank_spans(text)) == len(TreebankWordTokenize(text))
