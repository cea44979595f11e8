"""Refusing, in words, what is no text and no list of tokens."""

from __future__ import annotations

from collections.abc import Iterable

from vnlp_colab.errors import InputError


def check_text(text: object) -> None:
    """Raise ``InputError`` unless ``text`` is a string."""
    if not isinstance(text, str):
        raise InputError(f"a text must be a string, not {type(text).__name__}")


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
