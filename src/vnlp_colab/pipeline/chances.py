"""How probable models held the labels that they gave: a second pass, run only where it was asked for."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from vnlp_colab.catalog import Task
from vnlp_colab.errors import InputError

Tokens = Sequence[list[str]]
Chances = dict[str, tuple[float, ...]]
_Array = npt.NDArray[np.floating]


def chances_of(
    task: Task, model: Any, tokens: Tokens, chosen: Sequence[Any], given: Mapping[str, Any], texts: Sequence[str]
) -> list[Chances]:
    """Return the probability of each label that a model chose.

    Args:
        task: What the model is for; sentiment has none, being a probability itself.
        model: The model.
        tokens: Token lists.
        chosen: What it gave for each.
        given: What it was handed besides the tokens.
        texts: The texts that the tokens are of.

    Returns:
        For each token list the probabilities of its labels by name: ``head`` and ``deprel`` for the parser, else that
        of the task's column. A sentence longer than what a parser reads at once has none for its parse: each of its
        windows has probabilities of its own.
    """
    if task not in _OF:
        return [{} for _ in tokens]
    return _OF[task](model, tokens, chosen, given, texts)


def _of_labels(name: str) -> Callable[..., list[Chances]]:
    """A label is its row's most probable one."""

    def run(model: Any, tokens: Tokens, chosen: Any, given: Mapping[str, Any], texts: Any) -> list[Chances]:
        return [{name: _floats(rows.max(axis=1))} for rows in model.predict_proba_batch(tokens, **given)]

    return run


def _of_features(model: Any, tokens: Tokens, chosen: Any, given: Mapping[str, Any], texts: Any) -> list[Chances]:
    """Every feature is chosen for itself, so that all of them are right with the product of their probabilities."""
    names = [label.split("=")[0] for label in model.labels]
    starts = [place for place, name in enumerate(names) if place == 0 or name != names[place - 1]]
    found = model.predict_proba_batch(tokens, **given)
    return [{"feats": _floats(np.maximum.reduceat(rows, starts, axis=1).prod(axis=1))} for rows in found]


def _of_analyses(model: Any, tokens: Tokens, chosen: Any, given: Mapping[str, Any], texts: Any) -> list[Chances]:
    """The network has ten places for candidates; only those that are taken count."""
    result = []
    for words, rows in zip(tokens, model.predict_proba_batch(tokens, **given), strict=True):
        real = [row[: max(1, len(model.candidates(word)))] for word, row in zip(words, rows, strict=True)]
        result.append({"morph": tuple(float(row.max() / row.sum()) for row in real)})
    return result


def _of_entities(
    model: Any, tokens: Tokens, chosen: Sequence[Sequence[str]], given: Mapping[str, Any], texts: Sequence[str]
) -> list[Chances]:
    """Where the model tells first tokens from others and its labels here do not, both count."""
    if hasattr(model, "score_tokens"):
        return [{"ner": tuple(row)} for row in model.score_tokens(texts, tokens)]
    names = getattr(model, "labels", None)
    if names is None:
        return _of_labels("ner")(model, tokens, chosen, given, texts)
    result = []
    for labels, rows in zip(chosen, model.predict_proba_batch(tokens, **given), strict=True):
        columns = [[name in (label, "B-" + label, "I-" + label) for name in names] for label in labels]
        result.append({"ner": _floats((rows * np.array(columns).reshape(rows.shape)).sum(axis=1))})
    return result


def _of_arcs(
    model: Any, tokens: Tokens, chosen: Sequence[Sequence[tuple[int, str]]], given: Mapping[str, Any], texts: Any
) -> list[Chances]:
    names = list(model.labels)
    result: list[Chances] = []
    for arcs, rows in zip(chosen, _parsed(model, tokens, given), strict=True):
        if rows is None:
            result.append({})
            continue
        heads, relations = rows[:, : rows.shape[1] - len(names)], rows[:, rows.shape[1] - len(names) :]
        every = np.arange(len(arcs))
        result.append(
            {
                "head": _floats(heads[every, [head for head, _ in arcs]]),
                "deprel": _floats(relations[every, [names.index(label) for _, label in arcs]]),
            }
        )
    return result


def _parsed(model: Any, tokens: Tokens, given: Mapping[str, Any]) -> list[_Array | None]:
    """Return a parser's probabilities; ``None`` for a sentence of several windows."""
    try:
        return list(model.predict_proba_batch(tokens, **given))
    except InputError:
        if len(tokens) == 1:
            return [None]
    parts = [{name: [values[row]] for name, values in given.items()} for row in range(len(tokens))]
    return [_parsed(model, [words], part)[0] for words, part in zip(tokens, parts, strict=True)]


def _floats(values: _Array) -> tuple[float, ...]:
    return tuple(values.tolist())


_OF: dict[Task, Callable[..., list[Chances]]] = {
    Task.STEMMER: _of_analyses,
    Task.POS: _of_labels("pos"),
    Task.NER: _of_entities,
    Task.DEP: _of_arcs,
    Task.LEMMA: _of_labels("lemma"),
    Task.FEATS: _of_features,
}
