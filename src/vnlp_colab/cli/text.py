"""``vnlp-colab text``: the analysis of one text, as a table."""

from __future__ import annotations

from typing import Annotated

import typer

from vnlp_colab.cli import layout, options
from vnlp_colab.cli.app import app


@app.command()
def text(
    content: Annotated[str, typer.Argument(metavar="TEXT", help="The text; put it in quotes.")],
    models: options.Models = "stemmer,pos,ner,dep,sentiment",
    threads: options.Threads = None,
    device: options.RunsOn = options.Device.AUTO,
    on_long: options.LongSentences = options.OnLong.WINDOW,
) -> None:
    """Show the analysis of one text: a line a token, then the sentiment."""
    from vnlp_colab.pipeline.pipeline import VNLPipeline

    pipeline = VNLPipeline(models, device=device, on_long=on_long, progress=False, threads=threads)
    for sentence in pipeline.annotate([content]):
        for line in layout.table(sentence):
            typer.echo(line)
