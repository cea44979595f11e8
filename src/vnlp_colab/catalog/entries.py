"""The table of models, and which of them serves a task where none is named."""

from __future__ import annotations

from collections.abc import Mapping

from vnlp_colab.catalog import files
from vnlp_colab.catalog.files import LICENCE
from vnlp_colab.catalog.own import OWN_MODELS
from vnlp_colab.catalog.spec import EVAL_SUFFIX, Member, ModelSpec, Task, WeightFile

_ORIGIN = "VNGRS, VNLP (https://github.com/vngrs-ai/vnlp)"

_TREEBANK = "TreebankWordTokenize"
_PIECES = "SentencePiece unigram, 16k (SPU_word_tokenizer_16k.model)"


def _spu(
    name: str,
    task: Task,
    architecture: str,
    weights: tuple[WeightFile, WeightFile],
    labels: Member | None,
    description: str,
) -> tuple[ModelSpec, ModelSpec]:
    """Return the two rows of a model over word pieces: trained on all data, and on the training sets alone.

    Args:
        name: The model's name.
        task: What it is for.
        architecture: Its architecture.
        weights: The weights of each row.
        labels: What numbers its labels, where it has any.
        description: One line for people.
    """

    def row(name: str, weights: WeightFile, description: str, variant_of: str | None) -> ModelSpec:
        return ModelSpec(
            name=name,
            task=task,
            architecture=architecture,
            sources=(
                ("weights", weights),
                ("embedding", files.SPU_EMBEDDING),
                ("pieces", files.SENTENCE_PIECES),
                *((("labels", labels),) if labels is not None else ()),
            ),
            requires=(),
            licence=LICENCE,
            origin=_ORIGIN,
            description=description,
            labels=None if labels is None else "labels",
            variant_of=variant_of,
            tokenizer=_PIECES if labels is None else f"{_TREEBANK}, {_PIECES}",
        )

    return (
        row(name, weights[0], description, None),
        row(name + EVAL_SUFFIX, weights[1], f"{description}; trained without the test sets", name),
    )


