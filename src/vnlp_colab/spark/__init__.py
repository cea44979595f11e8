"""The models on Spark: a DataFrame in, the annotated DataFrame out, by workers that load the models once each."""

from __future__ import annotations

from vnlp_colab.errors import MissingExtra

try:
    import pyspark.sql  # noqa: F401
except ImportError as error:
    raise MissingExtra("PySpark", "spark", "annotating DataFrames of Spark") from error

from vnlp_colab.spark.annotating import annotate

__all__ = ["annotate"]
