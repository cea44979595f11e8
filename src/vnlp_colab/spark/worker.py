"""What runs in Spark's Python workers."""

from __future__ import annotations

import pickle
from collections.abc import Iterator
from functools import lru_cache
from typing import TYPE_CHECKING

import pyarrow as pa
from pyspark import TaskContext

from vnlp_colab.pipeline.columns import TOKENS
from vnlp_colab.pipeline.pipeline import VNLPipeline
from vnlp_colab.pipeline.recipe import Recipe

if TYPE_CHECKING:
    from vnlp_colab.pipeline.frame import DataFrame


@lru_cache(maxsize=8)
def loaded(described: bytes, threads: int) -> tuple[Recipe, VNLPipeline]:
    """Load the models, once in the life of a worker: Spark hands it task after task (spark.python.worker.reuse).

    Args:
        described: The recipe, pickled.
        threads: How many threads the models use.

    Raises:
        InputError: If another version of the package is installed here.
        ModelNotAvailable: If a model cannot be had here, or has other files than the configuration names.
        OfflineError: If a model is not cached here, and the network may not or cannot be used.
        DeviceError: If the device was asked for by name and cannot be used.
    """
    recipe: Recipe = pickle.loads(described)
    return recipe, recipe.make(threads)


def batches(described: bytes, given: Iterator[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
    """Annotate a partition, for ``mapInArrow``; raises what ``loaded`` and ``Recipe.annotate`` raise."""
    recipe, pipeline = loaded(described, _threads())
    for batch in given:
        yield from recipe.annotate(pipeline, pa.Table.from_batches([batch])).to_batches()


def frames(described: bytes, given: Iterator[DataFrame]) -> Iterator[DataFrame]:
    """Annotate a partition, for ``mapInPandas``; raises what ``loaded`` and ``Recipe.annotate`` raise."""
    recipe, pipeline = loaded(described, _threads())
    for frame in given:
        needed = [name for name in frame.columns if name in (recipe.text_column, recipe.row_id, TOKENS)]
        table = pa.Table.from_pandas(frame[needed], preserve_index=False)
        found = recipe.annotate(pipeline, table)
        yield frame.assign(**{name: found.column(name).to_pandas() for name in recipe.added(needed).names})


def _threads() -> int:
    """Return how many CPUs Spark counts for a task: those beside it belong to other tasks."""
    task = TaskContext.get()
    return task.cpus() if task is not None else 1
