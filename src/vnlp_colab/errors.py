"""Every error that this package raises on purpose.

    VNLPError
    ├── ModelNotAvailable (LookupError)   no such model, or its weights cannot be had
    ├── OfflineError (OSError)            a file is missing and the network is forbidden or out of reach
    ├── CorruptDownload (OSError)         bytes do not have the hash or size that they must have
    ├── StorageError (OSError)            the disk is full or read-only, or forbids the access
    ├── InputError (ValueError)           what the user handed in; names file, row and column
    ├── DeviceError (RuntimeError)        the device that was asked for does not load, or a GPU fails
    ├── ConversionError (ValueError)      weights that do not fit the architecture
    ├── ModelError (RuntimeError)         the models fail over any text, so that no row is to blame
    ├── WorkerError (RuntimeError)        worker processes died over a row again and again, or cannot be had
    └── MissingExtra (ImportError)        an optional dependency; names the pip command

Each message says what is wrong and what to do about it.
"""

from __future__ import annotations

from pathlib import Path


class VNLPError(Exception):
    """Base of all errors of this package."""


class ModelNotAvailable(VNLPError, LookupError):
    """The model is not known, or its weights cannot be obtained."""


class OfflineError(VNLPError, OSError):
    """A file is not cached and the network is forbidden or out of reach."""


class CorruptDownload(VNLPError, OSError):
    """A file's bytes differ from what was promised."""


class StorageError(VNLPError, OSError):
    """A file or folder cannot be written or read: full disk, read-only file system, missing permission."""


class InputError(VNLPError, ValueError):
    """Bad input from the user.

    Attributes:
        path: The file at fault, where there is one.
        row: 1-based row (line) in that file, or 0-based position in a frame or batch; see ``message``.
        column: The column at fault, where there is one.
        reason: What is wrong, without saying where.
    """

    def __init__(
        self,
        message: str,
        *,
        path: str | Path | None = None,
        row: int | None = None,
        column: str | None = None,
    ) -> None:
        where = [
            part
            for part in (
                str(path) if path is not None else "",
                f"row {row}" if row is not None else "",
                f"column {column!r}" if column is not None else "",
            )
            if part
        ]
        super().__init__(f"{', '.join(where)}: {message}" if where else message)
        self.path = Path(path) if path is not None else None
        self.row = row
        self.column = column
        self.reason = message


class DeviceError(VNLPError, RuntimeError):
    """The device that was asked for by name cannot be used, or a GPU failed while a model ran on it."""


class ConversionError(VNLPError, ValueError):
    """Weights that are malformed or do not fit the architecture; nothing has been written."""


class ModelError(VNLPError, RuntimeError):
    """The models failed over a row, and then over a sentence that is none of the rows: something else is at fault."""


class WorkerError(VNLPError, RuntimeError):
    """Worker processes died over a row again and again or before they were ready, or this process may have none."""


class MissingExtra(VNLPError, ImportError):
    """An optional dependency is not installed."""

    def __init__(self, module: str, extra: str, purpose: str) -> None:
        super().__init__(f"{purpose} needs {module}. Install it with: pip install 'vnlp-colab[{extra}]'")
        self.module = module
        self.extra = extra
        self.purpose = purpose

    def __reduce__(self) -> tuple[type[MissingExtra], tuple[str, str, str]]:
        # Worker processes hand their errors over, and pickle would call the class with the message alone.
        return type(self), (self.module, self.extra, self.purpose)
