"""The entry point: ``python -m benchmarks [run|gpu|roofline|profile|render]``."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from benchmarks.names import SUITES
from benchmarks.results import Results
from benchmarks.sections import GPU_SECTIONS, SECTIONS
from benchmarks.settings import Settings, default_output, read_data

_ROWS = (100, 1_000, 10_000, 100_000)


def main(arguments: list[str] | None = None) -> int:
    """Do what the command line says; returns the exit status."""
    options = _parser().parse_args(arguments)
    output = options.output or default_output(options.quick)
    if options.command == "render":
        Results(output).render()
        return 0
    suites = list(SUITES) if options.suite == "all" else [options.suite]
    if options.command == "profile":
        from benchmarks import profile

        for name in options.names:
            print(profile.report(_settings(options, suites[0], output), name, options.sentences))
        return 0
    results = Results(output)
    for suite in suites:
        settings = _settings(options, suite, output)
        for section in _sections(options):
            found = (SECTIONS | GPU_SECTIONS)[section](settings)
            if found:
                key = f"{suite}-{section}" + ("" if options.device == "cpu" else f"-{options.device}")
                # Kept after each section: a run takes long, and what is done is done.
                results.keep(key, found, settings.notes)
    results.render()
    print(f"written: {results.json_path} and {results.page_path}", file=sys.stderr)
    return 0


def _sections(options: argparse.Namespace) -> list[str]:
    if options.command == "roofline":
        return ["roofline"]
    if options.sections is not None:
        return list(options.sections.split(","))
    return list(GPU_SECTIONS if options.command == "gpu" else SECTIONS)


def _settings(options: argparse.Namespace, suite: str, output: Path) -> Settings:
    data, notes = read_data(suite, options.quick)
    rows = tuple(count for count in _ROWS if count <= (options.max_rows or (100 if options.quick else _ROWS[-1])))
    return Settings(
        suite=suite,
        quick=options.quick,
        rounds=options.rounds or (2 if options.quick else 5),
        sentences=options.sentences,
        rows=rows,
        device=options.device,
        output=output,
        peers=not options.no_peers,
        peer_python=dict(pair.split("=", 1) for pair in options.peer_python),
        only=tuple(options.only.split(";")) if options.only else (),
        against=tuple(options.against.split(";")) if options.against else (),
        data=data,
        notes=notes,
    )


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    commands = "run: measure; gpu: CUDA beside the CPU; roofline: that section; profile: operators and "
    commands += "functions of the models named; render: write page and plots from kept results"
    parser.add_argument("command", nargs="?", default="run", help=commands, choices=_COMMANDS)
    parser.add_argument("names", nargs="*", help="for profile: models, e.g. SPUContextDP")
    parser.add_argument("--suite", default="all", choices=[*SUITES, "all"])
    parser.add_argument("--quick", action="store_true", help="tiny sizes, to see that everything runs")
    parser.add_argument("--sections", help=f"some of {','.join(SECTIONS)}")
    parser.add_argument("--only", help="subjects to measure, separated by semicolons, e.g. 'CharNER;pipeline classic'")
    parser.add_argument("--against", help="peers to compare with, separated by semicolons, e.g. 'stepwise ONNX'")
    parser.add_argument("--rounds", type=int, help="paired runs of each measurement (5; quick: 2)")
    parser.add_argument("--sentences", type=int, default=400, help="sentences of a test set that sweeps use (400)")
    parser.add_argument("--max-rows", type=int, help="the most rows of the growth measurement (100000; quick: 100)")
    devices = "where the models run; the sections made for the CPU can be run on CUDA too"
    parser.add_argument("--device", default="cpu", choices=["cpu", "cuda"], help=devices)
    parser.add_argument("--no-peers", action="store_true", help="leave out upstream and the naive engines")
    peers = "use this interpreter for a peer (classic, spu or keras) instead of making an environment"
    parser.add_argument("--peer-python", action="append", default=[], metavar="NAME=PATH", help=peers)
    output = "folder of performance.md and its data (docs; quick: out/benchmarks)"
    parser.add_argument("--output", type=Path, help=output)
    return parser


_COMMANDS = ("run", "gpu", "roofline", "profile", "render")

if __name__ == "__main__":
    sys.exit(main())
