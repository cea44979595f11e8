"""What is no text, or no list of tokens, is refused in words that say what was expected."""

from __future__ import annotations

import contextlib
from collections.abc import Callable
from typing import Any

import pandas as pd
import pyarrow as pa
import pytest

from vnlp_colab import (
    Normalizer,
    SentenceSplitter,
    StopwordRemover,
    TreebankWordTokenize,
    VNLPipeline,
    WordPunctTokenize,
)
from vnlp_colab.errors import InputError
from vnlp_colab.text.checks import check_no_table

OF_TEXT: dict[str, Callable[[], Callable[[Any], Any]]] = {
    "TreebankWordTokenize": lambda: TreebankWordTokenize,
    "WordPunctTokenize": lambda: WordPunctTokenize,
    "lower_case": lambda: Normalizer.lower_case,
    "remove_punctuations": lambda: Normalizer.remove_punctuations,
    "remove_accent_marks": lambda: Normalizer.remove_accent_marks,
    "split_sentences": lambda: SentenceSplitter().split_sentences,
    "correct_typos": lambda: Normalizer.correct_typos,
}
OF_TOKENS: dict[str, Callable[[], Callable[[Any], Any]]] = {
    "deasciify": lambda: Normalizer.deasciify,
    "convert_numbers_to_words": lambda: Normalizer.convert_numbers_to_words,
    "drop_stop_words": lambda: StopwordRemover().drop_stop_words,
    "add_to_stop_words": lambda: StopwordRemover().add_to_stop_words,
    "dynamically_detect_stop_words": lambda: StopwordRemover().dynamically_detect_stop_words,
}


@pytest.mark.models
@pytest.mark.parametrize("tool", OF_TEXT)
@pytest.mark.parametrize("wrong", [None, 5, b"ev", ["ev"]])
def test_no_text(tool: str, wrong: Any) -> None:
    with pytest.raises(InputError, match=f"a text must be a string, not {type(wrong).__name__}"):
        OF_TEXT[tool]()(wrong)


@pytest.mark.models
@pytest.mark.parametrize("tool", OF_TOKENS)
@pytest.mark.parametrize(
    ("wrong", "says"),
    [
        (None, "a list of tokens is needed, not NoneType"),
        (b"ev", "a list of tokens is needed, not bytes"),
        ("bir ev", "not one string; split it first"),
        (["ev", None], "token 1 must be a string, not NoneType"),
        (["ev", ["oda"]], "token 1 must be a string, not list"),
    ],
)
def test_no_tokens(tool: str, wrong: Any, says: str) -> None:
    with pytest.raises(InputError, match=says):
        OF_TOKENS[tool]()(wrong)


def test_digits_that_are_no_number() -> None:
    with pytest.raises(InputError, match="num_dec_digits must be a whole number, not str"):
        Normalizer.convert_numbers_to_words(["1,5"], num_dec_digits="2")  # type: ignore[arg-type]


def test_tables_are_no_texts() -> None:
    columns = {"sentence": ["Ali geldi."]}
    tables: list[Any] = [columns, pd.DataFrame(columns), pa.table(columns), pa.RecordBatch.from_pydict(columns)]
    with contextlib.suppress(ImportError):  # an extra
        import polars

        tables += [polars.DataFrame(columns), polars.LazyFrame(columns)]
    for table in tables:
        with pytest.raises(InputError, match=rf"text'\]\), not {type(table).__name__}; .*process_dataframe"):
            check_no_table(table, "annotate")
        if type(table).__name__ != "LazyFrame":
            check_no_table(table["sentence"], "annotate")


@pytest.mark.models
def test_a_pipeline_of_a_table() -> None:
    pipeline = VNLPipeline(("pos:ContextPoS",), device="cpu", progress=False)
    with pytest.raises(InputError, match=r"annotate takes .*process_dataframe"):
        pipeline.annotate(pd.DataFrame({"sentence": ["Ali geldi."]}))  # type: ignore[arg-type]


@pytest.mark.models
@pytest.mark.parametrize("wrong", [None, 5])
def test_a_pipeline_of_no_texts(wrong: Any) -> None:
    pipeline = VNLPipeline(("pos:ContextPoS",), device="cpu", progress=False)
    with pytest.raises(InputError, match=f"an iterable of texts, such as a list, not {type(wrong).__name__}"):
        pipeline.annotate(wrong)
    with pytest.raises(InputError, match="expected text, found int 5"):
        list(pipeline.annotate(["ev", 5]))
