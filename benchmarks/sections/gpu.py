"""The models on CUDA: the same labels as on the CPU, and tokens/s by batch size beside the CPU's."""

from __future__ import annotations

import subprocess
from collections.abc import Callable
from functools import partial
from typing import Any

from benchmarks.children import Child, ChildError
from benchmarks.corpus import Corpus
from benchmarks.names import PIPELINES, SUITES
from benchmarks.pairing import interleave, spread
from benchmarks.settings import Settings

_BATCHES = (1, 16, 64, 256, 1024)
_QUERY = ("nvidia-smi", "--query-gpu=name,driver_version,memory.total", "--format=csv,noheader")


def run(settings: Settings) -> Any:
    """Measure every subject on both devices, in turns."""
    found = []
    for subject in SUITES[settings.suite].subjects:
        if settings.wanted(subject.name):
            settings.say(f"CUDA: {subject.name}")
            try:
                found.append(_subject(settings, subject.name))
            except ChildError as error:
                found.append({"subject": subject.name, "unavailable": str(error)})
    return {"gpu": _gpu(), "subjects": found}


def _subject(settings: Settings, name: str) -> dict[str, Any]:
    some = settings.main.some(24 if settings.quick else 1024)
    with settings.ours() as cuda, settings.ours() as cpu:
        cuda.ask("load", subject=name, device="cuda")
        cpu.ask("load", subject=name, device="cpu")
        runs: dict[tuple[str, int], Callable[[], float]] = {}
        for device, child in (("cuda", cuda), ("cpu", cpu)):
            child.ask("texts", name="all", texts=some.texts)
            child.ask("measure", subject=name, texts="all")
            for size in _BATCHES:
                part = some.some(max(64, size))
                child.ask("texts", name=str(size), texts=part.texts)
                runs[device, size] = partial(_rate, child, name, part, size)
        rates = interleave(runs, settings.rounds)
        mine, yours = (child.ask("labels", subject=name, texts="all") for child in (cuda, cpu))
    result: dict[str, Any] = {"subject": name, "sentences": len(some.texts)}
    for (device, size), values in rates.items():
        result.setdefault(device, {})[str(size)] = spread(values)
    if name not in PIPELINES:
        result["agreement"] = _agreement(mine, yours)
    return result


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
