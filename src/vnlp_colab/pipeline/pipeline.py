"""The pipeline: from texts, frames and files to their annotation."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from vnlp_colab.errors import InputError
from vnlp_colab.models import registry
from vnlp_colab.pipeline import resumable, saved
from vnlp_colab.pipeline.checkpoint import ROWS_PER_SHARD
from vnlp_colab.pipeline.columns import result_columns
from vnlp_colab.pipeline.fetching import fetch
from vnlp_colab.pipeline.files import DEFAULT_TEXT_COLUMN, open_source
from vnlp_colab.pipeline.gate import ON_ERROR, RAISE, Rules
from vnlp_colab.pipeline.identity import Described
from vnlp_colab.pipeline.limits import Limits
from vnlp_colab.pipeline.loaders import TF_DATA
from vnlp_colab.pipeline.loaders import loader as loader_called
from vnlp_colab.pipeline.making import ModelFactory, annotator, check_choice, check_number, made_of
from vnlp_colab.pipeline.plan import DEFAULT_TASKS, make_plan
from vnlp_colab.pipeline.progress import progress_bar
from vnlp_colab.pipeline.runner import Runner, Runs, check_batch_size
from vnlp_colab.pipeline.source import Source
from vnlp_colab.pipeline.streaming import Summary, annotate_table
from vnlp_colab.pipeline.workers import WorkerRunner
from vnlp_colab.results import Sentence

if TYPE_CHECKING:
    from vnlp_colab.pipeline.frame import DataFrame

_DEVICES = ("auto", "cpu", "cuda")
_ON_LONG = ("window", "error")

DEFAULT_STYLE = "boun"

# Arguments that a saved configuration holds, and those that it leaves to whoever runs it: results differ by the
# former alone.
_SAVED = ("on_long", "tree", "style", "probabilities")
_RUNNING = frozenset(("device", "limits", "loader", "on_error", "progress", "threads", "workers"))


class VNLPipeline:
    """Annotates texts with tokens, tags, entities, syntax, morphology and sentiment.

    A model that another one needs (the parser needs the tagger and the stemmer) is loaded with it, runs once
    for both, and shows in the result only if it was asked for.

    Args:
        models_to_load: Tasks (``"stemmer"``, ``"pos"``, ``"ner"``, ``"dep"``, ``"sentiment"``), each
            optionally with a model: ``"pos:TreeStackPoS"``. ``"classic"`` and ``"spu"`` stand for all of them with
            the models of VNLP's older and newer generation. ``"lemma"`` and ``"feats"`` are tasks too, and
            ``"context"`` stands for all models that come with the package and need no network.
        device: ``"cpu"``, ``"cuda"``, or ``"auto"``: CUDA if it loads.
        loader: What prepares batches ahead of the models: ``"threads"``, ``"tf.data"`` (extra ``tf``), or
            ``"auto"``: the faster one, which is ``"threads"``. Results do not depend on it. ``"none"`` starts
            no thread, which is for few texts that are waited for. Worker processes prepare their own, so
            ``"tf.data"`` and ``workers`` exclude each other.
        on_long: What the parser does with a sentence too long for it: ``"window"`` parses it in parts,
            ``"error"`` raises.
        progress: Whether to show progress bars.
        tree: Whether parses are always trees with exactly one root: the best one by the parser's probabilities.
            ``False`` takes each token's most probable head, as upstream does, which need not form a tree.
        style: The treebank whose annotation the Context models imitate: ``"boun"``, ``"kenet"``, ``"penn"``, ... or
            ``"unk"`` for none in particular (docs/models.md). Other models know one style each.
        probabilities: Whether each sentence has the probabilities of its labels too. They come from a second pass,
            which takes about as long as the first.
        threads: How many threads the models use; ``None``: as many as this process has CPUs, or one in each
            worker process.
        workers: How many processes share the rows; ``None`` or 0: this one does all. They start with the pipeline,
            each loads the models and prepares its own batches, and they end with it or with ``close``. A script
            that uses them must do so under ``if __name__ == "__main__":``.
        on_error: What becomes of a row that cannot be annotated: ``"raise"`` ends the run with an error that names it,
            ``"skip"`` leaves it without results and lists it in a file beside the output (docs/reliability.md).
        limits: How large texts and batches may be; ``None``: ``Limits()``.
        model_factory: Makes the models: called with a name and the keywords of that model's class; with workers it
            must be picklable. Default: the classes of this package.

    Raises:
        ModelNotAvailable: If a name is not known; the message lists the known ones.
        InputError: If another argument has a value that it cannot have.
        MissingExtra: If the loader or the models need what is not installed.

    Example:
        >>> pipe = VNLPipeline(("pos", "sentiment"))  # doctest: +SKIP
        >>> next(pipe.annotate(["Çok güzel bir gün."])).pos  # doctest: +SKIP
        ('ADV', 'ADJ', 'DET', 'NOUN', 'PUNCT')
    """

    def __init__(
        self,
        models_to_load: str | Iterable[str] = DEFAULT_TASKS,
        device: str = "auto",
        loader: str = "auto",
        on_long: str = "window",
        progress: bool = True,
        *,
        tree: bool = True,
        style: str = DEFAULT_STYLE,
        probabilities: bool = False,
        threads: int | None = None,
        workers: int | None = None,
        on_error: str = RAISE,
        limits: Limits | None = None,
        model_factory: ModelFactory | None = None,
    ) -> None:
        plan = make_plan(models_to_load)
        check_choice("device", device, _DEVICES)
        check_choice("on_long", on_long, _ON_LONG)
        check_choice("on_error", on_error, ON_ERROR)
        check_number("threads", threads, 1)
        check_number("workers", workers, 0)
        if workers and loader == TF_DATA:
            raise InputError(
                'loader="tf.data" has no part in worker processes, which prepare their own batches: '
                "leave out the loader (--loader) or the workers (--workers)"
            )
        load = loader_called(loader)
        rules = Rules(on_error, limits or Limits())
        options: dict[str, Any] = {"device": device, "threads": 1 if workers and threads is None else threads}
        own = {"on_long": on_long, "tree": tree, "style": style}
        make = partial(annotator, plan, model_factory or registry.create, options, own, probabilities)
        self.columns = result_columns(plan)
        self._made_of = partial(made_of, plan, model_factory, {"device": device, **rules.facts(), **own})
        self._configuration = partial(saved.configuration, plan, {**own, "probabilities": probabilities})
        self._made_elsewhere = model_factory is not None
        self._progress = progress
        self._rows_per_shard = ROWS_PER_SHARD
        self._runner: Runs
        if model_factory is None:
            fetch(plan, progress)
        if workers:
            self._runner = WorkerRunner(workers, make, rules)
        else:
            self._runner = Runner(make(), load, rules)

    @classmethod
    def from_config(cls, path: str | Path, *, accept_changed: bool = False, **running: Any) -> VNLPipeline:
        """Make the pipeline of a configuration that ``save_config`` wrote.

        Nothing is left to the defaults of this version: tasks, models, style and all else that results depend on are
        the file's, and the models' files must be the very ones that it was saved with.

        Args:
            path: The configuration.
            accept_changed: Warn where a model's files are other ones, and use them, instead of raising an error.
            running: Where and how it runs: ``device``, ``threads``, ``workers``, ``loader``, ``progress``, and what
                becomes of rows that fail: ``on_error``, ``limits``.

        Raises:
            InputError: If the file is missing, is no configuration, or is contradicted by ``running``.
            ModelNotAvailable: If a model is not known, cannot be had, or has other files; the message names both.
            OfflineError: If a model is not cached, and the network may not or cannot be used.
        """
        found = saved.load(Path(path), _SAVED)
        if not set(running) <= _RUNNING:
            raise InputError(
                f"from_config takes {', '.join(sorted(_RUNNING))} besides the file, not "
                f"{', '.join(sorted(set(running) - _RUNNING))}: the file says what the results depend on"
            )
        changed = {"accept_changed": accept_changed, "progress": running.get("progress", True)}
        saved.check_models(found, Path(path), **changed)
        return cls(found.names, **found.options, **running)

    def save_config(self, path: str | Path) -> None:
        """Write what this pipeline's results depend on as TOML, for ``from_config``.

        Raises:
            InputError: If its models were made by a ``model_factory``, which a file cannot name.
            StorageError: If the file cannot be written.
        """
        if self._made_elsewhere:
            raise InputError("a pipeline whose models come from a model_factory cannot be saved")
        saved.save(self._configuration(), Path(path))

    def __enter__(self) -> VNLPipeline:
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
        from vnlp_colab.pipeline.delimited import sentence_table

        return frame.read(sentence_table(Path(path)))

    def run_preprocessing(self, df: DataFrame, *, text_column: str = DEFAULT_TEXT_COLUMN) -> DataFrame:
        """Return ``df`` with ``no_accents``, ``tokens`` and ``tokens_40`` (chunks of at most 40 tokens).

        Raises:
            InputError: If a cell of the text column is neither text nor missing.
        """
        from vnlp_colab.pipeline import frame

        return frame.preprocessed(df, text_column)

    def process_dataframe(
        self,
        df: DataFrame,
        batch_size: int = 64,
        *,
        text_column: str = DEFAULT_TEXT_COLUMN,
        checkpoint: str | Path | None = None,
    ) -> DataFrame:
        """Return ``df`` with the annotation of its text column: ``tokens`` and the columns of the models.

        Index, columns and dtypes stay as they are, and ``df`` is not modified. A row whose text is missing or
        blank has empty lists and no sentiment. The result does not depend on ``batch_size``.

        Args:
            df: The frame.
            batch_size: How many rows the models are handed at once.
            text_column: The column to annotate.
            checkpoint: A folder in which the work is kept as it is done. After a crash the same call goes on where
                it was; with other texts or options it is refused.

        Raises:
            InputError: If a cell of the text column is neither text nor missing, a column of the annotation is
                already there, or the folder belongs to another run.
            StorageError: If the folder cannot be used.
        """
        from vnlp_colab.pipeline import frame

        check_batch_size(batch_size)
        texts = frame.texts(df, text_column)
        frame.check_columns(df, self.columns)
        if checkpoint is not None:
            source = resumable.TextSource(texts, text_column)
            self.annotate_into(source, checkpoint, batch_size)
            return frame.annotated(df, list(resumable.read_back(checkpoint, texts, self.columns)), self.columns)
        with progress_bar(len(texts), self._progress) as advance:
            sentences = list(self._runner.run(texts, batch_size, advance))
        return frame.annotated(df, sentences, self.columns)

    def run(self, csv_path: str | Path, output_path: str | Path, batch_size: int = 64) -> DataFrame:
        """Annotate the five-column TSV file ``csv_path`` into ``output_path``, and return the result.

        The output's suffix chooses its format: .parquet, .csv, .jsonl, .conllu, or .pkl (the result, pickled).
        Nothing half-written is ever left under its name.

        Raises:
            InputError: If a file, a row or a path is at fault.
            StorageError: If the output cannot be written.
        """
        from vnlp_colab.pipeline import frame
        from vnlp_colab.pipeline.delimited import sentence_table

        source = sentence_table(Path(csv_path))
        sentences: list[Sentence] = []
        self.annotate_source(source, output_path, batch_size, sentences.extend)
        return frame.annotated(frame.read(source), sentences, self.columns)

    def annotate(self, texts: Iterable[str], batch_size: int = 64) -> Iterator[Sentence]:
        """Yield the annotation of each text, in order.

        The texts are drawn as results are, some batches ahead, so ``texts`` may be endless. An empty text has
        empty results. The results do not depend on ``batch_size``.

        Raises:
            InputError: If an item is not text; it names the item's 0-based position.
        """
        check_batch_size(batch_size)
        if isinstance(texts, str):
            raise InputError("annotate takes an iterable of texts; for one text, pass [text]")
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
            InputError: If a file, a row, a column or a path is at fault, or the folder belongs to another run.
            StorageError: If the output cannot be written.
        """
        source = open_source(input_path, text_column)
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
            Described(source, self._made_of()),
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
