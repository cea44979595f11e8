"""What CUDA brings: tables of the sections, and what the page says while nothing has been measured."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from benchmarks.render.text import figure, table

_ABSENT = """No GPU was at hand, so nothing is claimed. The program is ready: `make bench-gpu`, on a machine with an
NVIDIA GPU and its driver, makes an environment of its own, compares every model's labels on CUDA with those on the CPU,
measures tokens/s on both by batch size, and what the step loop costs there: a call, the copies of states and tables,
states that stay on the device, and CUDA graphs. It writes the card and its driver here. Without a GPU it ends with a
message. What to expect: the incremental engine calls small graphs once a position, and each call copies its state and
what it reads to the device and the state back, so large batches are needed to be faster than a CPU."""


def verdict(kept: Mapping[str, Any]) -> str:
    """Where and when the figures on CUDA were taken, or that there are none."""
    entries = [entry for key, entry in kept.items() if key.endswith("-gpu")]
    if not entries:
        return _ABSENT
    where = " and ".join(sorted({str(entry["found"]["gpu"]) for entry in entries}))
    dates = " and ".join(sorted({entry["date"][:10] for entry in entries}))
    return f"Measured on {where} (name, driver, memory), {dates}, by `make bench-gpu`."


def text(found: Mapping[str, Any]) -> str:
    """The tables of a section: rates by batch size beside the CPU's, and what the step loop costs."""
    subjects = found["subjects"]
    measured = [row for row in subjects if "unavailable" not in row]
    missing = [f"{row['subject']}: {row['unavailable'].splitlines()[0]}" for row in subjects if row not in measured]
    device = found["device"].upper()
    parts = [f"{found['gpu']}. Tokens/s by sentences a call, {device} / CPU, medians."]
    if measured:
        parts.append(_rates(measured))
    parts += missing
    if found["steps"]:
        parts += _steps(found, device)
    return "\n\n".join(parts)


def _rates(measured: Sequence[Mapping[str, Any]]) -> str:
    sizes = sorted(measured[0]["device"], key=int)
    rows = []
    for row in measured:
        cells = [f"{figure(row['device'][size]['median'])} / {figure(row['cpu'][size]['median'])}" for size in sizes]
        agreement = row.get("agreement", {})
        same = f"{agreement['same']:,} of {agreement['of']:,}" if "of" in agreement else ""
        if "largest_difference" in agreement:
            same = f"apart {agreement['largest_difference']:.1g}"
        rows.append([row["subject"], *cells, same])
    return table(["", *sizes, "same labels"], rows)


def _steps(found: Mapping[str, Any], device: str) -> list[str]:
    """The step graphs, by rows; what is not to be had is said below, once each."""
    ways = list(dict.fromkeys(way for row in found["steps"] for way in row["microseconds"]))
    rows, reasons = [], {}
    for row in found["steps"]:
        for way, reason in row["missing"].items():
            reasons[way] = reason.splitlines()[0]
        copies = row["copies"]
        rows.append(
            [
                *(row["subject"], row["graph"], row["rows"]),
                *(figure(row["microseconds"][way]["median"]) if way in row["microseconds"] else "" for way in ways),
                _copied(copies["states"]),
                _copied(copies["tables"]),
                f"{max(row['apart'].values()):.1g}",
            ]
        )
    head = ["", "graph", "rows", *(f"{way}, µs" for way in ways), "states to the device and back, µs"]
    head += ["tables to the device, µs", "apart"]
    return [
        f"What a step costs on {device}: a call of a session by itself takes {figure(found['call_us'])} µs. *run* is "
        "what the engine does, whose arrays travel at every call; *in place* binds everything on the device once "
        "(IOBinding), so that only the words' numbers travel, which an engine can do whose rows stay; *CUDA graph* "
        "replays a recording of that. Medians; apart: the largest difference of a state from that of *run*, after 40 "
        "steps.",
        table(head, rows),
        *(f"No {way}: {reason}" for way, reason in sorted(reasons.items())),
    ]


def _copied(found: Mapping[str, float]) -> str:
    return f"{figure(found['there_us'] + found.get('back_us', 0.0))} ({found['bytes'] / 1e3:,.0f} kB)"
