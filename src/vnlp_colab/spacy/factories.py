"""What spaCy finds by entry points: the factories of the component and of the tokenizer."""

# No postponed annotations here: spaCy checks configurations by the factories' annotations. What runs is imported when
# it is made: spaCy imports all factories that are installed, whichever pipeline it is asked for.
from collections.abc import Callable
from typing import Any

from spacy.language import Language

from vnlp_colab.errors import InputError

SPACY = "spacy"
VNLP = "vnlp"
TOKENIZER = "vnlp.Tokenizer.v1"


@Language.factory(
    "vnlp",
    assigns=[
        "doc.ents",
        "doc.sents",
        "doc._.sentiment",
        "token.dep",
        "token.ent_iob",
        "token.ent_type",
        "token.head",
        "token.is_sent_start",
        "token.lemma",
        "token.morph",
        "token.pos",
        "token.tag",
        "token._.analysis",
    ],
    default_config={
        "models": "context",
        "style": "boun",
        "tree": True,
        "on_long": "window",
        "tokenizer": SPACY,
        "abbreviations": SPACY,
        "batch_size": 64,
        "threads": None,
        "device": "auto",
    },
)
def make_component(
    nlp: Language,
    name: str,
    models: str | list[str],
    style: str,
    tree: bool,
    on_long: str,
    tokenizer: str,
    abbreviations: str,
    batch_size: int,
    threads: int | None,
    device: str,
) -> Callable[..., Any]:
    """Make the component ``"vnlp"``.

    Args:
        nlp: The pipeline.
        name: The component's name in it.
        models: What runs, as ``VNLPipeline`` takes it: tasks, tasks with models, or ``"context"``, ``"classic"``.
        style: The treebank whose annotation the Context models imitate.
        tree: Whether parses are the best trees, or the parser's raw choice, mended where it is no tree.
        on_long: What VNLP's parsers do with a sentence too long for them: ``"window"`` or ``"error"``.
        tokenizer: ``"spacy"`` leaves the pipeline's tokenizer as it is; ``"vnlp"`` gives it that of the models.
        abbreviations: What does not end a sentence: ``"spacy"``, spaCy's list, or ``"vnlp"``, VNLP's, which is fetched.
        batch_size: How many sentences the models are handed at once.
        threads: How many threads the models use; ``None``: as many as this process has CPUs.
        device: ``"cpu"``, ``"cuda"`` or ``"auto"``.

    Raises:
        ModelNotAvailable: If a model is not known or cannot be had.
        InputError: If another argument has a value that it cannot have.
    """
    if tokenizer not in (SPACY, VNLP):
        raise InputError(f"tokenizer must be {SPACY!r} or {VNLP!r}, not {tokenizer!r}")
    from vnlp_colab.spacy.component import VnlpComponent

    component = VnlpComponent(
        name,
        models,
        batch_size=batch_size,
        abbreviations=abbreviations,
        style=style,
        tree=tree,
        on_long=on_long,
        threads=threads,
        device=device,
    )
    if tokenizer == VNLP:
        nlp.tokenizer = make_tokenizer(abbreviations)(nlp)
        # What is saved says so too.
        nlp.config["nlp"]["tokenizer"] = {"@tokenizers": TOKENIZER, "abbreviations": abbreviations}
    return component


def make_tokenizer(abbreviations: str = SPACY) -> Callable[..., Any]:
    """Return what makes the tokenizer ``"vnlp.Tokenizer.v1"`` of a pipeline.

    Args:
        abbreviations: What does not end a sentence, as ``splitter_for`` takes it.
    """

    def make(nlp: Language) -> Callable[..., Any]:
        from vnlp_colab.spacy.tokenizer import VnlpTokenizer

        return VnlpTokenizer(nlp.vocab, abbreviations)

    return make
