"""The command ``vnlp-colab``. Only this folder prints."""

from __future__ import annotations


def main() -> None:
    """Run the command line; always ends in ``SystemExit``."""
    # Imported here, so that importing the package's parts does not load typer. A command module adds its
    # commands to the application when it is imported, and imports what is slow only when a command runs.
    from vnlp_colab.cli import convert, doctor, embeddings, models, publish, run, text, verify  # noqa: F401
    from vnlp_colab.cli.app import app

    app(prog_name="vnlp-colab")
