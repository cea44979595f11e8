"""Cost against the length of sentences, and against the size of batches."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

from benchmarks.children import Child
from benchmarks.corpus import Corpus, of_length
from benchmarks.names import SUITES
from benchmarks.pairing import interleave, spread
from benchmarks.settings import Settings

_LENGTHS = (5, 10, 20, 40, 80)
_BATCHES = tuple(2**power for power in range(11))
_TOKENS = 4_000
"""Tokens of each length that are measured, so that every length fills its batches."""


def lengths(settings: Settings) -> Any:
    """Tokens/s over sentences of one length each, on one thread."""
    tokens = _TOKENS // 20 if settings.quick else _TOKENS
    found = []
    for name in _subjects(settings):
        settings.say(f"sentence lengths: {name}")
        with settings.ours() as child:
            child.ask("load", subject=name, threads=1, device=settings.device)
            runs: dict[int, Callable[[], float]] = {}
            for length in _LENGTHS:
                corpus = of_length(settings.main, length, max(1, tokens // length))
                _send(child, name, str(length), corpus)
                runs[length] = partial(_rate, child, name, str(length), corpus.tokens, None)
            rates = interleave(runs, settings.rounds)
            found.append({"subject": name, "rates": {length: spread(values) for length, values in rates.items()}})
    return found


def batches(settings: Settings) -> Any:
    """Tokens/s with so many sentences a call."""
    found = []
    for name in _subjects(settings):
        settings.say(f"batch sizes: {name}")
        with settings.ours() as child:
            child.ask("load", subject=name, threads=1 if settings.device == "cpu" else None, device=settings.device)
            runs: dict[int, Callable[[], float]] = {}
            for size in _BATCHES:
                # Single calls are slow and alike; large batches need their number of sentences.
                corpus = settings.main.some(max(64, size))
                _send(child, name, str(size), corpus)
                runs[size] = partial(_rate, child, name, str(size), corpus.tokens, size)
            rates = interleave(runs, settings.rounds)
            found.append({"subject": name, "rates": {size: spread(values) for size, values in rates.items()}})
    return found


def _subjects(settings: Settings) -> list[str]:
    return [subject.name for subject in SUITES[settings.suite].subjects if settings.wanted(subject.name)]


def _send(child: Child, name: str, key: str, corpus: Corpus) -> None:
    child.ask("texts", name=key, texts=corpus.texts)
    child.ask("measure", subject=name, texts=key)


def _rate(child: Child, name: str, key: str, tokens: int, batch: int | None) -> float:
    found = child.ask("measure", subject=name, texts=key, batch=batch)
    return tokens * float(found["passes"]) / float(found["seconds"])
