"""Every row of the catalog is a model that can be made, converted, and was compared with upstream's."""

from __future__ import annotations

import ast
from importlib import import_module
from pathlib import Path

import pytest

from vnlp_colab import catalog
from vnlp_colab.convert import builders
from vnlp_colab.errors import InputError, ModelNotAvailable
from vnlp_colab.models import registry
from vnlp_colab.models.facades import (
    DependencyParser,
    NamedEntityRecognizer,
    PoSTagger,
    SentimentAnalyzer,
)

MODELS = [spec.name for spec in catalog.models() if spec.task is not None]
FACADES = {"pos": PoSTagger, "ner": NamedEntityRecognizer, "dep": DependencyParser, "sentiment": SentimentAnalyzer}


def golden_of() -> set[str]:
    """The models that the tests beside this one name in ``GOLDEN_OF``: whose golden outputs they check."""
    named: set[str] = set()
    for path in Path(__file__).parent.rglob("test_*golden*.py"):
        for node in ast.parse(path.read_text(encoding="utf-8")).body:
            if isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) == "GOLDEN_OF":
                named.update(ast.literal_eval(node.value))
    return named


def class_name(name: str) -> str:
    return name.removesuffix(catalog.EVAL_SUFFIX)


@pytest.mark.parametrize("name", MODELS)
def test_it_has_a_class(name: str) -> None:
    own = class_name(name)
    made = getattr(import_module(registry.CLASSES[own]), own)
    for method in ("predict", "predict_batch", "predict_proba_batch"):
        assert callable(getattr(made, method))


@pytest.mark.parametrize("name", [spec.name for spec in catalog.models()])
def test_it_has_a_builder(name: str) -> None:
    assert name in builders._BUILDERS


@pytest.mark.parametrize("name", sorted(set(map(class_name, MODELS))))
def test_it_was_compared_with_golden_outputs(name: str) -> None:
    assert name in golden_of(), f"no test_*golden*.py names {name} in GOLDEN_OF"


def test_no_class_or_builder_without_a_row() -> None:
    assert set(registry.CLASSES) == set(map(class_name, MODELS))
    assert set(builders._BUILDERS) == {spec.name for spec in catalog.models()}


def test_unknown_names() -> None:
    with pytest.raises(ModelNotAvailable, match=r"'Quux'.*StemmerAnalyzer"):
        registry.create("Quux")
    with pytest.raises(ModelNotAvailable, match=r"pos model 'CharNER'.*TreeStackPoS"):
        PoSTagger("CharNER")
    with pytest.raises(ModelNotAvailable, match="quux"):
        registry.create_for("quux", None)


@pytest.mark.parametrize(
    ("name", "option", "known"),
    [
        ("TreeStackPoS", "style", "device, threads, stemmer, precision, compat"),
        ("ContextPoS", "precission", "device, threads, style"),
        ("SPUContextPoS", "compat", "device, threads, evaluate, engine, precision"),
    ],
)
def test_unknown_options(name: str, option: str, known: str) -> None:
    with pytest.raises(InputError, match=f"the model {name} has no option '{option}'; its options: {known}$"):
        PoSTagger(name, **{option: "boun"})


@pytest.mark.models
@pytest.mark.parametrize(
    ("task", "name"),
    [("pos", "TreeStackPoS"), ("dep", "TreeStackDP"), ("ner", "CharNER"), ("sentiment", "GRUSentimentAnalyzer")],
)
def test_facades_pass_everything_on(task: str, name: str) -> None:
    facade = FACADES[task](name, device="cpu", threads=1)
    assert type(facade.instance).__name__ == name
    model = registry.create(name, device="cpu", threads=1)
    text = "Ali dün Ankara'ya gitti."
    assert facade.predict(text) == model.predict(text)
    assert facade.predict_batch([text, ""]) == model.predict_batch([text, ""])
    for own, other in zip(facade.predict_proba_batch([text]), model.predict_proba_batch([text]), strict=True):
        assert (own == other) if isinstance(own, float) else (own == other).all()
    assert facade.inference_session is model.inference_session
    assert (facade.input_names, facade.output_name) == (model.input_names, model.output_name)
    if task in ("dep", "ner"):
        assert facade.predict(text, displacy_format=True) == model.predict(text, displacy_format=True)
    if task == "sentiment":
        assert facade.predict_proba(text) == model.predict_proba(text)
