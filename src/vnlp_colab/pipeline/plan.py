"""Which models run, in which order, and what each is handed by the others."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from difflib import get_close_matches

from vnlp_colab import catalog
from vnlp_colab.errors import InputError, ModelNotAvailable

DEFAULT_TASKS = ("stemmer", "pos", "ner", "dep", "sentiment")

# Names for the models of one generation.
PRESETS = {
    "classic": ("stemmer", "pos:TreeStackPoS", "ner:CharNER", "dep:TreeStackDP", "sentiment:GRUSentimentAnalyzer"),
    "spu": (
        "stemmer",
        "pos:SPUContextPoS",
        "ner:SPUContextNER",
        "dep:SPUContextDP",
        "sentiment:SPUCBiGRUSentimentAnalyzer",
    ),
    "context": ("pos:ContextPoS", "ner:ContextNER", "dep:ContextDP", "lemma:ContextLemma", "feats:ContextFeats"),
}

# The keyword under which a model takes what another one found.
_HANDED_AS = {catalog.Task.STEMMER: "morph", catalog.Task.POS: "pos"}


@dataclass(frozen=True, slots=True)
class Stage:
    """One model's place in a run.

    Attributes:
        name: The model.
        task: What it is for.
        given: ``(keyword, model)`` pairs: outputs of earlier stages that it is handed.
        wanted: Whether its output is part of the result; not so where it only serves another model.
    """

    name: str
    task: catalog.Task
    given: tuple[tuple[str, str], ...]
    wanted: bool


def make_plan(names: str | Iterable[str]) -> tuple[Stage, ...]:
    """Return the stages for the models that were asked for, each once and after what it needs.

    Args:
        names: Tasks (``"pos"``), tasks with a model (``"pos:TreeStackPoS"``), or presets (``"classic"``); one
            string may hold several, separated by commas.

    Raises:
        ModelNotAvailable: If a name is not known; the message lists the known ones.
        InputError: If two different models are asked for one task.
    """
    wanted: dict[str, catalog.Task] = {}
    for name in _expanded(names.split(",") if isinstance(names, str) else names):
        spec = _resolve(name)
        other = next((model for model, task in wanted.items() if task == spec[1] and model != spec[0]), None)
        if other is not None:
            raise InputError(f"{other} and {spec[0]} are both for {spec[1]!s}: choose one of them")
        wanted[spec[0]] = spec[1]
    return tuple(
        Stage(spec.name, spec.task, _given(spec), spec.name in wanted)
        for spec in catalog.closure(tuple(wanted))
        if spec.task is not None
    )


def known_names() -> tuple[str, ...]:
    """Return the names that ``make_plan`` takes: the tasks, the presets, then each task with each of its models.

    Siblings for evaluation (``"pos:SPUContextPoS-eval"``) and variants (``"pos:TreeStackPoS-fp16"``) are taken too,
    but not listed.
    """
    served = [spec for spec in catalog.models() if spec.task is not None and spec.variant_of is None]
    tasks = dict.fromkeys(str(spec.task) for spec in served)
    return (*tasks, *PRESETS, *(f"{spec.task}:{spec.name}" for spec in served))


def _expanded(names: Iterable[object]) -> Iterator[object]:
    for name in names:
        preset = PRESETS.get(name.strip()) if isinstance(name, str) else None
        yield from preset or (name,)


def _resolve(name: object) -> tuple[str, catalog.Task]:
    """Return the model that ``name`` stands for, and its task."""
    if isinstance(name, str):
        task, colon, model = name.strip().partition(":")
        if not colon and task in {*map(str, catalog.Task)}:
            model = catalog.default_for(task)
        model, precision = catalog.split_precision(model)
        for spec in catalog.models():
            if spec.task is not None and spec.task == task and model in (spec.name, spec.family):
                # Not every model has a variant.
                return spec.name if precision is None else catalog.model(f"{spec.name}-{precision}").name, spec.task
    raise ModelNotAvailable(f"there is no model {name!r}{_meant(name)}; known: {', '.join(known_names())}")


def _meant(name: object) -> str:
    """Return what somebody who wrote ``name`` is to write, or may have meant; empty if that cannot be told."""
    if not isinstance(name, str):
        return ""
    name = name.strip()
    task, _, model = name.rpartition(":")
    whole = catalog.find(model)
    if whole is not None and whole.task is not None:
        return f": {model} is for {whole.task}" if task else f": write '{whole.task}:{model}'"
    # By its model alone a name may be misspelt too, and in any case of letters.
    known = {model.rpartition(":")[2].lower(): model for model in known_names()}
    known |= {model.lower(): model for model in known.values()}
    near = get_close_matches(name.lower(), known, n=1, cutoff=0.7)
    return f": did you mean {known[near[0]]!r}?" if near else ""


def _given(spec: catalog.ModelSpec) -> tuple[tuple[str, str], ...]:
    """Return what ``spec`` is handed: the outputs of the models that it requires."""
    required = (catalog.model(name) for name in spec.requires)
    return tuple((_HANDED_AS[part.task], part.name) for part in required if part.task in _HANDED_AS)
