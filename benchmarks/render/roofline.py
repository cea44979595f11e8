"""What bounds each model, as text; for those that miss their share, the profile that shows why."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from benchmarks.render.text import share, table


def text(found: dict[str, Any]) -> str:
    """The machine's rates, the models' shares of them, where their time goes, and profiles of those below target."""
    subjects = found["subjects"]
    groups = list(subjects[0]["time"])
    times = [[row["subject"], *(share(row["time"][group]) for group in groups), row["bound_by"]] for row in subjects]
    return "\n\n".join(
        [
            _machine(found["machine"]),
            _shares(subjects),
            "Where the time of one thread goes:",
            table(["", *groups, "bound by"], times),
            *(_profile(row) for row in subjects if missed(row)),
        ]
    )


def missed(row: dict[str, Any]) -> bool:
    """Whether a model is below the share that it should reach on two threads."""
    return row["wanted_share"] is not None and row["threads_2"]["share_of_peak"] < row["wanted_share"]


def _machine(machine: dict[str, Any]) -> str:
    peaks = ", ".join(f"{value / 1e9:.0f} GFLOP/s on {threads}" for threads, value in machine["peak_flops"].items())
    rates = {(row["operator"], row["threads"]): f"{row['median'] / 1e9:.2f}" for row in machine["elementwise"]}
    operators = list(dict.fromkeys(operator for operator, _ in rates))
    elementwise = ", ".join(f"{operator} {rates[operator, 1]} / {rates[operator, 2]}" for operator in operators)
    return (
        f"The machine, measured through onnxruntime: matrix products {peaks} thread(s), the best of all shapes; "
        f"element by element, 10⁹ elements/s on 1 / 2 threads: {elementwise}; a call of a session "
        f"{machine['call_microseconds']:.0f} µs. FLOPs are counted from the shapes of every operator that ran; "
        'element-wise work is not among them. "Cold" counts a first pass, which computes the vectors that caches hold '
        'later. "Own shapes" is the rate of the products that the model itself consists of: what is missing to 100 % '
        "there is what it does besides them. The GRU operator consists of products, too, and of "
        "element-wise work between them."
    )


def _shares(subjects: Sequence[dict[str, Any]]) -> str:
    head = ["", "MFLOP a token", "cold", "calls a token", "GFLOP/s, 1 / 2 threads", "of the peak, 1 / 2", "wanted"]
    rows = []
    for row in subjects:
        one, two = row["threads_1"], row["threads_2"]
        own = [share(found["share_of_own_rate"]) if found["share_of_own_rate"] else "" for found in (one, two)]
        rows.append(
            [
                *(row["subject"], f"{row['flops_a_token'] / 1e6:.2f}", f"{row['flops_a_token_cold'] / 1e6:.2f}"),
                f"{row['runs_a_token']:.3f}",
                f"{one['flops']['median'] / 1e9:.1f} / {two['flops']['median'] / 1e9:.1f}",
                f"{share(one['share_of_peak'])} / {share(two['share_of_peak'])}",
                share(row["wanted_share"]) if row["wanted_share"] else "",
                " / ".join(own),
            ]
        )
    return table([*head, "of own shapes' rate, 1 / 2"], rows)


def _profile(row: dict[str, Any]) -> str:
    head = ["operators of " + row["subject"], "share", "ms", "calls", "µs a call", "GFLOP/s"]
    rows = [
        [
            *(f"{top['graph']} {top['operator']}", share(top["share"]), f"{top['microseconds'] / 1e3:.1f}"),
            *(f"{top['calls']:.0f}", f"{top['microseconds'] / max(1, top['calls']):.1f}"),
            f"{top['flops'] / top['microseconds'] / 1e3:.1f}" if top["flops"] and top["microseconds"] else "",
        ]
        for top in row["top"]
    ]
    reached = share(row["threads_2"]["share_of_peak"], row["wanted_share"])
    title = f"{row['subject']} reaches {reached} of the peak on two threads, and not {share(row['wanted_share'])}. "
    title += "Its costliest operators, on one thread under the profiler:"
    return f"{title}\n\n{table(head, rows)}"
