"""The quickstart notebook: committed without outputs, and run from top to bottom, as in a checkout and as in Colab."""

from __future__ import annotations

import csv
import importlib.util
import io
import json
import os
import re
from base64 import b64decode
from collections.abc import Callable
from pathlib import Path
from typing import Any
from zipfile import ZipFile

import pytest

from vnlp_colab import TreebankWordTokenize, read_conllu

REPOSITORY = Path(__file__).resolve().parents[2]
SAMPLE = (REPOSITORY / "examples" / "sample.tsv").read_text(encoding="utf-8").splitlines()
STORY = [line.split("\t")[-1] for line in SAMPLE if line.startswith("ANL01")]
ENTITIES = {"Reşat Nuri Güntekin": "PER", "Bursa'da": "LOC", "Halide Edib": "PER", "İstanbul Üniversitesinde": "ORG"}

# What a user brings: his own names of columns, no chapters, a sentence with commas and quotes, and a cell left blank.
OWN = [("1", "Sabah İzmir'e gittik."), ("2", ""), ("3", '"Gel," dedi Ayşe, "gidelim."'), ("4", "Yağmur yağıyordu.")]

Notebook = dict[str, Any]
Run = Callable[[str], list[dict[str, Any]]]


class TestAsItIsCommitted:
    def test_there_are_no_outputs(self, quickstart: Notebook) -> None:
        for cell in quickstart["cells"]:
            if cell["cell_type"] == "code":
                assert cell["outputs"] == [] and cell["execution_count"] is None

    def test_it_is_a_notebook_of_python_3(self, quickstart: Notebook) -> None:
        assert (quickstart["nbformat"], quickstart["nbformat_minor"]) == (4, 5)
        assert quickstart["metadata"]["kernelspec"]["name"] == "python3"
        ids = [cell["id"] for cell in quickstart["cells"]]
        assert len(set(ids)) == len(ids)

    def test_its_format_is_valid(self, quickstart: Notebook) -> None:
        nbformat = pytest.importorskip("nbformat", reason="the extra 'notebook' is not installed")
        nbformat.validate(quickstart)

    def test_its_story_is_that_of_the_examples(self, code: dict[str, str]) -> None:
        cell: dict[str, Any] = {}
        exec(code["story"] + "\n" + code["sample"], cell)
        told = [line for line in cell["STORY"].splitlines() if not line.startswith("#")]
        assert " ".join(told).split() == " ".join(STORY).split()
        assert {"\t".join(map(str, row)) for row in cell["SAMPLE"]} < set(SAMPLE)


def execute(quickstart: Notebook, folder: Path, filled: dict[str, str], **environment: str) -> Run:
    """Run the notebook in a folder, with some parameters filled in; returns what gives a cell's outputs."""
    for package in ("nbclient", "ipykernel", "matplotlib", "spacy"):
        pytest.importorskip(package, reason="the extra 'notebook' is not installed")
    import nbformat
    from nbclient import NotebookClient

    notebook = nbformat.reads(json.dumps(quickstart), as_version=4)
    for given, wanted in filled.items():
        (cell,) = (cell for cell in notebook.cells if given in cell.source)
        cell.source = cell.source.replace(given, wanted)
    client = NotebookClient(notebook, timeout=600, kernel_name="python3", resources={"metadata": {"path": str(folder)}})
    client.execute(env={**os.environ, **environment})
    outputs = {cell.id: cell.outputs for cell in notebook.cells if cell.cell_type == "code"}
    return outputs.__getitem__


def printed(outputs: list[dict[str, Any]]) -> str:
    return "".join(output["text"] for output in outputs if output.get("name") == "stdout")


def shown(outputs: list[dict[str, Any]], kind: str) -> list[str]:
    return [output["data"][kind] for output in outputs if kind in output.get("data", {})]


