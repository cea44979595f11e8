"""Runs into a folder of shards, which may be killed at any moment and started again."""

from __future__ import annotations

import hashlib
import json
import time
from collections.abc import Iterator, Mapping, Sequence
from itertools import chain, islice
from pathlib import Path
from typing import TYPE_CHECKING, Any

from vnlp_colab import __version__
from vnlp_colab.errors import InputError
from vnlp_colab.pipeline import run_manifest
from vnlp_colab.pipeline.checkpoint import ROWS_PER_SHARD, Checkpoint, open_checkpoint, paths_of, read_errors
from vnlp_colab.pipeline.columns import check_free, sentence_of
from vnlp_colab.pipeline.lines import reading
from vnlp_colab.pipeline.progress import progress_bar
from vnlp_colab.pipeline.runner import Runs
from vnlp_colab.pipeline.side_file import SHOWN, Tally
from vnlp_colab.pipeline.sink import open_sink
from vnlp_colab.pipeline.source import Chunk, RowChunk, Source
from vnlp_colab.pipeline.stamp import Stamped, changed, stamped
from vnlp_colab.pipeline.streaming import ROWS_IN_CHUNK, Feed, Summary
from vnlp_colab.pipeline.unfit import Unfit
from vnlp_colab.results import Failure, Sentence
from vnlp_colab.store.atomic import IN_OUTPUT, sha256_file, storage_errors
from vnlp_colab.text.tokenised import TokenisedText

if TYPE_CHECKING:
    import pyarrow as pa


