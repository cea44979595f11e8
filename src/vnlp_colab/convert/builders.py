"""The builder of every model, and what is written into every graph."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping
from typing import TYPE_CHECKING

import onnx

from vnlp_colab import catalog
from vnlp_colab.convert import (
    CONVERTER_VERSION,
    char_ner,
    morphology,
    sentiment,
    shared_context,
    spu_bigru,
    spu_context,
    text_resources,
    tree_stack,
    word_vectors,
)
from vnlp_colab.convert.graphs import OPSET
from vnlp_colab.convert.half import halve
from vnlp_colab.convert.output import Files
from vnlp_colab.errors import ConversionError

if TYPE_CHECKING:
    from vnlp_colab.store import Sources

_VARIANTS = ("", "-eval")
"""Weights trained on all data, and weights that have not seen the test sets."""

_BUILDERS: dict[str, Callable[[Callable[[str], bytes]], Files]] = {
    "StemmerAnalyzer": morphology.build,
    "TreeStackPoS": tree_stack.build_tagger,
    "TreeStackDP": tree_stack.build_parser,
    "CharNER": char_ner.build,
    "GRUSentimentAnalyzer": sentiment.build,
    "WordVectors": word_vectors.build,
    "ContextNetwork": shared_context.build,
    **dict.fromkeys(shared_context.HEADS, shared_context.build_head),
    "TextResources": text_resources.build_text,
    "SpellingResources": text_resources.build_spelling,
    **{f"SPUContextPoS{variant}": spu_context.builder("pos") for variant in _VARIANTS},
    **{f"SPUContextNER{variant}": spu_context.builder("ner") for variant in _VARIANTS},
    **{f"SPUContextDP{variant}": spu_context.builder("dep") for variant in _VARIANTS},
    **{f"SPUCBiGRUSentimentAnalyzer{variant}": spu_bigru.build for variant in _VARIANTS},
}


def build_files(name: str, sources: Sources) -> dict[str, bytes]:
    """Build a model's files and put into every graph what it was made of.

    Raises:
        ConversionError: There is no converter for the model, or its sources are not what they should be.
    """
    builder = _BUILDERS.get(catalog.split_precision(name)[0])
    if builder is None:
        raise ConversionError(f"there is no converter for {name!r}; there are {', '.join(_BUILDERS)}")
    files = builder(sources.role)
    metadata = graph_metadata(name, sources)
    return {
        filename: content if isinstance(content, bytes) else finish(content, metadata)
        for filename, content in sorted(files.items())
    }


def graph_metadata(name: str, sources: Sources) -> dict[str, str]:
    """What is written into every graph of a model, once its sources have been read."""
    spec = catalog.model(name)
    return {
        "architecture": spec.architecture,
        "converter_version": str(CONVERTER_VERSION),
        "model": name,
        "opset": str(OPSET),
        "source_sha256": json.dumps(sources.sha256, sort_keys=True),
        **({} if spec.precision is None else {"precision": spec.precision}),
    }


def finish(model: onnx.ModelProto, metadata: Mapping[str, str]) -> bytes:
    """Store the weights in the precision that the metadata state, add these and serialise, the same way every time."""
    if metadata.get("precision") == catalog.FP16:
        model = halve(model)
    described = dict(metadata, inputs=_describe(model.graph.input), outputs=_describe(model.graph.output))
    for key in sorted(described):
        model.metadata_props.add(key=key, value=described[key])
    return bytes(model.SerializeToString(deterministic=True))


def _describe(values: Iterable[onnx.ValueInfoProto]) -> str:
    return json.dumps(
        {
            value.name: [
                onnx.TensorProto.DataType.Name(value.type.tensor_type.elem_type).lower(),
                [axis.dim_param or axis.dim_value for axis in value.type.tensor_type.shape.dim],
            ]
            for value in values
        },
        sort_keys=True,
    )
