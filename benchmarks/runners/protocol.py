"""The child's end of a measurement: requests come as lines of JSON on stdin, answers go as lines to stdout.

The clock runs in the child, around the work alone; nothing that is sent back and forth is part of a figure.
"""

from __future__ import annotations

import gc
import json
import os
import resource
import sys
import time
import traceback
from collections.abc import Callable
from pathlib import Path
from typing import Any, Protocol

Operation = Callable[..., Any]
Labels = list[Any]


class Subject(Protocol):
    """Something whose speed is measured."""

    def prepare(self, texts: list[str]) -> Any:
        """Return what ``run`` works on: the texts, or what is made of them outside the measured time."""

    def run(self, work: Any, batch: int | None) -> Labels:
        """Do the work, ``batch`` texts at a time (all at once if ``None``); return one result a text."""


class Bench:
    """Keeps texts and subjects between requests, and measures.

    Args:
        make: Makes a subject from its name and options.
    """

    def __init__(self, make: Callable[..., Subject]) -> None:
        self._make = make
        self._texts: dict[str, list[str]] = {}
        self._subjects: dict[str, Subject] = {}
        self._work: dict[tuple[str, str], Any] = {}
        self._answers: dict[tuple[str, str], Labels] = {}

    def operations(self) -> dict[str, Operation]:
        """The requests that are understood, by name."""
        return {
            "texts": self.texts,
            "load": self.load,
            "measure": self.measure,
            "labels": self.labels,
            "latency": self.latency,
            "memory": memory,
            "usage": usage,
            "pin": pin,
        }

    def subject(self, name: str) -> Subject:
        """A subject that has been loaded."""
        return self._subjects[name]

    def corpus(self, name: str) -> list[str]:
        """Texts that have been sent."""
        return self._texts[name]

    def texts(self, name: str, texts: list[str]) -> int:
        """Remember texts under a name."""
        self._texts[name] = texts
        for kept in (self._work, self._answers):
            for key in [key for key in kept if key[1] == name]:
                del kept[key]
        return len(texts)

    def load(self, subject: str, **options: Any) -> float:
        """Make a subject; returns the seconds that it took."""
        begin = time.perf_counter()
        self._subjects[subject] = self._make(subject, **options)
        return time.perf_counter() - begin

    def measure(self, subject: str, texts: str, batch: int | None = None, min_seconds: float = 0.0) -> dict[str, float]:
        """Run a subject over texts, again and again until ``min_seconds`` are over.

        Returns:
            Seconds of all passes together, and how many there were.
        """
        work = self._prepared(subject, texts)
        runner = self._subjects[subject]
        gc.collect()
        passes, begin = 0, time.perf_counter()
        while True:
            answers = runner.run(work, batch)
            passes += 1
            seconds = time.perf_counter() - begin
            if seconds >= min_seconds:
                self._answers[subject, texts] = answers
                return {"seconds": seconds, "passes": passes}

    def labels(self, subject: str, texts: str) -> Labels:
        """What a subject answers, or answered when it was measured: some take minutes."""
        found = self._answers.get((subject, texts))
        return self._subjects[subject].run(self._prepared(subject, texts), None) if found is None else found

    def latency(self, subject: str, texts: str) -> list[float]:
        """Seconds for each text when it comes alone."""
        runner = self._subjects[subject]
        found = []
        for text in self._texts[texts]:
            work = runner.prepare([text])
            begin = time.perf_counter()
            runner.run(work, 1)
            found.append(time.perf_counter() - begin)
        return found

    def _prepared(self, subject: str, texts: str) -> Any:
        key = subject, texts
        if key not in self._work:
            self._work[key] = self._subjects[subject].prepare(self._texts[texts])
        return self._work[key]


def memory() -> dict[str, float]:
    """Megabytes of this process: now, and at its highest."""
    try:
        status = Path("/proc/self/status").read_text(encoding="ascii")
    except OSError:
        # Not Linux; macOS counts in bytes, the BSDs in kilobytes.
        unit = 1 << 20 if sys.platform == "darwin" else 1 << 10
        return {"now_mb": 0.0, "peak_mb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / unit}
    kilobytes = {
        line.split(":")[0]: int(line.split()[1]) for line in status.splitlines() if line.startswith(("VmHWM", "VmRSS"))
    }
    return {"now_mb": kilobytes["VmRSS"] / 1024, "peak_mb": kilobytes["VmHWM"] / 1024}


def usage() -> dict[str, Any]:
    """What this process and those that it started have used.

    Returns:
        ``cpu_seconds`` of all of them together, and ``peak_mb`` of each, this one first; nothing of others than this
        one where there is no ``/proc``.
    """
    own = os.times()
    if not Path("/proc/self/stat").is_file():
        return {"cpu_seconds": own.user + own.system, "peak_mb": [memory()["peak_mb"]]}
    seconds, peaks = 0.0, []
    for pid in _family(os.getpid()):
        try:
            fields = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8").rpartition(")")[2].split()
            status = Path(f"/proc/{pid}/status").read_text(encoding="utf-8")
        except OSError:
            continue
        # The 14th and 15th field of all; the two before the name's closing bracket are not among these.
        seconds += (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")
        peaks += [int(line.split()[1]) / 1024 for line in status.splitlines() if line.startswith("VmHWM")]
    return {"cpu_seconds": seconds, "peak_mb": peaks}


def _family(pid: int) -> list[int]:
    """A process and all below it."""
    found = [pid]
    for path in Path(f"/proc/{pid}/task").glob("*/children"):
        try:
            found += [below for child in path.read_text(encoding="ascii").split() for below in _family(int(child))]
        except OSError:
            continue
    return found


def pin(count: int) -> int:
    """Leave this process ``count`` of its processors; returns how many it has then."""
    if not hasattr(os, "sched_setaffinity"):
        return 0
    os.sched_setaffinity(0, sorted(os.sched_getaffinity(0))[:count])
    return len(os.sched_getaffinity(0))


def serve(operations: dict[str, Operation]) -> None:
    """Answer requests until stdin ends."""
    answers = os.fdopen(os.dup(1), "w", encoding="utf-8")
    # Keras prints a progress bar to stdout at every call: it goes to the log, not among the answers.
    os.dup2(2, 1)
    for line in sys.stdin:
        request = json.loads(line)
        try:
            answer = {"value": operations[request.pop("op")](**request)}
        except Exception as error:
            # Whatever goes wrong in a stranger's library belongs into the parent's report, not only into the log.
            traceback.print_exc()
            answer = {"error": f"{type(error).__name__}: {error}"}
        answers.write(json.dumps(answer) + "\n")
        answers.flush()
