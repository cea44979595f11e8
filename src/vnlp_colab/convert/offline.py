"""Conversion of weights that lie at hand, by either way: what ``vnlp-colab convert`` does."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from enum import StrEnum
from pathlib import Path

from vnlp_colab import catalog
from vnlp_colab.catalog import ModelSpec
from vnlp_colab.convert.builders import build_files, finish, graph_metadata
from vnlp_colab.convert.spu_weights import SentimentWeights, SpuWeights, split_sentiment_weights, split_weights
from vnlp_colab.errors import ConversionError, InputError
from vnlp_colab.store import Sources
from vnlp_colab.store.atomic import sha256_bytes
from vnlp_colab.store.sources import source_key
from vnlp_colab.store.weights import read_npy, read_pickled_arrays

WHOLE_NETWORK = {"spu_context": "stepwise.onnx", "spu_bigru": "network.onnx"}
"""By architecture, the file that holds the whole network as one graph."""

_MATRICES = ("embedding", "matrix")


class Via(StrEnum):
    """How a graph is made."""

    BUILDER = "builder"
    TF2ONNX = "tf2onnx"


class GivenSources(Sources):
    """A model's sources, some of which are files that the user names."""

    def __init__(self, spec: ModelSpec, given: Mapping[str, Path], *, progress: bool = False) -> None:
        """Take the files; they are read when they are asked for.

        Args:
            spec: The model's row in the catalog.
            given: Role to file; the other roles come from where the catalog says.
            progress: Show a bar while fetching those.

        Raises:
            ConversionError: The model has no source of such a role.
        """
        known = [role for role, _ in spec.sources]
        for role in given:
            if role not in known:
                raise ConversionError(f"{spec.name} is not made from {role!r}, but from {', '.join(known)}")
        super().__init__(
            replace(spec, sources=tuple(pair for pair in spec.sources if pair[0] not in given)), progress=progress
        )
        self._given = dict(given)
        # A file counts as the source in whose place it is read, whatever it is called: the manifest says what a model
        # was made of by these names, and equal files make equal models.
        self._keys = {role: source_key(spec.source(role)) for role in given}
        self._read: dict[str, bytes] = {}

    def role(self, role: str) -> bytes:
        """Return the content of the source that plays ``role``.

        Raises:
            InputError: The file that was named for it cannot be read.
        """
        path = self._given.get(role)
        if path is None:
            return super().role(role)
        if role not in self._read:
            try:
                self._read[role] = path.read_bytes()
            except OSError as error:
                raise InputError(f"cannot be read: {error.strerror or error}", path=path) from error
            self.sha256[self._keys[role]] = sha256_bytes(self._read[role])
        return self._read[role]


def given_sources(name: str, weights: Path | None, embedding: Path | None, *, progress: bool = False) -> GivenSources:
    """Make the sources of a model of the catalog, its weights and its embedding being files or the catalog's.

    Raises:
        ModelNotAvailable: There is no such model.
        ConversionError: An embedding was given for a model that has none.
    """
    spec = catalog.model(name)
    given: dict[str, Path] = {}
    if weights is not None:
        given["weights"] = weights
    if embedding is not None:
        roles = [role for role, _ in spec.sources if role in _MATRICES]
        given[roles[0] if roles else _MATRICES[0]] = embedding
    return GivenSources(spec, given, progress=progress)


def convert(name: str, sources: Sources, via: Via = Via.BUILDER) -> dict[str, bytes]:
    """Make a model's files.

    Args:
        name: The model's name in the catalog.
        sources: What it is made of.
        via: ``TF2ONNX`` makes the graph of the whole network from a Keras model; the incremental engine's graphs,
            which no Keras model corresponds to, come from our builder in any case.

    Raises:
        ConversionError: The sources do not fit the model, or there is no Keras model of this architecture.
        MissingExtra: The Keras way was asked for, and TensorFlow or tf2onnx is not installed.
    """
    whole = WHOLE_NETWORK.get(catalog.model(name).architecture)
    if via is Via.TF2ONNX and whole is None:
        raise ConversionError(f"there is no Keras model of {name}; convert it without --via {Via.TF2ONNX}")
    files = build_files(name, sources)
    if via is Via.TF2ONNX and whole is not None:
        from vnlp_colab.convert import keras

        graph = keras.convert_model(keras.keras_model(read_weights(name, sources)))
        files[whole] = finish(graph, graph_metadata(name, sources) | {"converter": keras.versions()})
    return files


def read_weights(name: str, sources: Sources) -> SpuWeights | SentimentWeights:
    """Read the weights of a model over word pieces.

    Raises:
        ConversionError: They do not fit the model, or it is another sort of model.
    """
    spec = catalog.model(name)
    if spec.architecture not in WHOLE_NETWORK or spec.task is None:
        raise ConversionError(f"{name} is not a model over word pieces")
    arrays = read_pickled_arrays(sources.role("weights"), f"weights of {name}")
    embedding = read_npy(sources.role("embedding"), "embedding of pieces")
    if spec.architecture == "spu_bigru":
        return split_sentiment_weights(arrays, embedding)
    return split_weights(arrays, embedding, spec.task)
