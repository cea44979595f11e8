"""The entry point: ``python -m benchmarks [run|gpu|roofline|profile|render]``."""

from __future__ import annotations

import argparse
import subprocess
import sys
import time
from pathlib import Path

from benchmarks import machine
from benchmarks.children import ChildError
from benchmarks.options import parse
from benchmarks.results import Results
from benchmarks.sections import GPU_SECTIONS, SECTIONS
from benchmarks.settings import Settings, default_output, read_data
from vnlp_colab.runtime.session import listed_providers

_NO_GPU = """There is no GPU here that onnxruntime can use: it lists no CUDAExecutionProvider. On a machine with one,
make bench-gpu makes an environment with onnxruntime-gpu instead of onnxruntime, and runs this there."""


def main(arguments: list[str] | None = None) -> int:
    """Do what the command line says; returns the exit status."""
    options = parse(arguments)
    output = options.output or default_output(options.quick or bool(options.only or options.against))
    if options.command == "render":
        Results(output).render()
        return 0
    if options.command == "profile":
        from benchmarks import profile

        for name in options.names:
            print(profile.report(_settings(options, options.suite[0], output), name, options.sentences))
        return 0
    if options.command == "gpu" and "CUDAExecutionProvider" not in listed_providers():
        print(_NO_GPU, file=sys.stderr)
        return 2
    kept, failed = _measure(options, Results(output))
    if failed:
        print(f"failed: {', '.join(failed)}; the same command with --resume tries these again", file=sys.stderr)
        return 1
    if not kept:
        print("nothing was measured: the sections have no such subjects or peers", file=sys.stderr)
        return 2
    return 0


def _measure(options: argparse.Namespace, results: Results) -> tuple[list[str], list[str]]:
    """Run all sections, those of all suites together, and keep each one's results when it is done.

    Returns:
        The sections whose results are there, and those that could not be measured; each has said why on stderr.
    """
    kept, failed = [], []
    settings = {suite: _settings(options, suite, results.output) for suite in options.suite}
    todo = [(section, suite) for section in _sections(options) for suite in options.suite]
    begin = time.monotonic()
    for number, (section, suite) in enumerate(todo, 1):
        key = f"{suite}-{section}" + ("" if options.device == "cpu" else f"-{options.device}")
        asked = settings[suite].asked
        if options.resume and results.has(key, asked):
            settings[suite].say(f"{section}: kept from an earlier run ({number} of {len(todo)})")
            kept.append(key)
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
            kept.append(key)
    if kept:
        print(f"written: {results.json_path} and {results.page_path}", file=sys.stderr)
    return kept, failed


def _sections(options: argparse.Namespace) -> list[str]:
    if options.command == "roofline":
        return ["roofline"]
    if options.sections is not None:
        return list(options.sections)
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
        peer_python=options.peer_python,
        only=tuple(options.only),
        against=tuple(options.against),
        data=data,
        notes=notes,
    )


if __name__ == "__main__":
    sys.exit(main())
