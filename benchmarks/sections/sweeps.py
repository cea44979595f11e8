"""Cost against the length of sentences, and against the size of batches."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

from benchmarks.corpus import of_length
from benchmarks.names import SUITES
from benchmarks.pairing import interleave, spread
from benchmarks.settings import Settings
from benchmarks.sizing import rate, send, sized, warm_rate

_LENGTHS = (5, 10, 20, 40, 80)
_BATCHES = tuple(4**power for power in range(6))
_TOKENS = (640, 2_000)
"""Least and most tokens of each length that are measured."""
_SMALL = 32
"""Sentences that small batches are made of: single calls are slow and alike."""
_LONG = 5.0
"""Seconds from which on a batch is measured once: noise has averaged out."""


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
    """Tokens/s with so many sentences a call, on two threads."""
    found = []
    for name in filter(settings.wanted, SUITES[settings.suite].swept):
        settings.say(f"batch sizes: {name}")
        with settings.ours() as child:
            child.ask("load", subject=name, threads=2 if settings.device == "cpu" else None, device=settings.device)
            speed = warm_rate(child, name, settings.main.some(_SMALL))
            runs: dict[int, Callable[[], float]] = {}
            rates: dict[int, list[float]] = {}
            for size in _BATCHES:
                corpus = settings.main.some(max(_SMALL, size))
                if corpus.tokens / speed > _LONG:
                    child.ask("texts", name=str(size), texts=corpus.texts)
                    rates[size] = [rate(child, name, str(size), corpus.tokens, size)]
                    continue
                send(child, name, str(size), corpus)
                runs[size] = partial(rate, child, name, str(size), corpus.tokens, size)
            rates |= interleave(runs, settings.few_rounds)
            found.append({"subject": name, "rates": {size: spread(rates[size]) for size in _BATCHES}})
    return found
