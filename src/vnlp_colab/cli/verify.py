"""``vnlp-colab verify``: a converted model beside what it was made of."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Annotated

import typer

from vnlp_colab.cli import options
from vnlp_colab.cli.app import app


@app.command()
def verify(
    target: Annotated[str, typer.Argument(metavar="MODEL_OR_DIR", help="A model of the catalog, or a folder of one.")],
    against: Annotated[
        options.Against | None,
        typer.Option(help="What to compare with; Keras if the extra tf is installed, else NumPy, if left out."),
    ] = None,
    sentences: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Sentences, one a line; a few built-in ones if left out.")
    ] = None,
    weights: options.Weights = None,
    embedding: options.Embedding = None,
    output: Annotated[
        Path | None, typer.Option("--output", "-o", metavar="FILE", help="The report; beside the model if left out.")
    ] = None,
) -> None:
    """Run a converted model and its source side by side, and write a report; exit with 1 if they differ.

    Models over word pieces are compared probability by probability on real sentences. Of the others every file is
    compared with a new conversion.
    """
    from vnlp_colab.cli import checks
    from vnlp_colab.convert import offline
    from vnlp_colab.convert.sentences import SENTENCES
    from vnlp_colab.store import bundle, folders

    checks.check_against(against)
    texts = SENTENCES if sentences is None else checks.read_lines(sentences)
    found = folders.open_folder(Path(target)) if Path(target).is_dir() else bundle(target, sys.stderr.isatty())
    sources = offline.given_sources(found.name, weights, embedding, progress=sys.stderr.isatty())
    report = checks.verify(found, sources, against, texts)
    path = output if output is not None else found.root / folders.REPORT
    folders.write_report(path, (json.dumps(report, ensure_ascii=False, indent=2) + "\n").encode())
    for result in report["results"]:
        typer.echo(checks.summary(result))
    typer.echo(
        f"{'passed' if report['passed'] else 'FAILED'}: {found.name} against {report['against']['kind']}; {path}"
    )
    if not report["passed"]:
        raise typer.Exit(1)
