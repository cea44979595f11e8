"""``vnlp-colab doctor``: what is installed, what works, and what to mend."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Annotated

import typer

from vnlp_colab.cli.app import app
from vnlp_colab.cli.diagnosis import CORE, OPTIONAL, RUNTIMES, diagnose
from vnlp_colab.cli.findings import Diagnosis, size_of

_WHAT_FOR = {
    "spacy": "not installed (only for pictures and for components of spaCy: extras render, spacy)",
    "polars": "not installed (only for frames of Polars: extra polars)",
    "fastapi": "not installed (only for vnlp-colab serve: extra serve)",
    "ray": "not installed (only for datasets of Ray: extra ray)",
    "pyspark": "not installed (only for frames of Spark: extra spark)",
    "boto3": "not installed (only for s3:// places: extra store)",
    "tensorflow": "not installed (only for conversion by tf2onnx and loader='tf.data': extra tf)",
    "tf2onnx": "not installed (only for conversion by tf2onnx: extra tf)",
}


@app.command()
def doctor(
    as_json: Annotated[bool, typer.Option("--json", help="Print everything as one JSON object.")] = False,
) -> None:
    """Show what is installed, which device loads, threads, memory, cache and settings, and what to mend.

    Exits with 0 if models can run, with 1 if not.
    """
    found = diagnose()
    if as_json:
        typer.echo(json.dumps(found.as_json(), ensure_ascii=False, indent=2))
    else:
        for line in _lines(found):
            typer.echo(line)
    raise typer.Exit(0 if found.usable else 1)


def _lines(found: Diagnosis) -> Iterator[str]:
    for title, rows in (
        ("Installed", _installed(found)),
        ("Device", _device(found)),
        ("Machine", _machine(found)),
        ("Cache", _cache(found)),
        ("Settings", found.settings.items()),
    ):
        yield title
        listed = list(rows)
        width = max((len(name) for name, _ in listed), default=0)
        yield from (f"  {name.ljust(width)}  {value}" for name, value in listed)
        if not listed:
            yield "  (none: no known VNLP_COLAB_ variable is set)"
        yield ""
    for finding in found.findings:
        yield f"{finding.level}: {finding.problem}"
        yield f"  {'next' if finding.level == 'note' else 'fix'}: {finding.fix}"
    if found.usable:
        yield "Models can run."
    else:
        yield "Models cannot run yet: mend what is marked as error."


def _installed(found: Diagnosis) -> Iterator[tuple[str, str]]:
    for name in ("vnlp-colab", "python"):
        yield name, found.versions[name] or "not installed as a package"
    for name in RUNTIMES:
        if found.versions[name] is not None or name == RUNTIMES[0]:
            yield name, found.versions[name] or "not installed"
    for name in (*CORE, *OPTIONAL):
        yield name, found.versions[name] or _WHAT_FOR.get(name, "not installed")


def _device(found: Diagnosis) -> Iterator[tuple[str, str]]:
    yield "providers listed", ", ".join(found.runtime["listed"]) or "none"
    yield "provider that loads", found.runtime["loads"] or "none"
    if found.runtime["cuda_error"]:
        yield "why not CUDA", found.runtime["cuda_error"]


def _machine(found: Diagnosis) -> Iterator[tuple[str, str]]:
    machine = found.machine
    yield "system", machine["system"]
    yield "processor", machine["processor"]
    quota = "no quota" if machine["quota"] is None else f"quota {machine['quota']:g}"
    allowed = "" if machine["affinity"] is None else f", {machine['affinity']} by affinity"
    yield "threads", f"{machine['threads']} (of {machine['processors']} processors{allowed}, {quota})"
    limit = "" if machine["memory_limit"] is None else f", limit {size_of(machine['memory_limit'])}"
    yield "memory", f"{size_of(machine['memory'])}, {size_of(machine['memory_available'])} available{limit}"


def _cache(found: Diagnosis) -> Iterator[tuple[str, str]]:
    cache = found.cache
    state = "" if cache["exists"] else " (not there yet)"
    yield "folder", f"{cache['folder']}{state}"
    yield "writable", "yes" if cache["writable"] else "no"
    yield "size", f"{size_of(cache['size'])}, {size_of(cache['free'])} free"
    cached = [f"{name} ({size_of(size)})" for name, size in found.models.items() if size is not None]
    yield "models cached", ", ".join(cached) or "none"
