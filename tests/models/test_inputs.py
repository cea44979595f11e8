"""What a batch may be."""

from __future__ import annotations

import re
from collections.abc import Callable

import pandas as pd
import pytest

from vnlp_colab.errors import InputError
from vnlp_colab.models.inputs import as_texts, as_tokens, check_parallel


def test_strings_and_token_lists() -> None:
    assert as_tokens(["a b", ["c d", "e"], ("f",), "", []], str.split) == [["a", "b"], ["c d", "e"], ["f"], [], []]
    assert as_tokens([], str.split) == as_texts([]) == []


@pytest.mark.parametrize("check", [lambda batch: as_tokens(batch, str.split), as_texts])
def test_one_string_is_no_batch(check: Callable[[object], object]) -> None:
    with pytest.raises(InputError, match="not one string; use predict"):
        check("bir cümle")


@pytest.mark.parametrize("check", [lambda batch: as_tokens(batch, str.split), as_texts])
@pytest.mark.parametrize("wrong", [None, 7, b"ev"])
def test_no_batch_at_all(check: Callable[[object], object], wrong: object) -> None:
    with pytest.raises(InputError, match=f"takes a list of .*, not {type(wrong).__name__}"):
        check(wrong)


@pytest.mark.parametrize("check", [lambda batch: as_tokens(batch, str.split), as_texts])
def test_a_table_is_no_batch(check: Callable[[object], object]) -> None:
    with pytest.raises(InputError, match=r"predict_batch takes .*one column \(df\['text'\]\), not DataFrame"):
        check(pd.DataFrame({"text": ["ev"]}))
    with pytest.raises(InputError, match="not dict"):
        check({"text": ["ev"]})
    assert check(pd.Series(["ev", "su"]))


@pytest.mark.parametrize("item", [None, 7, float("nan"), {"a"}, b"bytes", ["a", None], ["a", ["b"]], [7]])
def test_other_items(item: object) -> None:
    with pytest.raises(InputError, match="row 1: ") as caught:
        as_tokens(["iyi", item], str.split)  # type: ignore[list-item]
    assert caught.value.row == 1


@pytest.mark.parametrize("item", [None, 7, float("nan"), b"bytes", ["a"]])
def test_other_texts(item: object) -> None:
    with pytest.raises(InputError, match=re.escape(f"row 1: a text must be a string, not {type(item).__name__}")):
        as_texts(["iyi", item])  # type: ignore[list-item]


def test_given_annotations_match() -> None:
    check_parallel("morph", [["x"], []], [["a"], []])
    with pytest.raises(InputError, match="morph has 1 items for 2 sentences"):
        check_parallel("morph", [["x"]], [["a"], []])
    with pytest.raises(InputError, match="row 1: morph has 2 items for 1 tokens") as caught:
        check_parallel("morph", [["x"], ["x", "y"]], [["a"], ["b"]])
    assert caught.value.row == 1
