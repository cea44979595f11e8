"""How near each model comes to what the machine can do, and what keeps it from there.

The work is counted, not guessed: onnxruntime's profiler gives the real shapes of every operator of a run. The
machine's limits are measured through onnxruntime too: matrix products of the very shapes that carry most of a model's
work, and operations element by element.

    python -m benchmarks roofline --suite spu
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from typing import Any

from benchmarks.children import Child
from benchmarks.corpus import Corpus
from benchmarks.names import PIPELINES, SUITES, Subject
from benchmarks.pairing import spread
from benchmarks.settings import Settings, environment
from benchmarks.sizing import sized

GROUPS = {
    "matrix products": ("Gemm", "MatMul", "FusedGemm", "FusedMatMul"),
    "GRU operator": ("GRU",),
    "element by element": (
        *("Sigmoid", "Tanh", "Add", "Sub", "Mul", "Div", "Relu", "Softmax", "Exp", "Neg", "Sum", "QuickGelu"),
        *("ArgMax", "Equal", "Where", "Clip", "Max", "Min", "ReduceMean", "ReduceSum"),
    ),
    "moving data": (
        *("Gather", "Concat", "Split", "Slice", "Transpose", "Reshape", "Squeeze", "Unsqueeze", "Identity", "Expand"),
        *("Flatten", "Cast", "Shape", "ReorderInput", "ReorderOutput", "GatherND", "GatherElements", "Pad", "Tile"),
    ),
}
OTHER, OUTSIDE = "other operators", "outside onnxruntime"

_REFERENCE = ((256, 512, 512), (512, 256, 768), (1024, 1024, 1024))
"""Products from which the machine's rate is taken, together with the models' own: the best of them all."""
_ELEMENTWISE = ("Add", "Mul", "Sigmoid", "Tanh")
_OWN_SHAPES = 6
"""Shapes of a model that are measured: those with most of its work."""
_LEAST, _MOST = 200, 4_000
"""Sentences that a model is measured on: fast ones run over all of the test sets, as in use, where a pass has many
batches for each thread."""
_LONGEST = 40
"""Tokens of these: beyond them VNLP's parsers work in windows."""


def measure(settings: Settings) -> dict[str, Any]:
    """Count, measure and compare.

    Returns:
        The machine's rates, and a row for every subject.
    """
    seconds = 0.05 if settings.quick else 0.3
    subjects = [
        subject
        for subject in SUITES[settings.suite].subjects
        if settings.wanted(subject.name) and subject.name not in PIPELINES and not subject.part
    ]
    with Child("benchmarks.runners.rates", env=environment()) as rates:
        machine = _Machine(rates, seconds, settings.rounds)
        rows = [_row(settings, machine, subject) for subject in subjects]
        return {"machine": machine.described(), "subjects": [_judged(row, machine) for row in rows]}


class _Machine:
    """Measures rates, each shape once."""

    def __init__(self, child: Child, seconds: float, rounds: int) -> None:
        self._child, self._seconds, self._rounds = child, seconds, rounds
        self._gemm: dict[tuple[int, int, int, int], dict[str, float]] = {}
        for threads in (1, 2):
            for shape in _REFERENCE:
                self.gemm(shape, threads)

    def gemm(self, shape: Sequence[int], threads: int) -> float:
        """FLOP/s of a product, median of some runs."""
        m, k, n = shape
        key = m, k, n, threads
        if key not in self._gemm:
            request = {"m": m, "k": k, "n": n, "threads": threads, "seconds": self._seconds}
            self._gemm[key] = spread([self._child.ask("gemm", **request) for _ in range(self._rounds)])
        return self._gemm[key]["median"]

    def peak(self, threads: int) -> float:
        """The best rate of all shapes."""
        return max(rate["median"] for (*_, used), rate in self._gemm.items() if used == threads)

    def described(self) -> dict[str, Any]:
        """All that was measured."""
        elementwise = [
            {
                "operator": operator,
                "threads": threads,
                **spread(
                    [
                        self._child.ask(
                            "elementwise", operator=operator, m=256, n=256, threads=threads, seconds=self._seconds
                        )
                        for _ in range(self._rounds)
                    ]
                ),
            }
            for operator in _ELEMENTWISE
            for threads in (1, 2)
        ]
        return {
            "gemm": [{"m": m, "k": k, "n": n, "threads": t, **rate} for (m, k, n, t), rate in self._gemm.items()],
            "peak_flops": {str(threads): self.peak(threads) for threads in (1, 2)},
            "elementwise": elementwise,
            "call_microseconds": 1e6 * self._child.ask("call", seconds=self._seconds),
        }


