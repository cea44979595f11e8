"""Datasets of Ray Data through a pool of actors."""

from __future__ import annotations

import logging
import math
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import pyarrow as pa
import ray
from ray.data import ActorPoolStrategy, Dataset
from ray.data.expressions import monotonically_increasing_id

from vnlp_colab.errors import InputError
from vnlp_colab.pipeline.files import DEFAULT_TEXT_COLUMN
from vnlp_colab.pipeline.gate import RAISE
from vnlp_colab.pipeline.limits import Limits
from vnlp_colab.pipeline.making import check_number
from vnlp_colab.pipeline.recipe import Recipe
from vnlp_colab.pipeline.recipe import recipe as described
from vnlp_colab.ray.actor import Annotator

_LOG = logging.getLogger("vnlp_colab")

ROWS_PER_BLOCK = 8192
"""Some ten seconds of work for one core: little to do anew, and much beside what a task costs Ray."""

# How often Ray may hand the same rows to an actor again. Without a bound, a row that kills its process (no memory is
# left, a fault in a library) would keep the run going for ever.
_RETRIES = 5


def annotate(
    dataset: Dataset,
    models: str | Iterable[str] | None = None,
    *,
    text_column: str = DEFAULT_TEXT_COLUMN,
    row_id: str | None = None,
    concurrency: int | tuple[int, int] | None = None,
    num_cpus: float = 1,
    num_gpus: float = 0,
    device: str | None = None,
    batch_size: int = 64,
    rows_per_block: int | None = ROWS_PER_BLOCK,
    on_error: str = RAISE,
    limits: Limits | None = None,
    config: str | Path | None = None,
    style: str | None = None,
    tree: bool | None = None,
    on_long: str | None = None,
    ray_remote_args: Mapping[str, Any] | None = None,
) -> Dataset:
    """Return a dataset with the annotation of a text column: ``tokens`` and the columns of the models.

    Like all of Ray Data it is lazy: the work is done when the result is written or read. Rows go from block to block
    without a shuffle. Ray keeps the order of rows in a block, and that of blocks only with
    ``DataContext.execution_options.preserve_order``: ``row_id`` is the way to know a row again.

    Args:
        dataset: The dataset.
        models: What runs, as ``VNLPipeline`` takes it; default: ``"context"``, the models that come with the package,
            for which no node needs a network.
        text_column: The column to annotate.
        row_id: A column that names rows. If the dataset has it, it stays, and errors name rows by it; else it is
            added: whole numbers that are unique, rise within a block, and have gaps between blocks.
        concurrency: How many actors, or the least and the most of them; ``None``: from one up to as many as there is
            room for. Leave a CPU to Ray's own tasks that read and write.
        num_cpus: CPUs that each actor reserves, and as many threads as its models use.
        num_gpus: GPUs that each actor reserves; a part of one lets several actors share it.
        device: ``"cpu"``, ``"cuda"``, or ``"auto"``: CUDA if it loads; ``None``: ``"cuda"`` where GPUs are reserved,
            else ``"cpu"``.
        batch_size: How many rows the models are handed at once. Results do not depend on it.
        rows_per_block: How many rows an actor is handed at once, at most: what is done anew if it dies. ``None``
            leaves the dataset's blocks as they are.
        on_error: What becomes of a row that cannot be annotated: ``"raise"`` ends the run with an error that names it;
            ``"skip"`` leaves it without results, and a column ``error`` says why.
        limits: How large texts and batches may be; ``None``: ``Limits()``.
        config: Instead of ``models``, ``style``, ``tree`` and ``on_long``: a file that ``VNLPipeline.save_config``
            wrote. Each actor checks that its node has the very files of the models.
        style: The treebank whose annotation the Context models imitate; ``None``: ``VNLPipeline``'s default.
        tree: Whether parses are always trees; ``None``: ``VNLPipeline``'s default.
        on_long: What the parser does with a sentence too long for it; ``None``: ``VNLPipeline``'s default.
        ray_remote_args: More of what Ray asks of actors: ``{"memory": ..., "accelerator_type": ..., "runtime_env":
            ..., "max_task_retries": ...}``. Rows over which an actor dies are tried five times more by default.

    Raises:
        ModelNotAvailable: If a model is not known.
        InputError: If an argument has a value that it cannot have, there is no such column, or it is not of text.
            What an actor raises, Ray raises again where the result is used, as a ``ray.exceptions.RayTaskError``.

    Example:
        >>> import ray, vnlp_colab.ray  # doctest: +SKIP
        >>> found = vnlp_colab.ray.annotate(ray.data.read_parquet("in"), "pos,dep", concurrency=8)  # doctest: +SKIP
        >>> found.write_parquet("out")  # doctest: +SKIP
    """
    if not isinstance(dataset, Dataset):
        raise InputError(f"expected a ray.data.Dataset, found {type(dataset).__name__}: see ray.data.read_parquet")
    compute = _pool(concurrency)
    _check_resources(num_cpus, num_gpus, device)
    check_number("rows_per_block", rows_per_block, 1)
    wanted = described(
        models,
        config=config,
        style=style,
        tree=tree,
        on_long=on_long,
        device=device or ("cuda" if num_gpus else "cpu"),
        on_error=on_error,
        limits=limits,
        batch_size=batch_size,
        text_column=text_column,
        row_id=row_id,
    )
    prepared = _prepared(dataset, wanted, rows_per_block)
    _tell_of_room(concurrency, num_cpus)
    return prepared.map_batches(
        Annotator,
        fn_constructor_kwargs={"recipe": wanted, "threads": max(1, math.floor(num_cpus))},
        batch_format="pyarrow",
        batch_size=rows_per_block or ROWS_PER_BLOCK,
        compute=compute,
        num_cpus=num_cpus,
        num_gpus=num_gpus or None,
        **{"max_task_retries": _RETRIES, **(ray_remote_args or {})},
    )


