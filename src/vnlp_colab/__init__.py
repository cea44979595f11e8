"""Turkish NLP at speed: VNGRS's VNLP models on ONNX Runtime."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from vnlp_colab.errors import (
        ConversionError,
        CorruptDownload,
        DeviceError,
        InputError,
        MissingExtra,
        ModelError,
        ModelNotAvailable,
        OfflineError,
        StorageError,
        VNLPError,
        WorkerError,
    )
    from vnlp_colab.models.char_ner import CharNER
    from vnlp_colab.models.facades import (
        DependencyParser,
        NamedEntityRecognizer,
        PoSTagger,
        SentimentAnalyzer,
    )
    from vnlp_colab.models.morphology import StemmerAnalyzer
    from vnlp_colab.models.sentiment import GRUSentimentAnalyzer
    from vnlp_colab.models.shared_context import ContextDP, ContextFeats, ContextLemma, ContextNER, ContextPoS
    from vnlp_colab.models.spu_bigru import SPUCBiGRUSentimentAnalyzer
    from vnlp_colab.models.spu_context import SPUContextDP, SPUContextNER, SPUContextPoS
    from vnlp_colab.models.tree_stack import TreeStackDP, TreeStackPoS
    from vnlp_colab.pipeline.limits import Limits
    from vnlp_colab.pipeline.pipeline import VNLPipeline
    from vnlp_colab.pipeline.treebank import read_conllu
    from vnlp_colab.rendering import render
    from vnlp_colab.results import Entity, Failure, Sentence, Token
    from vnlp_colab.text.tokenise import TreebankWordTokenize, WordPunctTokenize
    from vnlp_colab.tools.embeddings import WordEmbeddings
    from vnlp_colab.tools.normalizer import Normalizer
    from vnlp_colab.tools.splitter import SentenceSplitter
    from vnlp_colab.tools.stopwords import StopwordRemover

__version__ = "0.1.0"

# Where each public name lives. It is imported at its first use, so that importing the package costs nothing
# and works without a runtime (PEP 562).
_HOMES = {
    "CharNER": "models.char_ner",
    "ContextDP": "models.shared_context",
    "ContextFeats": "models.shared_context",
    "ContextLemma": "models.shared_context",
    "ContextNER": "models.shared_context",
    "ContextPoS": "models.shared_context",
    "ConversionError": "errors",
    "CorruptDownload": "errors",
    "DependencyParser": "models.facades",
    "DeviceError": "errors",
    "Entity": "results",
    "Failure": "results",
    "GRUSentimentAnalyzer": "models.sentiment",
    "InputError": "errors",
    "Limits": "pipeline.limits",
    "MissingExtra": "errors",
    "ModelError": "errors",
    "ModelNotAvailable": "errors",
    "NamedEntityRecognizer": "models.facades",
    "Normalizer": "tools.normalizer",
    "OfflineError": "errors",
    "PoSTagger": "models.facades",
    "SPUCBiGRUSentimentAnalyzer": "models.spu_bigru",
    "SPUContextDP": "models.spu_context",
    "SPUContextNER": "models.spu_context",
    "SPUContextPoS": "models.spu_context",
    "Sentence": "results",
    "SentenceSplitter": "tools.splitter",
    "SentimentAnalyzer": "models.facades",
    "StemmerAnalyzer": "models.morphology",
    "StopwordRemover": "tools.stopwords",
    "StorageError": "errors",
    "Token": "results",
    "TreeStackDP": "models.tree_stack",
    "TreeStackPoS": "models.tree_stack",
    "TreebankWordTokenize": "text.tokenise",
    "VNLPError": "errors",
    "VNLPipeline": "pipeline.pipeline",
    "WordEmbeddings": "tools.embeddings",
    "WordPunctTokenize": "text.tokenise",
    "WorkerError": "errors",
    "read_conllu": "pipeline.treebank",
    "render": "rendering",
}

__all__ = [
    "CharNER",
    "ContextDP",
    "ContextFeats",
    "ContextLemma",
    "ContextNER",
    "ContextPoS",
    "ConversionError",
    "CorruptDownload",
    "DependencyParser",
    "DeviceError",
    "Entity",
    "Failure",
    "GRUSentimentAnalyzer",
    "InputError",
    "Limits",
    "MissingExtra",
    "ModelError",
    "ModelNotAvailable",
    "NamedEntityRecognizer",
    "Normalizer",
    "OfflineError",
    "PoSTagger",
    "SPUCBiGRUSentimentAnalyzer",
    "SPUContextDP",
    "SPUContextNER",
    "SPUContextPoS",
    "Sentence",
    "SentenceSplitter",
    "SentimentAnalyzer",
    "StemmerAnalyzer",
    "StopwordRemover",
    "StorageError",
    "Token",
    "TreeStackDP",
    "TreeStackPoS",
    "TreebankWordTokenize",
    "VNLPError",
    "VNLPipeline",
    "WordEmbeddings",
    "WordPunctTokenize",
    "WorkerError",
    "__version__",
    "read_conllu",
    "render",
]


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    value = getattr(import_module(f"{__name__}.{_HOMES[name]}"), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
