"""The models that a service has loaded, and batches through any choice of them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import lru_cache
from typing import Any, Protocol

from vnlp_colab.errors import InputError
from vnlp_colab.pipeline.limits import Limits
from vnlp_colab.pipeline.pipeline import VNLPipeline
from vnlp_colab.pipeline.plan import make_plan
from vnlp_colab.results import Sentence
from vnlp_colab.service.settings import Settings

# "task:model" names, in the order of the tasks.
Choice = tuple[str, ...]

# Pipelines of different choices share their models, and are small; still their number must have a bound.
_CHOICES_KEPT = 64


class Annotates(Protocol):
    """What a pipeline does for a service."""

    def annotate(self, texts: Sequence[str], batch_size: int) -> Any:
        """Return one ``Sentence`` a text."""


def models_of_tasks(names: Sequence[str]) -> dict[str, tuple[str, ...]]:
    """Return the models that are named for each task.

    Raises:
        ModelNotAvailable: A name is not known; the message lists the known ones.
    """
    found: dict[str, list[str]] = {}
    for name in names:
        for stage in make_plan(name.split(",")):
            if stage.wanted and stage.name not in found.setdefault(str(stage.task), []):
                found[str(stage.task)].append(stage.name)
    return {task: tuple(models) for task, models in found.items()}


class Models:
    """The models of a service. Making it checks the names; ``load`` loads the models.

    Args:
        settings: The service's settings.
        make: Makes a pipeline of ``task:model`` names.

    Attributes:
        tasks: The models of each task; the first is the task's default.

    Raises:
        ModelNotAvailable: A name is not known; the message lists the known ones.
    """

    def __init__(self, settings: Settings, make: Callable[[Choice], Annotates] | None = None) -> None:
        self.tasks = models_of_tasks(settings.models)
        self._options: dict[str, Any] = {
            **settings.options,
            "device": settings.device,
            "threads": settings.threads,
            "limits": Limits(characters=settings.max_characters, tokens=settings.max_tokens),
        }
        self._pipeline = lru_cache(_CHOICES_KEPT)(make or self._make)

    @property
    def names(self) -> tuple[str, ...]:
        """Every name that ``choose`` takes: the tasks, and each with each of its models."""
        return (*self.tasks, *(f"{task}:{model}" for task, models in self.tasks.items() for model in models))

    def load(self) -> None:
        """Load every model, and run each once, so that no request waits for what is done at first use.

        Raises:
            VNLPError: A model cannot be had or does not load.
        """
        for task, models in self.tasks.items():
            for model in models:
                self.annotate((f"{task}:{model}",), ["Merhaba dünya."])
        self.annotate(self.choose(None), ["Merhaba dünya."])

    def choose(self, names: Sequence[str] | None) -> Choice:
        """Return the models that a request asks for: ``None`` are all tasks, each with its default.

        Raises:
            InputError: A model is not loaded, or two are asked for one task; the message lists what there is.
        """
        chosen: dict[str, str] = {}
        for name in self.tasks if names is None else names:
            task, _, model = name.partition(":")
            loaded = self.tasks.get(task, ())
            if not loaded or (model and model not in loaded):
                raise InputError(f"the model {name!r} is not loaded here; loaded are: {', '.join(self.names)}")
            model = model or loaded[0]
            if chosen.setdefault(task, model) != model:
                raise InputError(f"{chosen[task]} and {model} are both for {task}: choose one of them")
        return tuple(f"{task}:{chosen[task]}" for task in self.tasks if task in chosen)

    def annotate(self, choice: Choice, texts: list[str]) -> list[Sentence]:
        """Return one result a text."""
        return list(self._pipeline(choice).annotate(texts, len(texts)))

    def _make(self, choice: Choice) -> Annotates:
        return VNLPipeline(choice, progress=False, loader="none", **self._options)
