"""``vnlp-colab models``: what is cached, filling the cache, checking and emptying it."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Sequence
from typing import Annotated

import typer

from vnlp_colab import catalog
from vnlp_colab.cli.app import app
from vnlp_colab.errors import ModelNotAvailable, OfflineError
from vnlp_colab.pipeline.plan import known_names, make_plan
from vnlp_colab.store import bundle, manage, paths, places

commands = typer.Typer(help="List, fetch, check and delete the models in the cache.", no_args_is_help=True)

app.add_typer(commands, name="models")

_HEADER = ("NAME", "TASK", "CACHED", "SIZE", "SOURCE", "LICENCE")
_UNITS = ("B", "kB", "MB", "GB")


@commands.command("list")
def list_models() -> None:
    """Show every model: its task, whether it is cached, its size and its source."""
    rows = [
        (
            entry.spec.name,
            entry.spec.task or "(shared part)",
            "yes" if entry.bundle is not None else "no",
            "unknown" if entry.size is None else _bytes(entry.size),
            _source(entry.spec),
            entry.spec.licence,
        )
        for entry in manage.status()
    ]
    _print_table([_HEADER, *rows])
    small = [spec.name for spec in catalog.models() if spec.variant_of is None and catalog.variants(spec)]
    if small:
        typer.echo(f"\nNAME-{catalog.FP16}, with weights stored in 16 bits, half the size: {', '.join(small)}")
        typer.echo(_agreements(small))
    typer.echo(f"\ncache: {paths.home()}")
    store = places.store_place()
    if store is not None:
        typer.echo(f"store: {store}, asked before the sources")


@commands.command()
def pull(
    names: Annotated[
        list[str] | None,
        typer.Argument(
            help="Models, or what --models of run and serve takes, such as context,stemmer,pos:TreeStackPoS; if none "
            "is named, all but those for evaluation (NAME-eval)."
        ),
    ] = None,
) -> None:
    """Fetch models and what they require, converting what no store has, so that they work without network.

    One that cannot be had does not keep the others from coming; the exit code is 1 then.
    """
    failed = []
    for spec in manage.wanted(_named(names or ())):
        try:
            found = bundle(spec.name, progress=sys.stderr.isatty())
        except (ModelNotAvailable, OfflineError) as error:
            failed.append(spec.name)
            typer.echo(f"error: {error}", err=True)
        else:
            typer.echo(f"{found.name}: {_bytes(found.size)} in {found.root}")
    if failed:
        typer.echo(f"error: not there: {', '.join(failed)}", err=True)
        raise typer.Exit(1)


@commands.command()
def verify() -> None:
    """Hash everything in the cache anew; exit with 1 if a file is bad, naming it."""
    outcome = manage.verify()
    for fault in outcome.faults:
        typer.echo(f"error: {fault}", err=True)
    if outcome.faults:
        typer.echo(
            "error: damaged models, wheels and weights are fetched or built again at their next use, or now with: "
            "vnlp-colab models pull",
            err=True,
        )
        raise typer.Exit(1)
    if outcome.checked:
        typer.echo(f"{len(outcome.checked)} entries of {paths.home()} are intact")
    else:
        typer.echo(f"nothing is cached in {paths.home()}")


@commands.command()
def rm(
    names: Annotated[list[str] | None, typer.Argument(help="Models to delete.")] = None,
    every: Annotated[bool, typer.Option("--all", help="Delete every model.")] = False,
    sources: Annotated[bool, typer.Option("--sources", help="Delete the fetched wheels and weights.")] = False,
    records: Annotated[
        bool,
        typer.Option(
            "--records",
            help="Delete the models' recorded hashes too: what their store or bucket serves next is believed.",
        ),
    ] = False,
) -> None:
    """Delete converted models, the files that they were built from, or both."""
    if not (names or every or sources):
        raise typer.BadParameter("name the models to delete, or give --all or --sources")
    if names and every:
        raise typer.BadParameter("give either names or --all")
    if records and not (names or every):
        raise typer.BadParameter("--records needs the names of models, or --all")
    # Not the models that are found in the cache: a record that cannot be read would hide them.
    wanted = manage.every_name() if every else names or []
    for name, freed in manage.remove(wanted).items():
        if freed or not every:
            typer.echo(f"{name}: {f'deleted {_bytes(freed)}' if freed else 'was not cached'}")
    for name, count in manage.forget(wanted).items() if records else ():
        if count or not every:
            deleted = f"{count} recorded {'hash' if count == 1 else 'hashes'} deleted"
            typer.echo(f"{name}: {deleted if count else 'no hash was recorded'}")
    if sources:
        freed = manage.remove_sources()
        typer.echo(f"sources: {f'deleted {_bytes(freed)}' if freed else 'none was cached'}")


def _named(names: Iterable[str]) -> list[str]:
    """Return the models of names as they are given: a model's own, or tasks and presets, separated by commas."""
    found: list[str] = []
    for name in (part.strip() for given in names for part in given.split(",")):
        if ":" in name or name in known_names():
            found.extend(stage.name for stage in make_plan(name))
        elif name:
            found.append(name)
    return found


def _source(spec: catalog.ModelSpec) -> str:
    projects: dict[str, list[str]] = {}
    for wheel in spec.wheels:
        projects.setdefault(wheel.project, []).append(wheel.version)
    parts = [f"{project} {' + '.join(versions)}" for project, versions in projects.items()]
    if any(isinstance(source, catalog.Bundled) for _, source in spec.sources):
        parts.append("this package")
    if spec.weight_files:
        place, explicit = places.weights_place()
        parts.insert(0, str(place) if explicit else "VNGRS's bucket")
    return ", ".join(parts)


def _agreements(names: Sequence[str]) -> str:
    """How far the variants of these models were found to agree with them."""
    found = {name: catalog.model(f"{name}-{catalog.FP16}").measured for name in names}
    same = [
        # Rounded down: 100 % is all of them.
        f"{name} {10_000 * agreement.agreeing // agreement.labels / 100:.2f} % of {agreement.labels:,}"
        for name, agreement in found.items()
        if agreement is not None
    ]
    unknown = [name for name, agreement in found.items() if agreement is None]
    parts = [", ".join(same)] if same else []
    parts += [f"not measured: {', '.join(unknown)}"] if unknown else []
    return f"labels that are the same as NAME's: {'; '.join(parts)}"


def _bytes(count: int) -> str:
    value = float(count)
    for unit in _UNITS:
        if value < 1000 or unit == _UNITS[-1]:
            break
        value /= 1000
    return f"{count} B" if unit == "B" else f"{value:.1f} {unit}"


def _print_table(rows: Sequence[Sequence[str]]) -> None:
    widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]))]
    for row in rows:
        cells = (cell.ljust(width) for cell, width in zip(row, widths, strict=True))
        typer.echo("  ".join(cells).rstrip())