def annotate_into(
    runner: Runs,
    source: Source,
    folder: str | Path,
    columns: Sequence[str],
    options: Mapping[str, Any],
    *,
    batch_size: int,
    progress: bool,
    rows_per_shard: int = ROWS_PER_SHARD,
) -> Summary:
    """Annotate the rows of ``source`` into Parquet files in ``folder``, going on where an earlier run ended.

    Where shards begin depends on row numbers alone, and each goes through the models by itself: what is written does
    not depend on where earlier runs were killed.

    Args:
        runner: The models.
        source: The table.
        folder: The folder; it may be new, empty, or of the same run.
        columns: The columns to add.
        options: What else the result depends on: sections (``models``, ``options``, ``runtime``) of named values.
        batch_size: How many rows the models are handed at once.
        progress: Whether to show a bar.
        rows_per_shard: Rows a file, at most ``ROWS_IN_CHUNK`` or a multiple of it.

    Raises:
        InputError: If a row is at fault, the folder belongs to another run or another input, or the input is changed
            meanwhile.
        StorageError: If the folder cannot be written, or a file in it is not what it was.
    """
    step = min(rows_per_shard, ROWS_IN_CHUNK)
    if rows_per_shard < 1 or rows_per_shard % step:
        raise InputError(f"rows_per_shard must be at most {ROWS_IN_CHUNK} or a multiple of it, not {rows_per_shard!r}")
    begin = time.perf_counter()
    check_free(source.columns, columns, source.path)  # before there is a folder
    source = stamped(source)
    own = {"batch_size": batch_size, "rows_per_shard": rows_per_shard, "columns": list(columns)}
    run: dict[str, Any] = {"version": __version__, "input": _fingerprint(source), "options": own, **options}
    run["options"] = own | dict(options.get("options", {}))
    with open_checkpoint(folder, run) as checkpoint, progress_bar(source.length, progress) as advance:
        rows, tokens = checkpoint.rows, checkpoint.tokens
        advance(rows)
        if not checkpoint.complete:
            chunks = _remaining(source, checkpoint, step, rows_per_shard // step)
            # A table without rows has one shard without rows, which tells the columns.
            while (first := next(chunks, None)) is not None or not checkpoint.shards:
                held = () if first is None else (first,)
                feed = Feed(source, chain(held, islice(chunks, rows_per_shard // step - 1)))
                sentences = runner.run(feed.texts(), batch_size, advance, feed.number)
                _write_shard(checkpoint, source, columns, feed.zip(sentences))
            _check_end(checkpoint, source)
            checkpoint.finish()
        seconds = time.perf_counter() - begin
        failed, errors = checkpoint.failed, tuple(islice(checkpoint.errors(), SHOWN))
        return Summary(checkpoint.rows, checkpoint.tokens, seconds, rows, tokens, failed, errors)


def read_back(folder: str | Path, texts: Sequence[str | None], columns: Sequence[str]) -> Iterator[Sentence]:
    """Yield the results that a folder holds, whose run is complete.

    Args:
        folder: The folder.
        texts: The texts that were annotated.
        columns: The columns that were added.

    Raises:
        StorageError: If a file cannot be read.
    """
    import pyarrow.parquet as pq

    failures = {row.index: Failure(row.error, row.message) for row in read_errors(Path(folder))}
    position = 0
    for path in paths_of(Path(folder)):
        with storage_errors(path, IN_OUTPUT):
            table = pq.read_table(path, columns=list(columns))
        for row in table.to_pylist():
            text = texts[position] or ""
            yield sentence_of(str(text) if isinstance(text, Unfit) else text, row, failures.get(position))
            position += 1


class TextSource:
    """The texts of a data frame as a table without columns: the frame keeps its own.

    Args:
        cells: The texts.
        text_column: What their column is called, for messages.

    """

    path: Path | None = None
    columns: tuple[str, ...] = ()

    def __init__(self, cells: Sequence[str | None], text_column: str) -> None:
        self.cells = cells
        self.text_column = text_column
        self.length = len(cells)

    def chunks(self, size: int) -> Iterator[Chunk]:
        """Yield the texts, ``size`` at a time, numbered from 0 as in a frame."""
        for first in range(0, self.length, size):
            numbers = range(first, min(first + size, self.length))
            yield RowChunk(numbers, self.cells[first : first + size], [{} for _ in numbers], self.schema)

    def schema(self) -> pa.Schema:
        """Return the schema of no columns."""
        import pyarrow as pa

        return pa.schema([])


def _fingerprint(source: Stamped) -> dict[str, Any]:
    """Return what tells this input from any other: the whole content counts, the name and the folder do not."""
    columns = [[field.name, str(field.type)] for field in source.schema()]
    facts = {"text_column": source.text_column, "rows": source.length, "columns": columns}
    if source.path is not None:
        return facts | {"format": source.path.suffix.lower(), "sha256": _sha256(source, source.path)}
    digest = hashlib.sha256()
    for chunk in source.chunks(ROWS_IN_CHUNK):
        for number, text in zip(chunk.numbers, chunk.texts, strict=True):
            try:
                _add(digest, text)
            except UnicodeEncodeError as error:
                reason = f"has half of a surrogate pair, which no file can hold: {error}"
                raise InputError(reason, row=number, column=source.text_column) from error
    return facts | {"format": run_manifest.FRAME, "sha256": digest.hexdigest()}


def _sha256(source: Stamped, path: Path) -> str:
    """Return the hex digest of what was opened."""
    with source.watched(), reading(path):
        return sha256_file(path)


def _add(digest: hashlib._Hash, text: str | None) -> None:
    """Add a text to a digest: its length and itself, its tokens and their places if it came with them, its fault."""
    data = b"" if text is None else text.encode()
    digest.update(b"-" if text is None else b"%d:" % len(data))
    digest.update(data)
    if isinstance(text, Unfit):
        digest.update(b"u")  # its reason may show an address, which another process has another one of
    if isinstance(text, TokenisedText):
        digest.update(b"t" + json.dumps([text.tokens, text.spans]).encode())


def _remaining(source: Source, checkpoint: Checkpoint, step: int, chunks_per_shard: int) -> Iterator[Chunk]:
    """Yield the chunks that come after the shards that are done.

    Raises:
        InputError: If these are not made of as many rows as they have.
    """
    chunks = source.chunks(step)
    for shard in checkpoint.shards:
        rows = sum(len(chunk.numbers) for chunk in islice(chunks, chunks_per_shard))
        if rows != shard["rows"]:
            raise InputError(
                f"{shard['file']} has {shard['rows']} rows, which are {rows} of the input as it is read now: the rest "
                "would not begin where it ends. Start anew in another folder",
                path=checkpoint.folder,
            )
    yield from chunks


def _write_shard(
    checkpoint: Checkpoint,
    source: Stamped,
    columns: Sequence[str],
    annotated: Iterator[tuple[Chunk, list[Sentence]]],
) -> None:
    tally = Tally()
    errors = []
    with open_sink(checkpoint.next_path(), source, columns) as sink:
        for chunk, results in annotated:
            sink.write(chunk, results)
            errors += tally.add(chunk.numbers, results)
        source.check()
        checkpoint.check_lock()
    checkpoint.add(sink.written, tally.rows, tally.tokens, errors)


def _check_end(checkpoint: Checkpoint, source: Stamped) -> None:
    """Raise ``InputError`` unless all rows are done, of the very content that the manifest names.

    Some file systems count time so coarsely, or so late, that a change does not show in it.
    """
    stated = checkpoint.run["input"]
    same = source.path is None or _sha256(source, source.path) == stated["sha256"]
    if not same or checkpoint.rows != stated["rows"]:
        raise changed(source.path)
