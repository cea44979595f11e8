"""Plots of the sections that have something to plot."""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from matplotlib.axes import Axes

_SIZE = (8.0, 4.5)
_DPI = 110


def draw(folder: Path, key: str, section: str, found: Any) -> list[Path]:
    """Draw a section's plots.

    Returns:
        The files; none for sections without plots, or where matplotlib is not installed.
    """
    painters = _PLOTS.get(section.partition("-")[0])
    if painters is None or not found:
        return []
    try:
        from matplotlib.figure import Figure
    except ImportError:
        print("no plots: matplotlib is not installed (pip install 'vnlp-colab[bench]')", file=sys.stderr)
        return []
    files = []
    for number, painter in enumerate(painters):
        figure = Figure(figsize=_SIZE, layout="constrained")
        axes = figure.subplots()
        if not painter(axes, found):
            continue
        path = folder / (f"{key}.png" if number == 0 else f"{key}-{number + 1}.png")
        # Without the date and the program's version the same figures give the same file.
        figure.savefig(path, dpi=_DPI, metadata={"Software": None})
        files.append(path)
    return files


def _against(axes: Axes, found: Sequence[dict[str, Any]]) -> bool:
    rows = [row for row in found if "times" in row][::-1]
    names = [f"{row['subject']}\nbeside {row['peer']}" for row in rows]
    medians = [row["times"]["median"] for row in rows]
    errors = [[m - row["times"]["min"] for m, row in zip(medians, rows, strict=True)]]
    errors.append([row["times"]["max"] - m for m, row in zip(medians, rows, strict=True)])
    axes.barh(names, medians, xerr=errors, color="#4878a8")
    for place, row in enumerate(rows):
        for wanted in row["wanted"]:
            axes.plot([wanted, wanted], [place - 0.4, place + 0.4], color="#c44e52", linewidth=2)
    axes.set_xscale("log")
    axes.set_xlim(left=1)
    axes.set_xlabel("times their tokens/s (red: wanted)")
    axes.tick_params(axis="y", labelsize=6)
    return bool(rows)


def _throughput(axes: Axes, found: dict[str, Any]) -> bool:
    first = found["rows"][0]["corpus"]
    rows = [row for row in found["rows"] if row["corpus"] == first]
    labels = list(rows[0]["tokens_per_second"])
    height = 0.8 / len(labels)
    for number, label in enumerate(labels):
        drawn = [(i, row) for i, row in enumerate(rows) if label in row["tokens_per_second"]]
        places = [i + number * height for i, _ in drawn]
        axes.barh(places, [row["tokens_per_second"][label]["median"] for _, row in drawn], height, label=label)
    axes.set_yticks([i + 0.4 - height / 2 for i in range(len(rows))], [row["subject"] for row in rows], fontsize=7)
    axes.invert_yaxis()
    axes.set_xscale("log")
    axes.set_xlabel(f"tokens/s ({first})")
    axes.legend(fontsize=7)
    return True


def _sweep(label: str) -> Callable[[Axes, Any], bool]:
    def paint(axes: Axes, found: Sequence[dict[str, Any]]) -> bool:
        for row in found:
            sizes = sorted(map(int, row["rates"]))
            axes.plot(sizes, [row["rates"][str(size)]["median"] for size in sizes], marker="o", label=row["subject"])
        axes.set_xscale("log", base=2)
        axes.set_yscale("log")
        axes.set_xlabel(label)
        axes.set_ylabel("tokens/s")
        axes.legend(fontsize=6)
        return True

    return paint


def _growth(what: str, value: Callable[[dict[str, Any]], float]) -> Callable[[Axes, Any], bool]:
    def paint(axes: Axes, found: Sequence[dict[str, Any]]) -> bool:
        for how in dict.fromkeys(row["how"] for row in found):
            rows = [row for row in found if row["how"] == how]
            axes.plot([row["rows"] for row in rows], [value(row) for row in rows], marker="o", label=how)
        axes.set_xscale("log")
        axes.set_ylim(bottom=0)
        axes.set_xlabel("rows")
        axes.set_ylabel(what)
        axes.legend(fontsize=7)
        return True

    return paint


def _caches(axes: Axes, found: Sequence[dict[str, Any]]) -> bool:
    for number, state in enumerate(("cold", "other text", "warm")):
        axes.barh(
            [i + 0.27 * number for i in range(len(found))], [row[state]["median"] for row in found], 0.25, label=state
        )
    axes.set_yticks([i + 0.27 for i in range(len(found))], [row["subject"] for row in found], fontsize=7)
    axes.invert_yaxis()
    axes.set_xscale("log")
    axes.set_xlabel("tokens/s")
    axes.legend(fontsize=7)
    return True


def _roofline(axes: Axes, found: dict[str, Any]) -> bool:
    rows = found["subjects"][::-1]
    left = [0.0] * len(rows)
    for group in rows[0]["time"]:
        widths = [100 * row["time"][group] for row in rows]
        axes.barh([row["subject"] for row in rows], widths, left=left, label=group)
        left = [a + b for a, b in zip(left, widths, strict=True)]
    axes.set_xlabel("% of the time of one thread")
    axes.tick_params(axis="y", labelsize=7)
    axes.legend(fontsize=6, ncols=3, loc="lower center", bbox_to_anchor=(0.5, 1.0))
    return True


_PLOTS: dict[str, tuple[Callable[[Any, Any], bool], ...]] = {
    "against": (_against,),
    "throughput": (_throughput,),
    "lengths": (_sweep("tokens a sentence"),),
    "batches": (_sweep("sentences a call"),),
    "growth": (
        _growth("ms a row", lambda row: row["milliseconds_a_row"]["median"]),
        _growth("peak MB", lambda row: row["peak_mb"]["max"]),
    ),
    "caches": (_caches,),
    "roofline": (_roofline,),
}
