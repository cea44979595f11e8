"""The figures of the pages are those of the files beside them: what a program wrote, nobody has changed."""

import json
import re
import shutil
from pathlib import Path

import pytest

pytest.importorskip("benchmarks", reason="the benchmarks are in the repository, not in the package")

from benchmarks.accuracy import tables as accuracy
from benchmarks.render import bindings, page, variants
from benchmarks.render.text import figure

from benchmarks import cold, reliability, results, scale_page

DOCS = Path(__file__).resolve().parents[2] / "docs"
BLOCK = re.compile(r"<!-- bench:(\S+) -->\n(.*?)\n<!-- bench:\1 end -->", re.DOTALL)
WRITTEN = {"summary", "targets", "gpu", "bindings", "cold"}
"""What is made of several results, or of a file of its own."""
IMAGE = re.compile(r"^!\[.*\]\((.*)\)$", re.MULTILINE)


def known(name: str) -> dict:
    return json.loads((DOCS / name).read_text(encoding="utf-8"))


@pytest.fixture
def copied(tmp_path: Path):
    """Copies a page of the documentation; returns its place."""

    def copy(name: str) -> Path:
        return Path(shutil.copyfile(DOCS / name, tmp_path / name))

    return copy


def unchanged(path: Path) -> None:
    assert path.read_text(encoding="utf-8") == (DOCS / path.name).read_text(encoding="utf-8")


def test_the_page_of_figures(copied):
    path, kept = copied("performance.md"), known("performance/results.json")
    found = dict(BLOCK.findall(path.read_text(encoding="utf-8")))
    page.write(path, results.blocks(kept, {key: IMAGE.findall(block) for key, block in found.items()}))
    unchanged(path)
    others = {name: block for name, block in found.items() if name not in {*kept, *WRITTEN}}
    assert {*others.values()} <= {"Not measured yet."}, others
    assert all((DOCS / image).is_file() for block in found.values() for image in IMAGE.findall(block))


def test_the_variants(copied, tmp_path):
    path = copied("performance.md")
    variants.write(known("performance/variants.json"), tmp_path)
    unchanged(path)


def test_bound_memory(copied, tmp_path):
    path = copied("performance.md")
    bindings.write(known("performance/bindings.json"), tmp_path)
    unchanged(path)


def test_the_cold_stemmer(copied, tmp_path):
    path = copied("performance.md")
    cold.write(known("performance/cold.json"), tmp_path)
    unchanged(path)


def test_the_accuracy(copied):
    path = copied("models.md")
    accuracy.write_between_marks(path, accuracy.tables(known("models/accuracy.json")))
    unchanged(path)


def test_the_faults(copied, tmp_path, monkeypatch):
    path = copied("reliability.md")
    monkeypatch.setattr(reliability, "PAGE", path)
    monkeypatch.setattr(reliability, "RESULTS", tmp_path / "reliability.json")
    reliability.write(known("reliability.json"))
    unchanged(path)


def test_the_service(copied):
    service = pytest.importorskip("benchmarks.service", reason="needs the extra 'e2e'", exc_type=ImportError)
    path = copied("service.md")
    page.write(path, {"service": service.block(known("performance/service.json"))})
    unchanged(path)


def test_the_clusters(copied):
    path = copied("scale.md")
    page.write(path, scale_page.blocks(known("performance/scale.json")))
    unchanged(path)


def test_the_readme():
    """Its few figures, which people copy, are those of the page."""
    kept = known("performance/results.json")
    rows = [row for row in kept["classic-against"]["found"] if "times_in_bulk" in row]
    bulk = {row["subject"]: row["times_in_bulk"]["median"] for row in rows}
    whole = next(row for row in rows if row["subject"] == "pipeline classic")
    models = [times for subject, times in bulk.items() if not subject.startswith("pipeline")]
    readme = " ".join((DOCS.parent / "README.md").read_text(encoding="utf-8").split())
    assert f"{figure(min(models))} to {figure(max(models))} times as fast by model" in readme
    assert f"{figure(bulk['pipeline classic'])} times for all five" in readme
    together = f"{figure(whole['ours_in_bulk']['median'])} tokens a second for all five in bulk, "
    together += f"{figure(bulk['pipeline classic'])} times as fast as vngrs-nlp 0.1.4.4, "
    assert f"{together}and {figure(whole['times']['median'])} times on the same few sentences" in readme
    shared = kept["context-shared"]["found"]["tokens_per_second"]["pipeline pos, dep and ner"]
    assert f"do {figure(shared['median'])} tokens a second on two cores" in readme
