"""Cold and warm caches: the first pass of a fresh process, other text of the same kind, and the same again."""

from __future__ import annotations

from typing import Any

from benchmarks.corpus import Corpus
from benchmarks.names import SUITES
from benchmarks.pairing import spread
from benchmarks.settings import Settings


def run(settings: Settings) -> Any:
    """Measure every subject in fresh processes."""
    found = []
    for subject in SUITES[settings.suite].subjects:
        if not settings.wanted(subject.name):
            continue
        settings.say(f"cold and warm caches: {subject.name}")
        runs = [_once(settings, subject.name) for _ in range(settings.rounds)]
        found.append(
            {
                "subject": subject.name,
                **{state: spread([run[state] for run in runs]) for state in ("cold", "other text", "warm")},
                "hits_on_other_text": spread([run["hits"] for run in runs]),
            }
        )
    return found


def _once(settings: Settings, name: str) -> dict[str, float]:
    first, second = settings.main.some(2 * settings.sentences).split(2)
    with settings.ours() as child:
        child.ask("load", subject=name, threads=2, device=settings.device)
        # One sentence of the sample starts the threads and allocates; it fills no cache to speak of.
        child.ask("texts", name="start", texts=settings.data[-1].texts[:1])
        child.ask("measure", subject=name, texts="start")

        def rate(corpus: Corpus) -> float:
            child.ask("texts", name="all", texts=corpus.texts)
            found = child.ask("measure", subject=name, texts="all")
            return corpus.tokens * float(found["passes"]) / float(found["seconds"])

        cold = rate(first)
        before = child.ask("cache_hits")
        other = rate(second)
        after = child.ask("cache_hits")
        hits, misses = (after[key] - before[key] for key in ("hits", "misses"))
        return {
            "cold": cold,
            "other text": other,
            "warm": rate(second),
            "hits": hits / (hits + misses) if hits + misses else 0.0,
        }
