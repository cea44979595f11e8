"""What runs in Ray's actors."""

from __future__ import annotations

import pyarrow as pa

from vnlp_colab.pipeline.recipe import Recipe


class Annotator:
    """Loads the models once, and annotates the batches that Ray hands to its actor.

    Args:
        recipe: What is loaded, and how rows are treated.
        threads: How many threads the models use.
    """

    def __init__(self, recipe: Recipe, threads: int) -> None:
        self._recipe = recipe
        self._pipeline = recipe.make(threads)

    def __call__(self, batch: pa.Table) -> pa.Table:
        """Return the rows with the annotation's columns."""
        return self._recipe.annotate(self._pipeline, batch)
