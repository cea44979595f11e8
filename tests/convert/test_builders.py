"""Every builder: the same bytes always, graphs that say what they are made of, and nothing made of the wrong arrays."""

from __future__ import annotations

import hashlib
import json
import os
import subprocess
import sys
from collections.abc import Callable, Mapping
from itertools import pairwise
from pathlib import Path

import convert_fakes as fakes
import numpy as np
import onnx
import pytest
from convert_fakes import hdf5, keras_tokenizer, npy, pickled, reader
from onnx.helper import get_attribute_value
from spu_fakes import small_sentiment, small_weights

from vnlp_colab import catalog
from vnlp_colab.convert import (
    CONVERTER_VERSION,
    build,
    char_ner,
    morphology,
    sentiment,
    spu_bigru,
    tree_stack,
    word_vectors,
)
from vnlp_colab.convert.builders import build_files
from vnlp_colab.convert.graphs import OPSET
from vnlp_colab.convert.output import Files
from vnlp_colab.convert.spu_context import context_files
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


# Digests of what each model's files are made of, by version of the converter. When one changes: if that version has
# been published, raise CONVERTER_VERSION and write the new digests under it; the old ones go.
BUILT = {
    6: {
        "context, 1 layer": "e52c670632f78aec",
        "context, 2 layers and heads": "5670a8a9d574c047",
        "sentiment over pieces": "8637df85c448ec96",
        "StemmerAnalyzer": "475b1300d8a2788e",
        "TreeStackPoS": "633ffba93a898753",
        "TreeStackDP": "a551ae1efe287443",
        "CharNER": "9a1e22cb2662c3aa",
        "GRUSentimentAnalyzer": "c4c76593ad861b6b",
        "WordVectors": "79ad2492607b7439",
        "TextResources": "6169b69d91a3ea76",
        "SpellingResources": "28cad55355cc50c6",
        "ContextNetwork": "3cd6cb84f5e76074",
    },
}


def structure(graph: onnx.GraphProto) -> list[object]:
    """A graph but for its weights' values, which differ in their last bits from one machine to the next."""
    operators = []
    for node in graph.node:
        attributes = {
            attribute.name: structure(value) if isinstance(value, onnx.GraphProto) else repr(value)
            for attribute in node.attribute
            if not isinstance(value := get_attribute_value(attribute), onnx.TensorProto)
        }
        operators.append([node.op_type, list(node.input), list(node.output), sorted(attributes.items())])
    constants = [[constant.name, constant.data_type, list(constant.dims)] for constant in graph.initializer]
    ends = [
        [value.name, kind.elem_type, [size.dim_param or size.dim_value for size in kind.shape.dim]]
        for value in (*graph.input, *graph.output)
        if (kind := value.type.tensor_type)
    ]
    return [operators, constants, ends]


def digest(files: Files | Mapping[str, bytes]) -> str:
    """One digest of all files of a model: of graphs their structure, of the others every byte."""
    parts = {}
    for name, content in files.items():
        if name.endswith(".onnx"):
            model = onnx.load_from_string(content) if isinstance(content, bytes) else content
            parts[name] = hashlib.sha256(json.dumps(structure(model.graph)).encode()).hexdigest()
        else:
            parts[name] = hashlib.sha256(content).hexdigest()
    return hashlib.sha256(json.dumps(sorted(parts.items())).encode()).hexdigest()[:16]


SPU = {
    "context, 1 layer": lambda: context_files(small_weights(1)),
    "context, 2 layers and heads": lambda: context_files(small_weights(2, "Sigmoid", (3, 4))),
    "sentiment over pieces": lambda: {"network.onnx": spu_bigru.sentiment_model(small_sentiment())},
}


@pytest.mark.parametrize("name", SPU)
def test_networks_over_pieces_are_of_this_version(name: str) -> None:
    assert {name: digest(SPU[name]())}.items() <= BUILT[CONVERTER_VERSION].items()


@pytest.mark.models
@pytest.mark.parametrize("name", [*MODELS, "ContextNetwork"])
def test_models_are_of_this_version(built: dict[str, dict[str, bytes]], name: str) -> None:
    files = built[name] if name in built else build(name, Sources(catalog.model(name)))
    assert {name: digest(files)}.items() <= BUILT[CONVERTER_VERSION].items()


def test_a_change_is_noticed() -> None:
    """The digest sees operators, constants' shapes and bytes."""
    files = dict(context_files(small_weights(1)))
    seen = [digest(files)]
    graph = files["combine.onnx"].graph
    graph.node[0].op_type = "Other"
    seen.append(digest(files))
    graph.initializer[0].dims[0] += 1
    seen.append(digest(files))
    files["config.json"] = b"{}"
    seen.append(digest(files))
    assert all(before != after for before, after in pairwise(seen))
