"""Making models by their names in the catalog.

Classes are named, not imported, so that importing this module costs nothing and architectures that need one another
(a tagger its stemmer) need not import one another.
"""

from __future__ import annotations

from importlib import import_module
from inspect import signature
from typing import Any

from vnlp_colab import catalog
from vnlp_colab.errors import InputError, ModelNotAvailable

CLASSES = {
    "SPUContextPoS": "vnlp_colab.models.spu_context",
    "SPUContextNER": "vnlp_colab.models.spu_context",
    "SPUContextDP": "vnlp_colab.models.spu_context",
    "SPUCBiGRUSentimentAnalyzer": "vnlp_colab.models.spu_bigru",
    "StemmerAnalyzer": "vnlp_colab.models.morphology",
    "TreeStackPoS": "vnlp_colab.models.tree_stack",
    "TreeStackDP": "vnlp_colab.models.tree_stack",
    "CharNER": "vnlp_colab.models.char_ner",
    "GRUSentimentAnalyzer": "vnlp_colab.models.sentiment",
    **dict.fromkeys(
        ("ContextPoS", "ContextNER", "ContextDP", "ContextLemma", "ContextFeats"), "vnlp_colab.models.shared_context"
    ),
}


def create(name: str, **options: Any) -> Any:
    """Make a model.

    Args:
        name: Its name in the catalog, which is its class's name too; a sibling for evaluation is its class with
            ``evaluate=True``, and a variant its class with a ``precision``.
        options: The class's keywords (``device``, ``threads``, ...).

    Raises:
        ModelNotAvailable: There is no such model; the message lists those that there are.
        InputError: It has no such option; the message lists those that it has.
    """
    plain, precision = catalog.split_precision(name)
    if precision is not None:
        catalog.model(name)  # not every model has one
        name, options = plain, options | {"precision": precision}
    if name.endswith(catalog.EVAL_SUFFIX):
        name, options = name.removesuffix(catalog.EVAL_SUFFIX), options | {"evaluate": True}
    module = CLASSES.get(name)
    if module is None:
        raise ModelNotAvailable(f"there is no model {name!r}; known models: {', '.join(CLASSES)}")
    made = getattr(import_module(module), name)
    own = list(signature(made).parameters)
    for option in options:
        if option not in own:
            raise InputError(f"the model {name} has no option {option!r}; its options: {', '.join(own)}")
    return made(**options)


def create_for(task: str, name: str | None, *, evaluate: bool = False, **options: Any) -> Any:
    """Make a model of a task.

    Args:
        task: The task.
        name: Its name, or the task's default if ``None``.
        evaluate: Make its sibling for evaluation.
        options: The class's keywords.

    Raises:
        ModelNotAvailable: There is no such model, or it is for another task.
        InputError: It has no such option; the message lists those that it has.
    """
    chosen, precision = catalog.split_precision(catalog.default_for(task) if name is None else name)
    if evaluate and not chosen.endswith(catalog.EVAL_SUFFIX):
        chosen = name = chosen + catalog.EVAL_SUFFIX
    known = [spec for spec in catalog.models() if spec.task == task]
    for spec in known:
        if chosen in (spec.name, spec.family):
            return create(catalog.with_precision(spec.name, precision), **options)
    names = ", ".join(spec.name for spec in known)
    raise ModelNotAvailable(f"there is no {task} model {name!r}; known {task} models: {names}")
