"""One sentence at a time, as a chat or a web page asks, on one core and on two; and the first result of a stream."""

from __future__ import annotations

import statistics
from typing import Any

from benchmarks.corpus import of_length
from benchmarks.names import PIPELINES, SUITES
from benchmarks.pairing import spread
from benchmarks.settings import Settings

_TOKENS = 12
_SENTENCES = 40
_WARM_UP = 128
_CORES = 2
_FIRST_WANTED = 0.2
_LAST_IN_20 = 18


def run(settings: Settings) -> Any:
    """Measure every subject in a child that has one core, pipelines in one that has two as well; sentences are new."""
    found = []
    for subject in SUITES[settings.suite].subjects:
        if not settings.wanted(subject.name) or subject.part:
            continue
        settings.say(f"latency of {subject.name}")
        row = {
            "subject": subject.name,
            "tokens": _TOKENS,
            "wanted_ms": subject.latency_wanted,
            **_alone(settings, subject.name, 1),
        }
        if subject.name in PIPELINES:
            row["first_result_wanted_ms"] = 1000 * _FIRST_WANTED
            # Models that do not need each other work side by side there; a model alone has nothing to divide.
            row["two_cores"] = _alone(settings, subject.name, _CORES)
        found.append(row)
    return found


def _alone(settings: Settings, name: str, cores: int) -> dict[str, Any]:
    """Milliseconds of single sentences; of a pipeline on one core also those to the first result of a stream."""
    count = 5 if settings.quick else _SENTENCES
    with settings.ours() as child:
        had = child.ask("pin", count=cores)
        child.ask("load", subject=name, threads=cores, device=settings.device)
        child.ask("texts", name="warm-up", texts=settings.main.some(_WARM_UP).texts)
        child.ask("measure", subject=name, texts="warm-up")
        medians, slow = [], []
        for number in range(settings.rounds):
            texts = of_length(settings.main, _TOKENS, count * settings.rounds).texts[number :: settings.rounds]
            child.ask("texts", name="alone", texts=texts)
            times = [1000 * seconds for seconds in child.ask("latency", subject=name, texts="alone")]
            medians.append(statistics.median(times))
            slow.append(statistics.quantiles(times, n=20)[_LAST_IN_20])
        row = {"cores": had, "median_ms": spread(medians), "p95_ms": spread(slow)}
        if name in PIPELINES and cores == 1:
            row["first_result_ms"] = _first(settings, child, name)
        return row


def _first(settings: Settings, child: Any, name: str) -> dict[str, Any]:
    """Milliseconds to the first result of an endless stream, by batch size."""
    return {
        str(batch): spread(
            [
                1000 * child.ask("first_result", subject=name, texts="warm-up", batch=batch)
                for _ in range(settings.rounds)
            ]
        )
        for batch in ((1, 64) if not settings.quick else (1, 4))
    }
