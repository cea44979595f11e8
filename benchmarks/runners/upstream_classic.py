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


class _Remembered:
    """Stands in for the stemmer or the tagger, so that what comes after it is measured alone."""

    def __init__(self, answers: dict[str, Any]) -> None:
        self._answers = answers

    def predict(self, sentence: str) -> Any:
        return self._answers[sentence]


class _Tool:
    """One tool over texts; with ``given``, what it needs of other tools has been computed before."""

    def __init__(self, task: str, given: bool) -> None:
        self._task, self._given = task, given
        _TOOLS.get(task)

    def prepare(self, texts: list[str]) -> Any:
        found: dict[str, dict[str, Any]] = {"stemmer": {}, "pos": {}}
        if self._given:
            for task, answers in found.items():
                if task != self._task:
                    answers.update((text, _TOOLS.get(task).predict(text)) for text in texts)
        return texts, found

    def run(self, work: Any, batch: int | None) -> Labels:
        texts, answers = work
        tool = _TOOLS.get(self._task)
        kept = {name: getattr(tool, name) for name in ("stemmer_analyzer", "pos_tagger") if hasattr(tool, name)}
        if self._given:
            tool.stemmer_analyzer = _Remembered(answers["stemmer"])
            if "pos_tagger" in kept:
                tool.pos_tagger = _Remembered(answers["pos"])
        try:
            return [_labels(self._task, tool, text) for text in texts]
        finally:
            for name, value in kept.items():
                setattr(tool, name, value)


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
    """Make a subject: a task, a task ``given`` what it needs, or the ``pipeline``."""
    if name == "pipeline":
        return _All()
    task, _, given = name.partition(" ")
    return _Tool(task, bool(given))


def setup(package: str) -> str:
    """Take upstream's package from a folder; returns TensorFlow's version."""
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    sys.path.insert(0, package)
    return f"TensorFlow {import_module('tensorflow').__version__}"


if __name__ == "__main__":
    serve({**Bench(make).operations(), "setup": setup})
