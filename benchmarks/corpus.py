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

_PLACES = 20
"""Places within a stretch of texts of like length that ``typical`` tries."""


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

    def typical(self, count: int, longest: int | None = None) -> Corpus:
        """A few texts of different lengths whose mean length is as near as can be to the whole corpus's.

        Args:
            count: How many: one from each of so many stretches of the texts sorted by length.
            longest: Tokens beyond which a text is left out.
        """
        ordered = self._by_length(longest)
        step = len(ordered) / count
        wanted = count * self.tokens / len(self.texts)
        sets = (
            Corpus(self.name, [ordered[int((stretch + place / _PLACES) * step)] for stretch in range(count)])
            for place in range(_PLACES)
        )
        return min(sets, key=lambda some: abs(some.tokens - wanted)) if step > 1 else self.some(count, longest)

    def batches(self, count: int, size: int, longest: int, of: int) -> Corpus:
        """Whole batches of a long pass, in which texts are sorted by length and cut: so many, spread evenly over it.

        Args:
            count: How many texts, at most.
            size: Texts a batch.
            longest: Tokens beyond which a text is left out.
            of: Texts of the pass, at most.
        """
        ordered = self.some(of, longest)._by_length(None)
        cut = [ordered[start : start + size] for start in range(0, len(ordered), size)]
        number = min(len(cut), max(1, count // size))
        chosen = [cut[int((place + 0.5) * len(cut) / number)] for place in range(number)]
        return Corpus(self.name, [text for batch in chosen for text in batch])

    def _by_length(self, longest: int | None) -> list[str]:
        lengths = [len(TreebankWordTokenize(text)) for text in self.texts]
        pairs = sorted(zip(lengths, self.texts, strict=True), key=lambda pair: pair[0])
        return [text for length, text in pairs if longest is None or length <= longest]

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
