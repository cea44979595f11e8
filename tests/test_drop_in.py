"""A program written for vngrs-nlp 0.2.4 runs with nothing but its import changed.

The signatures are those that 0.2.4 publishes: names, order and defaults of arguments. Ours may take more of them after
these, and a model's name may be ``None``, which means the task's default.
"""

from __future__ import annotations

import inspect
from typing import Any

import pytest

import vnlp_colab
from vnlp_colab.errors import ModelNotAvailable
from vnlp_colab.models import facades

REQUIRED = inspect.Parameter.empty
MODEL = {"model": None, "evaluate": False}
SENTENCE, TEXT = {"sentence": REQUIRED}, {"text": REQUIRED}
TOKENS, LIST = {"tokens": REQUIRED}, {"list_of_tokens": REQUIRED}

CLASSES: dict[str, dict[str, dict[str, Any]]] = {
    "StemmerAnalyzer": {"__init__": {"evaluate": False}, "predict": {**SENTENCE, "batch_size": 64}},
    "PoSTagger": {"__init__": MODEL, "predict": SENTENCE},
    "NamedEntityRecognizer": {"__init__": MODEL, "predict": {**SENTENCE, "displacy_format": False}},
    "DependencyParser": {
        "__init__": MODEL,
        "predict": {**SENTENCE, "displacy_format": False, "pos_result": None},
    },
    "SentimentAnalyzer": {"__init__": MODEL, "predict": TEXT, "predict_proba": TEXT},
    "SentenceSplitter": {"__init__": {}, "split_sentences": TEXT},
    "StopwordRemover": {
        "__init__": {},
        "dynamically_detect_stop_words": {**LIST, "rare_words_freq": 0},
        "add_to_stop_words": {"novel_stop_words": REQUIRED},
        "drop_stop_words": LIST,
    },
    "Normalizer": {
        "__init__": {},
        "lower_case": TEXT,
        "remove_punctuations": TEXT,
        "remove_accent_marks": TEXT,
        "deasciify": TOKENS,
        "correct_typos": TEXT,
        "convert_numbers_to_words": {**TOKENS, "num_dec_digits": 6, "decimal_seperator": ","},
    },
}
METHODS = [(name, method) for name, methods in CLASSES.items() for method in methods if method != "__init__"]


def parameters(call: Any) -> dict[str, Any]:
    """Arguments that can be given by position and by name, with their defaults."""
    both = inspect.Parameter.POSITIONAL_OR_KEYWORD
    return {name: each.default for name, each in inspect.signature(call).parameters.items() if each.kind is both}


@pytest.mark.parametrize("name", CLASSES)
def test_classes_are_made_alike(name: str) -> None:
    expected = CLASSES[name]["__init__"]
    found = parameters(getattr(vnlp_colab, name))
    assert list(found.items())[: len(expected)] == list(expected.items())
    assert REQUIRED not in found.values()


@pytest.mark.parametrize(("name", "method"), METHODS)
def test_methods_are_called_alike(name: str, method: str) -> None:
    given = inspect.getattr_static(getattr(vnlp_colab, name), method)
    found = parameters(getattr(given, "__func__", given))
    if not isinstance(given, staticmethod):
        del found["self"]
    expected = CLASSES[name][method]
    assert list(found.items())[: len(expected)] == list(expected.items())
    assert REQUIRED not in list(found.values())[len(expected) :]


@pytest.mark.parametrize("name", ["TreebankWordTokenize", "WordPunctTokenize"])
def test_tokenizers_are_called_alike(name: str) -> None:
    assert parameters(getattr(vnlp_colab, name)) == TEXT


