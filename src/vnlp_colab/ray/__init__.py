"""The models on Ray Data: a dataset in, the annotated dataset out, by actors that load the models once each."""

from __future__ import annotations

from vnlp_colab.errors import MissingExtra

try:
    import ray.data  # noqa: F401
except ImportError as error:
    raise MissingExtra("Ray", "ray", "annotating datasets of Ray Data") from error

from vnlp_colab.ray.annotating import annotate

__all__ = ["annotate"]