def check_picture(outputs: list[dict[str, Any]]) -> None:
    """One PNG, wide enough to be read, and with something on it."""
    from matplotlib.image import imread

    (png,) = shown(outputs, "image/png")
    pixels = imread(io.BytesIO(b64decode(png)))
    height, width, _ = pixels.shape
    assert width > 800 and height > 150
    painted = (pixels[..., :3] < 0.7).any(axis=-1).mean()
    assert 0.002 < painted < 0.5


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where the notebook lies in a checkout, beside the examples."""
    root = tmp_path_factory.mktemp("checkout")
    (root / "examples").symlink_to(REPOSITORY / "examples")
    (root / "notebooks").mkdir()
    return root / "notebooks"


@pytest.fixture(scope="module")
def run(quickstart: Notebook, folder: Path) -> Run:
    return execute(quickstart, folder, {})


@pytest.mark.slow
@pytest.mark.models
@pytest.mark.network
@pytest.mark.timeout(900)
class TestInACheckout:
    def test_nothing_is_installed(self, run: Run) -> None:
        assert re.fullmatch(r"vnlp-colab \S+ is there: nothing to install\.\n", printed(run("install")))

    def test_nothing_is_complained_about(self, run: Run, code: dict[str, str]) -> None:
        # TensorFlow logs what it likes about a machine, and matplotlib that its first import there takes long.
        cells = [run(name) for name in code if name != "loader"]
        said = [output["text"] for outputs in cells for output in outputs if output.get("name") == "stderr"]
        assert [text for text in said if "font cache" not in text] == []

    def test_it_says_what_it_runs_on(self, run: Run) -> None:
        assert re.match(r"The models run on the (GPU|processor)\.\n", printed(run("device")))

    def test_a_sentence_is_drawn(self, run: Run) -> None:
        (table,) = shown(run("sentence"), "text/html")
        assert re.findall(r"<td>(\w+)</td>\s*<td>(\w+)</td>\s*<td>VERB</td>", table) == [("yaptı", "yap")]
        parse, entities = shown(run("render"), "text/html")
        assert parse.count("<svg") == 1 and "Güntekin" in parse and "nsubj" in parse
        marked = re.sub(r"\s+", " ", re.sub(r"<(?!/?mark)[^>]+>", "", entities))
        found = re.findall(r"<mark[^>]*> ?(.+?) (PER|LOC|ORG) ?</mark>", marked.replace("&#x27;", "'"))
        assert dict(found) == ENTITIES

    def test_the_table_is_annotated_whole(self, run: Run) -> None:
        tokens = sum(len(TreebankWordTokenize(line.split("\t")[-1])) for line in SAMPLE)
        assert printed(run("table")).startswith(f"{len(SAMPLE)} rows, {tokens} tokens in ")
        (shares,) = shown(run("shares"), "text/html")
        assert {line.split("\t")[0] for line in SAMPLE} <= set(re.findall(r">(\w+)</th>", shares))

    def test_the_book_is_split_and_annotated(self, run: Run) -> None:
        tokens = sum(map(len, map(TreebankWordTokenize, STORY)))
        assert printed(run("book")) == f"{len(STORY)} sentences, {tokens} tokens\n"

    @pytest.mark.parametrize("name", ["labels", "names", "sentiment"])
    def test_plots(self, run: Run, name: str) -> None:
        check_picture(run(name))

    def test_tables_of_words_and_sentences(self, run: Run) -> None:
        (vocabulary,) = shown(run("vocabulary"), "text/html")
        assert "saat (16)" in vocabulary and "İdil (9)" in vocabulary and "bir (" not in vocabulary
        (extremes,) = shown(run("extremes"), "text/html")
        chances = [float(cell) for cell in re.findall(r">(0\.\d{3})</td>", extremes)]
        assert len(chances) == 8 and max(chances[:4]) < min(chances[4:])

    def test_both_loaders_give_the_same(self, run: Run) -> None:
        with_tensorflow = importlib.util.find_spec("tensorflow") is not None
        expected = r"tf\.data: [\d,]+ rows a second; the same annotation: True" if with_tensorflow else "not installed"
        assert re.search(expected, printed(run("loader")))

    def test_tools(self, run: Run) -> None:
        chosen, possible = shown(run("morphology"), "text/html")
        assert "oku+Verb+Pos^DB+Adj+PastPart+P3sg" in chosen and possible.count("<tr>") > 5
        said = printed(run("tools")).splitlines()
        assert said[:3] == [
            "Dün akşam rüzgar çok sert esiyordu",
            "Çok güzel bir gün geçirdik.",
            "bin dokuz yüz yirmi üç",
        ]
        assert "okyanus" in said[3]

    def test_results_are_saved(self, run: Run, folder: Path) -> None:
        import pandas as pd

        tokens = [token for text in STORY for token in TreebankWordTokenize(text)]
        assert printed(run("save")).count(f": {len(STORY)} rows, {len(tokens)} tokens\n") == 2
        saved = pd.read_parquet(folder / "results" / "book.parquet")
        assert list(saved["sentence"]) == STORY and saved["sentiment"].between(0, 1).all()
        assert [sentence.text for sentence in read_conllu(folder / "results" / "book.conllu")] == STORY
        with (folder / "results" / "book_tokens.csv").open(encoding="utf-8-sig", newline="") as file:
            rows = list(csv.DictReader(file))
        assert len(rows) == len(tokens) and rows[-1]["row"] == str(len(STORY) - 1)
        assert printed(run("conllu")).startswith("# sent_id = ")
        assert "results.zip" in printed(run("download"))


@pytest.mark.slow
@pytest.mark.models
@pytest.mark.network
@pytest.mark.timeout(900)
def test_as_in_colab_with_a_table_of_ones_own(quickstart: Notebook, tmp_path: Path) -> None:
    colab = tmp_path / "packages" / "google" / "colab"
    colab.mkdir(parents=True)
    (colab / "__init__.py").touch()
    (colab / "files.py").write_text("def download(path): print('downloading', path)\n")
    content = tmp_path / "content"
    content.mkdir()
    with (content / "kitap.csv").open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows([("no", "cümle"), *OWN])
    filled = {'BOOK = ""': 'BOOK = "kitap.csv"', 'TEXT_COLUMN = "sentence"': 'TEXT_COLUMN = "cümle"'}
    run = execute(quickstart, content, filled, PYTHONPATH=str(tmp_path / "packages"))
    assert printed(run("table")).startswith("16 rows, ")
    assert printed(run("book")).startswith(f"{len(OWN)} sentences, ")
    for name in ("labels", "names", "sentiment"):
        check_picture(run(name))
    assert printed(run("download")) == f"downloading {content / 'results.zip'}\n"
    with ZipFile(content / "results.zip") as archive:
        names = {Path(name).name for name in archive.namelist()} - {""}
    assert {"book.csv", "book.parquet", "book.conllu", "book_tokens.csv"} <= names
    found = list(read_conllu(content / "results" / "book.conllu"))
    assert [sentence.text for sentence in found] == [text for _, text in OWN if text]
