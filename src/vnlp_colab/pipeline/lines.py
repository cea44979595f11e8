"""Lines of UTF-8 files, with errors that say where a file is at fault."""

from __future__ import annotations

import codecs
import contextlib
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import IO

from vnlp_colab.errors import InputError
from vnlp_colab.pipeline.limits import DEFAULTS

# What stands for a line that is too long, by whether there are quotes in it.
QUOTES = '"\n'
NOTHING = "\n"

_PIECE = 1 << 20


@contextlib.contextmanager
def reading(path: Path) -> Iterator[None]:
    """Turn the operating system's refusals to open or read ``path`` into ``InputError``."""
    try:
        yield
    except OSError as error:
        raise _refused(path, error) from error


def utf8_lines(
    path: Path, columns: Sequence[str] = (), *, bound: int = DEFAULTS.row_bytes, faults: dict[int, str] | None = None
) -> Iterator[tuple[int, str]]:
    r"""Yield ``(number, line)`` from 1, each line with its line end; a leading byte order mark is dropped.

    Only ``\n`` ends a line: the other characters that Python calls line ends occur inside sentences.

    Args:
        path: The file.
        columns: What errors call the cells, where every tab separates two of them.
        bound: Bytes that a line may have. More are never held.
        faults: Where to enter, by its number, what is wrong with a line, instead of raising it. Such a line is yielded
            with U+FFFD in the place of bytes that are not UTF-8, and as ``QUOTES`` or ``NOTHING`` if it is too long.

    Raises:
        InputError: If the file cannot be read, or a line is too long (names the row) or not UTF-8 (names the row, the
            column and the byte).
    """
    with contextlib.ExitStack() as stack:
        with reading(path):
            stream = stack.enter_context(path.open("rb"))
        number = 0
        while True:
            try:
                raw = stream.readline(bound + 1)
            except OSError as error:
                raise _refused(path, error) from error
            if not raw:
                return
            number += 1
            try:
                if len(raw) > bound:
                    raise too_long(path, number, bound)
                line = decode_line(raw.removeprefix(codecs.BOM_UTF8) if number == 1 else raw, path, number, columns)
            except InputError as error:
                if faults is None:
                    raise
                faults[number] = error.reason
                line = _rest(stream, raw, path) if len(raw) > bound else raw.decode("utf-8", "replace")
            yield number, line


def too_long(path: Path, number: int, bound: int) -> InputError:
    """Return the error for a row that has more than ``bound`` bytes."""
    return InputError(
        f"has more than {bound:,} bytes, which no row needs whose text is within the limit of characters: divide it, "
        "or raise the limit (Limits(characters=...), --max-characters)",
        path=path,
        row=number,
    )


def _rest(stream: IO[bytes], raw: bytes, path: Path) -> str:
    """Read on to the end of a line without holding it; returns what stands for it."""
    quotes = False
    with reading(path):
        while raw:
            quotes = quotes or b'"' in raw
            raw = b"" if raw.endswith(b"\n") else stream.readline(_PIECE)
    return QUOTES if quotes else NOTHING


def _refused(path: Path, error: OSError) -> InputError:
    if isinstance(error, FileNotFoundError):
        return InputError("there is no such file", path=path)
    if isinstance(error, IsADirectoryError):
        return InputError("is a folder, not a file", path=path)
    return InputError(f"cannot be read: {error.strerror or error}", path=path)


def decode_line(raw: bytes, path: Path, number: int, columns: Sequence[str] = ()) -> str:
    """Decode a line of a file.

    Args:
        raw: The line.
        path: The file, for messages.
        number: The line's, from 1.
        columns: What messages call the cells, where every tab separates two of them.

    Raises:
        InputError: It is not UTF-8; the message names the row, the column and the byte.
    """
    try:
        return raw.decode("utf-8")
    except UnicodeDecodeError as error:
        cell = raw.count(b"\t", 0, error.start)
        raise InputError(
            f"byte {error.start + 1} of the row (0x{raw[error.start]:02x}) is not valid UTF-8; "
            "save the file as UTF-8 and try again",
            path=path,
            row=number,
            column=columns[cell] if cell < len(columns) else None,
        ) from error
