"""Runs the planned models over one batch, each once, and hands their outputs on."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from itertools import repeat
from typing import Any

from vnlp_colab.catalog import Task
from vnlp_colab.pipeline.chances import Chances, chances_of
from vnlp_colab.pipeline.limits import need_of
from vnlp_colab.pipeline.plan import Stage
from vnlp_colab.results import Sentence
from vnlp_colab.runtime.forking import WORK
from vnlp_colab.text.analyses import features_of, lemma_of
from vnlp_colab.text.tokenised import TokenisedText

# What each model gave, by its name: a list of results, one a text.
_Found = dict[str, list[Any]]


class Annotator:
    """The models of a plan, ready to run.

    Args:
        plan: The stages, in the order in which they run.
        make: Returns the model of a stage.
        threads: How many threads the models use. They divide the texts of a batch among them; where there are fewer
            texts than that, as when one sentence is waited for, models that do not depend on each other run side by
            side instead. With larger batches that makes no difference.
        probabilities: Whether results have the probabilities of their labels too, for about twice the time.
    """

    def __init__(
        self, plan: Sequence[Stage], make: Callable[[Stage], Any], threads: int = 1, probabilities: bool = False
    ) -> None:
        self.plan = tuple(plan)
        self.need = need_of(stage.name for stage in self.plan)
        self._probabilities = probabilities
        self._threads = threads
        with WORK.in_hand():
            self._models = {stage.name: make(stage) for stage in self.plan}

    def annotate(self, texts: Sequence[str], tokens: Sequence[list[str]]) -> list[Sentence]:
        """Annotate a batch.

        Args:
            texts: The texts; none of them is without tokens.
            tokens: The tokens of each.

        Returns:
            One result a text, in the same order.
        """
        with WORK.in_hand():
            found = (self._side_by_side if len(texts) < self._threads else self._in_turn)(texts, tokens)
            chances = self._chances(texts, tokens, found) if self._probabilities else repeat(None)
        wanted = {stage.task: found[stage.name] for stage in self.plan if stage.wanted}
        return [
            _sentence(texts[i], tokens[i], wanted, i, own) for i, own in zip(range(len(texts)), chances, strict=False)
        ]

    def _in_turn(self, texts: Sequence[str], tokens: Sequence[list[str]]) -> _Found:
        found: _Found = {}
        for stage in self.plan:
            found[stage.name] = self._run(stage, texts, tokens, found)
        return found

    def _side_by_side(self, texts: Sequence[str], tokens: Sequence[list[str]]) -> _Found:
        """Run each model as soon as it has what it is handed."""
        found: _Found = {}
        running: dict[Future[list[Any]], Stage] = {}
        waiting = list(self.plan)
        # A pool that lived on would not survive a fork; a new one costs a tenth of a millisecond.
        with ThreadPoolExecutor(self._threads, thread_name_prefix="vnlp-colab-model") as pool:
            while waiting or running:
                ready = [stage for stage in waiting if all(name in found for _, name in stage.given)]
                waiting = [stage for stage in waiting if stage not in ready]
                for stage in ready:
                    running[pool.submit(self._run, stage, texts, tokens, found)] = stage
                for future in wait(running, return_when=FIRST_COMPLETED).done:
                    found[running.pop(future).name] = future.result()
        return found

    def _run(self, stage: Stage, texts: Sequence[str], tokens: Sequence[list[str]], found: _Found) -> list[Any]:
        given = {keyword: found[name] for keyword, name in stage.given}
        return _RUN[stage.task](self._models[stage.name], texts, tokens, given)

    def _chances(self, texts: Sequence[str], tokens: Sequence[list[str]], found: _Found) -> list[Chances]:
        """Return the probabilities of every text's labels, by the name of what they are of."""
        result: list[Chances] = [{} for _ in texts]
        for stage in self.plan:
            if stage.wanted:
                given = {keyword: found[name] for keyword, name in stage.given}
                model, chosen = self._models[stage.name], found[stage.name]
                own = chances_of(stage.task, model, tokens, chosen, given, _covered(texts, tokens))
                for all_of_text, of_stage in zip(result, own, strict=True):
                    all_of_text.update(of_stage)
        return result

    def empty(self, text: str) -> Sentence:
        """Return the result for a text without tokens: empty lists, and nothing to say of its sentiment."""
        wanted: dict[Task, list[Any]] = {stage.task: [()] for stage in self.plan if stage.wanted}
        if Task.SENTIMENT in wanted:
            wanted[Task.SENTIMENT] = [None]
        return _sentence(text, [], wanted, 0, {} if self._probabilities else None)


def _sentence(
    text: str,
    tokens: Sequence[str],
    wanted: Mapping[Task, list[Any]],
    index: int,
    chances: Chances | None,
) -> Sentence:
    """Gather one text's share of the models' outputs."""

    def of(task: Task) -> tuple[Any, ...] | None:
        if task not in wanted:
            return None
        values = tuple(wanted[task][index])
        # A list that does not run parallel to the tokens would silently shift every later label.
        if len(values) != len(tokens):
            raise RuntimeError(f"{task}: {len(values)} results for the {len(tokens)} tokens of {text[:80]!r}")
        return values

    morph, lemma, feats = of(Task.STEMMER), of(Task.LEMMA), of(Task.FEATS)
    if morph is not None:
        lemma = tuple(map(lemma_of, morph)) if lemma is None else lemma
        feats = tuple(map(features_of, morph)) if feats is None else feats
    return Sentence(
        text=str(text),
        tokens=tuple(tokens),
        pos=of(Task.POS),
        ner=of(Task.NER),
        dep=of(Task.DEP),
        morph=morph,
        lemma=lemma,
        sentiment=wanted[Task.SENTIMENT][index] if Task.SENTIMENT in wanted else None,
        feats=feats,
        probabilities=chances,
        spans=text.spans if isinstance(text, TokenisedText) else (),
    )


def _stem(model: Any, texts: Sequence[str], tokens: Sequence[list[str]], given: Any) -> list[Any]:
    analyses: list[Any] = model.predict_batch(tokens, **given)
    return analyses


def _tag(model: Any, texts: Sequence[str], tokens: Sequence[list[str]], given: Any) -> list[Any]:
    return [[label for _, label in pairs] for pairs in model.predict_batch(tokens, **given)]


def _label_entities(model: Any, texts: Sequence[str], tokens: Sequence[list[str]], given: Any) -> list[Any]:
    labels: list[Any] = model.label_tokens(_covered(texts, tokens), tokens, **given)
    return labels


def _covered(texts: Sequence[str], tokens: Sequence[list[str]]) -> list[str]:
    """Return texts that are made of nothing but their tokens, which the words of multi-word tokens are not."""
    return [" ".join(own) if isinstance(text, TokenisedText) else text for text, own in zip(texts, tokens, strict=True)]


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
    Task.LEMMA: _tag,
    Task.FEATS: _tag,
}
