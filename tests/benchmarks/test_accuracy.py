"""The program that measures accuracy: what it hands to systems, and what it writes."""

from __future__ import annotations

import json
import sys

import pytest

pytest.importorskip("benchmarks", reason="the benchmarks are in the repository, not in the package")

from benchmarks.accuracy import __main__ as program
from benchmarks.accuracy import measure
from benchmarks.accuracy.systems import SYSTEMS, System
from benchmarks.accuracy.tables import BEGIN, END, tables, write_between_marks
from training.data.conllu import Tree

CONLLU = """# text = O "Evdeydim" dedi.
1\tO\to\tPRON\t_\t_\t6\tnsubj\t_\t_
2\t"\t"\tPUNCT\t_\t_\t3\tpunct\t_\tSpaceAfter=No
3-4\tEvdeydim\t_\t_\t_\t_\t_\t_\t_\tSpaceAfter=No
3\tEvde\tev\tNOUN\t_\tCase=Loc\t6\tccomp\t_\t_
4\tydim\ti\tAUX\t_\t_\t3\tcop\t_\t_
5\t"\t"\tPUNCT\t_\t_\t3\tpunct\t_\t_
6\tdedi\tde\tVERB\t_\t_\t0\troot\t_\tSpaceAfter=No
7\t.\t.\tPUNCT\t_\t_\t6\tpunct\t_\t_

# text = Gel.
1\tGel\tgel\tVERB\t_\t_\t0\troot\t_\tSpaceAfter=No
2\t.\t.\tPUNCT\t_\t_\t1\tpunct\t_\t_

"""


def annotate(words, style, threads):
    """Everything is a root that is a noun, and in style kenet a verb."""
    tag = "VERB" if style == "kenet" else "NOUN"
    return [
        Tree(tuple(row), (tag,) * len(row), ("_",) * len(row), tuple(row), (0,) * len(row), ("root",) * len(row))
        for row in words
    ]


def label(words, source, threads):
    return [["B-PER", *["O"] * (len(row) - 1)] for row in words]


SYSTEM = System("Fake", "ner:ContextNER", annotate, label, styled=True, missing=frozenset(("Lemmas",)))


@pytest.fixture
def data(tmp_path):
    (tmp_path / "ud29").mkdir()
    (tmp_path / "ner").mkdir()
    (tmp_path / "ud29" / "tr_boun-ud-test.conllu").write_text(CONLLU, encoding="utf-8")
    (tmp_path / "ner" / "wikiner.test.conll").write_text("Ali\tB-PERSON\ngeldi\tO\n\nBir\tO\n", encoding="utf-8")
    return tmp_path


@pytest.fixture
def splitter(monkeypatch):
    class Splitter:
        def split_sentences(self, text):
            return text.replace(" Gel", "\nGel").split("\n")

    monkeypatch.setattr(measure, "SentenceSplitter", Splitter)


def test_trees(data, splitter):
    found = measure.measure_trees(SYSTEM, data, ["boun"], ["kenet", "boun"], 1, lambda line: None)
    gold, raw = found["boun"]["gold"], found["boun"]["raw"]
    assert "Lemmas" not in gold and found["all"]["gold"] == gold
    assert gold["Words"]["value"] == 100 and gold["UPOS"]["value"] == 11.11
    assert (raw["Sentences"]["value"], raw["Tokens"]["value"]) == (100, 100)
    # 9 gold words, and 8 of the system's, which leaves the multi-word token whole.
    assert raw["Words"]["value"] == round(200 * 7 / 17, 2)
    assert found["boun"]["rows"] == raw
    assert list(found["boun"]["styles"]) == ["kenet"] and found["boun"]["styles"]["kenet"]["UPOS"]["value"] == 22.22


def test_entities(data):
    found = measure.measure_entities(SYSTEM, data, ["wikiner"], 1, lambda line: None)
    assert found["wikiner"]["own"]["all"]["value"] == round(200 / 3, 2)
    assert set(found["wikiner"]) == {"own", "default"}


def test_the_program_keeps_what_it_did_not_measure(data, splitter, monkeypatch, tmp_path):
    page, figures = tmp_path / "page.md", tmp_path / "figures.json"
    page.write_text(f"before\n{BEGIN}\nformer table\n{END}\nafter\n", encoding="utf-8")
    figures.write_text(json.dumps({"Other": {"not_measured": "so"}}))
    monkeypatch.setattr(program, "SYSTEMS", (SYSTEM,))
    monkeypatch.setattr(program.store, "bundle", lambda name: None)
    monkeypatch.setattr(System, "made_of", lambda self: {"x": "1"})
    monkeypatch.setattr(program, "is_trained", lambda *given: True)
    common = ["accuracy", "--data", str(data), "--json", str(figures), "--page", str(page), "--styles"]
    for chosen in (["--treebanks", "boun", "--entities"], ["--treebanks", "--entities", "wikiner"]):
        monkeypatch.setattr(sys, "argv", [*common, *chosen])
        program.main()
    known = json.loads(figures.read_text())
    assert list(known) == ["Other", "Fake"]
    assert list(known["Fake"]["treebanks"]) == ["boun"] and list(known["Fake"]["entities"]) == ["wikiner"]
    text = page.read_text(encoding="utf-8")
    assert text.startswith("before\n") and text.endswith(f"{END}\nafter\n") and "former table" not in text
    assert "| BOUN | Fake | 11.1 [" in text and "Other" in text
    # Other weights: nothing of the old figures may stand beside the new ones.
    monkeypatch.setattr(System, "made_of", lambda self: {"x": "2"})
    program.main()
    assert json.loads(figures.read_text())["Fake"]["treebanks"] == {}


def test_stand_ins_are_not_scored(data, monkeypatch, tmp_path):
    page, figures = tmp_path / "page.md", tmp_path / "figures.json"
    page.write_text(f"{BEGIN}{END}", encoding="utf-8")
    monkeypatch.setattr(program, "SYSTEMS", (SYSTEM,))
    monkeypatch.setattr(program.store, "bundle", lambda name: None)
    monkeypatch.setattr(sys, "argv", ["accuracy", "--data", str(data), "--json", str(figures), "--page", str(page)])
    program.main()
    assert json.loads(figures.read_text()) == {
        "Fake": {"not_measured": "the weights on the machine that measured were not trained ones"}
    }


@pytest.mark.parametrize("content", ["", BEGIN, f"{END}{BEGIN}", f"{BEGIN}{END}{BEGIN}{END}"])
def test_a_page_without_its_marks_stays_as_it_is(tmp_path, content):
    page = tmp_path / "page.md"
    page.write_text(content, encoding="utf-8")
    with pytest.raises(ValueError, match="must have"):
        write_between_marks(page, "x")
    assert page.read_text(encoding="utf-8") == content


def test_weights_that_are_not_there_are_no_figures():
    (spu,) = (system for system in SYSTEMS if system.name == "SPUContext")
    assert {"Lemmas", "Feats", "UFeats"} == spu.missing
    assert "trained weights were not to be had: SPUContext" in tables({"SPUContext": {"not_measured": "so"}})


def test_the_page_has_the_marks():
    page = program._DOCS / "models.md"
    text = page.read_text(encoding="utf-8")
    assert text.count(BEGIN) == text.count(END) == 1
