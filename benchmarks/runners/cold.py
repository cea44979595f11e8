"""Takes the stemmer's work on a text apart: what one thread does first, and what all of them do then."""

from __future__ import annotations

import time
from collections.abc import Callable
from functools import partial
from typing import Any

from benchmarks.runners.protocol import serve
from vnlp_colab.models.morphology.model import StemmerAnalyzer
from vnlp_colab.text.tokenise import TreebankWordTokenize


def profile(texts: list[str]) -> dict[str, Any]:
    """Processor seconds of each part of a first pass and of a second one; only in a process that has seen no text.

    Returns:
        By pass (``"cold"``, ``"warm"``) and part; how many ``tokens`` and ``distinct`` ones there are.
    """
    sentences = [TreebankWordTokenize(text) for text in texts]
    stemmer = StemmerAnalyzer(device="cpu", threads=1)
    found: dict[str, Any] = {}
    for state in ("cold", "warm"):
        lookup, candidates = _timed(partial(stemmer._lookup, sentences))
        choice, _ = _timed(partial(stemmer._choose, sentences, candidates))
        found[state] = {"lookup": lookup, "choice": choice}
    words = [token for sentence in sentences for token in sentence]
    return {**found, "tokens": len(words), "distinct": len(set(words))}


def _timed(function: Callable[[], Any]) -> tuple[float, Any]:
    begin = time.process_time()
    found = function()
    return time.process_time() - begin, found


if __name__ == "__main__":
    serve({"profile": profile})
