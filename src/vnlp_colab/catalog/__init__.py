"""The one table of models: what they are built from, with sizes, hashes, licences and origins."""

from __future__ import annotations

from vnlp_colab.catalog.entries import DEFAULTS, MODELS
from vnlp_colab.catalog.files import BUCKET, WEIGHTS, WHEELS
from vnlp_colab.catalog.precision import FP16, PRECISIONS, find_variant, split_precision, variants_of, with_precision
from vnlp_colab.catalog.spec import (
    EVAL_SUFFIX,
    Agreement,
    Bundled,
    Member,
    ModelSpec,
    Pinned,
    Source,
    Task,
    WeightFile,
    Wheel,
)
from vnlp_colab.errors import ModelNotAvailable

__all__ = [
    "BUCKET",
    "EVAL_SUFFIX",
    "FP16",
    "PRECISIONS",
    "WEIGHTS",
    "WHEELS",
    "Agreement",
    "Bundled",
    "Member",
    "ModelSpec",
    "Pinned",
    "Source",
    "Task",
    "WeightFile",
    "Wheel",
    "closure",
    "comes_along",
    "default_for",
    "find",
    "model",
    "models",
    "split_precision",
    "variants",
    "wheel",
    "with_precision",
]

_BY_NAME = {spec.name: spec for spec in MODELS}


def models() -> tuple[ModelSpec, ...]:
    """Return every model, in the table's order."""
    return MODELS


def find(name: str) -> ModelSpec | None:
    """Return the model or the variant called ``name``, if there is one."""
    return _BY_NAME.get(name) or find_variant(name, _BY_NAME)


def variants(spec: ModelSpec) -> tuple[ModelSpec, ...]:
    """Return the variants of a model of the table; they are no rows of it."""
    return variants_of(spec, _BY_NAME)


def model(name: str) -> ModelSpec:
    """Return the model or the variant called ``name``.

    Raises:
        ModelNotAvailable: If there is none; the message lists the models that there are.
    """
    spec = find(name)
    if spec is None:
        raise ModelNotAvailable(f"there is no model {name!r}; known models: {', '.join(_BY_NAME)}")
    return spec


def closure(names: list[str] | tuple[str, ...]) -> tuple[ModelSpec, ...]:
    """Return the named models and all that they require, each once, what is required first.

    Raises:
        ModelNotAvailable: If a name is not in the table.
    """
    found: dict[str, ModelSpec] = {}

    def visit(name: str) -> None:
        if name not in found:
            spec = model(name)
            for required in spec.requires:
                visit(required)
            found[name] = spec

    for name in names:
        visit(name)
    return tuple(found.values())


def default_for(task: str) -> str:
    """Return the name of the model that serves ``task`` where none is named.

    Raises:
        ModelNotAvailable: If there is no such task; the message lists those that there are.
    """
    if task not in (*Task,):
        raise ModelNotAvailable(f"there is no task {task!r}; known tasks: {', '.join(Task)}")
    return DEFAULTS[Task(task)]


def comes_along(name: str) -> bool:
    """Tell whether a model and all that it requires come with this package, so that nothing need be fetched.

    Raises:
        ModelNotAvailable: If there is no such model.
    """
    return all(isinstance(source, Bundled) for spec in closure((name,)) for _, source in spec.sources)


def wheel(version: str) -> Wheel:
    """Return the pinned wheel of ``version``.

    Raises:
        ModelNotAvailable: If that version is not pinned.
    """
    for pinned in WHEELS:
        if pinned.version == version:
            return pinned
    known = ", ".join(pinned.version for pinned in WHEELS)
    raise ModelNotAvailable(f"no wheel of version {version!r} is pinned; pinned versions: {known}")
