"""Where a model's time goes: onnxruntime's operators, and Python's functions (py-spy if it is there, else cProfile).

python -m benchmarks profile SPUContextDP
"""

from __future__ import annotations

import cProfile
import io
import os
import pstats
import shutil
import subprocess
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path
from typing import Any

from benchmarks import roofline
from benchmarks.children import PACKAGES
from benchmarks.corpus import Corpus
from benchmarks.runners.protocol import Subject
from benchmarks.settings import Settings, environment

_SHOWN = 25
_SECONDS = 8


def report(settings: Settings, name: str, sentences: int) -> str:
    """Profile a subject and return what there is to read."""
    corpus = settings.main.some(sentences, 40)
    traced = roofline.trace(settings, name, corpus, warm=True)
    operators = traced["operators"]
    flops = sum(row["flops"] for row in operators)
    inside = sum(row["microseconds"] for row in operators) / 1e6
    lines = [
        f"{name}: {len(corpus.texts)} sentences, {corpus.tokens} tokens, warm caches, one thread, under the profiler",
        f"{traced['seconds']:.3f} s, {inside:.3f} s of it in operators; {flops / corpus.tokens / 1e6:.2f} MFLOP/token",
        "",
        f"{'share':>6} {'ms':>8} {'calls':>8} {'us/call':>8} {'GFLOP/s':>8}  operator",
    ]
    for row in roofline.top(operators, _SHOWN):
        rate = row["flops"] / row["microseconds"] / 1e3 if row["microseconds"] else 0.0
        lines.append(
            f"{row['share']:6.1%} {row['microseconds'] / 1e3:8.1f} {row['calls']:8.0f} "
            f"{row['microseconds'] / row['calls']:8.1f} {rate:8.1f}  {row['model']}/{row['graph']} {row['operator']}"
        )
    return "\n".join([*lines, "", *_python(name, corpus)])


def loop(name: str, texts: Path, seconds: float) -> None:
    """Run a subject for some seconds; what py-spy looks at."""
    from benchmarks.runners.ours_subjects import make

    subject = make(name, threads=1)
    work = subject.prepare(texts.read_text(encoding="utf-8").splitlines())
    subject.run(work, None)
    repeat(subject, work, time.perf_counter() + seconds)


def repeat(subject: Subject, work: Any, end: float) -> None:
    """Run a subject until a moment; profiles count what happens in here."""
    while time.perf_counter() < end:
        subject.run(work, None)


def _python(name: str, corpus: Corpus) -> list[str]:
    with tempfile.TemporaryDirectory() as folder:
        texts = Path(folder, "texts")
        texts.write_text("\n".join(corpus.texts), encoding="utf-8")
        spy = shutil.which("py-spy", path=os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]]))
        if spy is not None:
            return _spied(spy, name, texts, Path(folder, "stacks"))
        os.environ.update(environment())
        return _traced(name, texts)


def _spied(spy: str, name: str, texts: Path, stacks: Path) -> list[str]:
    """Sample a process from outside: no cost to what is measured."""
    call = f"loop({name!r}, Path({str(texts)!r}), {_SECONDS})"
    code = f"from pathlib import Path; from benchmarks.profile import loop; {call}"
    command = [spy, "record", "-r", "400", "-f", "raw", "-o", str(stacks), "--", sys.executable, "-c", code]
    done = subprocess.run(
        command,
        capture_output=True,
        text=True,
        env={**os.environ, **environment(), "PYTHONPATH": os.pathsep.join(PACKAGES)},
    )
    if not stacks.is_file():
        return [f"py-spy failed: {done.stderr.strip()[-300:]}"]
    own: Counter[str] = Counter()
    below: Counter[str] = Counter()
    for line in stacks.read_text(encoding="utf-8").splitlines():
        stack, _, count = line.rpartition(" ")
        frames = stack.split(";")
        if not any(frame.startswith("repeat (") for frame in frames):
            continue
        own[frames[-1]] += int(count)
        below.update(dict.fromkeys(set(frames), int(count)))
    total = sum(own.values()) or 1
    lines = ["Python, sampled by py-spy", f"{'own':>7} {'with callees':>13}  line"]
    return lines + [
        f"{count / total:7.1%} {below[frame] / total:13.1%}  {frame}" for frame, count in own.most_common(_SHOWN)
    ]


def _traced(name: str, texts: Path) -> list[str]:
    profiler = cProfile.Profile()
    loop(name, texts, 0.0)
    profiler.runcall(loop, name, texts, 1.0)
    text = io.StringIO()
    pstats.Stats(profiler, stream=text).sort_stats("tottime").print_stats(_SHOWN)
    return ["Python, by cProfile (which slows functions down; install py-spy for better)", text.getvalue()]
