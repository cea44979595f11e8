"""What models a run is made of."""

from __future__ import annotations

import contextlib
import json
import sys
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from importlib import metadata
from typing import TYPE_CHECKING, Any, NamedTuple

from vnlp_colab import catalog
from vnlp_colab.errors import ModelNotAvailable
from vnlp_colab.models.loading import opened
from vnlp_colab.pipeline.plan import Stage
from vnlp_colab.pipeline.source import AroundSource, Source
from vnlp_colab.store.bundles import cached

if TYPE_CHECKING:
    import pyarrow as pa

METADATA = b"vnlp_colab"
"""The key of a Parquet file's metadata under which stands, as JSON, what its annotation was made by."""


def models_of(plan: Sequence[Stage]) -> dict[str, str]:
    """Return every model that a plan runs or reads, by name, with what tells its weights from any others'.

    The one place that answers "what models is this run made of": equal answers mean equal files, byte for byte.

    Returns:
        Name to hex digest over the names and hashes of the model's files, in the order in which they are loaded; a
        model that is not cached, as where a ``model_factory`` makes it, has the empty string.
    """
    return {spec.name: _digest(spec) for spec in catalog.closure(tuple(stage.name for stage in plan))}


class Loaded(NamedTuple):
    """What models a process has loaded.

    Attributes:
        models: As ``models_of`` gives them, of the files that were loaded, whatever the cache holds now.
        provider: The execution provider of their sessions; several if it is not the same for all.
    """

    models: dict[str, str]
    provider: str


def loaded(plan: Sequence[Stage], device: str) -> Loaded:
    """Return what this process has loaded for a plan.

    Args:
        plan: The models.
        device: The device that was asked for.

    Raises:
        ModelNotAvailable: If what is loaded of a model cannot be told.
    """
    models, providers = {}, set()
    for spec in catalog.closure(tuple(stage.name for stage in plan)):
        found = opened(spec.name, device)
        models[spec.name] = _digest(spec) if found is None else found.digest
        providers |= set() if found is None else found.providers
        if not models[spec.name]:
            raise ModelNotAvailable(
                f"the files of {spec.name} have gone from the cache while it was being loaded: start again"
            )
    return Loaded(models, ", ".join(sorted(providers)) or "none")


def runtime(provider: str) -> dict[str, str | None]:
    """Return what else than the models and the options results, and the bytes of files with them, depend on."""
    versions = {name: _version(name) for name in ("onnxruntime", "numpy", "pyarrow")}
    # A Python has its tables of Unicode, by which texts are tokenised.
    return {"provider": provider, "python": f"{sys.version_info[0]}.{sys.version_info[1]}", **versions}


def factory_name(factory: Callable[..., Any]) -> str:
    """Return what a factory of models is called: what it makes cannot be told from outside."""
    while isinstance(factory, partial):
        factory = factory.func
    named = factory if hasattr(factory, "__qualname__") else type(factory)
    return f"made by {named.__module__}.{named.__qualname__}"


def _version(name: str) -> str | None:
    """Return the version of a library that this process has imported, or would import; ``None`` without one."""
    module = sys.modules.get(name)
    if module is not None:
        return str(module.__version__)
    for distribution in (name, f"{name}-gpu"):
        with contextlib.suppress(metadata.PackageNotFoundError):
            return metadata.version(distribution)
    return None


def _digest(spec: catalog.ModelSpec) -> str:
    bundle = cached(spec)
    return "" if bundle is None else bundle.digest


class Described(AroundSource):
    """A table whose schema says what annotates it, so that a format that keeps metadata (Parquet) hands it on.

    Args:
        source: The table.
        made_of: The models with their digests, and the options that results depend on.
    """

    def __init__(self, source: Source, made_of: Mapping[str, Any]) -> None:
        super().__init__(source)
        self._made_of = made_of

    def schema(self) -> pa.Schema:
        """Return the Arrow types of the columns, and the metadata."""
        schema = super().schema()
        added = {METADATA: json.dumps(self._made_of, sort_keys=True).encode()}
        return schema.with_metadata({**(schema.metadata or {}), **added})
