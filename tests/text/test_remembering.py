"""What is remembered of words, and that long ones cannot fill the memory."""

from __future__ import annotations

from vnlp_colab.text.remembering import LONGEST, Remembered


def test_words_that_come_again_are_answered_from_memory() -> None:
    asked: list[tuple[str, int]] = []

    def cut(word: str, length: int) -> str:
        asked.append((word, length))
        return word[:length]

    remembered = Remembered(cut, 2)
    assert [remembered("kitap", 3), remembered("kitap", 3), remembered("kitap", 2)] == ["kit", "kit", "ki"]
    assert asked == [("kitap", 3), ("kitap", 2)]
    assert remembered("ev", 1) == "e" and remembered("kitap", 3) == "kit"
    assert asked == [("kitap", 3), ("kitap", 2), ("ev", 1), ("kitap", 3)]


def test_long_words_are_not_kept() -> None:
    remembered = Remembered(str.upper, 100)
    words = ["a" * LONGEST, "a" * (LONGEST + 1), "b" * 10_000]
    assert [remembered(word) for word in words * 2] == [word.upper() for word in words * 2]
    assert remembered.statistics().currsize == 1 and remembered.statistics().hits == 1


def test_how_long_can_be_said() -> None:
    remembered = Remembered(len, 100, longest=3)
    assert [remembered("a" * length) for length in range(6)] == list(range(6))
    assert remembered.statistics().currsize == 4
