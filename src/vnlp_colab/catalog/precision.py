"""Variants of the models: the same networks, with weights that are stored in fewer bits.

A variant is its model's name with a suffix (``TreeStackPoS-fp16``), or the model's class with ``precision="fp16"``. It
is no row of the table: whatever its architecture allows can be had of every model, by name alone.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from vnlp_colab.catalog.spec import Agreement, ModelSpec
from vnlp_colab.errors import InputError

FP16 = "fp16"
"""Weights rounded to 16 bits where they are stored; what is computed with them has 32 bits, as ever."""

PRECISIONS = (FP16,)

_ARCHITECTURES = frozenset(
    ("morphology", "tree_stack", "char_ner", "sentiment", "word_vectors", "spu_context", "spu_bigru")
)

MEASURED: Mapping[str, Agreement] = {
    "StemmerAnalyzer-fp16": Agreement(labels=6_832, agreeing=6_832, largest_difference=None, speed=1.0),
    "TreeStackPoS-fp16": Agreement(labels=6_832, agreeing=6_832, largest_difference=0.0082, speed=1.0),
    "TreeStackDP-fp16": Agreement(labels=6_832, agreeing=6_832, largest_difference=0.019, speed=0.99),
    "CharNER-fp16": Agreement(labels=7_107, agreeing=7_107, largest_difference=0.002, speed=0.99),
    "GRUSentimentAnalyzer-fp16": Agreement(labels=600, agreeing=600, largest_difference=0.0012, speed=1.02),
}
"""By the variant's name, for models whose trained weights were at hand (``python -m benchmarks.variants``)."""


def split_precision(name: str) -> tuple[str, str | None]:
    """Return a model's name without its precision, and the precision."""
    for precision in PRECISIONS:
        if name.endswith(f"-{precision}"):
            return name.removesuffix(f"-{precision}"), precision
    return name, None


def with_precision(name: str, precision: str | None) -> str:
    """Return the name of a model's variant; of the model itself where no precision is given.

    Raises:
        InputError: There is no such precision.
    """
    if precision is None:
        return name
    if precision not in PRECISIONS:
        raise InputError(f"precision is None or one of {', '.join(map(repr, PRECISIONS))}, not {precision!r}")
    return f"{name}-{precision}"


def find_variant(name: str, table: Mapping[str, ModelSpec]) -> ModelSpec | None:
    """Return the variant that a name stands for, if it is one of a model in the table."""
    base, precision = split_precision(name)
    spec = table.get(base)
    return None if spec is None or precision is None else _variant(spec, precision, table)


def variants_of(spec: ModelSpec, table: Mapping[str, ModelSpec]) -> tuple[ModelSpec, ...]:
    """Return all variants of a model."""
    found = (_variant(spec, precision, table) for precision in PRECISIONS)
    return tuple(variant for variant in found if variant is not None)


def _variant(spec: ModelSpec, precision: str, table: Mapping[str, ModelSpec]) -> ModelSpec | None:
    if spec.architecture not in _ARCHITECTURES:
        return None
    # What it needs has its precision too: who wants small files wants all of them small.
    required = tuple(
        with_precision(name, precision if table[name].architecture in _ARCHITECTURES else None)
        for name in spec.requires
    )
    name = with_precision(spec.name, precision)
    return replace(
        spec,
        name=name,
        requires=required,
        description=f"{spec.description}; weights stored as {precision}",
        variant_of=spec.name,
        precision=precision,
        measured=MEASURED.get(name),
    )
