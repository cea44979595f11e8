"""CoNLL-U: what each column holds, and that any text comes out as a file that can be read."""

import json
import unicodedata

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from vnlp_colab.pipeline.conllu import conllu_block
from vnlp_colab.results import Sentence
from vnlp_colab.text.tokenise import TreebankWordTokenize


def parse(text):
    """Read CoNLL-U strictly: ``(comments, rows)`` of each sentence."""
    assert text == "" or text.endswith("\n\n")
    sentences = []
    for block in text.split("\n\n")[:-1]:
        lines = block.split("\n")
        comments = [line for line in lines if line.startswith("# ")]
        rows = [line.split("\t") for line in lines[len(comments) :]]
        assert all(len(row) == 10 and all(row) for row in rows)
        assert [row[0] for row in rows] == [str(i + 1) for i in range(len(rows))]
        sentences.append((dict(line[2:].split(" = ", 1) for line in comments), rows))
    return sentences


def text_of(rows):
    """Put a sentence's text together from its forms."""
    glued = [row[1] + ("" if "SpaceAfter=No" in row[9].split("|") else " ") for row in rows]
    return "".join(glued).strip()


def test_every_column():
    sentence = Sentence(
        text="Ayşe'ye geldi, 3|5 .",
        tokens=("Ayşe'ye", "geldi", ",", "3|5", "."),
        pos=("PROPN", "VERB", "PUNCT", "NUM", "PUNCT"),
        ner=("PER", "O", "O", "O", "O"),
        dep=((2, "obl"), (0, "root"), (2, "punct"), (2, "nmod:poss"), (2, "punct")),
        morph=("Ayşe+Noun+Prop", "gel+Verb+Pos", ",+Punc", "3|5+Num \\", ".+Punc"),
        lemma=("Ayşe", "gel", ",", "3|5", "."),
        sentiment=0.25,
    )
    assert conllu_block(sentence, "7", {"t_code": "A\t1", "text": "mine"}).split("\n") == [
        "# sent_id = 7",
        "# text = Ayşe'ye geldi, 3|5 .",
        "# t_code = A 1",
        "# column_text = mine",
        "# sentiment = 0.25",
        "1\tAyşe'ye\tAyşe\tPROPN\t_\t_\t2\tobl\t_\tMorph=Ayşe+Noun+Prop|NER=B-PER",
        "2\tgeldi\tgel\tVERB\t_\t_\t0\troot\t_\tMorph=gel+Verb+Pos|NER=O|SpaceAfter=No",
        "3\t,\t,\tPUNCT\t_\t_\t2\tpunct\t_\tMorph=,+Punc|NER=O",
        "4\t3|5\t3|5\tNUM\t_\t_\t2\tnmod:poss\t_\tMorph=3\\p5+Num\\s\\\\|NER=O",
        "5\t.\t.\tPUNCT\t_\t_\t2\tpunct\t_\tMorph=.+Punc|NER=O",
        "",
        "",
    ]


def test_what_no_model_said_is_empty():
    ((_, rows),) = parse(conllu_block(Sentence("a b", ("a", "b")), "1"))
    assert rows == [["1", "a", *"________"], ["2", "b", *"________"]]


def test_forms_are_those_of_the_text():
    text = "``Geldi'' dedi.\u2028 (evet)"
    ((comments, rows),) = parse(conllu_block(Sentence(text, tuple(TreebankWordTokenize(text))), "1"))
    assert [row[1] for row in rows][:3] == ["``", "Geldi", "''"]
    assert comments["text"] == "``Geldi'' dedi. (evet)" == text_of(rows)


@given(st.text(min_size=1).filter(str.strip))
@settings(deadline=None)
def test_forms_and_spaces_make_up_any_text(text):
    tokens = tuple(TreebankWordTokenize(text))
    named = Sentence(text, tokens, ner=("O",) * len(tokens), morph=tokens, lemma=tokens)
    ((comments, rows),) = parse(conllu_block(named, "1"))
    assert comments["text"] == text_of(rows)
    written = [unicodedata.normalize("NFC", token.text) for token in named]
    assert [row[1] for row in rows] == written
    if unicodedata.is_normalized("NFC", "".join(written)):
        assert comments["text"] == unicodedata.normalize("NFC", " ".join(text.split()))
    assert len(rows) == len(tokens)


class TestFile:
    def run(self, pipe, write, tmp_path, texts, **more):
        lines = (json.dumps({"sentence": text, **more}) + "\n" for text in texts)
        pipe.annotate_file(write("in.jsonl", "".join(lines)), tmp_path / "o.conllu", 2)
        return (tmp_path / "o.conllu").read_text(encoding="utf-8")

    def test_rows_and_their_other_columns(self, pipe, write, tmp_path):
        found = parse(self.run(pipe, write, tmp_path, ["Ali geldi.", "Kar"], no=5, part={"a": None}, sent_id="x y"))
        assert [comments["sent_id"] for comments, _ in found] == ["1", "2"]
        assert found[0][0]["no"] == "5"
        assert found[0][0]["part"] == '{"a": null}'
        assert found[0][0]["column_sent_id"] == "x y"
        assert [row[7] for row in found[0][1]] == ["P3al:a", "P3ge:g", "P3.+:."]

    @pytest.mark.parametrize("chunk", [1, 2, 512])
    def test_rows_without_tokens_are_counted(self, pipe, write, tmp_path, chunk, monkeypatch):
        monkeypatch.setattr("vnlp_colab.pipeline.streaming.ROWS_IN_CHUNK", chunk)
        found = parse(self.run(pipe, write, tmp_path, ["", "a", None, " ", "b", "c", "", ""]))
        assert [comments["sent_id"] for comments, _ in found] == ["2", "5", "6"]
        counted = [{key: value for key, value in comments.items() if "empty" in key} for comments, _ in found]
        assert counted == [{"empty_rows_before": "1"}, {"empty_rows_before": "2"}, {"empty_rows_after": "2"}]

    def test_the_summary_counts_rows_without_tokens(self, make_pipeline, write, tmp_path):
        pipe = make_pipeline("pos:TreeStackPoS", on_error="skip")
        path = write("in.jsonl", '{"sentence": "a"}\n{"sentence": 5}\n{"sentence": " "}\n')
        done = pipe.annotate_file(path, tmp_path / "o.conllu")
        assert (done.rows, done.failed, done.left_out) == (3, 1, 2)
        assert pipe.annotate_file(path, tmp_path / "o.jsonl").left_out == 0

    def test_no_row_has_tokens(self, pipe, write, tmp_path):
        assert self.run(pipe, write, tmp_path, ["", " "]) == "# empty_rows_only = 2\n"

    def test_columns_of_an_earlier_run_are_not_comments(self, pipe, write, tmp_path):
        assert "# tokens" not in self.run(pipe, write, tmp_path, ["a"], tokens=["a"])

    def test_only_what_was_asked_for(self, make_pipeline, write, tmp_path):
        ((_, (row,)),) = parse(self.run(make_pipeline(["ner:CharNER"]), write, tmp_path, ["Ali"]))
        assert row == ["1", "Ali", "_", "_", "_", "_", "_", "_", "_", "NER=B-PER"]