class TestArgumentsByPosition:
    @pytest.fixture(autouse=True)
    def made(self, monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, dict[str, Any]]]:
        """What would be made, instead of models."""
        calls: list[tuple[str, dict[str, Any]]] = []
        monkeypatch.setattr("vnlp_colab.models.registry.create", lambda name, **given: calls.append((name, given)))
        return calls

    def test_without_arguments_a_class_takes_the_default(self, made: list[tuple[str, dict[str, Any]]]) -> None:
        for facade in (
            facades.PoSTagger,
            facades.NamedEntityRecognizer,
            facades.DependencyParser,
            facades.SentimentAnalyzer,
        ):
            facade()
        assert made == [(name, {}) for name in ("ContextPoS", "ContextNER", "ContextDP", "GRUSentimentAnalyzer")]

    def test_evaluation_is_a_sibling_of_the_model(self, made: list[tuple[str, dict[str, Any]]]) -> None:
        facades.PoSTagger("SPUContextPoS", True)
        facades.NamedEntityRecognizer("SPUContextNER", False)
        facades.DependencyParser("SPUContextDP", evaluate=True, device="cpu")
        facades.SentimentAnalyzer("SPUCBiGRUSentimentAnalyzer-eval", True)
        assert made == [
            ("SPUContextPoS-eval", {}),
            ("SPUContextNER", {}),
            ("SPUContextDP-eval", {"device": "cpu"}),
            ("SPUCBiGRUSentimentAnalyzer-eval", {}),
        ]

    def test_a_stemmer_goes_to_the_model_that_reads_analyses(self, made: list[tuple[str, dict[str, Any]]]) -> None:
        stemmer = object()
        facades.PoSTagger("TreeStackPoS", False, stemmer)
        facades.PoSTagger("SPUContextPoS", False, stemmer)
        facades.PoSTagger(stemmer_analyzer=stemmer)
        assert made == [("TreeStackPoS", {"stemmer": stemmer}), ("SPUContextPoS", {}), ("ContextPoS", {})]

    @pytest.mark.parametrize(
        ("facade", "model"),
        [
            (facades.PoSTagger, None),
            (facades.PoSTagger, "TreeStackPoS"),
            (facades.NamedEntityRecognizer, "CharNER"),
            (facades.DependencyParser, "Context"),
        ],
    )
    def test_models_without_a_sibling_say_which_have_one(self, facade: Any, model: str | None) -> None:
        with pytest.raises(ModelNotAvailable, match=r"-eval'; known .*SPUContext.*-eval"):
            facade(model, True)

    def test_the_stemmer_has_none(self) -> None:
        with pytest.raises(ModelNotAvailable, match="leave out 'evaluate'"):
            vnlp_colab.StemmerAnalyzer(True)


TEXT_OF_ALL = "Ayşe dün İstanbul'a gitti."


@pytest.mark.models
def test_answers_have_the_same_shapes() -> None:
    tokens = vnlp_colab.TreebankWordTokenize(TEXT_OF_ALL)
    stemmer = vnlp_colab.StemmerAnalyzer()
    found = stemmer.predict(TEXT_OF_ALL, batch_size=2)
    assert found == stemmer.predict(TEXT_OF_ALL) and list(map(type, found)) == [str] * len(tokens)
    tagged = vnlp_colab.PoSTagger().predict(sentence=TEXT_OF_ALL)
    for pairs in (tagged, vnlp_colab.NamedEntityRecognizer().predict(sentence=TEXT_OF_ALL)):
        assert [token for token, _ in pairs] == tokens
        assert all(type(pair) is tuple and type(pair[1]) is str for pair in pairs)
    parser = vnlp_colab.DependencyParser()
    arcs = parser.predict(sentence=TEXT_OF_ALL)
    assert [(index, token) for index, token, _, _ in arcs] == list(enumerate(tokens, 1))
    assert all(tuple(map(type, arc)) == (int, str, int, str) for arc in arcs)
    drawn = parser.predict(TEXT_OF_ALL, True, tagged)
    assert drawn["words"] == [{"text": token, "tag": tag} for token, tag in tagged]
    assert {"start", "end", "label", "dir"} == set(drawn["arcs"][0])
    marked = vnlp_colab.NamedEntityRecognizer().predict(TEXT_OF_ALL, True)
    assert set(marked) == {"text", "ents", "title"}
    analyzer = vnlp_colab.SentimentAnalyzer()
    assert type(analyzer.predict(text=TEXT_OF_ALL)) is int and type(analyzer.predict_proba(text=TEXT_OF_ALL)) is float


@pytest.mark.models
def test_text_tools_answer_with_the_same_types() -> None:
    normalizer = vnlp_colab.Normalizer()
    for tool in (normalizer.lower_case, normalizer.remove_punctuations, normalizer.remove_accent_marks):
        assert type(tool(text=TEXT_OF_ALL)) is str
    assert type(normalizer.correct_typos(text=TEXT_OF_ALL)) is str
    assert normalizer.deasciify(tokens=["guzel"]) == ["güzel"]
    assert normalizer.convert_numbers_to_words(["1.5"], 1, ".") == ["bir", "virgül", "beş"]
    assert vnlp_colab.SentenceSplitter().split_sentences(text="Gel. Git.") == ["Gel.", "Git."]
    remover = vnlp_colab.StopwordRemover()
    assert remover.add_to_stop_words(novel_stop_words=["ev"]) is None  # type: ignore[func-returns-value]
    assert "ev" in remover.stop_words and remover.drop_stop_words(list_of_tokens=["ev", "kapı"]) == ["kapı"]
