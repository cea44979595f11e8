"""Every subject on every test set: one thread, two threads, two processes; and its memory."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Callable
from functools import partial
from typing import Any

from benchmarks.children import Child, together
from benchmarks.corpus import Corpus
from benchmarks.names import PIPELINES, SUITES
from benchmarks.pairing import interleave, ratios, spread
from benchmarks.settings import Settings

_PROCESSES = 2


def run(settings: Settings) -> Any:
    """Measure all subjects of the suite, and how near the pipeline comes to the sum of its parts."""
    suite = SUITES[settings.suite]
    rows = [
        row for subject in suite.subjects if settings.wanted(subject.name) for row in _subject(settings, subject.name)
    ]
    return {"rows": rows, "sum_of_parts": _sum_of_parts(rows, suite.pipeline, suite.parts)}


def _subject(settings: Settings, name: str) -> list[dict[str, Any]]:
    settings.say(f"throughput of {name}")
    with contextlib.ExitStack() as stack:
        single, double, other = (stack.enter_context(settings.ours()) for _ in range(3))
        children = {"1 thread": single, "2 threads": double}
        single.ask("load", subject=name, threads=1, device=settings.device)
        double.ask("load", subject=name, threads=2, device=settings.device)
        other.ask("load", subject=name, threads=1, device=settings.device)
        if name in PIPELINES and single.ask("has_workers"):
            workers = stack.enter_context(settings.ours())
            workers.ask("load", subject=name, threads=1, device=settings.device, workers=_PROCESSES)
            children[f"workers={_PROCESSES}"] = workers
        return [
            _measure(settings, name, corpus.some(settings.sentences), children, [single, other])
            for corpus in settings.data
        ]


def _measure(
    settings: Settings, name: str, corpus: Corpus, children: dict[str, Child], pair: list[Child]
) -> dict[str, Any]:
    halves = corpus.split(_PROCESSES)
    for child in {*children.values(), *pair}:
        child.ask("texts", name="all", texts=corpus.texts)
        child.ask("measure", subject=name, texts="all")
    for child, half in zip(pair, halves, strict=True):
        child.ask("texts", name="half", texts=half.texts)
    runs: dict[str, Callable[[], float]] = {
        label: partial(_rate, child, name, corpus.tokens, settings.min_seconds) for label, child in children.items()
    }
    runs["2 processes"] = partial(_rate_of_pair, pair, name, corpus.tokens)
    rates = interleave(runs, settings.rounds)
    rows_a_token = len(corpus.texts) / corpus.tokens
    return {
        "subject": name,
        "corpus": corpus.name,
        "sentences": len(corpus.texts),
        "tokens": corpus.tokens,
        "tokens_per_second": {label: spread(found) for label, found in rates.items()},
        "rows_per_second": {label: spread([rate * rows_a_token for rate in found]) for label, found in rates.items()},
        "gain_of_2_threads": ratios(rates["2 threads"], rates["1 thread"]),
        "gain_of_2_processes": ratios(rates["2 processes"], rates["1 thread"]),
        "peak_mb": {label: child.ask("memory")["peak_mb"] for label, child in children.items()},
    }


def _rate(child: Child, name: str, tokens: int, min_seconds: float) -> float:
    found = child.ask("measure", subject=name, texts="all", min_seconds=min_seconds)
    return tokens * float(found["passes"]) / float(found["seconds"])


def _rate_of_pair(pair: list[Child], name: str, tokens: int) -> float:
    """Both halves at the same moment; the clock stops when the slower one is done."""
    begin = time.perf_counter()
    together(pair, [{"op": "measure", "subject": name, "texts": "half"}] * len(pair))
    return tokens / (time.perf_counter() - begin)


def _sum_of_parts(rows: list[dict[str, Any]], pipeline: str, parts: tuple[str, ...]) -> list[dict[str, Any]]:
    """What the pipeline would make if it cost no more than its parts one after the other, and what it makes."""
    found = []
    for whole in (row for row in rows if row["subject"] == pipeline):
        for label in ("1 thread", "2 threads"):
            rates = {
                row["subject"]: row["tokens_per_second"][label]["median"]
                for row in rows
                if row["corpus"] == whole["corpus"] and row["subject"] in parts
            }
            if len(rates) < len(parts):
                continue
            allowed = 1 / sum(1 / rate for rate in rates.values())
            made = whole["tokens_per_second"][label]["median"]
            found.append(
                {"corpus": whole["corpus"], "how": label, "allowed": allowed, "made": made, "share": made / allowed}
            )
    return found