def _prepared(dataset: Dataset, recipe: Recipe, rows_per_block: int | None) -> Dataset:
    """Check a dataset's columns, give it row ids if it has none, and cut its blocks."""
    schema = dataset.schema()
    # It is no Arrow schema where blocks are frames of pandas; what is empty may have none at all.
    names = [] if schema is None else list(schema.names)
    if recipe.row_id is not None and recipe.row_id not in names:
        dataset = dataset.with_column(recipe.row_id, monotonically_increasing_id())
    if schema is not None and isinstance(schema.base_schema, pa.Schema):
        found = schema.base_schema
        missing = recipe.row_id is not None and recipe.row_id not in names
        recipe.check(found.append(pa.field(recipe.row_id, pa.int64())) if missing else found)
    if rows_per_block is not None:
        # Streaming, not a shuffle: blocks are cut where they are.
        dataset = dataset.repartition(target_num_rows_per_block=rows_per_block)
    return dataset


def _pool(concurrency: int | tuple[int, int] | None) -> ActorPoolStrategy:
    if concurrency is None:
        return ActorPoolStrategy(min_size=1)
    if isinstance(concurrency, tuple):
        if len(concurrency) != 2 or not 1 <= concurrency[0] <= concurrency[1]:
            raise InputError(f"concurrency must be a number of actors, or the least and the most, not {concurrency!r}")
        return ActorPoolStrategy(min_size=concurrency[0], max_size=concurrency[1])
    check_number("concurrency", concurrency, 1)
    return ActorPoolStrategy(size=concurrency)


def _check_resources(num_cpus: float, num_gpus: float, device: str | None) -> None:
    for name, value, least in (("num_cpus", num_cpus, "above 0"), ("num_gpus", num_gpus, "0 or more")):
        if (
            isinstance(value, bool)
            or not isinstance(value, int | float)
            or value < 0
            or (not value and name == "num_cpus")
        ):
            raise InputError(f"{name} must be a number {least}, not {value!r}")
    if device == "cuda" and not num_gpus:
        raise InputError(
            "device='cuda' without num_gpus: Ray hides the GPUs from actors that reserve none; set num_gpus=1, or a "
            "part of 1 for each of several actors on a GPU"
        )


def _tell_of_room(concurrency: int | tuple[int, int] | None, num_cpus: float) -> None:
    """Warn if the actors leave no CPU to the tasks that feed them: the run would wait for ever."""
    least = concurrency[0] if isinstance(concurrency, tuple) else concurrency or 1
    cpus = ray.cluster_resources().get("CPU", 0.0)
    if least * num_cpus > cpus - 1:
        _LOG.warning(
            "%d actors with num_cpus=%s leave less than one of the cluster's %s CPUs to Ray's tasks that read and "
            "write: unless nodes are added, the run waits for ever. Ask for fewer actors or a smaller num_cpus",
            least,
            f"{num_cpus:g}",
            f"{cpus:g}",
        )
