"""The text tools answer as upstream does, but where docs/differences.md says that upstream is wrong."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

import vnlp_colab
from vnlp_colab.errors import InputError

pytestmark = [pytest.mark.shared, pytest.mark.models]

TOOLS: dict[str, Callable[[], Callable[..., Any]]] = {
    "TreebankWordTokenize": lambda: vnlp_colab.TreebankWordTokenize,
    "WordPunctTokenize": lambda: vnlp_colab.WordPunctTokenize,
    "SentenceSplitter.split_sentences": lambda: vnlp_colab.SentenceSplitter().split_sentences,
    "Normalizer.lower_case": lambda: vnlp_colab.Normalizer().lower_case,
    "Normalizer.remove_punctuations": lambda: vnlp_colab.Normalizer().remove_punctuations,
    "Normalizer.remove_accent_marks": lambda: vnlp_colab.Normalizer().remove_accent_marks,
    "Normalizer.deasciify": lambda: vnlp_colab.Normalizer().deasciify,
    "Normalizer.convert_numbers_to_words": lambda: vnlp_colab.Normalizer().convert_numbers_to_words,
    "StopwordRemover.drop_stop_words": lambda: vnlp_colab.StopwordRemover().drop_stop_words,
    "StopwordRemover.dynamically_detect_stop_words": (
        lambda: vnlp_colab.StopwordRemover().dynamically_detect_stop_words
    ),
}

# Where upstream is wrong: what we answer. A key is the tool's last name and the one token, or the whole input.
POWERS = {
    "1000000": "bir milyon",
    "1000001": "bir milyon bir",
    "2001000": "iki milyon bin",
    "1.000.000": "bir milyon",
    "1234567890": "bir milyar iki yüz otuz dört milyon beş yüz altmış yedi bin sekiz yüz doksan",
    "9007199254740993": "dokuz katrilyon yedi trilyon yüz doksan dokuz milyar iki yüz elli dört milyon yedi yüz kırk "
    "bin dokuz yüz doksan üç",
    "1000000000000000": "bir katrilyon",
    "123456789012345678": "yüz yirmi üç katrilyon dört yüz elli altı trilyon yedi yüz seksen dokuz milyar on iki "
    "milyon üç yüz kırk beş bin altı yüz yetmiş sekiz",
    "1" + "0" * 21: "bir sekstilyon",
    "1" + "0" * 30: "bir nonilyon",
    "1" + "0" * 48: "bir kendesilyon",
    "1" + "0" * 63: "bir vigintilyon",
}
FRACTIONS = {"2,50": "iki virgül elli", "0,9999999": "bir", "2,995": "üç"}
NEGATIVE = {"-5": "eksi beş", "-1,5": "eksi bir virgül beş"}
NO_NUMBERS = [
    *("1" + "0" * 66, "1" + "0" * 69, "inf", "infinity", "12.03.2021", "10.30", ".5", "1,2,3", "1..2"),
    *("14.30'da", "1.250,75TL", "%12,5", "87.2'sine", "99.9'luk", "0.4"),
]
NUMBERS = {
    **{figures: words.split() for figures, words in (POWERS | FRACTIONS | NEGATIVE).items()},
    **{token: [token] for token in NO_NUMBERS},
}
SPELLINGS: dict[tuple[str, str], object] = {
    ("lower_case", "I\u0307stanbul i\u0307"): "istanbul i",
    ("lower_case", "Gu\u0308zel I\u0307stanbul s\u0327ehri"): "gu\u0308zel istanbul s\u0327ehri",
    ("remove_punctuations", "I\u0307stanbul i\u0307"): "İstanbul i",
    ("WordPunctTokenize", "a\u0301 birleşik"): ["a\u0301", "birleşik"],
    ("TreebankWordTokenize", "“akıllı” ‘tırnak’"): ["“akıllı”", "‘tırnak", "’"],
    ("remove_punctuations", "Gu\u0308zel I\u0307stanbul s\u0327ehri"): "Güzel İstanbul şehri",
}
REFUSED = "Number of unique tokens must be at least 3 for Dynamic Stop Word Detection."


def rows_of(shared_dir: Path, tool: str) -> list[dict[str, Any]]:
    with (shared_dir / "golden" / "text_tools.jsonl").open(encoding="utf-8") as lines:
        return [row for row in map(json.loads, lines) if row["tool"] == tool]


@pytest.mark.parametrize("tool", [name for name in TOOLS if not name.endswith("_to_words")])
def test_equals_upstream(tool: str, shared_dir: Path) -> None:
    rows, call = rows_of(shared_dir, tool), TOOLS[tool]()
    assert rows
    for row in rows:
        if "error" in row:
            expect_error(call, row)
            continue
        # The order among equal counts is an accident of the sorting upstream; the stable one is ours.
        expected = row.get("output_with_stable_argsort", row["output"])
        if isinstance(row["input"], str):
            expected = SPELLINGS.get((tool.rpartition(".")[2], row["input"]), expected)
        assert call(row["input"], **row["args"]) == expected, row["id"]


def expect_error(call: Callable[..., Any], row: dict[str, Any]) -> None:
    assert row["error"]["type"] == "ValueError"
    if row["error"]["message"] == REFUSED:
        with pytest.raises(InputError) as raised:
            call(row["input"], **row["args"])
        assert str(raised.value) == REFUSED
    else:
        # All counts are equal: upstream looks for the greatest of no changes.
        rare = row["args"].get("rare_words_freq", 0)
        assert set(call(row["input"], **row["args"])) == (set(row["input"]) if rare else set())


def test_number_words_equal_upstream(shared_dir: Path) -> None:
    tool = "Normalizer.convert_numbers_to_words"
    rows, call = rows_of(shared_dir, tool), TOOLS[tool]()
    equal = 0
    for row in rows:
        if row["args"].get("decimal_seperator") == ";" and "error" in row:
            with pytest.raises(ValueError, match="not a valid decimal separator"):
                call(row["input"], **row["args"])
            continue
        ours = call(row["input"], **row["args"])
        if not set(row["input"]) & set(NUMBERS):
            assert ours == row["output"], row["id"]
            equal += 1
        # Token by token, so that a sentence with one of those tokens is compared in all others.
        by_token = [NUMBERS[token] if token in NUMBERS else call([token], **row["args"]) for token in row["input"]]
        assert ours == [word for words in by_token for word in words], row["id"]
    assert equal > 70


def test_no_method_needs_an_instance() -> None:
    assert vnlp_colab.Normalizer.deasciify(["Istanbul'un", "guzel"]) == ["İstanbul'un", "güzel"]
    assert vnlp_colab.Normalizer.convert_numbers_to_words(["3"]) == ["üç"]


def words(text: str) -> list[str]:
    return text.split()


def test_upstreams_documented_examples() -> None:
    normalizer = vnlp_colab.Normalizer()
    assert normalizer.deasciify(words("dusunuyorum da boyle sey gormedim duymadim")) == [
        *("düşünüyorum", "da", "böyle", "şey", "görmedim", "duymadım")
    ]
    assert normalizer.convert_numbers_to_words(
        words("sabah 3 yumurta yedim ve tartıldığımda 1,15 kilogram aldığımı gördüm")
    ) == words("sabah üç yumurta yedim ve tartıldığımda bir virgül on beş kilogram aldığımı gördüm")
    assert normalizer.lower_case("Test karakterleri: İIĞÜÖŞÇ") == "test karakterleri: iığüöşç"
    assert normalizer.remove_punctuations("merhaba,.!") == "merhaba"
    assert normalizer.remove_accent_marks("merhâbâ") == "merhaba"
    remover = vnlp_colab.StopwordRemover()
    corpus = words(
        "ben bugün gidip aşı olacağım sonra da eve gelip telefon açacağım aşı nasıl etkiledi eve gelip anlatırım "
        "aşı olmak bu dönemde çok ama ama ama ama çok önemli"
    )
    found = remover.dynamically_detect_stop_words(corpus)
    assert set(found) >= {"ama", "aşı", "gelip", "eve"}
    remover.add_to_stop_words(["ama", "aşı", "gelip", "eve"])
    assert remover.drop_stop_words(words("aşı oldum eve gelip yattım")) == ["oldum", "yattım"]
    assert vnlp_colab.StopwordRemover().drop_stop_words(["aşı"]) == ["aşı"]
    assert remover.drop_stop_words(
        words("acaba bugün kahvaltıda kahve yerine çay mı içsem ya da neyse süt içeyim")
    ) == ["bugün", "kahvaltıda", "kahve", "çay", "içsem", "süt", "içeyim"]
