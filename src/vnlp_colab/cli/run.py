"""``vnlp-colab run``: a table of texts in, the annotated table out."""

from __future__ import annotations

import shutil
import signal
import sys
from contextlib import contextmanager
from typing import TYPE_CHECKING

import typer

from vnlp_colab.cli import layout, options, pipelines
from vnlp_colab.cli.app import app
from vnlp_colab.errors import InputError
from vnlp_colab.pipeline.gate import Rules
from vnlp_colab.pipeline.limits import DEFAULTS, Limits

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from vnlp_colab.pipeline.source import Source
    from vnlp_colab.pipeline.streaming import Summary
    from vnlp_colab.results import Sentence

# As a shell says that a command was ended by Ctrl-C.
_INTERRUPTED = 128 + signal.SIGINT


@app.command()
def run(
    context: typer.Context,
    source: options.Input,
    output: options.Output,
    text_column: options.TextColumn = None,
    models: options.Models = pipelines.DEFAULT_MODELS,
    style: pipelines.Style = "boun",
    config: pipelines.Config = None,
    accept_changed: pipelines.AcceptChanged = False,
    save_config: pipelines.SaveConfig = None,
    batch_size: options.BatchSize = 64,
    threads: options.Threads = None,
    workers: options.Workers = 0,
    device: options.RunsOn = options.Device.AUTO,
    on_long: options.LongSentences = options.OnLong.WINDOW,
    tree: options.Tree = True,
    probabilities: options.Probabilities = False,
    loader: options.Loads = options.Loader.AUTO,
    on_error: options.OnErrors = options.OnError.RAISE,
    max_characters: options.MaxCharacters = DEFAULTS.characters,
    max_tokens: options.MaxTokens = DEFAULTS.tokens,
    batch_memory: options.BatchMemory = DEFAULTS.memory,
    show: options.Show = 0,
    resume: options.Resume = False,
    progress: options.Progress = True,
) -> None:
    """Annotate a table of texts.

    A row is taken as one sentence.
    Split longer texts first: 'vnlp-colab task split_sentences', or in Python SentenceSplitter().split_sentences(text).

    Adds tokens and, from the models that run, pos, ner, dep, morph, lemma and sentiment to the columns of INPUT.
    The output appears under its name when it is complete; memory does not grow with the number of rows.
    With --resume the output is a folder of Parquet files, and a run that was killed goes on where it was.
    Where rows may fail (--on-error skip), and every one did, it exits with 1.
    """
    first: list[Sentence] = []
    with _interruptible(output, resume):
        # Every mistake that can be seen without the models is found before they are fetched and loaded.
        rules = Rules(on_error, Limits(max_characters, max_tokens, batch_memory))
        table = _checked(models, source, text_column, output, resume, show, rules)
        if save_config is not None:
            _check_apart(save_config, source, output, resume)
        pipeline = pipelines.make_pipeline(
            context,
            config,
            accept_changed,
            models,
            {"style": style, "on_long": on_long, "tree": tree, "probabilities": probabilities},
            device=device,
            loader=loader,
            progress=progress and sys.stderr.isatty(),
            threads=threads,
            workers=workers,
            on_error=on_error,
            limits=rules.limits,
        )
        if save_config is not None:
            pipeline.save_config(save_config)
        if resume:
            done = pipeline.annotate_into(table, output, batch_size)
        else:
            done = pipeline.annotate_source(
                table, output, batch_size, lambda rows: first.extend(rows[: show - len(first)])
            )
    _report(output, done)
    _print_rows(first)
    if done.rows and done.failed == done.rows:
        typer.echo(f"error: every row failed: {output} has no results; see {_errors(output, resume)}", err=True)
        raise typer.Exit(1)


@contextmanager
def _interruptible(output: Path, resume: bool) -> Iterator[None]:
    """Say after Ctrl-C what there is of the output: part of it only where a run can go on."""
    try:
        yield
    except KeyboardInterrupt as error:
        said = "start again with the same command to go on" if resume else f"nothing was written to {output}"
        typer.echo(f"interrupted: {said}", err=True)
        raise typer.Exit(_INTERRUPTED) from error


def _checked(
    models: str, source: Path, text_column: str | None, output: Path, resume: bool, show: int, rules: Rules
) -> Source:
    """Return the table, when what is asked for can be done."""
    from vnlp_colab.pipeline.files import open_source
    from vnlp_colab.pipeline.plan import make_plan
    from vnlp_colab.pipeline.sink import check_output

    make_plan(models)
    if not resume:
        check_output(output, source)
    elif show:
        raise InputError("--show does not go with --resume, which may begin in the middle: leave out one of them")
    return open_source(source, text_column, rules)


def _check_apart(save_config: Path, source: Path, output: Path, resume: bool) -> None:
    """Refuse a configuration's file that is another one of the run's files."""
    from vnlp_colab.pipeline.sink import same_file

    for path in (source, output, _errors(output, resume)):
        if save_config.resolve() == path.resolve() or same_file(save_config, path):
            raise InputError(f"--save-config would overwrite {str(path)!r}: give it another name", path=save_config)


def _report(output: Path, done: Summary) -> None:
    resumed = f"; {done.resumed:,} rows were done already" if done.resumed else ""
    failed = f"; {done.failed:,} rows failed, the first: {_described(done)}" if done.failed else ""
    typer.echo(
        f"{output}: {done.rows:,} rows, {done.tokens:,} tokens in {done.seconds:.1f} s "
        f"({done.rows_per_second:,.1f} rows/s, {done.tokens_per_second:,.0f} tokens/s){resumed}{failed}",
        err=True,
    )
    if done.left_out:
        typer.echo(
            f"{done.left_out:,} rows without tokens are not in {output}: CoNLL-U has no empty sentences", err=True
        )


def _errors(output: Path, resume: bool) -> Path:
    """Return the file that lists the rows which failed."""
    from vnlp_colab.pipeline.checkpoint import ERRORS
    from vnlp_colab.pipeline.side_file import list_of_errors

    return output / ERRORS if resume else list_of_errors(output)


def _described(done: Summary) -> str:
    first = done.errors[0]
    return layout.printable(f"row {first.index}: {first.error}: {first.message}")


def _print_rows(rows: Sequence[Sentence]) -> None:
    width = shutil.get_terminal_size((100, 24)).columns
    for sentence in rows:
        typer.echo(f"\n{layout.printable(sentence.text) or '(empty)'}")
        for line in layout.interlinear(sentence, width):
            typer.echo(line)
