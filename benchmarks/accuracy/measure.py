"""Scores of a system on treebanks and entity corpora."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

from evaluation.counts import Counts, Score, scores
from training.data.conllu import Tree
from training.data.corpora import STYLE_OF, STYLES, entity_file, treebank

from benchmarks.accuracy.systems import UNKNOWN, System
from evaluation import entities
from evaluation import trees as treebanks
from vnlp_colab import SentenceSplitter
from vnlp_colab.text.tokenise import treebank_spans

_SPACES = re.compile(r"\s+")

Rows = list[dict[str, Counts]]
Say = Callable[[str], None]


_PROBE = 100
_LEAST_UPOS = 50


def is_trained(system: System, gold: Sequence[Tree], threads: int) -> bool:
    """Tell whether a system's weights can be trained ones; stand-ins of the right shapes guess, and are not scored."""
    some = gold[:_PROBE]
    rows = treebanks.score(with_gold_words(system, some, UNKNOWN, threads), some)
    return scores(rows)["UPOS"].value >= _LEAST_UPOS


def measure_trees(
    system: System, data: Path, names: Sequence[str], styles: Sequence[str], threads: int, say: Say
) -> dict[str, Any]:
    """Score a system on treebanks' test sets: with the gold words, from raw text, and in other styles.

    Args:
        system: The system.
        data: The folder of the data.
        names: The treebanks.
        styles: Other styles than a treebank's own, for gold words.
        threads: Of the models.
        say: Called with a line when a treebank is done.

    Returns:
        By treebank, and ``"all"`` for all of their sentences together: ``gold``, ``rows`` (the raw text of each
        sentence by itself), ``raw`` (the raw text of all) and ``styles``.
    """
    result: dict[str, Any] = {}
    pooled: dict[str, Rows] = {"gold": [], "rows": [], "raw": []}
    for name in names:
        gold = treebank(data, name, "test")
        style = STYLE_OF.get(name, name)
        texts = [_SPACES.sub(" ", tree.text).strip() for tree in gold]
        rows = {
            "gold": treebanks.score(with_gold_words(system, gold, style, threads), gold),
            "rows": treebanks.score(from_raw_text(system, texts, style, threads), gold),
            "raw": treebanks.score(from_raw_text(system, split(texts), style, threads), gold),
        }
        result[name] = {kind: rounded(scores(found), system.missing) for kind, found in rows.items()}
        result[name]["styles"] = {
            other: rounded(scores(treebanks.score(with_gold_words(system, gold, other, threads), gold)), system.missing)
            for other in styles
            if system.styled and other != style and other in STYLES
        }
        for kind, found in rows.items():
            pooled[kind] += found
            say(f"{system.name} {name} {kind}: {_short(result[name][kind])}")
    result["all"] = {kind: rounded(scores(found), system.missing) for kind, found in pooled.items()}
    return result


def measure_entities(system: System, data: Path, names: Sequence[str], threads: int, say: Say) -> dict[str, Any]:
    """Score a system on entity corpora's test sets.

    Returns:
        By corpus, and ``"all"``: ``own``, with the corpus's own idea of an entity where the system knows it, and
        ``default``, where that differs.
    """
    result: dict[str, Any] = {}
    pooled: dict[str, Rows] = {}
    for name in names:
        gold = entity_file(data, name, "test")
        result[name] = {}
        for kind, source in {"own": name, **({"default": UNKNOWN} if system.styled else {})}.items():
            found = system.label([list(sentence.words) for sentence in gold], source, threads)
            rows = entities.score(found, [sentence.labels for sentence in gold])
            pooled[kind] = pooled.get(kind, []) + rows
            result[name][kind] = rounded(scores(rows))
            say(f"{system.name} {name} {kind}: F1 {result[name][kind]['all']['value']}")
    result["all"] = {kind: rounded(scores(rows)) for kind, rows in pooled.items()}
    return result


def with_gold_words(system: System, gold: Sequence[Tree], style: str, threads: int) -> list[Tree]:
    """Annotate the gold words; what they are part of in the text is the gold tree's too."""
    found = system.annotate([list(tree.words) for tree in gold], style, threads)
    return [replace(own, ranges=tree.ranges) for own, tree in zip(found, gold, strict=True)]


def split(texts: Sequence[str]) -> list[str]:
    """Return our own sentences of a text that is all texts in order, with a space between."""
    return [sentence for sentence in SentenceSplitter().split_sentences(" ".join(texts)) if sentence.strip()]


def from_raw_text(system: System, sentences: Sequence[str], style: str, threads: int) -> list[Tree]:
    """Annotate sentences with our own words."""
    spans = [treebank_spans(sentence) for sentence in sentences]
    found = system.annotate([[span.token for span in row] for row in spans], style, threads)
    # The models read the tokens; what is compared is what stands in the text in their place.
    return [
        replace(own, words=tuple(_SPACES.sub("", sentence[span.start : span.end]) for span in row))
        for own, row, sentence in zip(found, spans, sentences, strict=True)
    ]


def rounded(found: Mapping[str, Score], missing: frozenset[str] = frozenset()) -> dict[str, dict[str, float]]:
    """Return scores as they are written to files."""
    return {
        name: {part: round(value, 2) for part, value in asdict(score).items()}
        for name, score in found.items()
        if name not in missing
    }


def _short(found: Mapping[str, Mapping[str, float]]) -> str:
    return ", ".join(f"{name} {found[name]['value']}" for name in ("UPOS", "UAS", "LAS", "LAS_full") if name in found)
