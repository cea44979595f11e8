"""Runs vngrs-nlp 0.2.4's SPUContext classes as its users call them."""

from __future__ import annotations

import os
import sys
from importlib import import_module
from typing import Any

from benchmarks.runners.protocol import Bench, Labels, Subject, serve

_MODULES = {
    "SPUContextPoS": "vnlp.part_of_speech_tagger.spu_context_pos",
    "SPUContextNER": "vnlp.named_entity_recognizer.spu_context_ner",
    "SPUContextDP": "vnlp.dependency_parser.spu_context_dp",
    "SPUCBiGRUSentimentAnalyzer": "vnlp.sentiment_analyzer.spu_context_bigru_sentiment",
}


class _Tool:
    def __init__(self, name: str) -> None:
        self._tool: Any = getattr(import_module(_MODULES[name]), name)(False)

    def prepare(self, texts: list[str]) -> Any:
        return texts

    def run(self, work: Any, batch: int | None) -> Labels:
        if hasattr(self._tool, "predict_proba"):
            return [float(self._tool.predict_proba(text)) for text in work]
        return [[_label(found) for found in self._tool.predict(text)] for text in work]


def _label(found: Any) -> str:
    return found[1] if len(found) == 2 else f"{int(found[2])}:{found[3]}"


def make(name: str) -> Subject:
    """Make the class of that name."""
    return _Tool(name)


def setup(package: str) -> str:
    """Take upstream's package from a folder; returns TensorFlow's version."""
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    sys.path.insert(0, package)
    return f"TensorFlow {import_module('tensorflow').__version__}"


if __name__ == "__main__":
    serve({**Bench(make).operations(), "setup": setup})
