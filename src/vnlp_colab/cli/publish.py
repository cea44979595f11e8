"""``vnlp-colab publish``: putting converted models where others fetch them."""

from __future__ import annotations

from typing import Annotated

import typer

from vnlp_colab.cli.app import app


@app.command()
def publish(
    what: Annotated[
        list[str],
        typer.Argument(help="Folders of converted models, folders of such folders, or names of models."),
    ],
    to: Annotated[str, typer.Option("--to", help="The store: an s3:// URL, or a folder.")],
) -> None:
    """Put converted models, with their manifests, into a store.

    Whoever sets VNLP_COLAB_STORE to that place, or to the https:// URL under which it is served, gets them from there.
    """
    from vnlp_colab.store.publish import publish

    for model in publish(what, to):
        state = f"sent {model.uploaded:,} bytes" if model.uploaded else "was there already"
        typer.echo(f"{model.name}: {state}, {model.place}")
