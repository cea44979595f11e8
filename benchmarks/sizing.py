"""How many sentences a measurement can afford: fast models need many to be measured well, slow ones take minutes."""

from __future__ import annotations

from benchmarks.children import Child
from benchmarks.corpus import Corpus
from benchmarks.settings import Settings

_PROBE, _SECOND_PROBE = 32, 256
"""Sentences of a first measurement, and of a second one unless that takes seconds: a few are slower than many."""
_PASSES = 4
"""How many passes' time the second measurement may take, by the first one's rate."""

_ROWS = 512, 1024
"""Least and most rows that a pipeline is measured on."""
_ROWS_SECONDS = 15.0
"""How long one pass over them may take, unless they would be too few."""


def sized(
    settings: Settings,
    child: Child,
    subject: str,
    least: int,
    most: int,
    longest: int | None = None,
    seconds: float | None = None,
) -> Corpus:
    """Sentences that take a subject about as long as one pass of a measurement should.

    Args:
        settings: The run's.
        child: Has the subject loaded; it runs some sentences, so its caches are no longer cold.
        subject: Its name.
        least: Sentences that batches need, however long they take.
        most: Sentences that are enough.
        longest: Tokens beyond which a sentence is left out.
        seconds: How long that pass should take; the settings' ``pass_seconds`` if not given.

    Returns:
        Sentences of the main test set, spread evenly over it.
    """
    if settings.quick:
        return settings.main
    aim = settings.pass_seconds if seconds is None else seconds
    affordable = _affordable(aim, child, subject, settings.main.some(_PROBE, longest))
    if _PASSES * affordable >= _SECOND_PROBE:
        affordable = _affordable(aim, child, subject, settings.main.some(_SECOND_PROBE, longest))
    return settings.main.some(max(least, min(most, affordable)), longest)


def rows(settings: Settings, child: Child, pipeline: str) -> Corpus:
    """The sentences that a pipeline is measured on, as many as for a long run.

    It begins with windows of a few rows, or with shards of one batch: with few sentences these would be most of it.
    """
    return sized(settings, child, pipeline, *_ROWS, seconds=_ROWS_SECONDS)


def _affordable(seconds: float, child: Child, subject: str, probe: Corpus) -> int:
    """How many sentences like these there is time for."""
    send(child, subject, "probe", probe)
    return int(rate(child, subject, "probe", probe.tokens) * seconds / probe.tokens * len(probe.texts))


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
