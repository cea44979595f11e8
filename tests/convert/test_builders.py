"""Every builder: the same bytes always, graphs that say what they are made of, and nothing made of the wrong arrays."""

from __future__ import annotations

import hashlib
import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import convert_fakes as fakes
import numpy as np
import onnx
import pytest
from convert_fakes import hdf5, keras_tokenizer, npy, pickled, reader

from vnlp_colab import catalog
from vnlp_colab.convert import CONVERTER_VERSION, build, char_ner, morphology, sentiment, tree_stack, word_vectors
from vnlp_colab.convert.builders import build_files
from vnlp_colab.convert.graphs import OPSET
from vnlp_colab.convert.output import Files
from vnlp_colab.errors import ConversionError
from vnlp_colab.store.bundles import Sources

Builder = Callable[[Callable[[str], bytes]], Files]

SMALL: dict[str, tuple[Builder, Callable[[], bytes]]] = {
    "tagger": (tree_stack.build_tagger, lambda: pickled(fakes.tagger_arrays())),
    "parser": (tree_stack.build_parser, lambda: pickled(fakes.parser_arrays())),
    "sentiment": (sentiment.build, lambda: pickled(fakes.sentiment_arrays())),
    "ner": (char_ner.build, lambda: hdf5(fakes.ner_layers())),
    "vectors": (word_vectors.build, lambda: b""),
}
PICKLED = {
    "tagger": fakes.tagger_arrays,
    "parser": fakes.parser_arrays,
    "sentiment": fakes.sentiment_arrays,
}


def serialised(files: Files) -> dict[str, bytes]:
    return {
        name: content if isinstance(content, bytes) else content.SerializeToString(deterministic=True)
        for name, content in files.items()
    }


@pytest.mark.parametrize("name", SMALL)
def test_the_same_bytes_for_the_same_weights(name: str) -> None:
    builder, weights = SMALL[name]
    first, second = (serialised(builder(reader(weights=weights()))) for _ in range(2))
    assert first == second and first


def spoilt(arrays: list[np.ndarray], change: str) -> list[np.ndarray]:
    return {
        "one missing": arrays[:-1],
        "one more": [*arrays, arrays[-1]],
        "none": [],
        "reversed": arrays[::-1],
        "last transposed": [*arrays[:-2], arrays[-2].T, arrays[-1]],
        "first GRU cut": [array[:-1] if array is arrays[-9] else array for array in arrays],
        "last bias cut": [*arrays[:-1], arrays[-1][:-1]],
    }[change]


@pytest.mark.parametrize(
    "change",
    ["one missing", "one more", "none", "reversed", "last transposed", "first GRU cut", "last bias cut"],
)
@pytest.mark.parametrize("name", PICKLED)
def test_other_arrays(name: str, change: str) -> None:
    builder, _ = SMALL[name]
    with pytest.raises(ConversionError):
        builder(reader(weights=pickled(spoilt(PICKLED[name](), change))))


@pytest.mark.parametrize("name", PICKLED)
@pytest.mark.parametrize(
    "matrix",
    [np.ones((6, 3), np.float32), np.ones((6, 5), np.float32), np.ones(6, np.float32), np.ones((0, 4), np.float32)],
    ids=["narrow", "wide", "flat", "empty"],
)
def test_other_word_vectors(name: str, matrix: np.ndarray) -> None:
    builder, weights = SMALL[name]
    with pytest.raises(ConversionError):
        builder(reader(weights=weights(), matrix=npy(matrix)))


@pytest.mark.parametrize("name", ["tagger", "parser", "ner"])
def test_other_labels(name: str) -> None:
    builder, weights = SMALL[name]
    with pytest.raises(ConversionError):
        builder(reader(weights=weights(), labels=keras_tokenizer(fakes.LABELS + 1)))


@pytest.mark.parametrize("gone", sorted(fakes.ner_layers())[::6])
def test_ner_without_an_array(gone: str) -> None:
    arrays = fakes.ner_layers()
    del arrays[gone]
    with pytest.raises(ConversionError, match="0 arrays"):
        char_ner.build(reader(weights=hdf5(arrays)))


