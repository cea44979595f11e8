"""The table of models is complete and consistent."""

from __future__ import annotations

import re

import pytest

from vnlp_colab import catalog
from vnlp_colab.catalog.files import MEMBERS
from vnlp_colab.catalog.own import BUNDLED, OWN_MODELS
from vnlp_colab.errors import ModelNotAvailable

SPU_MODELS = ("SPUContextPoS", "SPUContextNER", "SPUContextDP", "SPUCBiGRUSentimentAnalyzer")
ALL = pytest.mark.parametrize("spec", catalog.models(), ids=lambda spec: spec.name)


def test_the_models_of_the_package_are_there() -> None:
    assert {spec.name for spec in catalog.models()} == {
        "StemmerAnalyzer",
        "TreeStackPoS",
        "TreeStackDP",
        "CharNER",
        "GRUSentimentAnalyzer",
        "WordVectors",
        "TextResources",
        "SpellingResources",
        *SPU_MODELS,
        *(f"{name}-eval" for name in SPU_MODELS),
        *(spec.name for spec in OWN_MODELS),
    }


@ALL
def test_rows_are_consistent(spec: catalog.ModelSpec) -> None:
    assert catalog.model(spec.name) is spec
    assert spec.sources and spec.licence and spec.origin and spec.description
    # The name is part of a folder's name, from which it must be told again.
    assert re.fullmatch(r"[A-Za-z0-9]+(-eval)?", spec.name)
    roles = [role for role, _ in spec.sources]
    assert len(set(roles)) == len(roles)
    assert spec.labels is None or spec.labels in roles
    assert all(source in (*MEMBERS, *catalog.WEIGHTS, *BUNDLED) for _, source in spec.sources)


@ALL
def test_requirements_come_first_and_have_no_cycle(spec: catalog.ModelSpec) -> None:
    names = [found.name for found in catalog.closure([spec.name])]
    assert names[-1] == spec.name and len(set(names)) == len(names)
    assert set(spec.requires) <= set(names)


def test_closure_of_several_names_has_each_once() -> None:
    names = [spec.name for spec in catalog.closure(["TreeStackPoS", "WordVectors", "TreeStackPoS"])]
    assert names == ["WordVectors", "StemmerAnalyzer", "TreeStackPoS"]


def test_every_task_has_a_default() -> None:
    defaults = {str(task): catalog.default_for(task) for task in catalog.Task}
    assert defaults == {
        "stemmer": "StemmerAnalyzer",
        "pos": "ContextPoS",
        "ner": "ContextNER",
        "dep": "ContextDP",
        "sentiment": "GRUSentimentAnalyzer",
        "lemma": "ContextLemma",
        "feats": "ContextFeats",
    }


@pytest.mark.parametrize("name", SPU_MODELS)
def test_siblings_for_evaluation_differ_in_their_weights_alone(name: str) -> None:
    spec, sibling = catalog.model(name), catalog.model(f"{name}-eval")
    assert (spec.variant_of, sibling.variant_of) == (None, name)
    assert (sibling.task, sibling.architecture, sibling.labels) == (spec.task, spec.architecture, spec.labels)
    differing = [role for role, source in spec.sources if source != sibling.source(role)]
    assert differing == ["weights"]


@pytest.mark.parametrize("task", list(catalog.Task))
def test_a_default_is_for_its_task_and_no_sibling(task: catalog.Task) -> None:
    spec = catalog.model(catalog.default_for(task))
    assert (spec.task, spec.variant_of) == (task, None)


def test_the_defaults_come_with_the_package_but_for_two() -> None:
    fetched = {task for task in catalog.Task if not catalog.comes_along(catalog.default_for(task))}
    assert fetched == {"stemmer", "sentiment"}
    assert not catalog.comes_along("TreeStackPoS")


def test_weight_files_are_upstreams_names() -> None:
    assert catalog.BUCKET == "https://vnlp-model-weights.s3.eu-west-1.amazonaws.com/"
    assert [file.filename for file in catalog.model("SPUContextPoS-eval").weight_files] == [
        "PoS_SPUContext_eval.weights",
        "SPUTokenized_word_embedding_16k.matrix",
    ]
    assert len({file.filename for file in catalog.WEIGHTS}) == len(catalog.WEIGHTS)
    assert all(re.fullmatch(r"\w+\.(weights|matrix)", file.filename) for file in catalog.WEIGHTS)


def test_unknown_names_list_the_known() -> None:
    with pytest.raises(ModelNotAvailable, match=r"'TreeStack'; known models: .*TreeStackPoS"):
        catalog.model("TreeStack")
    with pytest.raises(ModelNotAvailable, match=r"'chunk'; known tasks: stemmer, pos"):
        catalog.default_for("chunk")
    with pytest.raises(ModelNotAvailable, match=r"'0\.3'.*0\.1\.4\.4, 0\.2\.4"):
        catalog.wheel("0.3")
    assert catalog.wheel("0.2.4").filename == "vngrs_nlp-0.2.4-py3-none-any.whl"


def test_unknown_roles_list_the_known() -> None:
    with pytest.raises(KeyError, match=r"no source 'lexicon'.*weights"):
        catalog.model("CharNER").source("lexicon")


def test_hashes_look_like_hashes() -> None:
    for item in (*catalog.WHEELS, *MEMBERS, *BUNDLED):
        assert re.fullmatch(r"[0-9a-f]{64}", item.sha256) and item.size > 0
    assert len({member.sha256 for member in MEMBERS}) == len(MEMBERS)


def test_wheels_of_a_model_come_once_each() -> None:
    assert [wheel.version for wheel in catalog.model("StemmerAnalyzer").wheels] == ["0.1.4.4", "0.2.4"]
