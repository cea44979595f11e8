"""Annotated tables that are written in chunks, and appear under their name only when they are whole."""

from __future__ import annotations

import contextlib
import os
import secrets
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import IO, NamedTuple

from vnlp_colab.errors import InputError, StorageError, VNLPError
from vnlp_colab.pipeline.columns import check_free, check_tokens
from vnlp_colab.pipeline.formats import FORMATS, Format
from vnlp_colab.pipeline.side_file import check_list_of_errors, list_of_errors
from vnlp_colab.pipeline.source import Chunk, Source
from vnlp_colab.results import Sentence
from vnlp_colab.store.atomic import HashedFile, publish_file, remove_quietly

_FOLDER = "or add --resume (in Python: resume=True) for a folder of Parquet files"


@contextlib.contextmanager
def open_sink(path: str | Path, source: Source, columns: Sequence[str]) -> Iterator[Sink]:
    """Open ``path`` for the rows of ``source`` and the added ``columns``; the suffix chooses the format.

    The rows go to a temporary file beside ``path``, which takes its name when the block ends without an
    error. After an error, and after Ctrl-C, what stood under the name before stands there still.

    Raises:
        InputError: If the format is not known, the folder is missing, a column is already there, or ``path`` is the
            file of ``source``.
        StorageError: If it cannot be written, as on a full disk.
    """
    target = check_output(path, source.path)
    check_free(source.columns, columns, source.path)
    partial = target.with_name(f".vnlp-colab-{secrets.token_hex(6)}.partial")
    with contextlib.ExitStack() as stack:
        with _writing(target):
            stream = HashedFile(partial)
        stack.callback(remove_quietly, partial)
        stack.callback(_close_quietly, stream)
        with _writing(target):
            output = FORMATS[target.suffix.lower()](stream, source, columns)
        stack.callback(output.discard)
        sink = Sink(output, source, columns, target)
        yield sink
        with _writing(target):
            output.close()
            stream.close()
            sink.written = Written(partial.stat().st_size, stream.sha256)
            publish_file(partial, target)


def check_output(path: str | Path, source: str | Path | None = None) -> Path:
    """Return the file that an output path stands for, links followed.

    Args:
        path: The output.
        source: The file that is to be annotated, if it is one.

    Raises:
        InputError: If its suffix is not known, its folder is missing, it is a folder itself, or publishing it would
            replace or delete ``source``, under whatever name, or a file that is no list of errors in that one's place.
        StorageError: If no list of errors could stand beside it.
    """
    target = Path(os.path.realpath(path))
    if target.is_dir():
        raise InputError(f"is a folder, not a file: name a file, {_FOLDER}", path=path)
    if target.suffix.lower() not in FORMATS:
        kind = f"files of type {target.suffix!r}" if target.suffix else "files without a suffix"
        more = "" if target.suffix else f"; give it one, {_FOLDER}"
        raise InputError(f"{kind} are not written; known: {', '.join(FORMATS)}{more}", path=path)
    if not target.parent.is_dir():
        raise InputError(f"there is no folder {str(target.parent)!r}; create it first", path=path)
    # The list of errors beside the output is replaced with it, or deleted.
    if source is not None and any(same_file(name, source) for name in (target, list_of_errors(target))):
        raise InputError(f"would overwrite the input {str(source)!r}: give the output another name", path=path)
    check_list_of_errors(target)
    return target


def same_file(first: Path, second: str | Path) -> bool:
    """Tell whether two names are of one file that is there: links, and cases of letters where these do not count."""
    try:
        return os.path.samefile(first, second)
    except OSError:
        return False


class Written(NamedTuple):
    """What was written.

    Attributes:
        size: How many bytes.
        sha256: Their hex digest.
    """

    size: int
    sha256: str


class Sink:
    """An open output. Its refusals name the file, and it never overwrites a column of the user's.

    Attributes:
        written: What the file holds, once it has its name.
    """

    written: Written

    def __init__(self, output: Format, source: Source, columns: Sequence[str], target: Path) -> None:
        self._output = output
        self._source = source
        self._compare = set(source.columns) & set(columns)
        self._target = target

    def write(self, chunk: Chunk, sentences: Sequence[Sentence]) -> None:
        """Write some rows with their annotation.

        Raises:
            InputError: If a column ``tokens`` is there already, and holds other tokens.
            StorageError: If it cannot be written.
        """
        for name in self._compare:
            present = [row.get(name) for row in chunk.rows()]
            check_tokens(present, sentences, chunk.numbers, self._source.path)
        with _writing(self._target):
            self._output.write(chunk, sentences)

    @property
    def left_out(self) -> int:
        """How many rows the format has no form for, so that they are not in the file."""
        return self._output.left_out


def _close_quietly(stream: IO[bytes]) -> None:
    # On a full disk closing fails once more, and would hide the first error.
    with contextlib.suppress(OSError):
        stream.close()


@contextlib.contextmanager
def _writing(target: Path) -> Iterator[None]:
    """Turn the operating system's errors into ``StorageError`` that names the file."""
    try:
        yield
    except VNLPError:
        raise
    except OSError as error:
        raise StorageError(f"{target}: cannot be written: {error.strerror or error}") from error
