"""The entry point: ``python -m benchmarks [run|gpu|roofline|profile|render]``."""

from __future__ import annotations

import argparse
import subprocess
import sys
import time
from pathlib import Path

from benchmarks import machine
from benchmarks.children import ChildError
from benchmarks.names import SUITES
from benchmarks.results import Results
from benchmarks.sections import GPU_SECTIONS, SECTIONS
from benchmarks.settings import Settings, default_output, read_data
from vnlp_colab.runtime.session import listed_providers

_NO_GPU = """There is no GPU here that onnxruntime can use: it lists no CUDAExecutionProvider. On a machine with one,
take onnxruntime-gpu instead of onnxruntime (pip install 'vnlp-colab[gpu]') and run this again."""


def main(arguments: list[str] | None = None) -> int:
    """Do what the command line says; returns the exit status."""
    options = _parser().parse_args(arguments)
    output = options.output or default_output(options.quick or bool(options.only or options.against))
    if options.command == "render":
        Results(output).render()
        return 0
    suites = list(SUITES) if options.suite == "all" else options.suite.split(",")
    if options.command == "profile":
        from benchmarks import profile

        for name in options.names:
            print(profile.report(_settings(options, suites[0], output), name, options.sentences))
        return 0
    if options.command == "gpu" and "CUDAExecutionProvider" not in listed_providers():
        print(_NO_GPU, file=sys.stderr)
        return 2
    failed = _measure(options, suites, Results(output))
    if failed:
        print(f"failed: {', '.join(failed)}; the same command with --resume tries these again", file=sys.stderr)
    return 1 if failed else 0


def _measure(options: argparse.Namespace, suites: list[str], results: Results) -> list[str]:
    """Run all sections, those of all suites together, and keep each one's results when it is done.

    Returns:
        The sections that could not be measured; each has said why on stderr.
    """
    failed = []
    settings = {suite: _settings(options, suite, results.output) for suite in suites}
    todo = [(section, suite) for section in _sections(options) for suite in suites]
    begin = time.monotonic()
    for number, (section, suite) in enumerate(todo, 1):
        key = f"{suite}-{section}" + ("" if options.device == "cpu" else f"-{options.device}")
        asked = settings[suite].asked
        if options.resume and results.has(key, asked):
            settings[suite].say(f"{section}: kept from an earlier run ({number} of {len(todo)})")
            continue
        settings[suite].say(
            f"{section} ({number} of {len(todo)}, {(time.monotonic() - begin) / 60:.1f} minutes so far)"
        )
        about, started = machine.describe(), time.monotonic()
        try:
            found = (SECTIONS | GPU_SECTIONS)[section](settings[suite])
        except (ChildError, subprocess.CalledProcessError) as error:
            # What is left may well succeed, and hours of it should not wait for a person.
            settings[suite].say(f"{section} failed: {error}")
            failed.append(key)
            continue
        if found:
            took = round(time.monotonic() - started, 1)
            results.keep(key, {**about, "took_seconds": took, "asked": asked, "notes": settings[suite].notes}, found)
            # After each section: a run takes long, and who stops it wants to see what is done.
            results.render()
    print(f"written: {results.json_path} and {results.page_path}", file=sys.stderr)
    return failed


def _sections(options: argparse.Namespace) -> list[str]:
    if options.command == "roofline":
        return ["roofline"]
    if options.sections is not None:
        return list(options.sections.split(","))
    return list(GPU_SECTIONS if options.command == "gpu" else SECTIONS)


def _settings(options: argparse.Namespace, suite: str, output: Path) -> Settings:
    data, notes = read_data(suite, options.quick)
    return Settings(
        suite=suite,
        quick=options.quick,
        rounds=options.rounds or (2 if options.quick else 5),
        sentences=options.sentences,
        rows=options.max_rows,
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
    parser.add_argument("--suite", default="all", help=f"some of {','.join(SUITES)} (all)")
    parser.add_argument("--quick", action="store_true", help="tiny sizes, to see that everything runs")
    parser.add_argument("--sections", help=f"some of {','.join(SECTIONS)}")
    parser.add_argument("--only", help="subjects to measure, separated by semicolons, e.g. 'CharNER;pipeline classic'")
    parser.add_argument("--against", help="peers to compare with, separated by semicolons, e.g. 'stepwise ONNX'")
    parser.add_argument("--rounds", type=int, help="paired runs of each measurement (5; quick: 2)")
    parser.add_argument("--sentences", type=int, default=400, help="the most sentences that are measured on (400)")
    rows = "how far growth is followed (100000; classic: 10000, and 100000 short ones); what takes most of the time"
    parser.add_argument("--max-rows", type=int, help=rows)
    resume = "leave out sections that have been measured, at the same settings, on the code that is here now"
    parser.add_argument("--resume", action="store_true", help=resume)
    devices = "where the models run; the sections made for the CPU can be run on CUDA too"
    parser.add_argument("--device", default="cpu", choices=["cpu", "cuda"], help=devices)
    parser.add_argument("--no-peers", action="store_true", help="leave out upstream and the naive engines")
    peers = "use this interpreter for a peer (classic, spu or keras) instead of making an environment; the variable "
    peers += "VNLP_COLAB_BENCH_NAME_PYTHON does the same"
    parser.add_argument("--peer-python", action="append", default=[], metavar="NAME=PATH", help=peers)
    output = "folder of performance.md and its data (docs; of quick runs and of some subjects alone: out/benchmarks)"
    parser.add_argument("--output", type=Path, help=output)
    return parser


_COMMANDS = ("run", "gpu", "roofline", "profile", "render")

if __name__ == "__main__":
    sys.exit(main())
