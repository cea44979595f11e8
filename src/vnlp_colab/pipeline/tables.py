"""Which kinds of tables there are in memory, and what knows each of them. Knows none of the libraries itself."""

from __future__ import annotations

from importlib import import_module
from typing import Any

from vnlp_colab.errors import InputError

# What handles the tables of a library, by the library. They are imported when such a table comes: whoever has one has
# its library.
_MODULES = {"pandas": "frame", "polars": "polars", "pyarrow": "arrow"}
_TABLES = frozenset(("DataFrame", "LazyFrame", "RecordBatch", "RecordBatchReader", "Table"))
_LAZY = frozenset(("LazyFrame", "RecordBatchReader"))


def module_for(table: object) -> Any:
    """Return the module that handles a table.

    It has ``texts``, ``check_columns`` and ``annotated``; for what ``is_lazy``, ``lazily``.

    Raises:
        InputError: If it is not a table of one of the libraries.
    """
    for library, name in _kinds(table):
        if library in _MODULES and name in _TABLES:
            return import_module(f"vnlp_colab.pipeline.{_MODULES[library]}")
    raise InputError(
        "expected a DataFrame (pandas, Polars), a LazyFrame, or a Table, RecordBatch or RecordBatchReader (pyarrow), "
        f"found {type(table).__name__}"
    )


def is_lazy(table: object) -> bool:
    """Whether the rows of a table are yet to come."""
    return any(library in _MODULES and name in _LAZY for library, name in _kinds(table))


def _kinds(table: object) -> list[tuple[str, str]]:
    """Return library and name of a table's class and of those that it is derived from."""
    return [(kind.__module__.partition(".")[0], kind.__name__) for kind in type(table).__mro__]
