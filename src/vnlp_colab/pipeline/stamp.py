"""Noticing that an input changes while it is read: the results would be of two files."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from vnlp_colab.errors import InputError
from vnlp_colab.pipeline.lines import reading
from vnlp_colab.pipeline.source import AroundSource, Chunk, Source

if TYPE_CHECKING:
    import pyarrow as pa


@dataclass(frozen=True, slots=True)
class Stamp:
    """What a file looks like from outside.

    Attributes:
        size: Its bytes.
        modified: When its content was written last, in nanoseconds; a program may set it.
        changed: When anything of it was changed last, its name among it, in nanoseconds; no program can set it.
    """

    size: int
    modified: int
    changed: int

    @classmethod
    def of(cls, path: Path) -> Stamp:
        """Return the stamp of a file.

        Raises:
            InputError: If there is no such file, or it may not be looked at.
        """
        with reading(path):
            status = path.stat()
        # Not the inode's number, which mounted drives of clouds make up anew.
        return cls(status.st_size, status.st_mtime_ns, status.st_ctime_ns)


class Stamped(AroundSource):
    """A table that is refused as soon as its file is no longer what it was when it was opened.

    Args:
        source: The table.
        stamp: What its file looked like before the first byte was read; ``None`` if it is in no file.
    """

    def __init__(self, source: Source, stamp: Stamp | None) -> None:
        super().__init__(source)
        self._stamp = stamp

    def chunks(self, size: int) -> Iterator[Chunk]:
        """Yield the rows, ``size`` at a time.

        Raises:
            InputError: If the file has been changed, or a row is at fault.
        """
        found = super().chunks(size)
        while True:
            # Nothing is yielded inside: errors of whoever takes the rows are not this file's.
            with self.watched():
                chunk = next(found, None)
            if chunk is None:
                return
            yield chunk

    def schema(self) -> pa.Schema:
        """Return the Arrow types of the columns, for which some formats are read once more.

        Raises:
            InputError: If the file has been changed, or a column has no type.
        """
        with self.watched():
            return super().schema()

    def check(self) -> None:
        """Raise ``InputError`` if the file is no longer what it was."""
        if self._stamp is not None and self.path is not None:
            _check(self.path, self._stamp)

    def watched(self) -> contextlib.AbstractContextManager[None]:
        """Return a context in which the file is read, and which ends with ``check``."""
        return _watched(self.check)


def open_stamped(path: Path, opener: Callable[[], Source]) -> Stamped:
    """Open the table in a file, which must stay as it is from now on.

    Args:
        path: The file.
        opener: Opens it; it may read the file to its end.

    Raises:
        InputError: If there is no such file, it changes meanwhile, or ``opener`` refuses it.
    """
    stamp = Stamp.of(path)
    with _watched(lambda: _check(path, stamp)):
        source = opener()
    return Stamped(source, stamp)


def stamped(source: Source) -> Stamped:
    """Return a table as one whose file must stay as it is; from now on, if it was not opened as such a one."""
    if isinstance(source, Stamped):
        return source
    return Stamped(source, None if source.path is None else Stamp.of(source.path))


def changed(path: Path | None) -> InputError:
    """Return the error for an input that is not what it was."""
    return InputError(
        "has been changed while it was being annotated (or its permissions, links or attributes have), or moved or "
        "deleted: the results could be of two files. "
        "Start again when nothing writes to it any more; with a new folder, if the results go to a folder",
        path=path,
    )


@contextlib.contextmanager
def _watched(check: Callable[[], None]) -> Iterator[None]:
    try:
        yield
    except Exception:
        # Whatever a reader makes of half of a file: that it has been changed is what is wrong.
        check()
        raise
    check()


def _check(path: Path, stamp: Stamp) -> None:
    try:
        now = Stamp.of(path)
    except InputError as error:
        raise changed(path) from error
    if now != stamp:
        raise changed(path)
