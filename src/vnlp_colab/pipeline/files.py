"""Which file formats there are, by suffix, and what opens them."""

from __future__ import annotations

from pathlib import Path

from vnlp_colab.errors import InputError
from vnlp_colab.pipeline.delimited import sentence_table, table_with_header
from vnlp_colab.pipeline.jsonl import JsonLinesSource
from vnlp_colab.pipeline.source import Source

_READABLE = (".tsv", ".csv", ".jsonl", ".parquet", ".conllu")
DEFAULT_TEXT_COLUMN = "sentence"


def open_source(path: str | Path, text_column: str | None = None) -> Source:
    """Open the table in ``path``, checked to its end where the format can be malformed in the middle.

    Args:
        path: A .tsv, .csv, .jsonl, .parquet or .conllu file.
        text_column: The column to annotate. Without it, a .tsv file is the headerless table of five columns,
            and the others are searched for ``sentence``.

    Raises:
        InputError: If the file is missing, empty or malformed, or has no such column.
    """
    path = Path(path)
    suffix = path.suffix.lower()
    if suffix == ".tsv" and text_column is None:
        return sentence_table(path)
    if suffix == ".conllu":
        from vnlp_colab.pipeline.treebank import ConlluSource  # seldom needed

        if text_column is not None:
            raise InputError("the texts of a .conllu file are its sentences: leave out the text column", path=path)
        return ConlluSource(path)
    column = DEFAULT_TEXT_COLUMN if text_column is None else text_column
    if suffix == ".tsv":
        return table_with_header(path, column, "\t")
    if suffix == ".csv":
        # Spreadsheets of a Turkish locale write semicolons, since their decimals have the comma.
        return table_with_header(path, column, ",;\t")
    if suffix == ".jsonl":
        return JsonLinesSource(path, column)
    if suffix == ".parquet":
        from vnlp_colab.pipeline.parquet import ParquetSource  # slow to import, and seldom needed

        return ParquetSource(path, column)
    raise InputError(f"files of type {suffix or '(none)'!r} are not read; known: {', '.join(_READABLE)}", path=path)
