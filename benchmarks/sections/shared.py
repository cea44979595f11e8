"""The shared network for tags, trees and entities together, beside the exact SPUContextDP alone."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

from benchmarks.children import Child, ChildError
from benchmarks.corpus import Corpus
from benchmarks.names import SHARED
from benchmarks.pairing import interleave, ratios, spread
from benchmarks.settings import Settings, stand_ins
from benchmarks.sizing import rate, send, sized
from vnlp_colab import catalog
from vnlp_colab.catalog import Bundled
from vnlp_colab.store import bundle

_EXACT = "SPUContextDP"
_THREADS = 2
_NETWORK = "ContextNetwork"


def run(settings: Settings) -> Any:
    """Measure both in turns on two threads; each on as many sentences of the same test sets as it has time for.

    Returns:
        Tokens/s and their ratio, the tokens/s of texts that no cache has seen, peak memory and sizes; the reason
        instead of the parser's figures where it is not to be had; ``None`` for suites without the network.
    """
    if settings.suite != "context" or not settings.wanted(SHARED):
        return None
    settings.say(f"{SHARED} beside {_EXACT}")
    with contextlib.ExitStack() as stack:
        ours, exact = (stack.enter_context(settings.ours()) for _ in range(2))
        ours.ask("load", subject=SHARED, threads=_THREADS, device=settings.device)
        loaded = ours.ask("memory")["now_mb"]
        ours.ask("texts", name="all", texts=settings.main.texts)
        first = rate(ours, SHARED, "all", settings.main.tokens)
        children, corpora, missing = {SHARED: ours}, {SHARED: settings.main}, {}
        try:
            corpora[_EXACT] = _exact(settings, exact)
            children[_EXACT] = exact
        except ChildError as error:
            missing["unavailable"] = str(error)
        return {
            "subject": SHARED,
            "beside": _EXACT,
            "corpus": settings.main.name,
            "threads": _THREADS,
            "first_pass": first,
            "loaded_mb": loaded,
            "bytes": _sizes(),
            "stand_ins": stand_ins(),
            "wanted": {"tokens_per_second": 10_000, "times": 3},
            **_measure(settings, children, corpora),
            **missing,
        }


def _exact(settings: Settings, child: Child) -> Corpus:
    """Load the exact parser; returns the sentences that it has the time for, which it has seen then."""
    child.ask("load", subject=_EXACT, threads=_THREADS, device=settings.device)
    corpus = sized(settings, child, _EXACT, 128, len(settings.main.texts))
    send(child, _EXACT, "all", corpus)
    return corpus


def _measure(settings: Settings, children: Mapping[str, Child], corpora: Mapping[str, Corpus]) -> dict[str, Any]:
    """Those that are there, in turns."""
    runs: dict[str, Callable[[], float]] = {
        name: partial(rate, child, name, "all", corpora[name].tokens, None, settings.min_seconds)
        for name, child in children.items()
    }
    rates = interleave(runs, settings.rounds)
    return {
        "sentences": {name: len(corpus.texts) for name, corpus in corpora.items()},
        "tokens": {name: corpus.tokens for name, corpus in corpora.items()},
        "tokens_per_second": {name: spread(values) for name, values in rates.items()},
        "peak_mb": {name: child.ask("memory")["peak_mb"] for name, child in children.items()},
        **({"times": ratios(rates[SHARED], rates[_EXACT])} if _EXACT in rates else {}),
    }


def _sizes() -> dict[str, int]:
    """Bytes of the network's files in the package, and of its graphs in the cache."""
    sources = [source for _, source in catalog.model(_NETWORK).sources if isinstance(source, Bundled)]
    return {"package": sum(source.size for source in sources), "cache": bundle(_NETWORK).size}
