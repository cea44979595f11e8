"""``vnlp-colab run``: a table of texts in, the annotated table out."""

from __future__ import annotations

import shutil
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from vnlp_colab.cli import layout, options
from vnlp_colab.cli.app import app

if TYPE_CHECKING:
    from vnlp_colab.results import Sentence


@app.command()
def run(
    source: Annotated[Path, typer.Argument(metavar="INPUT", help="A .tsv, .csv, .jsonl or .parquet file.")],
    output: Annotated[
        Path,
        typer.Option(
            "--output",
            "-o",
            help="Where the annotated table goes: .parquet, .csv, .jsonl, .conllu, or .pkl (a pandas data frame; only "
            "this one is held in memory).",
        ),
    ],
    text_column: Annotated[
        str | None,
        typer.Option(
            help="The column to annotate. Without it a .tsv file is a table without header of t_code, ch_no, "
            "p_no, s_no, sentence, and other files are searched for a column 'sentence'."
        ),
    ] = None,
    models: options.Models = "stemmer,pos,ner,dep,sentiment",
    batch_size: Annotated[int, typer.Option(min=1, help="Rows that the models are handed at once.")] = 64,
    threads: options.Threads = None,
    workers: Annotated[
        int, typer.Option(min=0, help="Processes that share the rows, each with one thread unless --threads says more.")
    ] = 0,
    device: options.RunsOn = options.Device.AUTO,
    on_long: options.LongSentences = options.OnLong.WINDOW,
    loader: Annotated[
        options.Loader, typer.Option(help="What prepares batches ahead of the models; results do not depend on it.")
    ] = options.Loader.AUTO,
    show: Annotated[
        int, typer.Option(min=0, metavar="N", help="Print the first N annotated rows to stdout after the run.")
    ] = 0,
    progress: Annotated[
        bool, typer.Option("--progress/--no-progress", help="Show a bar, where there is a terminal.")
    ] = True,
) -> None:
    """Annotate a table of texts.

    Adds tokens and, from the models that run, pos, ner, dep, morph, lemma and sentiment to the columns of INPUT.
    The output appears under its name when it is complete; memory does not grow with the number of rows.
    """
    from vnlp_colab.pipeline.files import open_source
    from vnlp_colab.pipeline.pipeline import VNLPipeline
    from vnlp_colab.pipeline.plan import make_plan
    from vnlp_colab.pipeline.sink import check_output

    # Every mistake that can be seen without the models is found before they are fetched and loaded.
    make_plan(models)
    check_output(output)
    table = open_source(source, text_column)
    pipeline = VNLPipeline(
        models,
        device=device,
        loader=loader,
        on_long=on_long,
        progress=progress and sys.stderr.isatty(),
        threads=threads,
        workers=workers,
    )
    first: list[Sentence] = []
    done = pipeline.annotate_source(table, output, batch_size, lambda rows: first.extend(rows[: show - len(first)]))
    typer.echo(
        f"{output}: {done.rows:,} rows, {done.tokens:,} tokens in {done.seconds:.1f} s "
        f"({done.rows_per_second:,.1f} rows/s, {done.tokens_per_second:,.0f} tokens/s)",
        err=True,
    )
    width = shutil.get_terminal_size((100, 24)).columns
    for sentence in first:
        typer.echo(f"\n{layout.printable(sentence.text) or '(empty)'}")
        for line in layout.interlinear(sentence, width):
            typer.echo(line)
