"""Sentences as lines for a terminal."""

from vnlp_colab.cli.layout import interlinear
from vnlp_colab.results import Sentence


def sentence(count):
    tokens = tuple(f"söz{i}" for i in range(count))
    return Sentence(" ".join(tokens), tokens, pos=("NOUN",) * count, ner=("O",) * count)


def test_a_long_sentence_is_cut_into_stripes():
    lines = list(interlinear(sentence(25), 40))
    assert all(len(line) <= 40 for line in lines)
    assert [line.split()[0] for line in lines[:3]] == ["1", "token", "pos"]
    shown = [word for line in lines if line.startswith("token") for word in line.split()[1:]]
    assert tuple(shown) == sentence(25).tokens


def test_a_line_is_as_full_as_it_can_be():
    lines = list(interlinear(sentence(9), 7 + 9 * 6 - 2))
    assert len(lines) == 3
    assert len(list(interlinear(sentence(9), 7 + 9 * 6 - 3))) == 6


def test_a_token_wider_than_the_terminal_has_a_stripe_for_itself():
    wide = Sentence(" ".join(["a", "b" * 50, "c"]), ("a", "b" * 50, "c"))
    shown = [line.split()[1:] for line in interlinear(wide, 20) if line.startswith("token")]
    assert shown == [["a"], ["b" * 50], ["c"]]


def test_what_no_model_said_has_no_line():
    assert list(interlinear(Sentence("a", ("a",), ner=("O",)), 80)) == ["       1", "token  a"]
    assert list(interlinear(Sentence("", (), pos=()), 80)) == []
