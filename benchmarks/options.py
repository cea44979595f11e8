"""The command line: what can be asked for, checked before anything is measured."""

from __future__ import annotations

import argparse
from collections.abc import Callable, Iterable
from pathlib import Path

from benchmarks.names import SHARED, SUITES
from benchmarks.peers import ENVIRONMENTS
from benchmarks.sections import GPU_SECTIONS, SECTIONS

_COMMANDS = ("run", "gpu", "roofline", "profile", "render")
_PAIR = "NAME=PATH"


def parse(arguments: list[str] | None = None) -> argparse.Namespace:
    """Read the command line; ends the program with status 2, naming what there is, where it asks for something else.

    Returns:
        The options; ``suite``, ``sections``, ``only`` and ``against`` as lists (``sections`` ``None`` if not given),
        ``peer_python`` as a dictionary.
    """
    parser = _parser()
    options = parser.parse_args(arguments)
    subjects = [SHARED] if "context" in options.suite else []
    subjects += [subject.name for suite in options.suite for subject in SUITES[suite].subjects]
    peers = [peer.name for suite in options.suite for subject in SUITES[suite].subjects for peer in subject.peers]
    for option, given, known in (("--only", options.only, subjects), ("--against", options.against, peers)):
        for name in given:
            if name not in known:
                there_are = "; ".join(dict.fromkeys(known)) or "none"
                parser.error(f"{option}: {','.join(options.suite)} has no {name!r}; there are: {there_are}")
    options.peer_python = dict(options.peer_python)
    return options


def _some_of(known: Iterable[str], every: bool = False) -> Callable[[str], list[str]]:
    """Reads names separated by commas; ``all`` is all of them where ``every`` says so."""
    names = list(known)

    def read(text: str) -> list[str]:
        if every and text == "all":
            return names
        found = text.split(",")
        for name in found:
            if name not in names:
                raise argparse.ArgumentTypeError(f"there is no {name!r}; there are: {', '.join(names)}")
        return found

    return read


def _names(text: str) -> list[str]:
    return text.split(";")


def _count(text: str) -> int:
    if not text.isdecimal() or int(text) < 1:
        raise argparse.ArgumentTypeError(f"{text!r} is not a whole number from 1 on")
    return int(text)


def _interpreter(text: str) -> tuple[str, str]:
    name, found, path = text.partition("=")
    known = dict.fromkeys(environment.name for environment in ENVIRONMENTS.values())
    if not found or not path or name not in known:
        raise argparse.ArgumentTypeError(f"{text!r} is not {_PAIR} with a name of {', '.join(known)}")
    return name, path


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description="Measure, and write the page.")
    commands = "run: measure; gpu: CUDA beside the CPU; roofline: that section; profile: operators and "
    commands += "functions of the models named; render: write page and plots from kept results"
    parser.add_argument("command", nargs="?", default="run", help=commands, choices=_COMMANDS)
    parser.add_argument("names", nargs="*", help="for profile: models, e.g. SPUContextDP")
    suites = f"some of {','.join(SUITES)} (all)"
    parser.add_argument("--suite", default=list(SUITES), type=_some_of(SUITES, every=True), help=suites)
    parser.add_argument("--quick", action="store_true", help="tiny sizes, to see that everything runs")
    sections = _some_of(SECTIONS | GPU_SECTIONS)
    parser.add_argument("--sections", type=sections, help=f"some of {','.join(SECTIONS)}")
    only = "subjects to measure, separated by semicolons, e.g. 'CharNER;pipeline classic'"
    parser.add_argument("--only", type=_names, default=[], help=only)
    against = "peers to compare with, separated by semicolons, e.g. 'stepwise ONNX'"
    parser.add_argument("--against", type=_names, default=[], help=against)
    parser.add_argument("--rounds", type=_count, help="paired runs of each measurement (5; quick: 2)")
    sentences = "the most sentences that models are measured on (400); pipelines take theirs by their speed"
    parser.add_argument("--sentences", type=_count, default=400, help=sentences)
    rows = "how far growth is followed (100000; classic: 10000, and 100000 short ones; with workers: 10000); what "
    rows += "takes most of the time"
    parser.add_argument("--max-rows", type=_count, help=rows)
    resume = "leave out sections that have been measured, at the same settings, on the code that is here now"
    parser.add_argument("--resume", action="store_true", help=resume)
    devices = "where the models run; the sections made for the CPU can be run on CUDA too"
    parser.add_argument("--device", default="cpu", choices=["cpu", "cuda"], help=devices)
    parser.add_argument("--no-peers", action="store_true", help="leave out upstream and the naive engines")
    peers = "use this interpreter for a peer (classic, spu or keras) instead of making an environment; the variable "
    peers += "VNLP_COLAB_BENCH_NAME_PYTHON does the same"
    parser.add_argument("--peer-python", action="append", default=[], type=_interpreter, help=peers, metavar=_PAIR)
    output = "folder of performance.md and its data (docs; of quick runs and of some subjects alone: out/benchmarks)"
    parser.add_argument("--output", type=Path, help=output)
    return parser
