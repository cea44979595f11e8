"""Finding a layer's arrays in Keras's HDF5 files."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import numpy.typing as npt

from vnlp_colab.convert.gru import Array, GruWeights
from vnlp_colab.errors import ConversionError

Arrays = Mapping[str, npt.NDArray[np.generic]]


def array_ending(arrays: Arrays, layer: str, name: str, containing: str = "") -> Array:
    """The one array called ``name`` of a top-level layer, whatever scopes Keras has put in between.

    Args:
        arrays: Path in the file to array.
        layer: The layer's name, the path's first part.
        name: The array's name without its ``:0``.
        containing: A scope that the path must go through, e.g. ``forward``.

    Raises:
        ConversionError: There is no such array, or there are several.
    """
    found = [
        array
        for path, array in arrays.items()
        if path.split("/")[0] == layer and path.split("/")[-1].split(":")[0] == name and containing in path
    ]
    if len(found) != 1:
        raise ConversionError(f"the weights have {len(found)} arrays {name!r} in layer {layer!r} where one belongs")
    return np.asarray(found[0], np.float32)


def gru(arrays: Arrays, layer: str, direction: str = "") -> GruWeights:
    """The GRU of a layer, or of one direction of a bidirectional layer."""
    names = ("kernel", "recurrent_kernel", "bias")
    return GruWeights(*(array_ending(arrays, layer, name, direction) for name in names))


def bidirectional(arrays: Arrays, layer: str) -> tuple[GruWeights, GruWeights]:
    """The forward and the backward GRU of a bidirectional layer, which have one size.

    Raises:
        ConversionError: They have not, or one of them is missing.
    """
    forward, backward = gru(arrays, layer, "forward"), gru(arrays, layer, "backward")
    if forward.kernel.shape != backward.kernel.shape:
        raise ConversionError(f"layer {layer!r} has directions of different sizes")
    return forward, backward
