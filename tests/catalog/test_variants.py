"""Variants: named after their models, asked for by name alone, never in the way of the models themselves."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest

from vnlp_colab import catalog
from vnlp_colab.catalog.precision import MEASURED
from vnlp_colab.errors import InputError, ModelNotAvailable
from vnlp_colab.models.registry import create, create_for
from vnlp_colab.pipeline.plan import make_plan
from vnlp_colab.store import manifest
from vnlp_colab.store.sources import bundle_key

FIGURES = Path(__file__).resolve().parents[2] / "docs" / "performance" / "variants.json"
FLOOR = 0.999

HALVED = [spec for spec in catalog.models() if catalog.variants(spec)]


def test_most_networks_have_one() -> None:
    names = {spec.name for spec in HALVED}
    assert {"StemmerAnalyzer", "TreeStackPoS", "CharNER", "WordVectors", "SPUContextDP", "SPUContextDP-eval"} <= names
    assert not {"TextResources", "SpellingResources"} & names


@pytest.mark.parametrize("spec", HALVED, ids=lambda spec: spec.name)
def test_a_variant_differs_in_name_requirements_and_key_alone(spec: catalog.ModelSpec) -> None:
    (variant,) = catalog.variants(spec)
    assert variant == catalog.model(f"{spec.name}-fp16") and variant not in catalog.models()
    assert (variant.precision, variant.variant_of, spec.precision) == ("fp16", spec.name, None)
    same = {field: getattr(spec, field) for field in ("task", "architecture", "sources", "licence", "origin", "labels")}
    assert replace(variant, **same) == variant
    digests = {role: "0" * 64 for role, _ in spec.sources}
    assert bundle_key(spec, 1, digests) != bundle_key(variant, 1, digests)
    assert bundle_key(spec, 1, digests) == bundle_key(replace(spec, name="another"), 1, digests)


def test_what_a_variant_requires_is_small_too() -> None:
    names = [spec.name for spec in catalog.closure(["TreeStackDP-fp16"])]
    assert names == ["WordVectors-fp16", "StemmerAnalyzer-fp16", "TreeStackPoS-fp16", "TreeStackDP-fp16"]


def test_manifests_tell_variants_from_models() -> None:
    spec = catalog.model("CharNER")
    (variant,) = catalog.variants(spec)
    files, sources = {"config.json": b"{}"}, {}
    assert "precision" not in manifest.describe(spec, sources, 1, files)
    described = manifest.describe(variant, sources, 1, files)
    assert (described["name"], described["precision"], described["variant_of"]) == ("CharNER-fp16", "fp16", "CharNER")


@pytest.mark.parametrize("name", ["CharNER-int8", "TextResources-fp16", "CharNER-fp16-fp16", "Nothing-fp16", "-fp16"])
def test_there_are_no_others(name: str) -> None:
    assert catalog.find(name) is None
    with pytest.raises(ModelNotAvailable, match="known models: "):
        catalog.model(name)
    with pytest.raises(ModelNotAvailable):
        create(name)
    with pytest.raises(ModelNotAvailable):
        create_for("ner", name)
    with pytest.raises(ModelNotAvailable):
        make_plan(f"ner:{name}")


def test_another_precision_is_refused() -> None:
    with pytest.raises(InputError, match=r"precision is None or one of 'fp16', not 'int8'"):
        catalog.with_precision("CharNER", "int8")


def test_plans_take_variants() -> None:
    stages = make_plan("pos:TreeStackPoS-fp16,ner:CharNER")
    assert [(stage.name, stage.wanted) for stage in stages] == [
        ("StemmerAnalyzer-fp16", False),
        ("TreeStackPoS-fp16", True),
        ("CharNER", True),
    ]
    assert stages[1].given == (("morph", "StemmerAnalyzer-fp16"),)
    with pytest.raises(InputError, match="CharNER and CharNER-fp16 are both for ner"):
        make_plan("ner:CharNER,ner:CharNER-fp16")


def test_figures_are_those_that_were_measured() -> None:
    kept = json.loads(FIGURES.read_text(encoding="utf-8"))
    measured = {
        f"{row['model']}-{row['variant']}": row
        for row in kept["found"]
        if row["variant"] == "fp16" and row["model"] not in kept["untrained"]
    }
    assert set(MEASURED) == set(measured)
    for name, figures in MEASURED.items():
        row = measured[name]
        assert (figures.labels, figures.agreeing) == (row["labels"], row["agreeing"])
        assert figures.agreeing >= FLOOR * figures.labels
        assert figures.speed == round(row["speed"]["median"], 2)
        difference = row["largest_difference"]
        assert figures.largest_difference == (None if difference is None else round(difference, 4))
        assert catalog.model(name).measured is figures
