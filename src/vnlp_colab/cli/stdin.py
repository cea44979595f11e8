"""Texts from the command line or, line by line as they come, from stdin."""

from __future__ import annotations

import codecs
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, cast

import typer

if TYPE_CHECKING:
    from io import BufferedReader

_CHUNK = 1 << 16
_NAME = Path("stdin")


def batches(text: str | None) -> Iterator[list[str]]:
    r"""Yield the texts that are there: the one that is given, or the lines of stdin.

    A batch is what has arrived: one line where somebody types, or hundreds where a file is poured in. Only ``\n``
    ends a line; it is no part of the text, nor is a carriage return before it.

    Args:
        text: The text; ``None`` or ``-`` for stdin.

    Raises:
        InputError: A line is not UTF-8; the lines before it have been yielded.
    """
    if text is not None and text != "-":
        yield [text]
        return
    if sys.stdin.isatty():
        typer.echo("Reading texts from the terminal, one a line; Ctrl-D ends.", err=True)
    stream = cast("BufferedReader", sys.stdin.buffer)
    number = 0
    rest = b""
    while True:
        # Gives what there is, and waits only if there is nothing.
        chunk = stream.read1(_CHUNK)
        *lines, rest = (rest + chunk).split(b"\n") if chunk else ([rest] if rest else []) + [b""]
        if lines:
            if number == 0:
                lines[0] = lines[0].removeprefix(codecs.BOM_UTF8)
            yield from _decoded(lines, number)
            number += len(lines)
        if not chunk:
            return


def _decoded(lines: list[bytes], number: int) -> Iterator[list[str]]:
    from vnlp_colab.errors import InputError
    from vnlp_colab.pipeline.lines import decode_line

    texts: list[str] = []
    failure: InputError | None = None
    for line in lines:
        try:
            texts.append(decode_line(line.removesuffix(b"\r"), _NAME, number + len(texts) + 1))
        except InputError as error:
            failure = error
            break
    if texts:
        yield texts
    if failure is not None:
        raise failure
