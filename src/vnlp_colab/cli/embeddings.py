"""``vnlp-colab embeddings``: neighbours of words, and the word vectors as a file."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from vnlp_colab.cli.app import app

commands = typer.Typer(
    help="Ask for the neighbours of words, or write the word vectors to a file.", no_args_is_help=True
)

app.add_typer(commands, name="embeddings")


@commands.command()
def neighbours(
    words: Annotated[list[str], typer.Argument(help="One word, or several that are added up.")],
    less: Annotated[list[str] | None, typer.Option("--less", help="A word to subtract; may be repeated.")] = None,
    top: Annotated[int, typer.Option("--top", "-n", min=1, help="How many neighbours.")] = 10,
) -> None:
    """Show the nearest words: a word, a tab, its cosine a line."""
    from vnlp_colab.tools.embeddings import WordEmbeddings

    for word, cosine in WordEmbeddings.load().most_similar(words, less or (), top):
        typer.echo(f"{word}\t{cosine:.4f}")


@commands.command()
def export(
    path: Annotated[
        Path,
        typer.Argument(
            help="The file: .txt or .vec for word2vec's text format, .bin for its binary one, .npy for the matrix "
            "(the words then go to a .words.txt beside it)."
        ),
    ],
) -> None:
    """Write all word vectors to a file."""
    from vnlp_colab.tools.embeddings import WordEmbeddings

    for written in WordEmbeddings.load().export(path):
        typer.echo(f"{written}: {written.stat().st_size:,} bytes")
