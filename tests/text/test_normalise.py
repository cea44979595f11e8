"""Text clean-up equals upstream's."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from vnlp_colab.text.normalise import Normalizer


@pytest.mark.shared
@pytest.mark.parametrize(
    "function", [Normalizer.lower_case, Normalizer.remove_accent_marks, Normalizer.remove_punctuations]
)
def test_equals_golden(function: Callable[[str], str], shared_dir: Path) -> None:
    with (shared_dir / "golden" / "text_tools.jsonl").open(encoding="utf-8") as lines:
        rows = [row for row in map(json.loads, lines) if row["tool"] == f"Normalizer.{function.__name__}"]
    assert rows
    assert [function(row["input"]) for row in rows] == [row["output"] for row in rows]


def test_accent_marks() -> None:
    assert Normalizer.remove_accent_marks("hâlâ rûzgâr ÂÊÛ") == "hala ruzgar Aeu"
    assert Normalizer.remove_accent_marks("ôda îman Ôda Îman") == "oda ıman oda ıman"
    assert Normalizer.remove_accent_marks("çğıöşü ÇĞİÖŞÜ é") == "çğıöşü ÇĞİÖŞÜ é"


def test_punctuations() -> None:
    assert Normalizer.remove_punctuations("merhaba,.! dünya\t5'te") == "merhaba dünya5te"


def test_lower_case() -> None:
    assert Normalizer.lower_case("IŞIK İŞ") == "ışık iş"
