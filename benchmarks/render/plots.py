"""Plots of the sections that have something to plot."""

from __future__ import annotations

import math
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
    places = range(len(rows))
    for offset, key, label, colour in (
        (0.2, "times_in_bulk", "ours in bulk", "#4878a8"),
        (-0.2, "times", "ours on the peer's sentences", "#a8c4de"),
    ):
        medians = [row[key]["median"] for row in rows]
        errors = [[m - row[key]["min"] for m, row in zip(medians, rows, strict=True)]]
        errors.append([row[key]["max"] - m for m, row in zip(medians, rows, strict=True)])
        bars = axes.barh([place + offset for place in places], medians, 0.38, xerr=errors, color=colour, label=label)
        axes.bar_label(bars, [f"{median:,.0f}" for median in medians], fontsize=6, padding=3)
    wanted = [(place, value) for place, row in enumerate(rows) for value in row["wanted"]]
    for number, (place, value) in enumerate(wanted):
        axes.plot([value] * 2, [place - 0.42, place + 0.42], color="#c44e52", label="" if number else "wanted", lw=2)
    axes.set_yticks(list(places), names)
    axes.set_xscale("log")
    # Room for the numbers beside the longest bar.
    axes.set_xlim(1, 4 * max([row["times_in_bulk"]["max"] for row in rows], default=1))
    axes.set_xlabel("times their tokens/s")
    axes.tick_params(axis="y", labelsize=7)
    axes.legend(fontsize=7, ncols=3, loc="lower center", bbox_to_anchor=(0.5, 1.0))
    return bool(rows)


def _throughput(axes: Axes, found: dict[str, Any]) -> bool:
    rows = found["rows"]
    labels = list(dict.fromkeys(label for row in rows for label in row["tokens_per_second"]))
    height = 0.8 / len(labels)
    for number, label in enumerate(labels):
        drawn = [(i, row) for i, row in enumerate(rows) if label in row["tokens_per_second"]]
        places = [i + number * height for i, _ in drawn]
        axes.barh(places, [row["tokens_per_second"][label]["median"] for _, row in drawn], height, label=label)
    axes.set_yticks([i + 0.4 - height / 2 for i in range(len(rows))], [row["subject"] for row in rows], fontsize=7)
    axes.invert_yaxis()
    _decades(axes, [found["median"] for row in rows for found in row["tokens_per_second"].values()])
    axes.set_xlabel(f"tokens/s ({rows[0]['corpus']})")
    axes.legend(fontsize=7, ncols=3, loc="lower center", bbox_to_anchor=(0.5, 1.0))
    return True


def _decades(axes: Axes, values: Sequence[float]) -> None:
    """A logarithmic scale from the power of ten below the least value, so that bars have a common, round start."""
    axes.set_xscale("log")
    axes.set_xlim(left=10.0 ** math.floor(math.log10(min(values))))
    axes.grid(True, axis="x", alpha=0.3)


def _sweep(label: str) -> Callable[[Axes, Any], bool]:
    def paint(axes: Axes, found: Sequence[dict[str, Any]]) -> bool:
        for row in found:
            sizes = sorted(map(int, row["rates"]))
            axes.plot(sizes, [row["rates"][str(size)]["median"] for size in sizes], marker="o", label=row["subject"])
        axes.set_xscale("log", base=2)
        sizes = sorted(map(int, found[0]["rates"]))
        axes.set_xticks(sizes, list(map(str, sizes)))
        axes.set_yscale("log")
        axes.grid(True, which="both", alpha=0.2)
        axes.set_xlabel(label)
        axes.set_ylabel("tokens/s")
        axes.legend(fontsize=7, loc="center left", bbox_to_anchor=(1.0, 0.5))
        return True

    return paint


def _growth(
    what: str, value: Callable[[dict[str, Any]], float], logarithmic: bool = False
) -> Callable[[Axes, Any], bool]:
    def paint(axes: Axes, found: Sequence[dict[str, Any]]) -> bool:
        for how in dict.fromkeys(row["how"] for row in found):
            rows = [row for row in found if row["how"] == how]
            axes.plot([row["rows"] for row in rows], [value(row) for row in rows], marker="o", label=how)
        axes.set_xscale("log")
        if logarithmic:
            axes.set_yscale("log")
        else:
            axes.set_ylim(bottom=0)
        axes.grid(True, alpha=0.2)
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
    _decades(axes, [row[state]["median"] for row in found for state in ("cold", "other text", "warm")])
    axes.set_xlabel("tokens/s")
    axes.legend(fontsize=7, ncols=3, loc="lower center", bbox_to_anchor=(0.5, 1.0))
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
    axes.legend(fontsize=7, ncols=3, loc="lower center", bbox_to_anchor=(0.5, 1.0))
    return True


_PLOTS: dict[str, tuple[Callable[[Any, Any], bool], ...]] = {
    "against": (_against,),
    "throughput": (_throughput,),
    "lengths": (_sweep("tokens a sentence"),),
    "batches": (_sweep("sentences a call"),),
    "growth": (
        _growth("seconds", lambda row: float(row["seconds"]), logarithmic=True),
        _growth("peak MB", lambda row: float(row["peak_mb"])),
    ),
    "caches": (_caches,),
    "roofline": (_roofline,),
}
