"""``vnlp-colab convert``: weights in, a folder of ONNX graphs out."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import typer

from vnlp_colab.cli.app import app
from vnlp_colab.cli.options import Embedding, Via, Weights


@app.command()
def convert(
    model: Annotated[str, typer.Argument(help="A model of 'vnlp-colab models list'.")],
    output: Annotated[
        Path, typer.Option("--output", "-o", metavar="DIR", help="The folder to write: new, empty, or a model's.")
    ],
    weights: Weights = None,
    embedding: Embedding = None,
    via: Annotated[
        Via,
        typer.Option(help="Make the graph of the whole network with our builder, or from a Keras model (extra tf)."),
    ] = Via.BUILDER,
) -> None:
    """Convert a model's weights to ONNX graphs.

    DIR gets the graphs, the vocabularies, and a manifest with every file's hash; or nothing, if something is wrong.
    """
    from vnlp_colab.convert import CONVERTER_VERSION, offline
    from vnlp_colab.store import folders

    # Before any work: a folder of other things is never touched.
    folders.check_target(output.absolute())
    sources = offline.given_sources(model, weights, embedding, progress=sys.stderr.isatty())
    files = offline.convert(model, sources, offline.Via(via))
    made = folders.write_folder(output, model, sources.sha256, CONVERTER_VERSION, files)
    typer.echo(f"{made.root}: {len(made.files)} files, {made.size / 1e6:.1f} MB")