def _row(settings: Settings, machine: _Machine, subject: Subject) -> dict[str, Any]:
    settings.say(f"roofline of {subject.name}")
    with settings.ours() as child:
        child.ask("load", subject=subject.name, threads=2, device=settings.device)
        corpus = sized(settings, child, subject.name, _LEAST, _MOST, _LONGEST)
    warm = trace(settings, subject.name, corpus, warm=True)
    cold = trace(settings, subject.name, corpus, warm=False)
    flops = sum(row["flops"] for row in warm["operators"])
    result: dict[str, Any] = {
        "subject": subject.name,
        "tokens": corpus.tokens,
        "flops_a_token": flops / corpus.tokens,
        "flops_a_token_cold": sum(row["flops"] for row in cold["operators"]) / corpus.tokens,
        "elements_a_token": sum(row["elements"] for row in in_group(warm["operators"], "element by element"))
        / corpus.tokens,
        "runs_a_token": _runs(warm["operators"]) / corpus.tokens,
        "wanted_share": subject.flops_wanted,
    }
    for threads in (1, 2):
        rates = _rates(settings, subject.name, corpus, threads)
        own = _own_rate(machine, warm["operators"], threads)
        result[f"threads_{threads}"] = {
            "tokens_per_second": spread(rates),
            "flops": spread([rate * result["flops_a_token"] for rate in rates]),
            "own_rate": own,
        }
    seconds = corpus.tokens / result["threads_1"]["tokens_per_second"]["median"]
    result["time"] = shares(warm["operators"], seconds)
    result["top"] = top(warm["operators"], 8)
    return result


def _judged(row: dict[str, Any], machine: _Machine) -> dict[str, Any]:
    """Add shares of the peak, which is known when all shapes have been measured."""
    for threads in (1, 2):
        found = row[f"threads_{threads}"]
        found["share_of_peak"] = found["flops"]["median"] / machine.peak(threads)
        found["share_of_own_rate"] = found["flops"]["median"] / found["own_rate"] if found["own_rate"] else None
    row["bound_by"] = max(row["time"], key=lambda group: row["time"][group])
    return row


def trace(settings: Settings, name: str, corpus: Corpus, warm: bool) -> dict[str, Any]:
    """Run a subject once on one thread under onnxruntime's profiler, in a fresh child."""
    with settings.ours() as child:
        child.ask("texts", name="all", texts=corpus.texts)
        found: dict[str, Any] = child.ask(
            "trace", subject=name, texts="all", warm=warm, threads=1, device=settings.device
        )
        return found


def in_group(operators: Iterable[dict[str, Any]], group: str) -> list[dict[str, Any]]:
    """The rows of a group of operators."""
    return [row for row in operators if row["operator"] in GROUPS[group]]


def shares(operators: Sequence[dict[str, Any]], seconds: float) -> dict[str, float]:
    """Which share of the run's time each group of operators takes.

    Args:
        operators: Rows of a trace.
        seconds: How long the same run takes without the profiler. What the operators do not account for is Python,
            NumPy, and what a call of a session costs by itself.
    """
    spent = {group: sum(row["microseconds"] for row in in_group(operators, group)) / 1e6 for group in GROUPS}
    inside = sum(row["microseconds"] for row in operators) / 1e6
    spent[OTHER] = max(0.0, inside - sum(spent.values()))
    spent[OUTSIDE] = max(0.0, seconds - inside)
    total = sum(spent.values())
    return {group: part / total for group, part in spent.items()}


def top(operators: Sequence[dict[str, Any]], count: int) -> list[dict[str, Any]]:
    """The operators that take most time, by graph, all shapes together."""
    totals: dict[tuple[str, str, str], dict[str, float]] = defaultdict(lambda: defaultdict(float))
    for row in operators:
        into = totals[(row["model"], row["graph"], row["operator"])]
        for key in ("calls", "microseconds", "flops", "elements"):
            into[key] += row[key]
    every = sum(row["microseconds"] for row in operators) or 1.0
    rows: list[dict[str, Any]] = [
        {"model": model, "graph": graph, "operator": operator, **row, "share": row["microseconds"] / every}
        for (model, graph, operator), row in totals.items()
    ]
    return sorted(rows, key=lambda row: -row["microseconds"])[:count]


def _rates(settings: Settings, name: str, corpus: Corpus, threads: int) -> list[float]:
    with settings.ours() as child:
        child.ask("texts", name="all", texts=corpus.texts)
        child.ask("load", subject=name, threads=threads, device=settings.device)
        child.ask("measure", subject=name, texts="all")
        runs = [
            child.ask("measure", subject=name, texts="all", min_seconds=settings.min_seconds)
            for _ in range(settings.rounds)
        ]
    return [corpus.tokens * float(run["passes"]) / float(run["seconds"]) for run in runs]


def _own_rate(machine: _Machine, operators: Sequence[dict[str, Any]], threads: int) -> float | None:
    """The FLOP/s that the machine makes on products of the model's own shapes, weighted by their work.

    Nothing where most of the work is not in such products, but within the GRU operator.
    """
    work: dict[tuple[int, ...], float] = defaultdict(float)
    for row in operators:
        if row["product"] is not None:
            work[tuple(row["product"])] += row["flops"]
    largest = sorted(work, key=lambda shape: -work[shape])[:_OWN_SHAPES]
    if not largest or 2 * sum(work.values()) < sum(row["flops"] for row in operators):
        return None
    return sum(work[s] for s in largest) / sum(work[s] / machine.gemm(s, threads) for s in largest)


def _runs(operators: Sequence[dict[str, Any]]) -> float:
    """Calls of sessions: of each graph's operators the one that is called least often is called once a run."""
    calls: dict[tuple[str, str], dict[str, float]] = defaultdict(lambda: defaultdict(float))
    for row in operators:
        calls[(row["model"], row["graph"])][row["operator"]] += row["calls"]
    return sum(min(by_operator.values()) for by_operator in calls.values())
