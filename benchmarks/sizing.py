"""How many sentences a measurement can afford: fast models need many to be measured well, slow ones take minutes."""

from __future__ import annotations

from benchmarks.children import Child
from benchmarks.corpus import Corpus
from benchmarks.settings import Settings

_PROBE, _SECOND_PROBE = 32, 256
"""Sentences of a first measurement, and of a second one unless that takes seconds: a few are slower than many."""
_PASSES = 4
"""How many passes' time the second measurement may take, by the first one's rate."""


def sized(settings: Settings, child: Child, subject: str, least: int, most: int, longest: int | None = None) -> Corpus:
    """Sentences that take a subject about as long as one pass of a measurement should.

    Args:
        settings: The run's; ``pass_seconds`` and ``sentences`` of them.
        child: Has the subject loaded; it runs some sentences, so its caches are no longer cold.
        subject: Its name.
        least: Sentences that batches need, however long they take.
        most: Sentences that are enough.
        longest: Tokens beyond which a sentence is left out.

    Returns:
        Sentences of the main test set, spread evenly over it.
    """
    if settings.quick:
        return settings.main
    affordable = _affordable(settings, child, subject, settings.main.some(_PROBE, longest))
    if _PASSES * affordable >= _SECOND_PROBE:
        affordable = _affordable(settings, child, subject, settings.main.some(_SECOND_PROBE, longest))
    return settings.main.some(max(least, min(most, affordable)), longest)


def _affordable(settings: Settings, child: Child, subject: str, probe: Corpus) -> int:
    """How many sentences like these one pass has the time for."""
    return int(warm_rate(child, subject, probe) * settings.pass_seconds / probe.tokens * len(probe.texts))


def warm_rate(child: Child, subject: str, corpus: Corpus) -> float:
    """Tokens/s over texts that the subject has seen once before."""
    send(child, subject, "probe", corpus)
    return rate(child, subject, "probe", corpus.tokens)


def send(child: Child, subject: str, key: str, corpus: Corpus) -> None:
    """Give a child texts under a name, and let a subject see them once."""
    child.ask("texts", name=key, texts=corpus.texts)
    child.ask("measure", subject=subject, texts=key)


def rate(
    child: Child, subject: str, key: str, tokens: int, batch: int | None = None, min_seconds: float = 0.0
) -> float:
    """Tokens/s of one measurement."""
    found = child.ask("measure", subject=subject, texts=key, batch=batch, min_seconds=min_seconds)
    return tokens * float(found["passes"]) / float(found["seconds"])
