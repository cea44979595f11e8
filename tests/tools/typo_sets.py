"""Texts with typing errors in them, and how well a corrector does on them.

Two sets. The written one (``typos.tsv``) holds misspellings as people make them, word and correction a line. The
synthetic one puts one error into each sentence of a treebank; the other words, names and foreign words among them, are
there to be left alone.

Run as a program it prints the figures: ``python tests/tools/typo_sets.py UD_FOLDER``.
"""

from __future__ import annotations

import random
import sys
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

WRITTEN = Path(__file__).with_name("typos.tsv")
TEST_FILES = ("tr_boun-ud-test", "tr_kenet-ud-test", "tr_imst-ud-test", "tr_pud-ud-test", "tr_tourism-ud-test")
TUNING_FILES = ("tr_boun-ud-dev", "tr_kenet-ud-dev", "tr_imst-ud-dev", "tr_tourism-ud-dev")

_PLAIN = str.maketrans("çğıöşüÇĞİÖŞÜ", "cgiosuCGIOSU")
_ROWS = ("qwertyuıopğü", "asdfghjklşi", "zxcvbnmöç")
_ALPHABET = "abcçdefgğhıijklmnoöprsştuüvyz"
_SOUNDS = dict(zip("dtbpkgzsvfeiaouöüımn", "tdpbgkszfviieuoüöinm", strict=True))


@dataclass(frozen=True, slots=True)
class Case:
    """A sentence with an error in it.

    Attributes:
        typed: The words, one of them misspelt.
        meant: The words as they were.
        place: Which word is misspelt.
    """

    typed: list[str]
    meant: list[str]
    place: int


@dataclass(frozen=True, slots=True)
class Figures:
    """What came out.

    Attributes:
        errors: Misspelt words.
        non_words: Those of them that are no words themselves, the only ones that can be noticed.
        right: Misspelt words that were corrected to what was meant.
        wrong: Misspelt words that were changed into something else.
        spoilt: Right words that were changed.
        words: Right words.
    """

    errors: int
    non_words: int
    right: int
    wrong: int
    spoilt: int
    words: int

    @property
    def precision(self) -> float:
        return self.right / max(self.right + self.wrong + self.spoilt, 1)

    @property
    def recall(self) -> float:
        return self.right / max(self.errors, 1)

    @property
    def recall_of_non_words(self) -> float:
        return self.right / max(self.non_words, 1)


def written() -> list[tuple[str, str]]:
    """Return the pairs of the written set."""
    lines = WRITTEN.read_text(encoding="utf-8").splitlines()
    return [(typed, meant) for typed, _, meant in (line.partition("\t") for line in lines)]


def sentences(folder: Path, names: Sequence[str]) -> Iterator[str]:
    """Yield the texts of treebanks' sentences."""
    for name in names:
        for line in (folder / f"{name}.conllu").read_text(encoding="utf-8").splitlines():
            if line.startswith("# text = "):
                yield line.removeprefix("# text = ")


def misspell(word: str, chance: random.Random) -> str:
    """Put a typical error into a word of lower-case letters."""
    kind = chance.choices(
        ("plain", "missing", "doubled", "swapped", "neighbour", "sound", "extra"), (30, 20, 12, 14, 12, 6, 6)
    )[0]
    place = chance.randrange(1, len(word))
    letter = word[place]
    if kind == "plain":
        return word.translate(_PLAIN)
    if kind == "missing":
        return word[:place] + word[place + 1 :]
    if kind == "doubled":
        return word[:place] + letter + word[place:]
    if kind == "swapped":
        return word[: place - 1] + letter + word[place - 1] + word[place + 1 :]
    if kind == "neighbour":
        row = next(row for row in _ROWS if letter in row)
        at = row.index(letter) + chance.choice((-1, 1))
        return word[:place] + (row[at] if 0 <= at < len(row) else row[-2]) + word[place + 1 :]
    if kind == "sound":
        return word[:place] + _SOUNDS.get(letter, letter) + word[place + 1 :]
    return word[:place] + chance.choice(_ALPHABET) + word[place:]


def synthetic(texts: Iterator[str], count: int, seed: int = 7) -> list[Case]:
    """Return ``count`` sentences with one word of four letters or more misspelt in each."""
    chance = random.Random(seed)
    cases: list[Case] = []
    sample = [text.split() for text in texts]
    chance.shuffle(sample)
    for words in sample:
        places = [i for i, word in enumerate(words) if len(word) > 3 and set(word) <= set(_ALPHABET)]
        if len(cases) == count or not places:
            continue
        place = chance.choice(places)
        wrong = misspell(words[place], chance)
        if wrong != words[place]:
            cases.append(Case([*words[:place], wrong, *words[place + 1 :]], words, place))
    return cases


def measure(
    cases: list[Case],
    correct: Callable[[str], str],
    known: Callable[[str], bool],
    show: Callable[[str, str, str], None] | None = None,
) -> Figures:
    """Correct every sentence and count."""
    non_words = right = wrong = spoilt = words = 0
    for case in cases:
        done = _aligned(correct(" ".join(case.typed)), case.typed)
        for i, (typed, meant, got) in enumerate(zip(case.typed, case.meant, done, strict=True)):
            if i == case.place:
                non_words += not known(typed)
                right += got == meant
                wrong += got not in (meant, typed)
            else:
                words += 1
                spoilt += got != meant
            if show is not None and got != meant:
                show(typed, meant, got)
    return Figures(len(cases), non_words, right, wrong, spoilt, words)


def _aligned(text: str, typed: list[str]) -> list[str]:
    """Part a corrected text into what became of each word: the corrector leaves some as they are, parts others."""
    got = text.split()
    if len(got) == len(typed):
        return got
    result: list[str] = []
    place = 0
    for word in typed:
        size = 2 if "".join(got[place : place + 2]) == word else 1
        result.append(" ".join(got[place : place + size]))
        place += size
    return result


def main() -> None:
    """Print the figures of both sets."""
    from vnlp_colab.tools import tables

    corrector = tables.typo_corrector()
    folder, names = Path(sys.argv[1]), TUNING_FILES if "--tuning" in sys.argv else TEST_FILES
    verbose = "--show" in sys.argv
    show = (lambda typed, meant, got: print(f"{typed}\t{meant}\t{got}")) if verbose else None
    print("synthetic", report(measure(synthetic(sentences(folder, names), 3000), corrector, corrector.known, show)))
    pairs = [Case([typed], [meant], 0) for typed, meant in written() if typed != meant]
    print("written  ", report(measure(pairs, corrector, corrector.known, show)))


def report(figures: Figures) -> str:
    return (
        f"precision {figures.precision:.3f}, recall {figures.recall:.3f} "
        f"(of non-words {figures.recall_of_non_words:.3f}); {figures}"
    )


if __name__ == "__main__":
    main()
