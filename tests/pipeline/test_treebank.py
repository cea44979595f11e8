"""CoNLL-U as input: the file's tokens are kept, and what is wrong with a file is said by line."""

import pytest

from vnlp_colab.errors import InputError
from vnlp_colab.pipeline.conllu import conllu_block
from vnlp_colab.pipeline.treebank import ConlluSource, read_conllu
from vnlp_colab.results import Sentence

# A multi-word token, an empty node, a gold token that the tokeniser would cut, a quotation mark, spaces left out.
GOLD = """\
# newdoc id = d
# sent_id = a-1
# text = Evdeki 'Ali!' dedi.
1-2\tEvdeki\t_\t_\t_\t_\t_\t_\t_\t_
1\tEvde\tev\tNOUN\t_\tCase=Loc|Number=Sing\t4\tobl\t_\t_
2\tki\tki\tADP\t_\t_\t1\tcase\t_\t_
3\t'\t'\tPUNCT\t_\t_\t4\tpunct\t_\tSpaceAfter=No
3.1\tyok\tyok\tVERB\t_\t_\t_\t_\t0:root\t_
4\tAli!\tAli\tPROPN\t_\t_\t0\troot\t_\tNER=B-PER|SpaceAfter=No
5\t'\t'\tPUNCT\t_\t_\t4\tpunct\t_\t_
6\tdedi\tde\tVERB\t_\t_\t4\tparataxis\t_\tSpaceAfter=No
7\t.\t.\tPUNCT\t_\t_\t4\tpunct\t_\t_

# sent_id = a-2
1\t12 000\t_\tNUM\t_\t_\t_\t_\t_\t_
2\tlira\t_\tNOUN\t_\t_\t_\t_\t_\t_
"""


def test_sentences_have_what_the_file_says(write):
    first, second = read_conllu(write("gold.conllu", GOLD))
    assert first.tokens == ("Evde", "ki", "'", "Ali!", "'", "dedi", ".")
    assert [token.text for token in first] == ["Evdeki", "Evdeki", "'", "Ali!", "'", "dedi", "."]
    assert first.spans[:3] == ((0, 6), (0, 6), (7, 8))
    assert first.dep[:2] == ((4, "obl"), (1, "case"))
    assert (first.lemma[0], first.pos[1], first.feats[:2]) == ("ev", "ADP", ("Case=Loc|Number=Sing", "_"))
    assert second == Sentence("12 000 lira", ("12 000", "lira"), pos=("NUM", "NOUN"))


def test_what_is_read_is_written_again(write):
    first = next(read_conllu(write("gold.conllu", GOLD)))
    block = conllu_block(first, "a-1", {"newdoc id": "d"})
    again = next(read_conllu(write("again.conllu", block)))
    assert again == first
    assert "1-2\tEvdeki\t_\t_" in block and "\n1\tEvde\t" in block and "# newdoc id = d\n" in block


@pytest.mark.parametrize(("written", "read"), [("0.25", 0.25), ("positive", None), ("nan", None), ("7", None)])
def test_the_sentiment_is_read_where_it_is_one(write, written, read):
    assert next(read_conllu(write("in.conllu", f"# sentiment = {written}\n{GOLD}"))).sentiment == read
    block = conllu_block(Sentence("a", ("a",), sentiment=0.1234567890123), "1")
    assert next(read_conllu(write("own.conllu", block))).sentiment == 0.1234567890123


@pytest.mark.parametrize("misc", ["Morph=_", "Morph=", "Morph", "NER=_", "NER=", "Morph=_|NER=", "X", "_"])
def test_values_that_are_left_open_are_none(write, misc):
    (found,) = read_conllu(write("in.conllu", f"1\tAli\tAli\tPROPN\t_\t_\t0\troot\t_\t{misc}\n"))
    assert (found.tokens, found.morph, found.ner) == (("Ali",), None, None)
    two = f"1\tAli\t_\t_\t_\t_\t_\t_\t_\t{misc}\n2\to\t_\t_\t_\t_\t_\t_\t_\tMorph=o+Pron|NER=B-PER\n"
    (found,) = read_conllu(write("two.conllu", two))
    assert (found.morph, found.ner) == (("_", "o+Pron"), ("O", "B-PER"))


@pytest.mark.parametrize("feats", ["Case=_", "Case=", "Case", "A=B|A=C", "A=b=c", "Case=Nom|Number[psor]=Sing"])
def test_features_are_read_as_they_are(write, feats):
    (found,) = read_conllu(write("in.conllu", f"1\tAli\tAli\tPROPN\t_\t{feats}\t0\troot\t_\t_\n"))
    assert found.feats == (feats,)
    (again,) = read_conllu(write("again.conllu", conllu_block(found, "1")))
    assert again == found


@pytest.mark.parametrize("morph", ["=+Punc", "a=b=c+Noun", "|+Punc", "\\+Punc"])
def test_analyses_of_signs_are_read_again(write, morph):
    given = Sentence("x y", ("x", "y"), morph=(morph, "y+Noun"))
    (found,) = read_conllu(write("in.conllu", conllu_block(given, "1")))
    assert found.morph == given.morph


