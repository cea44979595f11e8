"""Stand-ins of the SPUContext models' weights, which are no longer where upstream looks for them.

They have the right names and shapes and are the same on every machine. Speed does not depend on their values; what the
models say with them means nothing.

    python -m benchmarks.stand_ins FOLDER
"""

from __future__ import annotations

import io
import math
import pickle
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import numpy.typing as npt

from vnlp_colab.convert.spu_weights import EMBEDDING, KINDS, PIECES, expected_shapes, sentiment_shapes
from vnlp_colab.store import paths

MATRIX = "SPUTokenized_word_embedding_16k.matrix"
_SENTIMENT = "Sentiment_SPUCBiGRU_prod.weights"
_TAGGERS = {
    "pos": "PoS_SPUContext_prod.weights",
    "ner": "NER_SPUContext_prod.weights",
    "dep": "DP_SPUContext_prod.weights",
}
_SEED = 40_064
_FOLDER = "stand-ins-1"
"""Its number counts the versions of what is made here."""


def at_hand() -> Path:
    """Return a folder of stand-ins, in the cache beside the peers' environments; made if it is not there."""
    folder = paths.home() / "benchmarks" / _FOLDER
    if not folder.is_dir():
        folder.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=folder.parent) as drafts:
            # In one step: whoever stops the program does not leave half of them.
            made = make(Path(drafts) / _FOLDER)
            if not folder.is_dir():
                made.rename(folder)
    return folder


def make(folder: Path) -> Path:
    """Write all files of the family into a folder; returns it."""
    folder.mkdir(parents=True, exist_ok=True)
    shapes = {filename: expected_shapes(KINDS[kind]) for kind, filename in _TAGGERS.items()}
    shapes[_SENTIMENT] = sentiment_shapes()
    for number, (filename, listed) in enumerate(shapes.items()):
        (folder / filename).write_bytes(pickle.dumps(_arrays(listed, _SEED + number), protocol=4))
    matrix = io.BytesIO()
    np.save(matrix, _arrays([(PIECES, EMBEDDING)], _SEED - 1)[0])
    (folder / MATRIX).write_bytes(matrix.getvalue())
    return folder


def _arrays(shapes: Sequence[tuple[int, ...]], seed: int) -> list[npt.NDArray[np.float32]]:
    """Random float32 arrays, as large as an untrained network's: gates are neither shut nor open throughout."""
    random = np.random.default_rng(seed)
    found = []
    for shape in shapes:
        limit = math.sqrt(6 / sum(shape)) if len(shape) > 1 else 0.1
        found.append(random.uniform(-limit, limit, shape).astype(np.float32))
    return found


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit(f"usage: python -m benchmarks.stand_ins FOLDER\n\n{__doc__}")
    print(make(Path(sys.argv[1])))
