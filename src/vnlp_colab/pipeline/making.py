"""Making a pipeline's models."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from vnlp_colab import catalog
from vnlp_colab.catalog import Task
from vnlp_colab.errors import ModelNotAvailable
from vnlp_colab.pipeline.annotator import Annotator
from vnlp_colab.pipeline.identity import Loaded, factory_name, loaded, runtime
from vnlp_colab.pipeline.plan import Stage
from vnlp_colab.runtime.session import resolve_threads

ModelFactory = Callable[..., Any]
"""Called with a model's name and its class's keywords."""


def annotator(
    plan: Sequence[Stage],
    make: ModelFactory,
    options: dict[str, Any],
    own: dict[str, Any],
    probabilities: bool,
    expected: Mapping[str, str] | None = None,
) -> Annotator:
    """Load the models, in this process or in a worker.

    Args:
        plan: The models.
        make: Makes one.
        options: Keywords of all models' classes.
        own: Keywords of some: ``on_long`` and ``tree`` of parsers, ``style`` of the Context models.
        probabilities: Whether results have the probabilities of their labels too.
        expected: What must be loaded, as ``models_of`` gives it; ``None``: whatever is cached.

    Raises:
        ModelNotAvailable: If something else was loaded: rows would not all be of the same models.
    """

    def model_of(stage: Stage) -> Any:
        taken: tuple[str, ...] = ("on_long", "tree") if stage.task == Task.DEP else ()
        if catalog.model(stage.name).family is not None:
            taken += ("style",)
        return make(stage.name, **options, **{name: own[name] for name in taken})

    found = Annotator(plan, model_of, resolve_threads(options["threads"]), probabilities)
    if expected is not None and loaded(plan, options["device"]).models != expected:
        raise ModelNotAvailable("the models in the cache have changed since the pipeline was made: make it anew")
    return found


def made_of(found: Loaded, options: dict[str, Any]) -> dict[str, Any]:
    """Return what the results depend on; not by how many threads and processes they are found.

    Args:
        found: The models.
        options: The options.
    """
    return {"models": found.models, "options": options, "runtime": runtime(found.provider)}


def made_by(make: ModelFactory, plan: Sequence[Stage], device: str) -> Loaded:
    """Return what can be said of models that a factory makes: its name, and the device that it is asked for."""
    return Loaded({stage.name: factory_name(make) for stage in plan}, device)
