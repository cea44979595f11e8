"""Runs the planned models over one batch, each once, and hands their outputs on."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from vnlp_colab.catalog import Task
from vnlp_colab.pipeline.plan import Stage
from vnlp_colab.results import Sentence

# A root is lower case, a tag starts with an ASCII capital: so a "+" inside the root ("90+3", "c++") is never
# taken for the start of the tags.
_TAGS = re.compile(r"(?:[+^][A-Z][^+^]*)+$")


def lemma_of(analysis: str) -> str:
    """Return the root of a morphological analysis.

    Example:
        >>> lemma_of("90+3+Num+Card")
        '90+3'
    """
    found = _TAGS.search(analysis)
    return analysis[: found.start()] if found else analysis


class Annotator:
    """The models of a plan, ready to run.

    Args:
        plan: The stages, in the order in which they run.
        make: Returns the model of a stage.
    """

    def __init__(self, plan: Sequence[Stage], make: Callable[[Stage], Any]) -> None:
        self.plan = tuple(plan)
        self._models = {stage.name: make(stage) for stage in self.plan}

    def annotate(self, texts: Sequence[str], tokens: Sequence[list[str]]) -> list[Sentence]:
        """Annotate a batch.

        Args:
            texts: The texts; none of them is without tokens.
            tokens: The tokens of each.

        Returns:
            One result a text, in the same order.
        """
        found: dict[str, list[Any]] = {}
        for stage in self.plan:
            given = {keyword: found[name] for keyword, name in stage.given}
            found[stage.name] = _RUN[stage.task](self._models[stage.name], texts, tokens, given)
        wanted = {stage.task: found[stage.name] for stage in self.plan if stage.wanted}
        return [_sentence(texts[i], tokens[i], wanted, i) for i in range(len(texts))]

    def empty(self, text: str) -> Sentence:
        """Return the result for a text without tokens: empty lists, and nothing to say of its sentiment."""
        wanted: dict[Task, list[Any]] = {stage.task: [()] for stage in self.plan if stage.wanted}
        if Task.SENTIMENT in wanted:
            wanted[Task.SENTIMENT] = [None]
        return _sentence(text, [], wanted, 0)


def _sentence(text: str, tokens: Sequence[str], wanted: Mapping[Task, list[Any]], index: int) -> Sentence:
    """Gather one text's share of the models' outputs."""

    def of(task: Task) -> tuple[Any, ...] | None:
        if task not in wanted:
            return None
        values = tuple(wanted[task][index])
        # A list that does not run parallel to the tokens would silently shift every later label.
        if len(values) != len(tokens):
            raise RuntimeError(f"{task}: {len(values)} results for the {len(tokens)} tokens of {text[:80]!r}")
        return values

    morph = of(Task.STEMMER)
    return Sentence(
        text=text,
        tokens=tuple(tokens),
        pos=of(Task.POS),
        ner=of(Task.NER),
        dep=of(Task.DEP),
        morph=morph,
        lemma=None if morph is None else tuple(map(lemma_of, morph)),
        sentiment=wanted[Task.SENTIMENT][index] if Task.SENTIMENT in wanted else None,
    )


def _stem(model: Any, texts: Sequence[str], tokens: Sequence[list[str]], given: Any) -> list[Any]:
    analyses: list[Any] = model.predict_batch(tokens, **given)
    return analyses


def _tag(model: Any, texts: Sequence[str], tokens: Sequence[list[str]], given: Any) -> list[Any]:
    return [[label for _, label in pairs] for pairs in model.predict_batch(tokens, **given)]


def _label_entities(model: Any, texts: Sequence[str], tokens: Sequence[list[str]], given: Any) -> list[Any]:
    labels: list[Any] = model.label_tokens(texts, tokens, **given)
    return labels


def _parse(model: Any, texts: Sequence[str], tokens: Sequence[list[str]], given: Any) -> list[Any]:
    arcs = model.predict_batch(tokens, **given)
    return [[(int(head), label) for _, _, head, label in sentence] for sentence in arcs]


def _score(model: Any, texts: Sequence[str], tokens: Sequence[list[str]], given: Any) -> list[Any]:
    return [float(score) for score in model.predict_proba_batch(texts, **given)]


_RUN: dict[Task, Callable[[Any, Sequence[str], Sequence[list[str]], Any], list[Any]]] = {
    Task.STEMMER: _stem,
    Task.POS: _tag,
    Task.NER: _label_entities,
    Task.DEP: _parse,
    Task.SENTIMENT: _score,
}
