"""Refusing, in words, what is no text and no list of tokens."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from vnlp_colab.errors import InputError


def check_text(text: object) -> None:
    """Raise ``InputError`` unless ``text`` is a string."""
    if not isinstance(text, str):
        raise InputError(f"a text must be a string, not {type(text).__name__}")


def check_no_table(texts: object, function: str) -> None:
    """Raise ``InputError`` if what should be a list of texts is a table or a dict.

    Those can be walked through as lists can, but give the names of their columns, or whole columns.

    Args:
        texts: What was given.
        function: What it was given to, for the message.
    """
    # Frames of pandas and Polars and tables of Arrow have this in common; a column of theirs, and a list, lack it.
    # Asked of the class: a LazyFrame would work out its columns.
    if isinstance(texts, Mapping) or hasattr(type(texts), "columns"):
        raise InputError(
            f"{function} takes an iterable of texts, such as a list or one column (df['text']), not "
            f"{type(texts).__name__}; a pipeline's process_dataframe annotates a whole table"
        )


def token_list(tokens: Iterable[str]) -> list[str]:
    """The tokens as a list.

    Raises:
        InputError: They are one string, or no strings; the message names the first that is none.
    """
    if isinstance(tokens, str):
        raise InputError("a list of tokens is needed, not one string; split it first, e.g. text.split()")
    if not isinstance(tokens, Iterable) or isinstance(tokens, bytes):
        raise InputError(f"a list of tokens is needed, not {type(tokens).__name__}")
    found = list(tokens)
    for position, token in enumerate(found):
        if not isinstance(token, str):
            raise InputError(f"token {position} must be a string, not {type(token).__name__}")
    return found
