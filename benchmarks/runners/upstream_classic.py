"""Runs vngrs-nlp 0.1.4.4 as its users call it: one sentence, one tool, ``predict``."""

from __future__ import annotations

import os
import sys
from importlib import import_module
from typing import Any

from benchmarks.runners.protocol import Bench, Labels, Subject, serve


class _Tools:
    """The five tools, each made at first use; the parser's and the tagger's stemmer is the one."""

    def __init__(self) -> None:
        self._made: dict[str, Any] = {}

    def get(self, name: str) -> Any:
        if name not in self._made:
            vnlp: Any = import_module("vnlp")
            if name == "pos":
                self._made[name] = vnlp.PoSTagger(self.get("stemmer"))
            elif name == "dep":
                parser = vnlp.DependencyParser()
                parser.stemmer_analyzer, parser.pos_tagger = self.get("stemmer"), self.get("pos")
                self._made[name] = parser
            else:
                kinds = {"stemmer": "StemmerAnalyzer", "ner": "NamedEntityRecognizer", "sentiment": "SentimentAnalyzer"}
                self._made[name] = getattr(vnlp, kinds[name])()
        return self._made[name]


_TOOLS = _Tools()
_TASKS = ("stemmer", "pos", "ner", "dep", "sentiment")


class _Tool:
    """One tool over texts."""

    def __init__(self, task: str) -> None:
        self._task = task
        _TOOLS.get(task)

    def prepare(self, texts: list[str]) -> Any:
        return texts

    def run(self, work: Any, batch: int | None) -> Labels:
        return [_labels(self._task, _TOOLS.get(self._task), text) for text in work]


class _All:
    """All five tools over each text."""

    def __init__(self) -> None:
        for task in _TASKS:
            _TOOLS.get(task)

    def prepare(self, texts: list[str]) -> Any:
        return texts

    def run(self, work: Any, batch: int | None) -> Labels:
        return [[_labels(task, _TOOLS.get(task), text) for task in _TASKS] for text in work]


def _labels(task: str, tool: Any, text: str) -> Any:
    if task == "sentiment":
        return float(tool.predict_proba(text))
    found = tool.predict(text)
    if task == "stemmer":
        return list(found)
    if task == "dep":
        return [f"{int(head)}:{relation}" for _, _, head, relation in found]
    return [label for _, label in found]


def make(name: str) -> Subject:
    """Make a subject: a task, or the ``pipeline``."""
    return _All() if name == "pipeline" else _Tool(name)


def setup(package: str) -> str:
    """Take upstream's package from a folder; returns TensorFlow's version."""
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    sys.path.insert(0, package)
    return f"TensorFlow {import_module('tensorflow').__version__}"


if __name__ == "__main__":
    serve({**Bench(make).operations(), "setup": setup})
