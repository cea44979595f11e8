"""Which file formats there are, by suffix, and what opens them."""

from __future__ import annotations

from pathlib import Path

from vnlp_colab.errors import InputError
from vnlp_colab.pipeline.delimited import sentence_table, table_with_header
from vnlp_colab.pipeline.gate import Rules
from vnlp_colab.pipeline.jsonl import JsonLinesSource
from vnlp_colab.pipeline.source import Source
from vnlp_colab.pipeline.stamp import Stamped, open_stamped

READABLE = (".tsv", ".csv", ".jsonl", ".parquet", ".conllu")
DEFAULT_TEXT_COLUMN = "sentence"


def open_source(path: str | Path, text_column: str | None = None, rules: Rules | None = None) -> Stamped:
    """Open the table in ``path``, checked to its end where the format can be malformed in the middle.

    The file must stay as it is: who reads the table gets an error as soon as it does not.

    Args:
        path: A .tsv, .csv, .jsonl, .parquet or .conllu file.
        text_column: The column to annotate. Without it, a .tsv file is the headerless table of five columns,
            and the others are searched for ``sentence``.
        rules: Whether rows that cannot be read may fail, and how large rows may be.

    Raises:
        InputError: If the file is missing, empty or malformed, has no such column, or is changed meanwhile.
    """
    path = Path(path)
    return open_stamped(path, lambda: _opened(path, text_column, rules))


def open_sentence_table(path: str | Path, rules: Rules | None = None) -> Stamped:
    """Open a file as the headerless table of five columns, whatever its suffix; else as ``open_source`` does."""
    path = Path(path)
    return open_stamped(path, lambda: sentence_table(path, rules))


def _opened(path: Path, text_column: str | None, rules: Rules | None) -> Source:
    suffix = path.suffix.lower()
    if path.is_dir():
        raise InputError("is a folder, not a file: name the files in it one by one", path=path)
    if suffix == ".tsv" and text_column is None:
        return sentence_table(path, rules)
    if suffix == ".conllu":
        from vnlp_colab.pipeline.treebank import ConlluSource  # seldom needed

        if text_column is not None:
            raise InputError("the texts of a .conllu file are its sentences: leave out the text column", path=path)
        return ConlluSource(path, rules)
    column = DEFAULT_TEXT_COLUMN if text_column is None else text_column
    if suffix == ".tsv":
        return table_with_header(path, column, "\t", rules)
    if suffix == ".csv":
        # Spreadsheets of a Turkish locale write semicolons, since their decimals have the comma.
        return table_with_header(path, column, ",;\t", rules)
    if suffix == ".jsonl":
        return JsonLinesSource(path, column, rules)
    if suffix == ".parquet":
        from vnlp_colab.pipeline.parquet import ParquetSource  # slow to import, and seldom needed

        return ParquetSource(path, column, rules)
    kind = f"files of type {suffix!r}" if suffix else "files without a suffix"
    raise InputError(f"{kind} are not read; known: {', '.join(READABLE)}", path=path)
