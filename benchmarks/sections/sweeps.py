"""Cost against the length of sentences, and against the size of batches."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

from benchmarks.corpus import of_length
from benchmarks.names import PIPELINES, SUITES
from benchmarks.pairing import interleave, spread
from benchmarks.settings import Settings
from benchmarks.sizing import rate, send, sized

_LENGTHS = (5, 10, 20, 40, 80)
_BATCHES = {1: 64, 4: 64, 16: 128, 64: 512, 256: 1024, 1024: 1024}
"""Sentences by the size of batches: small ones are slow, and one is like the other."""
_TOKENS = (640, 2_000)
"""Least and most tokens of each length that are measured."""


def lengths(settings: Settings) -> Any:
    """Tokens/s over sentences of one length each, on one thread."""
    found = []
    for name in filter(settings.wanted, SUITES[settings.suite].swept):
        settings.say(f"sentence lengths: {name}")
        with settings.ours() as child:
            child.ask("load", subject=name, threads=1, device=settings.device)
            least, most = _TOKENS
            tokens = 100 if settings.quick else min(most, max(least, sized(settings, child, name, 1, 10**6).tokens))
            runs: dict[int, Callable[[], float]] = {}
            for length in _LENGTHS:
                corpus = of_length(settings.main, length, max(1, tokens // length))
                send(child, name, str(length), corpus)
                runs[length] = partial(rate, child, name, str(length), corpus.tokens)
            rates = interleave(runs, settings.few_rounds)
            found.append({"subject": name, "rates": {length: spread(values) for length, values in rates.items()}})
    return found


def batches(settings: Settings) -> Any:
    """Tokens/s with so many sentences a call, on two threads; pipelines as in the midst of a long run."""
    found = []
    for name in filter(settings.wanted, SUITES[settings.suite].swept):
        settings.say(f"batch sizes: {name}")
        with settings.ours() as child:
            child.ask("load", subject=name, threads=2 if settings.device == "cpu" else None, device=settings.device)
            if name in PIPELINES:
                child.ask("full_windows")
            whole = settings.main.some(max(_BATCHES.values()))
            send(child, name, "whole", whole)
            runs: dict[int, Callable[[], float]] = {}
            counts = {}
            for size, count in _BATCHES.items():
                # Of the same sentences, so that all words have been seen.
                some = whole.some(count)
                counts[size] = len(some.texts)
                child.ask("texts", name=str(size), texts=some.texts)
                runs[size] = partial(rate, child, name, str(size), some.tokens, size, settings.min_seconds)
            rates = interleave(runs, settings.few_rounds)
            found.append(
                {"subject": name, "sentences": counts, "rates": {size: spread(rates[size]) for size in _BATCHES}}
            )
    return found