def test_a_file_is_annotated_with_its_own_tokens(pipe, write, tmp_path, factory):
    pipe.annotate_file(write("gold.conllu", GOLD), tmp_path / "out.conllu")
    first, second = read_conllu(tmp_path / "out.conllu")
    assert first.tokens == ("Evde", "ki", "'", "Ali!", "'", "dedi", ".")
    assert second.tokens == ("12 000", "lira")
    assert sorted(factory.calls("stemmer")[0][1]) == sorted([list(first.tokens), list(second.tokens)])
    assert first.dep[3] == (3, "P7al:a")  # the stand-in parser's, not the file's
    written = (tmp_path / "out.conllu").read_text(encoding="utf-8")
    assert written.startswith("# sent_id = a-1\n# text = Evdeki 'Ali!' dedi.\n# newdoc id = d\n")
    assert "# sent_id = a-2\n" in written and "3.1" not in written


def test_a_file_becomes_a_table(pipe, write, tmp_path):
    import pyarrow.parquet as pq

    pipe.annotate_file(write("gold.conllu", GOLD), tmp_path / "out.parquet")
    table = pq.read_table(tmp_path / "out.parquet")
    assert table.column_names[:3] == ["sent_id", "sentence", "newdoc id"]
    assert table["newdoc id"].to_pylist() == ["d", None]
    assert table["tokens"].to_pylist()[1] == ["12 000", "lira"]


def test_given_tokens_survive_folders_of_runs(pipe, write, tmp_path):
    import pandas as pd
    import pyarrow.parquet as pq

    path = write("gold.conllu", GOLD.replace("2\tki\t", "2\tidi\t"))  # no part of the text is its own
    pipe.annotate_file(path, tmp_path / "single.parquet")
    for _ in range(2):
        pipe.annotate_file(path, tmp_path / "run", resume=True)
        assert pq.read_table(tmp_path / "run").equals(pq.read_table(tmp_path / "single.parquet"))
    (chunk,) = ConlluSource(path).chunks(9)
    frame = pd.DataFrame({"sentence": pd.Series(chunk.texts, dtype=object)})
    for _ in range(2):
        found = pipe.process_dataframe(frame, checkpoint=tmp_path / "frame")
        assert found["tokens"][0] == ["Evde", "idi", "'", "Ali!", "'", "dedi", "."]
        pd.testing.assert_frame_equal(found, pipe.process_dataframe(frame))


def test_own_output_can_be_annotated_again(pipe, write, tmp_path):
    pipe.annotate_file(write("in.jsonl", '{"sentence": "Ali `` geldi \'\' ."}\n'), tmp_path / "one.conllu")
    pipe.annotate_file(tmp_path / "one.conllu", tmp_path / "two.conllu")
    one, two = (list(read_conllu(tmp_path / name)) for name in ("one.conllu", "two.conllu"))
    assert [sentence.text for sentence in one] == [sentence.text for sentence in two]


ROW = "{}\ta\t_\t_\t_\t_\t{}\t_\t_\t_\n"


@pytest.mark.parametrize(
    ("content", "row", "says"),
    [
        ("1\ta\n", 1, "expected 10 columns"),
        ("# text = a\n\n1 a _ _ _ _ _ _ _ _\n", 3, "expected 10 columns"),
        (ROW.format("x", 0), 1, "number|valid"),
        (ROW.format(1, 0) + ROW.format(3, 1), 2, "expected token 2, found 3"),
        (ROW.format(1, 7), 1, "there is no token 7"),
        (ROW.format(1, "x"), 1, "head"),
        (ROW.format("1-3", "_") + ROW.format(1, 0) + ROW.format(2, 1), 1, "no tokens 1 to 3"),
        (ROW.format(1, 0) + "\n# text = b\n" + ROW.format(1, 0), 3, "forms must make up '# text'"),
        ("1\ta\t\t_\t_\t_\t_\t_\t_\t_\n", 1, "empty"),
    ],
)
def test_errors_name_the_line(write, content, row, says):
    with pytest.raises(InputError, match=says) as caught:
        list(read_conllu(write("bad.conllu", content)))
    assert caught.value.row == row and caught.value.path.name == "bad.conllu"


def test_a_file_without_a_sentence_is_empty(write):
    with pytest.raises(InputError, match="empty"):
        ConlluSource(write("none.conllu", "# comment\n\n"))


def test_there_is_no_text_column(pipe, write, tmp_path):
    with pytest.raises(InputError, match="leave out the text column"):
        pipe.annotate_file(write("gold.conllu", GOLD), tmp_path / "o.jsonl", text_column="text")


@pytest.mark.shared
@pytest.mark.parametrize("name", ["boun-ud-test", "imst-ud-dev", "pud-ud-test", "gb-ud-test"])
def test_treebanks(shared_dir, name):
    path = shared_dir / "data" / "ud" / f"tr_{name}.conllu"
    lines = path.read_text(encoding="utf-8").split("\n")
    sentences = list(read_conllu(path))
    assert len(sentences) == sum(line.startswith("# sent_id") for line in lines)
    assert sum(map(len, sentences)) == sum(line.split("\t")[0].isdigit() for line in lines)
    for sentence in sentences:
        assert sum(head == 0 for head, _ in sentence.dep) == 1
