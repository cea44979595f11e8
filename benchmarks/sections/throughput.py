"""Every subject on one thread, two threads and two processes: tokens/s, rows/s, cores used and memory."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Callable
from functools import partial
from typing import Any

from benchmarks.children import Child, together
from benchmarks.names import PIPELINES, SUITES
from benchmarks.pairing import interleave, ratios, spread
from benchmarks.settings import Settings
from benchmarks.sizing import rate, rows, send, sized

_PROCESSES = 2
_LEAST = 128
"""Sentences of a model that two threads or processes can share evenly."""
_ONE_WORKER = "workers=1"


def run(settings: Settings) -> Any:
    """Measure all subjects of the suite, and how near the pipeline comes to the sum of its parts."""
    suite = SUITES[settings.suite]
    found = [_subject(settings, subject.name) for subject in suite.subjects if settings.wanted(subject.name)]
    if not found:
        return None
    return {"rows": found, "sum_of_parts": _sum_of_parts(found, suite.pipeline, suite.parts)}


def _subject(settings: Settings, name: str) -> dict[str, Any]:
    settings.say(f"throughput of {name}")
    with contextlib.ExitStack() as stack:

        def child(**options: Any) -> Child:
            started = stack.enter_context(settings.ours())
            started.ask("load", subject=name, device=settings.device, **options)
            return started

        children = {"1 thread": child(threads=1), "2 threads": child(threads=2)}
        pair: list[Child] = []
        if name in PIPELINES:
            # A pipeline spreads its rows over processes by itself.
            children |= {f"workers={count}": child(threads=1, workers=count) for count in (1, _PROCESSES)}
        else:
            pair = [children["1 thread"], child(threads=1)]
        return _measure(settings, name, children, pair)


def _measure(settings: Settings, name: str, children: dict[str, Child], pair: list[Child]) -> dict[str, Any]:
    alone = children["1 thread"]
    corpus = (
        rows(settings, alone, name) if name in PIPELINES else sized(settings, alone, name, _LEAST, settings.sentences)
    )
    for child in {*children.values(), *pair}:
        send(child, name, "all", corpus)
    cores: dict[str, list[float]] = {label: [] for label in children}
    runs: dict[str, Callable[[], float]] = {
        label: partial(_rate, child, name, corpus.tokens, settings.min_seconds, cores[label])
        for label, child in children.items()
    }
    if pair:
        for child, half in zip(pair, corpus.split(_PROCESSES), strict=True):
            send(child, name, "half", half)
        runs[f"{_PROCESSES} processes"] = partial(_rate_of_pair, pair, name, corpus.tokens)
    # One worker is hardly more than one thread of this process, and takes as long.
    rates = interleave(runs, settings.rounds, {_ONE_WORKER: settings.few_rounds})
    rows_a_token = len(corpus.texts) / corpus.tokens
    return {
        "subject": name,
        "corpus": corpus.name,
        "sentences": len(corpus.texts),
        "tokens": corpus.tokens,
        "tokens_per_second": {label: spread(found) for label, found in rates.items()},
        "rows_per_second": {label: spread([rate * rows_a_token for rate in found]) for label, found in rates.items()},
        "gains": {label: ratios(found, rates["1 thread"]) for label, found in rates.items() if label != "1 thread"},
        "cores": {label: spread(found) for label, found in cores.items()},
        "peak_mb": {label: child.ask("usage")["peak_mb"] for label, child in children.items()},
    }


def _rate(child: Child, name: str, tokens: int, min_seconds: float, cores: list[float]) -> float:
    """Tokens/s; how many cores were busy all the while goes into a list."""
    before, begin = child.ask("usage")["cpu_seconds"], time.perf_counter()
    found = rate(child, name, "all", tokens, min_seconds=min_seconds)
    seconds = time.perf_counter() - begin
    cores.append((child.ask("usage")["cpu_seconds"] - before) / seconds)
    return found


def _rate_of_pair(pair: list[Child], name: str, tokens: int) -> float:
    """Both halves at the same moment; the clock stops when the slower one is done."""
    begin = time.perf_counter()
    together(pair, [{"op": "measure", "subject": name, "texts": "half"}] * len(pair))
    return tokens / (time.perf_counter() - begin)


def _sum_of_parts(rows: list[dict[str, Any]], pipeline: str, parts: tuple[str, ...]) -> list[dict[str, Any]]:
    """What the pipeline would make if it cost no more than its parts one after the other, and what it makes."""
    by_name = {row["subject"]: row["tokens_per_second"] for row in rows}
    if not parts or not {pipeline, *parts} <= set(by_name):
        return []
    found = []
    for label in ("1 thread", "2 threads"):
        allowed = 1 / sum(1 / by_name[part][label]["median"] for part in parts)
        made = by_name[pipeline][label]["median"]
        found.append({"subject": pipeline, "how": label, "allowed": allowed, "made": made, "share": made / allowed})
    return found
