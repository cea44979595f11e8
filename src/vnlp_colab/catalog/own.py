"""The rows of this project's own models, whose weights come with the package."""

from __future__ import annotations

from vnlp_colab.catalog.spec import Bundled, ModelSpec, Task

LICENCE = "AGPL-3.0-or-later"

WEIGHTS = Bundled(
    "context/context.safetensors",
    20_212_026,
    "c3d9bac30939b058b33a6d660e16e27ae35ce4206071d4cb4a5bb25639337c03",
)
CONFIG = Bundled(
    "context/config.json",
    4_414,
    "6706d71f237915d6feee3b6e03dc34ff9bb80473af1026c38d0f3ec58f9d88e6",
)
WORDS = Bundled(
    "context/words.txt",
    645_301,
    "c9cefc95a97fd021a97bea813adb5e3a3cd50194fd76e59ddf789251d3ec09c8",
)
PIECES = Bundled(
    "context/pieces.model",
    145_484,
    "0378c2bfb7c997113d3964effc2d4554a17131c4112178c6ecbe7bb038b9a8bd",
)

BUNDLED: tuple[Bundled, ...] = (WEIGHTS, CONFIG, WORDS, PIECES)

NETWORK = "ContextNetwork"
FAMILY = "Context"

_ORIGIN = "vnlp-colab; trained on Universal Dependencies and open entity corpora, see docs/models.md"
_TOKENIZER = "TreebankWordTokenize, SentencePiece unigram, 8k"


def _head(name: str, task: Task, description: str) -> ModelSpec:
    """Return the row of a task's head, which runs on the shared network."""
    return ModelSpec(
        name=name,
        task=task,
        architecture="shared_context",
        sources=(("config", CONFIG),),
        requires=(NETWORK,),
        licence=LICENCE,
        origin=_ORIGIN,
        description=description,
        tokenizer=_TOKENIZER,
        family=FAMILY,
    )


OWN_MODELS: tuple[ModelSpec, ...] = (
    _head("ContextPoS", Task.POS, "Part-of-speech tags, by the network that all Context models share"),
    _head("ContextNER", Task.NER, "Named entities (person, place, organisation), by the shared network"),
    _head("ContextDP", Task.DEP, "Dependency trees of sentences of any length, by the shared network"),
    _head("ContextLemma", Task.LEMMA, "Lemmas of Universal Dependencies, by the shared network"),
    _head("ContextFeats", Task.FEATS, "Morphological features of Universal Dependencies, by the shared network"),
    ModelSpec(
        name=NETWORK,
        task=None,
        architecture="shared_context",
        sources=(("weights", WEIGHTS), ("config", CONFIG), ("words", WORDS), ("pieces", PIECES)),
        requires=(),
        licence=LICENCE,
        origin=_ORIGIN,
        description="Words in context: the network that all Context models share",
        tokenizer=_TOKENIZER,
    ),
)
