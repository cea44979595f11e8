"""From a table in a file to the annotated table in another, in memory that does not grow with the rows."""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

from vnlp_colab.errors import InputError
from vnlp_colab.pipeline.progress import progress_bar
from vnlp_colab.pipeline.runner import Runs
from vnlp_colab.pipeline.side_file import RowError, Tally, open_side_file
from vnlp_colab.pipeline.sink import open_sink
from vnlp_colab.pipeline.source import Chunk, Source
from vnlp_colab.results import Sentence

# Rows that are read, and written, at once.
ROWS_IN_CHUNK = 512


@dataclass(frozen=True, slots=True)
class Summary:
    """What a run did.

    Attributes:
        rows: How many rows it annotated.
        tokens: How many tokens these have.
        seconds: How long it took, models already loaded, reading and writing included.
        resumed: How many of the rows an earlier run into the same folder had done.
        resumed_tokens: How many tokens these have.
        failed: How many rows have no results: only with ``on_error="skip"``.
        errors: The first of these; all of them stand in the file of errors (docs/reliability.md).
        left_out: How many rows are not in the output, those without tokens: only in CoNLL-U, which has no empty
            sentences.
    """

    rows: int
    tokens: int
    seconds: float
    resumed: int = 0
    resumed_tokens: int = 0
    failed: int = 0
    errors: tuple[RowError, ...] = ()
    left_out: int = 0

    @property
    def rows_per_second(self) -> float:
        """Rows a second, of those that this run did itself."""
        return (self.rows - self.resumed) / max(self.seconds, 1e-9)

    @property
    def tokens_per_second(self) -> float:
        """Tokens a second, of those that this run did itself."""
        return (self.tokens - self.resumed_tokens) / max(self.seconds, 1e-9)


def annotate_table(
    runner: Runs,
    source: Source,
    output: str | Path,
    columns: Sequence[str],
    *,
    batch_size: int,
    progress: bool,
    keep: Callable[[Sequence[Sentence]], object] | None = None,
) -> Summary:
    """Annotate the rows of ``source`` into the file ``output``.

    Args:
        runner: The models.
        source: The table.
        output: The file to write; its suffix chooses the format.
        columns: The columns to add.
        batch_size: How many rows the models are handed at once.
        progress: Whether to show a bar.
        keep: Called with the results of each chunk, in order.

    Raises:
        InputError: If a row or the output path is at fault; it names file, row and column.
        StorageError: If the output cannot be written, or the file of the rows that failed; it says which.
    """
    feed = Feed(source, source.chunks(ROWS_IN_CHUNK))
    tally = Tally()
    begin = time.perf_counter()
    with (
        # From the inside out: the output is published before the file that is about its rows.
        open_side_file(output) as side,
        open_sink(output, source, columns) as sink,
        progress_bar(source.length, progress) as advance,
    ):
        sentences = runner.run(feed.texts(), batch_size, advance, feed.number)
        for chunk, results in feed.zip(sentences):
            sink.write(chunk, results)
            side.write(tally.add(chunk.numbers, results))
            if keep is not None:
                keep(results)
        side.close()
    seconds = time.perf_counter() - begin
    errors = tuple(tally.errors)
    return Summary(tally.rows, tally.tokens, seconds, failed=tally.failed, errors=errors, left_out=sink.left_out)


class Feed:
    """Hands out the texts of a source, and remembers the rows until their results come back.

    Args:
        source: The table.
        chunks: Those of its rows that are to be annotated.
    """

    def __init__(self, source: Source, chunks: Iterator[Chunk]) -> None:
        self._source = source
        self._chunks = chunks
        self._waiting: deque[Chunk] = deque()
        self.rows = 0

    def texts(self) -> Iterator[str | None]:
        """Yield the rows' texts."""
        for chunk in self._chunks:
            self._waiting.append(chunk)
            yield from chunk.texts

    def zip(self, sentences: Iterator[Sentence]) -> Iterator[tuple[Chunk, list[Sentence]]]:
        """Yield each chunk with its results."""
        while first := self._take(sentences, 1):
            # Now that one of its results is there, the chunk is known.
            chunk = self._waiting[0]
            results = first + self._take(sentences, len(chunk.numbers) - 1)
            self._waiting.popleft()
            self.rows += len(results)
            yield chunk, results

    def _take(self, sentences: Iterator[Sentence], count: int) -> list[Sentence]:
        try:
            return list(islice(sentences, count))
        except InputError as error:
            if error.path is not None or error.row is None:
                raise
            # The runner counts texts from 0; the user counts rows as the file does.
            raise InputError(
                error.reason,
                path=self._source.path,
                row=self.number(error.row),
                column=self._source.text_column,
            ) from error

    def number(self, position: int) -> int:
        """Return the number, in the file, of the text at ``position``, whose result has not come back yet.

        Raises:
            IndexError: There is no such text.
        """
        position -= self.rows
        for chunk in self._waiting:
            if position < len(chunk.numbers):
                return chunk.numbers[position]
            position -= len(chunk.numbers)
        raise IndexError(position)
