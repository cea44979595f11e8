"""Pipelines that are described in one process and made in others, such as the workers of a cluster."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, cast

import pyarrow as pa

from vnlp_colab import __version__
from vnlp_colab.errors import InputError
from vnlp_colab.pipeline import arrow, saved
from vnlp_colab.pipeline.columns import arrow_fields, check_free, result_columns
from vnlp_colab.pipeline.files import DEFAULT_TEXT_COLUMN
from vnlp_colab.pipeline.gate import RAISE, SKIP, Rules
from vnlp_colab.pipeline.limits import Limits
from vnlp_colab.pipeline.options import SAVED, check_models, check_name, check_options, check_path
from vnlp_colab.pipeline.pipeline import VNLPipeline
from vnlp_colab.pipeline.plan import make_plan
from vnlp_colab.pipeline.runner import check_batch_size
from vnlp_colab.results import Sentence

ERROR = "error"
"""The column that says why a row has no results."""

DEFAULT_MODELS = "context"
"""The models that come with the package: a worker needs no network for them."""


@dataclass(frozen=True)
class Recipe:
    """What pipelines elsewhere are made of. It is checked when it is made, and pickled to where it is needed.

    Attributes:
        models: What runs, as ``VNLPipeline`` takes it.
        config: A saved configuration instead, with the hashes of the files that its models must have.
        options: Keywords of ``VNLPipeline`` that results depend on.
        running: Its other keywords.
        batch_size: How many rows the models are handed at once.
        text_column: The column to annotate.
        row_id: A column that names rows, for errors.
        version: The package's version, which must be the same everywhere.
    """

    models: tuple[str, ...]
    config: saved.Configuration | None
    options: Mapping[str, Any]
    running: Mapping[str, Any]
    batch_size: int
    text_column: str
    row_id: str | None
    version: str = field(default=__version__, init=False)

    @property
    def columns(self) -> tuple[str, ...]:
        """The columns that the models fill."""
        return result_columns(make_plan(self.models))

    @property
    def skips(self) -> bool:
        """Whether rows that fail are left without results."""
        return bool(self.running["on_error"] == SKIP)

    def added(self, existing: Iterable[str]) -> pa.Schema:
        """Return the columns that a table with these columns gets.

        Raises:
            InputError: If one is there already; ``tokens`` may be, and must hold the same tokens.
        """
        names = set(existing)
        check_free(names, (*self.columns, ERROR) if self.skips else self.columns)
        fields = arrow_fields(name for name in self.columns if name not in names)
        return pa.schema([*fields, pa.field(ERROR, pa.string())] if self.skips else fields)

    def check(self, schema: pa.Schema) -> None:
        """Raise ``InputError`` if a table with these columns cannot be annotated."""
        arrow.check_text_column(schema, self.text_column)
        if self.row_id is not None and len(schema.get_all_field_indices(self.row_id)) != 1:
            names = ", ".join(schema.names)[:500]
            raise InputError(f"there is no such column, once, to name rows by: {names}", column=self.row_id)
        self.added(schema.names)

    def make(self, threads: int | None = None) -> VNLPipeline:
        """Make the pipeline, in this process.

        Args:
            threads: How many threads the models use; ``None``: as many as this process has CPUs.

        Raises:
            InputError: If this process has another version of the package.
            ModelNotAvailable: If a model cannot be had, or has not the files that the configuration names.
            OfflineError: If a model is not cached, and the network may not or cannot be used.
            DeviceError: If the device was asked for by name and cannot be used.
        """
        saved.check_version(self.version)
        if self.config is not None:
            saved.check_models(self.config, Path("the configuration"), accept_changed=False, progress=False)
        return VNLPipeline(self.models, **self.options, **self.running, threads=threads, progress=False)

    def annotate(self, pipeline: VNLPipeline, table: pa.Table) -> pa.Table:
        """Return some rows with the columns of ``added``, of which none is copied that the table has.

        Raises:
            InputError: If a column or a row is at fault.
            Exception: Whatever a model raised, with a note that names the row.
        """
        self.check(table.schema)
        rules = Rules(self.running["on_error"], self.running["limits"])
        try:
            texts = cast("list[str]", arrow.texts(table, self.text_column, rules))  # missing ones are taken too
            sentences = list(pipeline.annotate(texts, self.batch_size))
        except InputError as error:
            if error.row is None:
                raise
            where = f"{self._named(table, error.row)}, column {self.text_column!r}"
            raise InputError(f"{where}: {error.reason}") from error
        except Exception as error:
            # Whatever a model raises: its own note counts the rows of these.
            error.add_note(f"Row 0 of these is {self._named(table, 0)}.")
            raise
        found = arrow.annotated(table, sentences, self.columns)
        return found.append_column(pa.field(ERROR, pa.string()), _errors(sentences)) if self.skips else found

    def _named(self, table: pa.Table, row: int) -> str:
        if self.row_id is None:
            return f"row {row} of {table.num_rows} that a worker was handed (row_id= names a column to tell rows by)"
        return f"the row with {self.row_id} {table.column(self.row_id)[row].as_py()!r}"


def recipe(
    models: str | Iterable[str] | None = None,
    *,
    config: str | Path | None = None,
    style: str | None = None,
    tree: bool | None = None,
    on_long: str | None = None,
    device: str = "auto",
    on_error: str = RAISE,
    limits: Limits | None = None,
    batch_size: int = 64,
    text_column: str = DEFAULT_TEXT_COLUMN,
    row_id: str | None = None,
) -> Recipe:
    """Describe a pipeline; arguments that are ``None`` are ``VNLPipeline``'s defaults, or the configuration's.

    Raises:
        ModelNotAvailable: If a name is not known; the message lists the known ones.
        InputError: If another argument has a value that it cannot have, or contradicts the configuration.
    """
    given = {"style": style, "tree": tree, "on_long": on_long}
    options = {name: value for name, value in given.items() if value is not None}
    check_options({**options, "device": device, "on_error": on_error, "limits": limits})
    if models is not None:
        check_models("models", models)
    check_name("text_column", text_column, DEFAULT_TEXT_COLUMN)
    if row_id is not None:
        check_name("row_id", row_id, "id")
    check_batch_size(batch_size)
    found = None
    if config is not None:
        if models is not None or options:
            named = ", ".join((*(("models",) if models is not None else ()), *options))
            raise InputError(f"a configuration says what results depend on: leave out {named}")
        check_path("config", config)
        found = saved.load(Path(config), SAVED)
        models, options = found.names, dict(found.options)
    wanted = DEFAULT_MODELS if models is None else models
    names = tuple(f"{stage.task}:{stage.name}" for stage in make_plan(wanted) if stage.wanted)
    running = {"device": device, "on_error": on_error, "limits": limits or Limits()}
    return Recipe(names, found, options, running, batch_size, text_column, row_id)


def _errors(sentences: Iterable[Sentence]) -> pa.Array:
    """Return what became of each row: null, or the error's type and message."""
    failures = (sentence.failure for sentence in sentences)
    said = [None if failure is None else f"{failure.type}: {failure.message}" for failure in failures]
    return pa.array(said, pa.string())
