"""Lines of UTF-8 files, with errors that say where a file is at fault."""

from __future__ import annotations

import codecs
import contextlib
from collections.abc import Iterator, Sequence
from pathlib import Path

from vnlp_colab.errors import InputError


@contextlib.contextmanager
def reading(path: Path) -> Iterator[None]:
    """Turn the operating system's refusals to open or read ``path`` into ``InputError``."""
    try:
        yield
    except FileNotFoundError as error:
        raise InputError("there is no such file", path=path) from error
    except IsADirectoryError as error:
        raise InputError("is a folder, not a file", path=path) from error
    except OSError as error:
        raise InputError(f"cannot be read: {error.strerror or error}", path=path) from error


def utf8_lines(path: Path, columns: Sequence[str] = ()) -> Iterator[tuple[int, str]]:
    r"""Yield ``(number, line)`` from 1, each line with its line end; a leading byte order mark is dropped.

    Only ``\n`` ends a line: the other characters that Python calls line ends occur inside sentences.

    Args:
        path: The file.
        columns: What errors call the cells, where every tab separates two of them.

    Raises:
        InputError: If the file cannot be read, or a line is not UTF-8 (names the row, the column and the byte).
    """
    # Nothing is yielded inside ``reading``: errors of whoever takes the lines are not this file's.
    with contextlib.ExitStack() as stack:
        with reading(path):
            stream = stack.enter_context(path.open("rb"))
        number = 0
        while True:
            with reading(path):
                raw = stream.readline()
            if not raw:
                return
            number += 1
            yield number, decode_line(raw.removeprefix(codecs.BOM_UTF8) if number == 1 else raw, path, number, columns)


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
