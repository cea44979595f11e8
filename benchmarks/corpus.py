"""The sentences that are measured on."""

from __future__ import annotations

import os
import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from vnlp_colab.text.tokenise import TreebankWordTokenize

_ROOT = Path(__file__).resolve().parents[1]
_TREEBANKS = {"boun": "tr_boun-ud-test.conllu", "kenet": "tr_kenet-ud-test.conllu"}
_TEXT = "# text = "
_REPLACED = 0.2
"""Share of the words that ``varied`` replaces by others of the same texts."""


@dataclass(frozen=True)
class Corpus:
    """Texts and how many tokens they have.

    Attributes:
        name: What they are called in tables.
        texts: The texts.
    """

    name: str
    texts: list[str]

    @property
    def tokens(self) -> int:
        """Treebank tokens of all texts; every model's tokens/s counts these, whatever it reads itself."""
        return sum(len(TreebankWordTokenize(text)) for text in self.texts)

    def some(self, count: int, longest: int | None = None) -> Corpus:
        """Texts spread evenly over the corpus.

        Args:
            count: How many, at most.
            longest: Tokens beyond which a text is left out.
        """
        kept = [text for text in self.texts if longest is None or len(TreebankWordTokenize(text)) <= longest]
        step = max(1.0, len(kept) / count)
        return Corpus(self.name, [kept[int(i * step)] for i in range(min(count, len(kept)))])

    def split(self, parts: int) -> list[Corpus]:
        """Deal the texts out like cards."""
        return [Corpus(self.name, self.texts[part::parts]) for part in range(parts)]


def shared_root() -> Path | None:
    """The folder of shared data, if there is one."""
    root = Path(os.environ.get("VNLP_COLAB_SHARED", _ROOT.parent / "shared"))
    return root if (root / "data" / "ud").is_dir() else None


def sample() -> Corpus:
    """The repository's own sample."""
    lines = (_ROOT / "examples" / "sample.tsv").read_text(encoding="utf-8").splitlines()
    return Corpus("sample", [line.split("\t")[4] for line in lines])


def corpora() -> tuple[list[Corpus], list[str]]:
    """The test sets, the sample last, and notes on what is missing."""
    root = shared_root()
    if root is None:
        return [sample()], ["UD test sets are not at hand (VNLP_COLAB_SHARED): measured on examples/sample.tsv alone."]
    found = []
    for name, filename in _TREEBANKS.items():
        lines = (root / "data" / "ud" / filename).read_text(encoding="utf-8").splitlines()
        found.append(Corpus(name, [line.removeprefix(_TEXT) for line in lines if line.startswith(_TEXT)]))
    return [*found, sample()], []


def of_length(corpus: Corpus, length: int, count: int) -> Corpus:
    """Make texts of exactly ``length`` tokens from runs of the corpus's words."""
    words = [word for text in corpus.texts for word in TreebankWordTokenize(text) if word.isalpha()]
    chooser = random.Random(length)
    texts = []
    for _ in range(count):
        start = chooser.randrange(max(1, len(words) - length))
        texts.append(" ".join(words[start : start + length - 1]) + " .")
    return Corpus(f"{length} tokens", texts)


def mixed(parts: Sequence[Corpus]) -> Corpus:
    """Alternate between corpora, each spread evenly over its length, as many texts of each as the shortest has."""
    count = min(len(part.texts) for part in parts)
    columns = [part.some(count).texts for part in parts]
    return Corpus(
        " and ".join(part.name for part in parts), [text for row in zip(*columns, strict=True) for text in row]
    )


def varied(texts: Sequence[str], count: int, words: int | None = None) -> Iterator[str]:
    """Yield any number of distinct texts: the given ones over and over, each time with other words in some places.

    The words are mostly those of the texts, as in a long text of one kind. At least one in each row, counted from the
    second time on, is a number that no cache has seen.

    Args:
        texts: What the rows are made of.
        count: How many rows.
        words: The most words of a row; all if ``None``.
    """
    known = [word for text in texts for word in text.split()]
    chooser = random.Random(count)
    for number in range(count):
        row = texts[number % len(texts)].split()[:words]
        changed = [chooser.choice(known) if chooser.random() < _REPLACED else word for word in row]
        if number >= len(texts) or words is not None:
            changed[chooser.randrange(len(changed))] = str(10**6 + number)
        yield " ".join(changed)
