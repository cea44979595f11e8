"""Cold and warm caches: the first pass of a fresh process, other text of the same kind, and the same again."""

from __future__ import annotations

from typing import Any

from benchmarks.corpus import Corpus
from benchmarks.names import PIPELINES, SUITES
from benchmarks.pairing import spread
from benchmarks.settings import Settings
from benchmarks.sizing import rate, send, sized

_STATES = ("cold", "other text", "warm")
_LEAST = 128
_ROWS = 256
"""Sentences of a pipeline, both halves together."""


def run(settings: Settings) -> Any:
    """Measure every subject in fresh processes."""
    found = []
    for name in filter(settings.wanted, SUITES[settings.suite].swept):
        settings.say(f"cold and warm caches: {name}")
        texts = _texts(settings, name)
        runs = [_once(settings, name, texts) for _ in range(settings.few_rounds)]
        found.append(
            {
                "subject": name,
                "sentences": len(texts.texts) // 2,
                **{state: spread([run[state] for run in runs]) for state in _STATES},
                "hits_on_other_text": spread([run["hits"] for run in runs]),
                "cached_mb": spread([run["cached_mb"] for run in runs]),
            }
        )
    return found


def _texts(settings: Settings, name: str) -> Corpus:
    """Both halves of what a subject is measured on."""
    if name in PIPELINES and not settings.quick:
        return settings.main.some(_ROWS)
    with settings.ours() as child:
        child.ask("load", subject=name, threads=2, device=settings.device)
        return sized(settings, child, name, _LEAST, 2 * settings.sentences)


def _once(settings: Settings, name: str, texts: Corpus) -> dict[str, float]:
    first, second = texts.split(2)
    with settings.ours() as child:
        child.ask("load", subject=name, threads=2, device=settings.device)
        if name in PIPELINES:
            # As in the midst of a long run: the small windows of its beginning would hide what caches bring.
            child.ask("full_windows")
        # One sentence of the sample starts the threads and allocates; it fills no cache to speak of.
        send(child, name, "start", settings.data[-1].some(1))

        def measured(corpus: Corpus) -> float:
            child.ask("texts", name="all", texts=corpus.texts)
            return rate(child, name, "all", corpus.tokens)

        cold = measured(first)
        before = child.ask("cache_hits")
        other = measured(second)
        after = child.ask("cache_hits")
        hits, misses = (after[key] - before[key] for key in ("hits", "misses"))
        return {
            "cold": cold,
            "other text": other,
            "warm": measured(second),
            "hits": hits / (hits + misses) if hits + misses else 0.0,
            "cached_mb": after["mb"],
        }
