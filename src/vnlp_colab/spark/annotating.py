"""DataFrames of Spark through its Python workers."""

from __future__ import annotations

import pickle
from collections.abc import Iterable
from functools import partial
from pathlib import Path
from typing import Any

import pyarrow as pa
from pyspark.sql import DataFrame
from pyspark.sql import functions as sql
from pyspark.sql import types as kinds
from pyspark.sql.pandas.types import from_arrow_schema

from vnlp_colab.errors import InputError
from vnlp_colab.pipeline.files import DEFAULT_TEXT_COLUMN
from vnlp_colab.pipeline.gate import RAISE
from vnlp_colab.pipeline.limits import Limits
from vnlp_colab.pipeline.options import check_choice
from vnlp_colab.pipeline.recipe import Recipe
from vnlp_colab.pipeline.recipe import recipe as described
from vnlp_colab.spark import worker

PANDAS = "pandas"
ARROW = "arrow"

# Types whose values come back from pandas as they were. Not so: 64-bit integers beside a null become floats and are
# rounded beyond 2**53, NaN becomes null, timestamps must lie between 1677 and 2262, and whatever holds such values.
_SAME_FROM_PANDAS = (
    kinds.BinaryType,
    kinds.BooleanType,
    kinds.ByteType,
    kinds.DateType,
    kinds.DecimalType,
    kinds.IntegerType,
    kinds.NullType,
    kinds.ShortType,
    kinds.StringType,
)


def annotate(
    df: DataFrame,
    models: str | Iterable[str] | None = None,
    *,
    text_column: str = DEFAULT_TEXT_COLUMN,
    row_id: str | None = None,
    through: str | None = None,
    device: str | None = None,
    batch_size: int = 64,
    on_error: str = RAISE,
    limits: Limits | None = None,
    config: str | Path | None = None,
    style: str | None = None,
    tree: bool | None = None,
    on_long: str | None = None,
) -> DataFrame:
    """Return a DataFrame with the annotation of a text column: ``tokens`` and the columns of the models.

    Like all of Spark it is lazy: the work is done when the result is written or collected. Rows stay in their
    partitions, in their order, without a shuffle. Every Python worker loads the models once, and uses as many threads
    as ``spark.task.cpus`` says; the driver loads none.

    Args:
        df: The DataFrame; its columns stay as they are.
        models: What runs, as ``VNLPipeline`` takes it; default: ``"context"``, the models that come with the package,
            for which no node needs a network.
        text_column: The column to annotate.
        row_id: A column that names rows. If the DataFrame has it, it stays, and errors name rows by it; else it is
            added: whole numbers that are unique, rise in the order of the rows, and have gaps between partitions.
        through: What hands rows to Python: ``"pandas"`` is ``mapInPandas``, ``"arrow"`` is ``mapInArrow``. ``None``:
            the former, but the latter if there is a column whose values pandas would change.
        device: ``"cpu"``, ``"cuda"``, or ``"auto"``: CUDA if it loads; ``None``: ``"cuda"`` where tasks are given GPUs
            (``spark.task.resource.gpu.amount``), else ``"cpu"``.
        batch_size: How many rows the models are handed at once. Results do not depend on it.
        on_error: What becomes of a row that cannot be annotated: ``"raise"`` ends the job with an error that names it;
            ``"skip"`` leaves it without results, and a column ``error`` says why.
        limits: How large texts and batches may be; ``None``: ``Limits()``.
        config: Instead of ``models``, ``style``, ``tree`` and ``on_long``: a file that ``VNLPipeline.save_config``
            wrote. It is read here; each worker checks that its node has the very files of the models.
        style: The treebank whose annotation the Context models imitate; ``None``: ``VNLPipeline``'s default.
        tree: Whether parses are always trees; ``None``: ``VNLPipeline``'s default.
        on_long: What the parser does with a sentence too long for it; ``None``: ``VNLPipeline``'s default.

    Raises:
        ModelNotAvailable: If a model is not known.
        InputError: If an argument has a value that it cannot have, there is no such column, it is not of text, a column
            of the annotation is there already, or pandas was asked for and would change a column. What a worker raises,
            Spark raises again where the result is used, as a ``PythonException`` with its message.

    Example:
        >>> import vnlp_colab.spark  # doctest: +SKIP
        >>> found = vnlp_colab.spark.annotate(spark.read.parquet("in"), "pos,dep")  # doctest: +SKIP
        >>> found.write.parquet("out")  # doctest: +SKIP
    """
    if not hasattr(df, "mapInArrow"):
        raise InputError(f"expected a pyspark.sql.DataFrame, found {type(df).__name__}: see spark.read.parquet")
    if through is not None:
        check_choice("through", through, (PANDAS, ARROW))
    wanted = described(
        models,
        config=config,
        style=style,
        tree=tree,
        on_long=on_long,
        device=device or ("cuda" if _setting(df, "spark.task.resource.gpu.amount", "0") != "0" else "cpu"),
        on_error=on_error,
        limits=limits,
        batch_size=batch_size,
        text_column=text_column,
        row_id=row_id,
    )
    if row_id is not None and row_id not in df.columns:
        df = df.withColumn(row_id, sql.monotonically_increasing_id())
    _check_columns(df, wanted)
    added = from_arrow_schema(wanted.added(df.columns))
    schema = kinds.StructType([*df.schema.fields, *added.fields])
    if _is_through_arrow(df.schema, through):
        return df.mapInArrow(_named(partial(worker.batches, pickle.dumps(wanted))), schema)
    return df.mapInPandas(_named(partial(worker.frames, pickle.dumps(wanted))), schema)


def _named(work: partial[Any]) -> partial[Any]:
    """Give a function the name under which Spark's plans show it."""
    work.__name__ = "vnlp_colab"  # type: ignore[attr-defined]
    return work


def _check_columns(df: DataFrame, recipe: Recipe) -> None:
    """Raise ``InputError`` if a DataFrame cannot be annotated."""
    for field in df.schema.fields:
        if field.name == recipe.text_column and not isinstance(field.dataType, kinds.StringType | kinds.NullType):
            raise InputError(f"expected text, found the type {field.dataType.simpleString()}", column=field.name)
    # Of the types nothing else is asked; not all of Spark's have one in Arrow.
    recipe.check(pa.schema([pa.field(name, pa.string()) for name in df.columns]))
    if _setting(df, "spark.sql.caseSensitive", "false") == "true":
        return
    added = recipe.added(df.columns).names
    for name in df.columns:
        if name.lower() in added:
            raise InputError(
                f"the annotation adds {name.lower()!r}, and Spark tells no upper case from lower case in columns' "
                "names; rename it, or leave out the model that fills it",
                column=name,
            )


def _is_through_arrow(schema: kinds.StructType, through: str | None) -> bool:
    if through == ARROW:
        return True
    changed = [field for field in schema.fields if not _comes_back(field)]
    if changed and through == PANDAS:
        raise InputError(
            f"pandas would not hold the type {changed[0].dataType.simpleString()} as it is: leave out through='pandas'",
            column=changed[0].name,
        )
    return bool(changed) or len(set(schema.names)) < len(schema.names)


def _comes_back(field: kinds.StructField) -> bool:
    whole = isinstance(field.dataType, kinds.LongType) and not field.nullable
    return whole or isinstance(field.dataType, _SAME_FROM_PANDAS)


def _setting(df: DataFrame, name: str, default: str) -> Any:
    return df.sparkSession.conf.get(name, default)
