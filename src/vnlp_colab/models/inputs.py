"""What a batch may hold: strings or token lists, and clear errors for anything else."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence

from vnlp_colab.errors import InputError
from vnlp_colab.text.checks import check_no_table

Batch = Sequence[str] | Sequence[Sequence[str]]
"""Texts, or token lists; a mixture is accepted too."""


def as_tokens(batch: Batch, tokenise: Callable[[str], list[str]]) -> list[list[str]]:
    """Tokenise the strings of a batch and check its token lists.

    Args:
        batch: Strings or lists of tokens. Empty ones are allowed.
        tokenise: Cuts a string into tokens.

    Raises:
        InputError: An item is neither, or a token is not a string; the message gives its position.
    """
    _check_list(batch, "sentences")
    return [_tokens(item, row, tokenise) for row, item in enumerate(batch)]


def as_texts(batch: Sequence[str]) -> list[str]:
    """Check that every item of a batch is a string.

    Raises:
        InputError: It is not; the message gives its position.
    """
    _check_list(batch, "texts")
    for row, item in enumerate(batch):
        if not isinstance(item, str):
            raise InputError(f"a text must be a string, not {type(item).__name__}", row=row)
    return list(batch)


def check_parallel(name: str, given: Sequence[Sequence[object]], tokens: Sequence[Sequence[str]]) -> None:
    """Check that given annotations have one item a token.

    Raises:
        InputError: They do not; the message says where.
    """
    if len(given) != len(tokens):
        raise InputError(f"{name} has {len(given)} items for {len(tokens)} sentences")
    for row, (items, words) in enumerate(zip(given, tokens, strict=True)):
        if len(items) != len(words):
            raise InputError(f"{name} has {len(items)} items for {len(words)} tokens", row=row)


def _check_list(batch: object, of_what: str) -> None:
    if isinstance(batch, str):
        raise InputError(f"predict_batch takes a list of {of_what}, not one string; use predict for one")
    check_no_table(batch, "predict_batch")
    if not isinstance(batch, Iterable) or isinstance(batch, bytes):
        raise InputError(f"predict_batch takes a list of {of_what}, not {type(batch).__name__}")


def _tokens(item: object, row: int, tokenise: Callable[[str], list[str]]) -> list[str]:
    if isinstance(item, str):
        return tokenise(item)
    if not isinstance(item, Sequence) or isinstance(item, bytes):
        raise InputError(f"a sentence must be a string or a list of tokens, not {type(item).__name__}", row=row)
    for token in item:
        if not isinstance(token, str):
            raise InputError(f"a token must be a string, not {type(token).__name__}", row=row)
    return list(item)
