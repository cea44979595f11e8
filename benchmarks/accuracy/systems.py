"""The models that are measured, each set of them as one system that annotates words."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

from training.data.conllu import Tree
from training.data.entities import as_bio

from vnlp_colab import catalog
from vnlp_colab.models import registry
from vnlp_colab.pipeline.identity import models_of
from vnlp_colab.pipeline.plan import make_plan
from vnlp_colab.text.analyses import features_of

Words = Sequence[Sequence[str]]
Annotate = Callable[[Words, str, int], list[Tree]]
Label = Callable[[Words, str, int], list[list[str]]]

UNKNOWN = "unk"


@dataclass(frozen=True)
class System:
    """Models that are used together.

    Attributes:
        name: What they are called in tables.
        plan: The models, as a pipeline takes them.
        annotate: Annotates sentences in a style, with so many threads.
        label: Gives sentences BIO labels of entities, as a corpus has them, with so many threads.
        styled: Whether they know styles and corpora.
        missing: Scores that they have no answers for.
        seen: What is known of the data that they learned from.
    """

    name: str
    plan: str
    annotate: Annotate
    label: Label
    styled: bool = False
    missing: frozenset[str] = field(default_factory=frozenset)
    seen: str = ""

    def made_of(self) -> dict[str, str]:
        """Return the models by name, with the first digits of what tells their weights from others."""
        return {name: digest[:12] for name, digest in models_of(make_plan(self.plan)).items()}

    def catalogued(self) -> tuple[catalog.ModelSpec, ...]:
        """Return the rows of the models and of what they need."""
        return catalog.closure(tuple(stage.name for stage in make_plan(self.plan)))


def _context(words: Words, style: str, threads: int) -> list[Tree]:
    options: dict[str, Any] = {"device": "cpu", "threads": threads, "style": style}
    upos, feats, lemmas = (
        _labels(registry.create(name, **options).predict_batch(words))
        for name in ("ContextPoS", "ContextFeats", "ContextLemma")
    )
    return _trees(words, upos, feats, lemmas, registry.create("ContextDP", **options).predict_batch(words))


def _context_entities(words: Words, source: str, threads: int) -> list[list[str]]:
    model = registry.create("ContextNER", device="cpu", threads=threads, source=source, bio=True)
    return [as_bio(row) for row in _labels(model.predict_batch(words))]


def _classic(words: Words, style: str, threads: int) -> list[Tree]:
    stemmer, tagger, parser = (
        registry.create(name, device="cpu", threads=threads)
        for name in ("StemmerAnalyzer", "TreeStackPoS", "TreeStackDP")
    )
    found = stemmer.analyse_batch(words)
    morph = [[own.analysis for own in row] for row in found]
    upos = _labels(tagger.predict_batch(words, morph=morph))
    arcs = parser.predict_batch(words, morph=morph, pos=upos)
    feats = [[features_of(analysis) for analysis in row] for row in morph]
    return _trees(words, upos, feats, [[own.lemma for own in row] for row in found], arcs)


def _characters(words: Words, source: str, threads: int) -> list[list[str]]:
    model = registry.create("CharNER", device="cpu", threads=threads)
    return _as_inside(model.label_tokens([" ".join(row) for row in words], words))


def _spu(words: Words, style: str, threads: int) -> list[Tree]:
    upos = _labels(registry.create("SPUContextPoS", device="cpu", threads=threads).predict_batch(words))
    arcs = registry.create("SPUContextDP", device="cpu", threads=threads).predict_batch(words)
    nothing = [["_"] * len(row) for row in words]
    return _trees(words, upos, nothing, nothing, arcs)


def _spu_entities(words: Words, source: str, threads: int) -> list[list[str]]:
    model = registry.create("SPUContextNER", device="cpu", threads=threads)
    return _as_inside(_labels(model.predict_batch(words)))


_SEEN = "the released weights had all splits of these data, the test sets too"

SYSTEMS = (
    System("Context", "context", _context, _context_entities, styled=True, seen="no test set"),
    System("Classic", "stemmer,pos:TreeStackPoS,dep:TreeStackDP,ner:CharNER", _classic, _characters, seen=_SEEN),
    System(
        "SPUContext",
        "pos:SPUContextPoS,dep:SPUContextDP,ner:SPUContextNER",
        _spu,
        _spu_entities,
        missing=frozenset(("UFeats", "Feats", "Lemmas")),
        seen=_SEEN,
    ),
)


def _labels(found: Sequence[Sequence[tuple[str, str]]]) -> list[list[str]]:
    return [[label for _, label in row] for row in found]


def _as_inside(labels: Sequence[Sequence[str]]) -> list[list[str]]:
    """Return plain kinds as BIO labels: neighbours of a kind are one entity."""
    return [as_bio(["O" if label == "O" else f"I-{label}" for label in row]) for row in labels]


def _trees(
    words: Words, upos: Words, feats: Words, lemmas: Words, arcs: Sequence[Sequence[tuple[int, str, int, str]]]
) -> list[Tree]:
    return [
        Tree(
            tuple(row),
            tuple(upos[i]),
            tuple(feats[i]),
            tuple(lemmas[i]),
            tuple(int(head) for _, _, head, _ in arcs[i]),
            tuple(label for _, _, _, label in arcs[i]),
        )
        for i, row in enumerate(words)
    ]
