"""Trained weights to ONNX graphs, with onnx tooling alone.

Importing this package is cheap; onnx is loaded when something is built.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from vnlp_colab.store import Sources

__all__ = ["CONVERTER_VERSION", "build"]

CONVERTER_VERSION = 6
"""Raised with every change of the files that are built or of their manifest, so that caches build them anew and older
versions keep theirs."""


def build(name: str, sources: Sources) -> Mapping[str, bytes]:
    """Build the files of a model of the catalog.

    Args:
        name: The model's name.
        sources: Its source files.

    Returns:
        File name to content; equal sources give equal bytes. Every ``.onnx`` file says in its metadata what it was
        made of.

    Raises:
        ConversionError: The sources do not fit the architecture.
    """
    from vnlp_colab.convert.builders import build_files

    return build_files(name, sources)
