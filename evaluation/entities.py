"""Named entities: F1 of whole entities, and of the tokens in them."""

from __future__ import annotations

from collections.abc import Sequence

from training.data.entities import KINDS, spans

from evaluation.counts import Counts

ALL = "all"
TOKENS = "tokens"


def score(system: Sequence[Sequence[str]], gold: Sequence[Sequence[str]]) -> list[dict[str, Counts]]:
    """Count what is right of BIO labels, a sentence at a time.

    Returns:
        By sentence: entities of all kinds (``all``) and of each, right where the first token, the last one and the
        kind are; and tokens in entities (``tokens``), right where the kind is.
    """
    return [_sentence(ours, theirs) for ours, theirs in zip(system, gold, strict=True)]


def _sentence(system: Sequence[str], gold: Sequence[str]) -> dict[str, Counts]:
    ours, theirs = spans(system), spans(gold)
    counts = {ALL: Counts(len(ours & theirs), len(ours), len(theirs))}
    for kind in KINDS:
        own, right = ({span for span in found if span[2] == kind} for found in (ours, theirs))
        counts[kind] = Counts(len(own & right), len(own), len(right))
    same = sum(a[2:] == b[2:] != "" for a, b in zip(system, gold, strict=True))
    counts[TOKENS] = Counts(same, sum(label != "O" for label in system), sum(label != "O" for label in gold))
    return counts
