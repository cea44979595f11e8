"""The variants with weights of 16 bits label as their models do, in half the bytes."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from vnlp_colab import catalog
from vnlp_colab.models.registry import create
from vnlp_colab.store import Bundle, bundle
from vnlp_colab.text.tokenise import TreebankWordTokenize

pytestmark = pytest.mark.models

NAMES = ["StemmerAnalyzer", "TreeStackPoS", "TreeStackDP", "CharNER", "GRUSentimentAnalyzer"]
FLOOR = 0.999
TEXT = "# text = "


def graph_bytes(found: Bundle) -> int:
    return sum(found.path(name).stat().st_size for name in found.files if name.endswith(".onnx"))


def units(labels: list[Any]) -> list[Any]:
    return [unit for row in labels for unit in (row if isinstance(row, list) else [row])]


@pytest.fixture(scope="module")
def sentences(shared_dir: Path) -> list[str]:
    # Word salad leaves the parser in doubt, as can longer sentences, which it reads in windows; one narrow decision
    # that falls the other way then turns the arcs after it.
    path = shared_dir / "data" / "ud" / "tr_boun-ud-test.conllu"
    lines = path.read_text(encoding="utf-8").splitlines()
    texts = [line.removeprefix(TEXT) for line in lines if line.startswith(TEXT)][::10]
    return [text for text in texts if len(TreebankWordTokenize(text)) <= 40]


@pytest.mark.parametrize("name", NAMES)
def test_labels_are_the_models_own(name: str, sentences: list[str]) -> None:
    model, variant = (create(wanted, device="cpu", threads=1) for wanted in (name, f"{name}-fp16"))
    assert type(variant) is type(model) and variant.inference_session is not model.inference_session
    expected, found = (units(each.predict_batch(sentences)) for each in (model, variant))
    assert len(expected) >= len(sentences) > 90
    agreeing = sum(a == b for a, b in zip(expected, found, strict=True))
    assert agreeing >= FLOOR * len(expected)


@pytest.mark.parametrize("name", [*NAMES, "WordVectors"])
def test_graphs_are_half_as_large(name: str) -> None:
    model, variant = bundle(name), bundle(f"{name}-fp16")
    assert graph_bytes(variant) < 0.51 * graph_bytes(model)
    assert variant.manifest["precision"] == "fp16" and "precision" not in model.manifest
    # What is no graph is the same file.
    rest = ({e["name"]: e["sha256"] for e in b.manifest["files"] if not e["name"].endswith(".onnx")}
            for b in (model, variant))  # fmt: skip
    assert next(rest) == next(rest)


def test_the_class_and_the_name_are_two_ways_to_one_network() -> None:
    named, classed = create("CharNER-fp16", device="cpu"), create("CharNER", device="cpu", precision="fp16")
    assert named.inference_session is classed.inference_session
    assert catalog.model("CharNER-fp16").measured is not None


def test_a_variants_own_helpers_are_variants() -> None:
    tagger = create("TreeStackPoS-fp16", device="cpu", threads=1)
    tagger.predict_batch(["Ali geldi ."])
    stemmer = create("StemmerAnalyzer-fp16", device="cpu")
    assert tagger._stemmer.inference_session is stemmer.inference_session


def test_pieces_models_take_a_precision(stand_ins: Any) -> None:
    model = stand_ins("SPUContextPoS")
    variant = stand_ins("SPUContextPoS-fp16")
    assert graph_bytes(stand_ins.bundle("SPUContextPoS-fp16")) < 0.51 * graph_bytes(stand_ins.bundle("SPUContextPoS"))
    (own,), (other,) = (each.predict_proba_batch([["Ali", "eve", "geldi", "."]]) for each in (variant, model))
    assert own.shape == other.shape and 0 < abs(own - other).max() < 0.01
    assert variant.inference_session is stand_ins("SPUContextPoS", precision="fp16").inference_session