MODELS: tuple[ModelSpec, ...] = (
    ModelSpec(
        name="StemmerAnalyzer",
        task=Task.STEMMER,
        architecture="morphology",
        sources=(
            ("weights", files.STEMMER_WEIGHTS),
            ("characters", files.STEMMER_CHARACTERS),
            ("tags", files.MORPHOLOGICAL_TAGS),
            ("exact", files.EXACT_LOOKUP),
            ("stems", files.STEM_LIST),
            ("suffixes", files.SUFFIXES),
        ),
        requires=(),
        licence=LICENCE,
        origin=_ORIGIN,
        description="Stems and morphological analyses: lookup analyser and neural disambiguation (Shen)",
        tokenizer=_TREEBANK,
    ),
    *_spu(
        "SPUContextPoS",
        Task.POS,
        "spu_context",
        (files.SPU_POS_WEIGHTS, files.SPU_POS_EVAL_WEIGHTS),
        files.POS_LABELS,
        "Part-of-speech tags from word pieces and their contexts",
    ),
    *_spu(
        "SPUContextNER",
        Task.NER,
        "spu_context",
        (files.SPU_NER_WEIGHTS, files.SPU_NER_EVAL_WEIGHTS),
        files.NER_LABELS,
        "Named entities (person, place, organisation) from word pieces and their contexts",
    ),
    *_spu(
        "SPUContextDP",
        Task.DEP,
        "spu_context",
        (files.SPU_DEP_WEIGHTS, files.SPU_DEP_EVAL_WEIGHTS),
        files.DEP_LABELS,
        "Dependency heads and relations from word pieces and their contexts",
    ),
    *_spu(
        "SPUCBiGRUSentimentAnalyzer",
        Task.SENTIMENT,
        "spu_bigru",
        (files.SPU_SENTIMENT_WEIGHTS, files.SPU_SENTIMENT_EVAL_WEIGHTS),
        None,
        "Probability that a text is positive, from word pieces",
    ),
    ModelSpec(
        name="TreeStackPoS",
        task=Task.POS,
        architecture="tree_stack",
        sources=(
            ("weights", files.POS_WEIGHTS),
            ("labels", files.POS_LABELS),
            ("tags", files.MORPHOLOGICAL_TAGS),
            ("matrix", files.WORD_VECTORS),
        ),
        requires=("WordVectors", "StemmerAnalyzer"),
        licence=LICENCE,
        origin=_ORIGIN,
        description="Part-of-speech tags from words and their morphological tags",
        labels="labels",
        tokenizer=_TREEBANK,
    ),
    ModelSpec(
        name="TreeStackDP",
        task=Task.DEP,
        architecture="tree_stack",
        sources=(
            ("weights", files.DEP_WEIGHTS),
            ("labels", files.DEP_LABELS),
            ("tags", files.MORPHOLOGICAL_TAGS),
            ("pos_labels", files.POS_LABELS),
            ("matrix", files.WORD_VECTORS),
        ),
        requires=("WordVectors", "StemmerAnalyzer", "TreeStackPoS"),
        licence=LICENCE,
        origin=_ORIGIN,
        description="Dependency heads and relations from words, morphological tags and parts of speech",
        labels="labels",
        tokenizer=_TREEBANK,
    ),
    ModelSpec(
        name="CharNER",
        task=Task.NER,
        architecture="char_ner",
        sources=(("weights", files.NER_WEIGHTS), ("labels", files.NER_LABELS), ("characters", files.NER_CHARACTERS)),
        requires=(),
        licence=LICENCE,
        origin=_ORIGIN,
        description="Named entities (person, place, organisation) from characters",
        labels="labels",
        tokenizer="WordPunctTokenize, characters",
    ),
    ModelSpec(
        name="GRUSentimentAnalyzer",
        task=Task.SENTIMENT,
        architecture="sentiment",
        sources=(("weights", files.SENTIMENT_WEIGHTS), ("matrix", files.WORD_VECTORS)),
        requires=("WordVectors",),
        licence=LICENCE,
        origin=_ORIGIN,
        description="Probability that a text is positive, from words",
        tokenizer="words between spaces and punctuation, lower case",
    ),
    ModelSpec(
        name="WordVectors",
        task=None,
        architecture="word_vectors",
        sources=(("matrix", files.WORD_VECTORS), ("words", files.WORDS)),
        requires=(),
        licence=LICENCE,
        origin=_ORIGIN,
        description="Word vocabulary and 128-dimensional word2vec vectors that other models share",
    ),
    ModelSpec(
        name="TextResources",
        task=None,
        architecture="text",
        sources=(
            ("abbreviations", files.ABBREVIATIONS),
            ("stop_words", files.STOP_WORDS),
            ("deasciifier", files.DEASCIIFIER),
        ),
        requires=(),
        licence=LICENCE,
        origin=_ORIGIN,
        description="Abbreviations, stop words and deasciifier patterns of the text tools",
    ),
    ModelSpec(
        name="SpellingResources",
        task=None,
        architecture="spelling",
        sources=(
            ("lexicon", files.LEXICON),
            ("words", files.WORDS),
            ("exact", files.EXACT_LOOKUP),
            ("stems", files.STEM_LIST),
            ("suffixes", files.SUFFIXES),
        ),
        requires=(),
        licence=LICENCE,
        origin=_ORIGIN,
        description="Known words, words by frequency and the lookup analyser, for the correction of typos",
    ),
    *OWN_MODELS,
)

DEFAULTS: Mapping[Task, str] = {
    Task.STEMMER: "StemmerAnalyzer",
    Task.POS: "ContextPoS",
    Task.NER: "ContextNER",
    Task.DEP: "ContextDP",
    Task.SENTIMENT: "GRUSentimentAnalyzer",
    Task.LEMMA: "ContextLemma",
    Task.FEATS: "ContextFeats",
}
"""By task: the model that comes with this package, where there is one, else VNLP's from the package index.

The same model on every machine, whatever its cache, settings and network.
"""
