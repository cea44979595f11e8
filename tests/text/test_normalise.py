"""Text clean-up; equality with upstream is tested in tests/tools."""

from __future__ import annotations

from vnlp_colab.text.normalise import Normalizer


def test_accent_marks() -> None:
    assert Normalizer.remove_accent_marks("hâlâ rûzgâr ÂÊÛ") == "hala ruzgar Aeu"
    assert Normalizer.remove_accent_marks("ôda îman Ôda Îman") == "oda ıman oda ıman"
    assert Normalizer.remove_accent_marks("çğıöşü ÇĞİÖŞÜ é") == "çğıöşü ÇĞİÖŞÜ é"


def test_punctuations() -> None:
    assert Normalizer.remove_punctuations("merhaba,.! dünya\t5'te") == "merhaba dünya5te"


def test_lower_case() -> None:
    assert Normalizer.lower_case("IŞIK İŞ") == "ışık iş"


def test_decomposed_letters_are_letters() -> None:
    assert Normalizer.lower_case("I\u0307ZMI\u0307R") == "izmir"
    assert Normalizer.remove_punctuations("s\u0327ehir, Gu\u0308zel!") == "şehir Güzel"
    assert Normalizer.remove_accent_marks("ka\u0302g\u0306ıt I\u0307") == "kag\u0306ıt I\u0307"
