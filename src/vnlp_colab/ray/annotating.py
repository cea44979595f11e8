"""Datasets of Ray Data through a pool of actors."""

from __future__ import annotations

import logging
import math
import warnings
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
from vnlp_colab.pipeline.options import check_number
from vnlp_colab.pipeline.recipe import Recipe
from vnlp_colab.pipeline.recipe import recipe as described
from vnlp_colab.ray.actor import Annotator

_LOG = logging.getLogger("vnlp_colab")

ROWS_PER_BLOCK = 8192
"""Some ten seconds of work for one core: little to do anew, and much beside what a task costs Ray."""


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
    rows_per_block: int = ROWS_PER_BLOCK,
    on_error: str = RAISE,
    limits: Limits | None = None,
    config: str | Path | None = None,
    style: str | None = None,
    tree: bool | None = None,
    on_long: str | None = None,
    max_task_retries: int = 10,
    ray_options: Mapping[str, Any] | None = None,
) -> Dataset:
    """Return a dataset with the annotation of a text column: ``tokens`` and the columns of the models.

    Like all of Ray Data it is lazy: the work is done when the result is written or read. Where Ray does not know a
    dataset's columns yet, as after ``map``, it runs what comes before on one row to learn them. Rows go from block to
    block without a shuffle. Ray keeps the order of rows in a block, and that of blocks only with
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
        rows_per_block: How many rows an actor is handed at once: what is done anew if it dies.
        on_error: What becomes of a row that cannot be annotated: ``"raise"`` ends the run with an error that names it;
            ``"skip"`` leaves it without results, and a column ``error`` says why.
        limits: How large texts and batches may be; ``None``: ``Limits()``.
        config: Instead of ``models``, ``style``, ``tree`` and ``on_long``: a file that ``VNLPipeline.save_config``
            wrote. Each actor checks that its node has the very files of the models.
        style: The treebank whose annotation the Context models imitate; ``None``: ``VNLPipeline``'s default.
        tree: Whether parses are always trees; ``None``: ``VNLPipeline``'s default.
        on_long: What the parser does with a sentence too long for it; ``None``: ``VNLPipeline``'s default.
        max_task_retries: How often rows whose actor or node died are handed to one again; a death may count twice. With
            Ray's own default, without end, a row that kills its process would keep the run going for ever.
        ray_options: More keywords of ``Dataset.map_batches``: ``memory``, ``resources``, ``accelerator_type``,
            ``label_selector``, ``runtime_env``.

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
    check_number("rows_per_block", rows_per_block, 1)
    check_number("max_task_retries", max_task_retries, 0)
    actors = {"compute": _pool(concurrency), **_resources(num_cpus, num_gpus, device)}
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
    # Streaming, not a shuffle: blocks are cut where they are.
    blocks = _checked(dataset, wanted).repartition(target_num_rows_per_block=rows_per_block)
    _tell_of_room(concurrency, num_cpus)
    with warnings.catch_warnings():
        # Ray means to take max_task_retries away in 2.64, which the extra therefore excludes: nothing replaces it yet.
        warnings.filterwarnings("ignore", "`ray_remote_args` is deprecated")
        return blocks.map_batches(
            Annotator,
            fn_constructor_kwargs={"recipe": wanted, "threads": max(1, math.floor(num_cpus))},
            batch_format="pyarrow",
            batch_size=rows_per_block,
            max_task_retries=max_task_retries,
            **actors,
            **(ray_options or {}),
        )


def _checked(dataset: Dataset, recipe: Recipe) -> Dataset:
    """Check a dataset's columns, as far as they are known, and give it row ids if it has none."""
    schema = dataset.schema()
    found = None if schema is None else schema.base_schema
    added = recipe.row_id is not None and (schema is None or recipe.row_id not in schema.names)
    # It is no Arrow schema where blocks are frames of pandas.
    if isinstance(found, pa.Schema):
        recipe.check(found.append(pa.field(recipe.row_id, pa.int64())) if added else found)
    return dataset.with_column(recipe.row_id, monotonically_increasing_id()) if added else dataset


def _pool(concurrency: int | tuple[int, int] | None) -> ActorPoolStrategy:
    if concurrency is None:
        return ActorPoolStrategy(min_size=1)
    if isinstance(concurrency, tuple):
        if len(concurrency) != 2 or not 1 <= concurrency[0] <= concurrency[1]:
            raise InputError(f"concurrency must be a number of actors, or the least and the most, not {concurrency!r}")
        return ActorPoolStrategy(min_size=concurrency[0], max_size=concurrency[1])
    check_number("concurrency", concurrency, 1)
    return ActorPoolStrategy(size=concurrency)


def _resources(num_cpus: float, num_gpus: float, device: str | None) -> dict[str, float | None]:
    """Return what an actor reserves, as Ray takes it."""
    if not _is_number(num_cpus) or num_cpus <= 0:
        raise InputError(f"num_cpus must be a number above 0, not {num_cpus!r}")
    if not _is_number(num_gpus) or num_gpus < 0:
        raise InputError(f"num_gpus must be a number of at least 0, not {num_gpus!r}")
    if device == "cuda" and not num_gpus:
        raise InputError(
            "device='cuda' without num_gpus: Ray hides the GPUs from actors that reserve none; set num_gpus=1, or a "
            "part of 1 for each of several actors on a GPU"
        )
    return {"num_cpus": num_cpus, "num_gpus": num_gpus or None}


def _is_number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _tell_of_room(concurrency: int | tuple[int, int] | None, num_cpus: float) -> None:
    """Warn if the actors leave no CPU to the tasks that feed them: the run would wait for ever."""
    least = concurrency[0] if isinstance(concurrency, tuple) else concurrency or 1
    cpus = ray.cluster_resources().get("CPU", 0.0)
    if least * num_cpus > cpus - 1:
        _LOG.warning(
            "%d actors with num_cpus=%g leave less than one of the cluster's %g CPUs to Ray's tasks that read and "
            "write: unless nodes are added, the run waits for ever. Ask for fewer actors or a smaller num_cpus",
            least,
            num_cpus,
            cpus,
        )
