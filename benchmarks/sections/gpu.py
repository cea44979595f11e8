"""The models on CUDA: the same labels as on the CPU, tokens/s by batch size beside the CPU's, and what steps cost."""

from __future__ import annotations

import subprocess
from collections.abc import Callable
from functools import partial
from typing import Any

from benchmarks.children import Child, ChildError
from benchmarks.corpus import Corpus
from benchmarks.names import PIPELINES, SUITES
from benchmarks.pairing import interleave, spread
from benchmarks.settings import Settings, environment
from vnlp_colab import catalog

_BATCHES = (1, 16, 64, 256, 1024)
_ROWS = (16, 64, 256, 1024, 4096)
_GRAPHS = ("left_step", "right_step", "right2_step", "decode")
"""Of the step graphs those that see every word; others read the pieces of new words."""
_QUERY = ("nvidia-smi", "--query-gpu=name,driver_version,memory.total", "--format=csv,noheader")


def run(settings: Settings, device: str = "cuda") -> Any:
    """Measure every subject on both devices, in turns; then the step graphs on the one.

    Args:
        settings: The run's.
        device: What stands beside the CPU. With ``"cpu"`` in CUDA's place all is done but for CUDA itself.

    Raises:
        ChildError: The device does not load.
    """
    with Child("benchmarks.runners.stepping", env=environment()) as child:
        # First, so that it ends at once, saying why, where CUDA does not load.
        call = child.ask("call", seconds=settings.min_seconds, device=device)
    names = [subject.name for subject in SUITES[settings.suite].subjects if settings.wanted(subject.name)]
    found = []
    for name in names:
        settings.say(f"{device} beside cpu: {name}")
        try:
            found.append(_subject(settings, name, device))
        except ChildError as error:
            found.append({"subject": name, "unavailable": str(error)})
    known = {model.name for model in catalog.models()}
    present = [row["subject"] for row in found if "unavailable" not in row and row["subject"] in known]
    with Child("benchmarks.runners.stepping", env=environment()) as child:
        steps = [row for name in present for row in _steps(settings, child, name, device)]
    return {"gpu": _gpu(), "device": device, "call_us": 1e6 * call, "subjects": found, "steps": steps}


def _subject(settings: Settings, name: str, device: str) -> dict[str, Any]:
    some = settings.main.some(24 if settings.quick else 1024)
    with settings.ours() as theirs, settings.ours() as cpu:
        theirs.ask("load", subject=name, device=device)
        cpu.ask("load", subject=name, device="cpu")
        runs: dict[tuple[str, int], Callable[[], float]] = {}
        for where, child in (("device", theirs), ("cpu", cpu)):
            child.ask("texts", name="all", texts=some.texts)
            child.ask("measure", subject=name, texts="all")
            for size in _BATCHES:
                part = some.some(max(64, size))
                child.ask("texts", name=str(size), texts=part.texts)
                runs[where, size] = partial(_rate, child, name, part, size)
        rates = interleave(runs, settings.rounds)
        found, expected = (child.ask("labels", subject=name, texts="all") for child in (theirs, cpu))
    result: dict[str, Any] = {"subject": name, "sentences": len(some.texts)}
    for (where, size), values in rates.items():
        result.setdefault(where, {})[str(size)] = spread(values)
    if name not in PIPELINES:
        result["agreement"] = _agreement(found, expected)
    return result


def _steps(settings: Settings, child: Child, name: str, device: str) -> list[dict[str, Any]]:
    """What a step costs, for every graph that is run once a position; nothing for networks without such."""
    there = child.ask("graphs", subject=name)
    found = []
    for graph in (graph for graph in _GRAPHS if graph in there):
        for rows in _ROWS[:2] if settings.quick else _ROWS:
            settings.say(f"{device}: {name} {graph}, {rows} rows")
            what: dict[str, Any] = {"subject": name, "graph": graph, "rows": rows}
            seconds = settings.min_seconds / 10
            answer = child.ask("compare", **what, device=device, rounds=settings.rounds, seconds=seconds, clock="wall")
            taken = {way: spread(values) for way, values in answer.pop("microseconds").items()}
            found.append({**what, "microseconds": taken, **answer})
    return found


def _rate(child: Child, name: str, corpus: Corpus, size: int) -> float:
    found = child.ask("measure", subject=name, texts=str(size), batch=size)
    return corpus.tokens * float(found["passes"]) / float(found["seconds"])


def _agreement(mine: list[Any], yours: list[Any]) -> dict[str, float]:
    if isinstance(mine[0], float):
        return {"largest_difference": max(abs(a - b) for a, b in zip(mine, yours, strict=True))}
    pairs = [pair for a, b in zip(mine, yours, strict=True) for pair in zip(a, b, strict=True)]
    return {"same": sum(a == b for a, b in pairs), "of": len(pairs)}


def _gpu() -> str:
    try:
        return subprocess.run(_QUERY, check=True, capture_output=True, text=True).stdout.strip()
    except (OSError, subprocess.CalledProcessError):
        return "no GPU found"
