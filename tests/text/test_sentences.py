"""Sentences: the rules one by one, nothing lost, linear time. Equality with upstream is tested in tests/tools."""

from __future__ import annotations

import re
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vnlp_colab.text.abbreviations import BEFORE_FIGURES, COMMON
from vnlp_colab.text.sentences import SentenceSplitter

SPLITTER = SentenceSplitter({"Dr", "A", "5", "Ph.D", "Doç"}, {"No"})
COMMON_SPLITTER = SentenceSplitter(COMMON, BEFORE_FIGURES)
PIECES = [*" .?!'\"()[]«»“”’¿-%\n\tAaİş5", "Dr.", " Ph.D. ", "No. ", "... ", "A.B. ", "\u0327", "ǅ", "字"]
texts = st.one_of(st.text(max_size=40), st.lists(st.sampled_from(PIECES)).map("".join))


@pytest.mark.parametrize(
    ("text", "sentences"),
    [
        ("", []),
        (" \n", [""]),
        ("Geldi. Gitti! Kaldı mı? Evet.", ["Geldi.", "Gitti!", "Kaldı mı?", "Evet."]),
        ("geldi. gitti! kaldı mı? evet.", ["geldi. gitti! kaldı mı? evet."]),
        ("Dr. Ali ve Av. Can. Son.", ["Dr. Ali ve Av.", "Can.", "Son."]),
        ("Ph.D. Ali. 5. Bölüm.", ["Ph.D. Ali.", "5. Bölüm."]),
        ("No. 5 ve No. Beş", ["No. 5 ve No.", "Beş"]),
        ("T.C. Merkez. (T.C.) Merkez.", ["T.C. Merkez.", "(T.C.)", "Merkez."]),
        ('"Gel." Dedi. (Git!) "Olur."', ['"Gel."', "Dedi.", "(Git!)", '"Olur."']),
        ("Ah... Evet... evet", ["Ah...", "Evet... evet"]),
        ("Bir   boşluk.   İki.", ["Bir boşluk.", "İki."]),
        ("Bir satır\nİki satır\n\nÜç", ["Bir satır", "İki satır", "", "Üç"]),
        ("Merhaba. 字 dedi.", ["Merhaba.", "字 dedi."]),
    ],
)
def test_examples(text: str, sentences: list[str]) -> None:
    assert SPLITTER.split_sentences(text) == sentences


@pytest.mark.parametrize(
    ("text", "sentences"),
    [
        ("Prof. Dr. Mehmet Öz geldi. Av. Ece Su gitti.", ["Prof. Dr. Mehmet Öz geldi.", "Av. Ece Su gitti."]),
        (
            "Yapı Ltd. Şti. kapandı. T.C. Merkez Bankası A.Ş. değil.",
            ["Yapı Ltd. Şti. kapandı.", "T.C. Merkez Bankası A.Ş. değil."],
        ),
        ("Bkz. Bölüm 3. s. 12. Gül Sok. No. 5 uzak. Gel.", ["Bkz. Bölüm 3. s. 12. Gül Sok. No. 5 uzak.", "Gel."]),
        ("M. Kemal 20. Yüzyıl'da yaşadı. O. Pamuk yazdı.", ["M. Kemal 20. Yüzyıl'da yaşadı.", "O. Pamuk yazdı."]),
        ("Bul. Oku. Ne büyük haz. Hayır mı? No.", ["Bul.", "Oku.", "Ne büyük haz.", "Hayır mı?", "No."]),
    ],
)
def test_the_commonest_abbreviations_end_no_sentence(text: str, sentences: list[str]) -> None:

    assert COMMON_SPLITTER.split_sentences(text) == sentences


def test_decomposed_letters_are_letters() -> None:
    assert SPLITTER.split_sentences("Doc\u0327. Ali. S\u0327en.") == ["Doc\u0327. Ali.", "S\u0327en."]
    assert SPLITTER.split_sentences("A.S\u0327. Ali geldi.") == ["A.S\u0327. Ali geldi."]


@given(texts)
def test_nothing_but_white_space_is_lost_or_invented(text: str) -> None:
    assert re.sub(r"\s", "", "".join(SPLITTER.split_sentences(text))) == re.sub(r"\s", "", text)


@given(texts)
def test_sentences_stay_whole(text: str) -> None:
    for sentence in SPLITTER.split_sentences(text):
        assert "\n" not in sentence and "  " not in sentence


@pytest.mark.parametrize(
    "unit",
    [
        "a",
        "(",
        ")",
        '"',
        "'",
        ".",
        "?",
        " ",
        "\n",
        ". ",
        "! '",
        ".' ",
        ".'  ",
        '!"( ',
        "A.",
        "a,",
        "-",
        ". (",
        "é\u0301",
        "A. ",
    ],
)
def test_a_megabyte_takes_linear_time(unit: str) -> None:
    text = unit * (1_000_000 // len(unit))
    started = time.perf_counter()
    for variant in (text, text + ". Son", "Baş. " + text + " A"):
        SPLITTER.split_sentences(variant)
    # Quadratic work on this length would take hours.
    assert time.perf_counter() - started < 30
