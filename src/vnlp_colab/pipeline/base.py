"""What every pipeline does with texts, frames and files, whatever its models are."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self, TypeVar

from vnlp_colab.errors import InputError
from vnlp_colab.pipeline import resumable, tables
from vnlp_colab.pipeline.checkpoint import ROWS_PER_SHARD
from vnlp_colab.pipeline.files import DEFAULT_TEXT_COLUMN, open_sentence_table, open_source
from vnlp_colab.pipeline.identity import Described
from vnlp_colab.pipeline.options import check_flag, check_path
from vnlp_colab.pipeline.progress import progress_bar
from vnlp_colab.pipeline.runner import Runs, check_batch_size
from vnlp_colab.pipeline.sink import check_output
from vnlp_colab.pipeline.source import Source
from vnlp_colab.pipeline.stamp import stamped
from vnlp_colab.pipeline.streaming import Summary, annotate_table
from vnlp_colab.pipeline.workers import WorkerRunner
from vnlp_colab.results import Sentence
from vnlp_colab.text.checks import check_no_table

if TYPE_CHECKING:
    import pyarrow as pa

    from vnlp_colab.pipeline.frame import DataFrame

Table = TypeVar("Table")


class BasePipeline:
    """Annotates texts, frames and files with models that are there already.

    Args:
        runner: The models, here or in other processes.
        columns: The columns that their results make.
        made_of: Returns what the results depend on: sections (``models``, ``options``) of named values.
        progress: Whether to show progress bars.
    """

    def __init__(
        self, runner: Runs, columns: tuple[str, ...], made_of: Callable[[], dict[str, Any]], progress: bool
    ) -> None:
        self.columns = columns
        self._runner = runner
        self._made_of = made_of
        self._progress = progress
        self._rows_per_shard = ROWS_PER_SHARD

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *error: object) -> None:
        self.close()

    def close(self) -> None:
        """End the worker processes, if there are any; they start again when they are needed."""
        if isinstance(self._runner, WorkerRunner):
            self._runner.close()

    def load_from_csv(self, path: str | Path) -> DataFrame:
        """Read a TSV file without header and without quoting: t_code, ch_no, p_no, s_no, sentence.

        ``t_code`` is text; a number column is of integers if all its cells are integers, else text.

        Raises:
            InputError: If the file is missing, empty or not UTF-8, or a row has not five columns.
        """
        from vnlp_colab.pipeline import frame

        check_path("path", path)
        return frame.read(open_sentence_table(path))

    def run_preprocessing(self, df: DataFrame, *, text_column: str = DEFAULT_TEXT_COLUMN) -> DataFrame:
        """Return ``df`` with ``no_accents``, ``tokens`` and ``tokens_40`` (chunks of at most 40 tokens).

        Raises:
            InputError: If a cell of the text column is neither text nor missing.
        """
        from vnlp_colab.pipeline import frame

        return frame.preprocessed(df, text_column)

    def process_dataframe(
        self,
        df: Table,
        batch_size: int = 64,
        *,
        text_column: str = DEFAULT_TEXT_COLUMN,
        checkpoint: str | Path | None = None,
    ) -> Table:
        """Return ``df`` with the annotation of its text column: ``tokens`` and the columns of the models.

        Index, columns and dtypes stay as they are, and ``df`` is not modified. A row whose text is missing or
        blank has empty lists and no sentiment. The result does not depend on ``batch_size``.

        Args:
            df: A DataFrame of pandas or Polars, or a Table or RecordBatch of pyarrow. A LazyFrame is annotated when it
                is collected, a RecordBatchReader while its batches are drawn.
            batch_size: How many rows the models are handed at once.
            text_column: The column to annotate.
            checkpoint: A folder in which the work is kept as it is done. After a crash the same call goes on where
                it was; with other texts or options it is refused.

        Returns:
            A table of the same kind.

        Raises:
            InputError: If a cell of the text column is neither text nor missing, a column of the annotation is
                already there, or the folder belongs to another run.
            StorageError: If the folder cannot be used.
        """
        check_batch_size(batch_size)
        if checkpoint is not None:
            check_path("checkpoint", checkpoint)
        frame = tables.module_for(df)
        result: Table
        if tables.is_lazy(df):
            if checkpoint is not None:
                raise InputError("rows that are yet to come have no checkpoint: collect them first, or annotate a file")
            result = frame.lazily(self._runner, df, self.columns, batch_size=batch_size, text_column=text_column)
            return result
        texts = frame.texts(df, text_column, self._runner.rules)
        frame.check_columns(df, self.columns)
        if checkpoint is not None:
            source = resumable.TextSource(texts, text_column)
            self.annotate_into(source, checkpoint, batch_size)
            result = frame.annotated(df, resumable.read_back(checkpoint, texts, self.columns), self.columns)
            return result
        with progress_bar(len(texts), self._progress) as advance:
            result = frame.annotated(df, self._runner.run(texts, batch_size, advance), self.columns)
        return result

    def process_batches(
        self,
        batches: pa.RecordBatchReader | Iterable[pa.RecordBatch],
        batch_size: int = 64,
        *,
        text_column: str = DEFAULT_TEXT_COLUMN,
    ) -> pa.RecordBatchReader:
        """Annotate a stream of Arrow record batches while the results are drawn, in memory that stays the same.

        Args:
            batches: A RecordBatchReader, anything else with Arrow's stream interface (``__arrow_c_stream__``), or an
                iterable of record batches.
            batch_size: How many rows the models are handed at once.
            text_column: The column to annotate.

        Returns:
            A reader that gives a batch for each that has rows, with the columns added.

        Raises:
            InputError: If it is no such stream, or a column or a row is at fault; rows are counted from 0.
        """
        from vnlp_colab.pipeline import arrow

        check_batch_size(batch_size)
        return arrow.lazily(self._runner, batches, self.columns, batch_size=batch_size, text_column=text_column)

    def run(self, csv_path: str | Path, output_path: str | Path, batch_size: int = 64) -> DataFrame:
        """Annotate the five-column TSV file ``csv_path`` into ``output_path``, and return the result.

        The output's suffix chooses its format: .parquet, .csv, .jsonl, .conllu, or .pkl (the result, pickled).
        Nothing half-written is ever left under its name.

        Raises:
            InputError: If a file, a row or a path is at fault.
            StorageError: If the output cannot be written.
        """
        from vnlp_colab.pipeline import frame

        check_path("csv_path", csv_path)
        check_path("output_path", output_path)
        source = open_sentence_table(csv_path, self._runner.rules)
        sentences: list[Sentence] = []
        self.annotate_source(source, output_path, batch_size, sentences.extend)
        return frame.annotated(frame.read(source), sentences, self.columns)

    def annotate(self, texts: Iterable[str], batch_size: int = 64) -> Iterator[Sentence]:
        """Yield the annotation of each text, in order.

        The texts are drawn as results are, some batches ahead, so ``texts`` may be endless. An empty text has
        empty results. The results do not depend on ``batch_size``.

        Raises:
            InputError: If an item is not text; it names the item's 0-based position. Or if ``texts`` is a table.
        """
        check_batch_size(batch_size)
        if isinstance(texts, str):
            raise InputError("annotate takes an iterable of texts; for one text, pass [text]")
        check_no_table(texts, "annotate")
        if not isinstance(texts, Iterable):
            raise InputError(f"annotate takes an iterable of texts, such as a list, not {type(texts).__name__}")
        return self._runner.run(texts, batch_size)

    def annotate_file(
        self,
        input_path: str | Path,
        output_path: str | Path,
        batch_size: int = 64,
        *,
        text_column: str | None = None,
        resume: bool = False,
    ) -> Summary:
        """Annotate a file of any size into another one, without holding either in memory.

        Args:
            input_path: A .tsv, .csv, .jsonl, .parquet or .conllu file.
            output_path: A .parquet, .csv, .jsonl, .conllu or .pkl file; the last is held in memory until it is whole.
            batch_size: How many rows the models are handed at once.
            text_column: The column to annotate. Without it, a .tsv file is the headerless table of five
                columns, and the others are searched for ``sentence``.
            resume: Write a folder of Parquet files instead, and go on where an earlier run into it ended
                (docs/reliability.md). The result is that of a run in one go.

        Raises:
            InputError: If a file, a row, a column or a path is at fault, the output is the input itself, or the folder
                belongs to another run.
            StorageError: If the output cannot be written.
        """
        check_path("input_path", input_path)
        check_path("output_path", output_path)
        check_flag("resume", resume)
        if not resume:
            check_output(output_path, input_path)  # before a large file is read to check it
        source = open_source(input_path, text_column, self._runner.rules)
        if resume:
            return self.annotate_into(source, output_path, batch_size)
        return self.annotate_source(source, output_path, batch_size)

    def annotate_source(
        self,
        source: Source,
        output_path: str | Path,
        batch_size: int = 64,
        keep: Callable[[Sequence[Sentence]], object] | None = None,
    ) -> Summary:
        """Annotate a table that is open already, as ``annotate_file`` does.

        Args:
            source: The table.
            output_path: A .parquet, .csv, .jsonl, .conllu or .pkl file; the last is held in memory until it is whole.
                A Parquet file's metadata say under ``vnlp_colab`` which models and options made it.
            batch_size: How many rows the models are handed at once.
            keep: Called with the results of some successive rows, until it has had all.
        """
        check_batch_size(batch_size)
        return annotate_table(
            self._runner,
            Described(stamped(source), self._made_of()),
            output_path,
            self.columns,
            batch_size=batch_size,
            progress=self._progress,
            keep=keep,
        )

    def annotate_into(self, source: Source, folder: str | Path, batch_size: int = 64) -> Summary:
        """Annotate a table that is open already into a folder, as ``annotate_file`` does with ``resume``."""
        check_batch_size(batch_size)
        return resumable.annotate_into(
            self._runner,
            source,
            folder,
            self.columns,
            self._made_of(),
            batch_size=batch_size,
            progress=self._progress,
            rows_per_shard=self._rows_per_shard,
        )
