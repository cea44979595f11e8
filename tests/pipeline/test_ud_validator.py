"""What we write passes the validator of Universal Dependencies, levels 1 and 2 (udtools)."""

import io
import random
import unicodedata
from functools import cache

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from vnlp_colab import VNLPipeline
from vnlp_colab.pipeline.conllu import conllu_block
from vnlp_colab.pipeline.treebank import read_conllu
from vnlp_colab.results import Sentence
from vnlp_colab.text.tokenise import TreebankWordTokenize

udtools = pytest.importorskip("udtools", reason="udtools is not installed")


def faults(content):
    """Return what the validator finds wrong with the text of a file."""
    validator = _validator()
    state = validator.validate_file_handle(io.StringIO(content))
    validator.validate_end(state)
    return "" if state.passed() else str(state)


@cache
def _validator():
    return udtools.Validator(lang="ud", level=2, output=io.StringIO())


def annotated(text):
    """Return a text with a made-up analysis that has a tree."""
    tokens = tuple(TreebankWordTokenize(text))
    return Sentence(
        text,
        tokens,
        pos=("NOUN",) * len(tokens),
        ner=tuple("PER" if i % 3 else "O" for i in range(len(tokens))),
        dep=tuple((i, "dep" if i else "root") for i in range(len(tokens))),
        morph=tuple(f"{token}+Noun+A3sg" for token in tokens),
        lemma=tokens,
        feats=("Case=Nom|Number=Sing|Person=3",) * len(tokens),
        sentiment=0.5,
    )


HOSTILE = [
    "<\u0338 b",
    "\u0338",
    "\u0301 a",
    "``Geldi''",
    "# text = a",
    "a_ _ b",
    "x|y=z \\ a",
    "\ufeffa",
    "\x85 \x01 b",
]


def test_the_validator_finds_faults():
    assert faults(conllu_block(annotated("a b"), "1").replace("\t0\troot", "\t2\tdep"))
    assert faults("1\ta\n\n")
    assert not faults(conllu_block(annotated("a b"), "1"))


@pytest.mark.parametrize("text", HOSTILE)
def test_hostile_texts(text):
    assert faults(conllu_block(annotated(text), "1")) == ""


@given(st.one_of(st.text(min_size=1), st.text(alphabet="aşİ\u0327\u0301\u0338<=>'\"`., \u2028")).filter(str.strip))
@settings(deadline=None, max_examples=200)
def test_any_text(text):
    assert faults(conllu_block(annotated(text), "s-1", {"t_code": "A"})) == ""


def test_words_of_multi_word_tokens(tmp_path):
    source = tmp_path / "in.conllu"
    source.write_text(
        "1-2\tEvdeki\t_\t_\t_\t_\t_\t_\t_\tSpaceAfter=No\n"
        "1\tEvde\tev\tNOUN\t_\t_\t0\troot\t_\t_\n2\tki\tki\tADP\t_\t_\t1\tcase\t_\t_\n3\t.\t.\tPUNCT\t_\t_\t1\tpunct\t_\t_\n",
        encoding="utf-8",
    )
    (sentence,) = read_conllu(source)
    assert sentence.text == "Evdeki."
    assert faults(conllu_block(sentence, "1")) == ""


@pytest.mark.models
@pytest.mark.parametrize(
    "models", ["context", "stemmer,pos:TreeStackPoS,ner:CharNER,dep:TreeStackDP,sentiment:GRUSentimentAnalyzer"]
)
def test_files_of_real_models(models, tmp_path):
    draw = random.Random(1)
    letters = ["a", "ş", "i", " ", " ", ".", "'", '"', unicodedata.normalize("NFD", "Ğ"), "🎉"]
    texts = ["".join(draw.choices(letters, k=draw.randrange(1, 60))) for _ in range(40)]
    texts += ["Ali dün Ankara'da çok güzel bir film izledi.", "elma , armut , kiraz ve " * 15 + "nar .", *HOSTILE]
    (tmp_path / "in.csv").write_text(
        "sentence\n" + "".join(f'"{text.replace(chr(34), chr(34) * 2)}"\n' for text in texts)
    )
    VNLPipeline(models, progress=False).annotate_file(tmp_path / "in.csv", tmp_path / "out.conllu")
    content = (tmp_path / "out.conllu").read_text(encoding="utf-8")
    assert content.count("# sent_id") > 40
    assert faults(content) == ""


@pytest.mark.models
@pytest.mark.shared
def test_a_treebank_parsed_with_its_own_tokens(shared_dir, tmp_path):
    whole = (shared_dir / "data" / "ud" / "tr_boun-ud-dev.conllu").read_text(encoding="utf-8")
    part = "\n\n".join(whole.split("\n\n")[:60]) + "\n\n"
    (tmp_path / "in.conllu").write_text(part, encoding="utf-8")
    VNLPipeline("context", progress=False).annotate_file(tmp_path / "in.conllu", tmp_path / "out.conllu")
    gold, found = (list(read_conllu(tmp_path / name)) for name in ("in.conllu", "out.conllu"))
    assert [(a.text, a.tokens, a.spans) for a in gold] == [(b.text, b.tokens, b.spans) for b in found]
    assert faults((tmp_path / "out.conllu").read_text(encoding="utf-8")) == ""