def test_ner_layers_that_do_not_fit() -> None:
    arrays = fakes.ner_layers()
    arrays["embedding/embedding/embeddings:0"] = np.ones((7, 5), np.float32)
    with pytest.raises(ConversionError):
        char_ner.build(reader(weights=hdf5(arrays)))


@pytest.mark.parametrize("build_hdf5", [char_ner.build, morphology.build])
@pytest.mark.parametrize("data", [b"", b"no HDF5", hdf5({})])
def test_files_that_are_no_weights(build_hdf5: Builder, data: bytes) -> None:
    with pytest.raises(ConversionError):
        build_hdf5(reader(weights=data))


def test_vectors_of_another_vocabulary() -> None:
    with pytest.raises(ConversionError, match="vocabulary of 5"):
        word_vectors.build(reader(matrix=npy(np.ones((5, 4), np.float32))))


def test_a_model_without_a_converter() -> None:
    with pytest.raises(ConversionError, match=r"no converter for 'Other'.*TreeStackPoS"):
        build_files("Other", Sources(catalog.models()[0]))


# The others' weights are not on the package index.
MODELS = [
    spec.name for spec in catalog.models() if all(isinstance(source, catalog.Member) for _, source in spec.sources)
]
# Run with another hash seed, whose sets and dicts would have another order.
PROGRAM = """
import hashlib, json, sys
from vnlp_colab import catalog
from vnlp_colab.convert import build
from vnlp_colab.store.bundles import Sources
made = {name: build(name, Sources(catalog.model(name))) for name in sys.argv[1:]}
print(json.dumps({name: {file: hashlib.sha256(data).hexdigest() for file, data in files.items()}
                  for name, files in made.items()}))
"""


@pytest.fixture(scope="module")
def built() -> dict[str, dict[str, bytes]]:
    return {name: dict(build(name, Sources(catalog.model(name)))) for name in MODELS}


@pytest.mark.slow
@pytest.mark.models
def test_the_same_bytes_in_another_process(built: dict[str, dict[str, bytes]]) -> None:
    seed = "12345" if os.environ.get("PYTHONHASHSEED") != "12345" else "54321"
    environment = {**os.environ, "PYTHONHASHSEED": seed}
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM, *MODELS], env=environment, capture_output=True, text=True, check=True
    )
    assert json.loads(done.stdout) == {
        name: {file: hashlib.sha256(data).hexdigest() for file, data in files.items()} for name, files in built.items()
    }


@pytest.mark.models
@pytest.mark.parametrize("name", MODELS)
def test_every_graph_says_what_it_is(built: dict[str, dict[str, bytes]], name: str) -> None:
    spec = catalog.model(name)
    graphs = {file: onnx.load_from_string(data) for file, data in built[name].items() if file.endswith(".onnx")}
    assert graphs or spec.architecture in ("text", "spelling")
    sources = {f"{member.wheel.filename}:{member.path}": member.sha256 for _, member in spec.sources}
    for model in graphs.values():
        metadata = {entry.key: entry.value for entry in model.metadata_props}
        assert json.loads(metadata["source_sha256"]) == sources
        assert metadata["architecture"] == spec.architecture and metadata["model"] == name
        assert metadata["converter_version"] == str(CONVERTER_VERSION)
        assert metadata["opset"] == str(OPSET) == str(model.opset_import[0].version)
        for key, values in (("inputs", model.graph.input), ("outputs", model.graph.output)):
            described = json.loads(metadata[key])
            assert sorted(described) == sorted(value.name for value in values)
            for value in values:
                kind, shape = described[value.name]
                assert kind in ("float", "int32", "int64")
                dims = value.type.tensor_type.shape.dim
                assert shape == [dim.dim_param or dim.dim_value for dim in dims]
                assert all(isinstance(size, str) or size > 0 for size in shape)


@pytest.mark.models
@pytest.mark.parametrize("name", MODELS)
def test_files_hold_nothing_of_this_machine(built: dict[str, dict[str, bytes]], name: str) -> None:
    for data in built[name].values():
        assert str(Path.home()).encode() + b"/" not in data and str(Path.cwd()).encode() not in data
