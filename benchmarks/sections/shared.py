"""The shared network for tags, trees and entities together, beside the exact SPUContextDP alone."""

from __future__ import annotations

import contextlib
import os
from functools import partial
from typing import Any

from benchmarks.names import SHARED
from benchmarks.pairing import interleave, ratios, spread
from benchmarks.settings import Settings, weights_folder
from benchmarks.sizing import rate, send, sized
from vnlp_colab import catalog
from vnlp_colab.catalog import Bundled
from vnlp_colab.store import bundle, paths

_EXACT = "SPUContextDP"
_THREADS = 2
_NETWORK = "ContextNetwork"


def run(settings: Settings) -> Any:
    """Measure both in turns on two threads; each on as many sentences of the same test sets as it has time for.

    Returns:
        Tokens/s and their ratio, the tokens/s of texts that no cache has seen, peak memory and sizes; ``None`` for
        suites without the network.
    """
    if settings.suite != "context" or not settings.wanted(SHARED):
        return None
    settings.say(f"{SHARED} beside {_EXACT}")
    with contextlib.ExitStack() as stack:
        ours, exact = (stack.enter_context(settings.ours()) for _ in range(2))
        ours.ask("load", subject=SHARED, threads=_THREADS, device=settings.device)
        exact.ask("load", subject=_EXACT, threads=_THREADS, device=settings.device)
        loaded = ours.ask("memory")["now_mb"]
        whole = settings.main
        ours.ask("texts", name="all", texts=whole.texts)
        first = rate(ours, SHARED, "all", whole.tokens)
        some = sized(settings, exact, _EXACT, 128, len(whole.texts))
        send(exact, _EXACT, "some", some)
        rates = interleave(
            {
                SHARED: partial(rate, ours, SHARED, "all", whole.tokens, None, settings.min_seconds),
                _EXACT: partial(rate, exact, _EXACT, "some", some.tokens, None, settings.min_seconds),
            },
            settings.rounds,
        )
        return {
            "subject": SHARED,
            "beside": _EXACT,
            "corpus": whole.name,
            "threads": _THREADS,
            "sentences": {SHARED: len(whole.texts), _EXACT: len(some.texts)},
            "tokens": {SHARED: whole.tokens, _EXACT: some.tokens},
            "first_pass": first,
            "tokens_per_second": {name: spread(found) for name, found in rates.items()},
            "times": ratios(rates[SHARED], rates[_EXACT]),
            "loaded_mb": loaded,
            "peak_mb": {SHARED: ours.ask("memory")["peak_mb"], _EXACT: exact.ask("memory")["peak_mb"]},
            "bytes": _sizes(),
            "stand_ins": weights_folder() is not None and paths.WEIGHTS_VARIABLE not in os.environ,
            "wanted": {"tokens_per_second": 10_000, "times": 3},
        }


def _sizes() -> dict[str, int]:
    """Bytes of the network's files in the package, and of its graphs in the cache."""
    sources = [source for _, source in catalog.model(_NETWORK).sources if isinstance(source, Bundled)]
    return {"package": sum(source.size for source in sources), "cache": bundle(_NETWORK).size}
