"""What models a run is made of."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from vnlp_colab import catalog
from vnlp_colab.pipeline.plan import Stage
from vnlp_colab.pipeline.source import Chunk, Source
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


def _digest(spec: catalog.ModelSpec) -> str:
    bundle = cached(spec)
    return "" if bundle is None else bundle.digest


class Described:
    """A table whose schema says what annotates it, so that a format that keeps metadata (Parquet) hands it on.

    Args:
        source: The table.
        made_of: The models with their digests, and the options that results depend on.
    """

    def __init__(self, source: Source, made_of: Mapping[str, Any]) -> None:
        self._source = source
        self._made_of = made_of
        self.columns = source.columns
        self.text_column = source.text_column
        self.length = source.length

    @property
    def path(self) -> Path | None:
        """The file, or ``None``."""
        return self._source.path

    def chunks(self, size: int) -> Iterator[Chunk]:
        """Yield the rows, ``size`` at a time."""
        return self._source.chunks(size)

    def schema(self) -> pa.Schema:
        """Return the Arrow types of the columns, and the metadata."""
        schema = self._source.schema()
        added = {METADATA: json.dumps(self._made_of, sort_keys=True).encode()}
        return schema.with_metadata({**(schema.metadata or {}), **added})
