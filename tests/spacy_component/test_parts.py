"""Sentences, tokens and trees of the spaCy component, without models."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

spacy = pytest.importorskip("spacy")

from vnlp_colab.spacy.sentences import pieces_of, splitter_for, starts_in  # noqa: E402
from vnlp_colab.spacy.tokenizer import VnlpTokenizer  # noqa: E402
from vnlp_colab.spacy.trees import tree_of  # noqa: E402
from vnlp_colab.text.tokenise import TreebankWordTokenize  # noqa: E402

SPLITTER = splitter_for("spacy")
BLANK = spacy.blank("tr")
TOKENIZER = VnlpTokenizer(BLANK.vocab)
TEXTS = st.text(alphabet=st.sampled_from("aAbİ.!?'\"` \n\t\u00a0,5"), max_size=40) | st.text(max_size=30)


def split(text):
    starts = starts_in(text, SPLITTER)
    return (
        [text[start:end].strip() for start, end in zip(starts, [*starts[1:], len(text)], strict=True)] if starts else []
    )


@pytest.mark.parametrize(
    ("text", "sentences"),
    [
        ("", []),
        (" \n ", []),
        ("Dr. Ali geldi. Prof. Öz gitti.", ["Dr. Ali geldi.", "Prof. Öz gitti."]),
        ("  Bir.   İki!\n\nÜç", ["Bir.", "İki!", "Üç"]),
        ("5. Sınıfta M. Kemal vardı. Evet.", ["5. Sınıfta M. Kemal vardı.", "Evet."]),
        ("T.C. Merkez Bankası faizi artırdı. Sonra?", ["T.C. Merkez Bankası faizi artırdı.", "Sonra?"]),
    ],
)
def test_sentences(text, sentences):
    assert split(text) == sentences


@given(TEXTS)
def test_sentences_are_those_of_the_splitter(text):
    wanted = ["".join(sentence.split()) for sentence in SPLITTER.split_sentences(text)]
    assert ["".join(sentence.split()) for sentence in split(text)] == [sentence for sentence in wanted if sentence]


@given(TEXTS)
def test_the_tokenizer_keeps_every_character_and_the_tokens_of_the_models(text):
    doc = TOKENIZER(text)
    assert doc.text == text
    words = [token.text for token in doc if not token.is_space]
    read = {"``": '"', "''": '"'}
    wanted = [token for sentence in split(text) for token in TreebankWordTokenize(sentence)]
    assert [read.get(word, word) for word in words] == wanted
    assert len(list(doc.sents)) == max(len(split(text)), min(len(doc), 1))


@given(TEXTS)
def test_pieces_cover_a_doc_and_hold_its_words(text):
    for doc in (TOKENIZER(text), BLANK.make_doc(text)):
        pieces = pieces_of(doc, SPLITTER)
        assert [place for piece in pieces for place in range(piece.start, piece.end)] == list(range(len(doc)))
        assert [place for piece in pieces for place in piece.places] == [t.i for t in doc if t.text.strip()]
        for piece in pieces:
            for place, (start, end) in zip(piece.places, piece.text.spans, strict=True):
                assert str(piece.text)[start:end] == doc[place].text


@given(st.integers(1, 12).flatmap(lambda n: st.lists(st.integers(-1, n + 1), min_size=n, max_size=n)))
def test_trees_have_one_root_that_all_tokens_reach(heads):
    tree = tree_of(heads)
    assert tree.count(0) == 1
    for token in range(1, len(tree) + 1):
        for _ in tree:
            token = tree[token - 1] if token else 0
        assert token == 0
    changed = sum(before != after for before, after in zip(heads, tree, strict=True))
    assert changed == 0 or tree_of(tree) == tree


@pytest.mark.parametrize(
    ("heads", "tree"),
    [
        ([2, 0, 2], [2, 0, 2]),
        ([0, 0, 2], [0, 1, 2]),
        ([2, 1, 0, 3], [3, 1, 0, 3]),
        ([2, 3, 1], [0, 3, 1]),
        ([1], [0]),
        ([9, 0], [2, 0]),
        ([], []),
    ],
)
def test_what_is_no_tree_is_mended(heads, tree):
    assert tree_of(heads) == tree


def test_the_tokenizer_by_spacys_own_name():
    nlp = spacy.blank("tr", config={"nlp": {"tokenizer": {"@tokenizers": "vnlp.Tokenizer.v1"}}})
    assert [token.text for token in nlp("İstanbul'da ``kitap''.")] == ["İstanbul'da", "``", "kitap", "''", "."]
    assert [sentence.text for sentence in nlp("Bir. İki.").sents] == ["Bir.", "İki."]


def test_a_pipeline_with_the_tokenizer_is_saved_with_it(make, tmp_path):
    nlp = make(models=["pos"], tokenizer="vnlp")
    nlp.to_disk(tmp_path)
    text = "Ali ``geldi''. Sonra gitti."
    loaded = spacy.load(tmp_path)
    assert loaded(text).to_json() == nlp(text).to_json()
    assert loaded.config["nlp"]["tokenizer"]["@tokenizers"] == "vnlp.Tokenizer.v1"
    assert [token.text for token in loaded("``geldi''")] == ["``", "geldi", "''"]
