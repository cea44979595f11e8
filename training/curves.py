"""The learning curve as a picture."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any


def draw(history: Sequence[dict[str, Any]], path: Path) -> None:
    """Draw the mean dev scores over the steps.

    Args:
        history: What each evaluation found.
        path: The PNG file.
    """
    import matplotlib as mpl

    mpl.use("Agg")
    from matplotlib import pyplot

    figure, axes = pyplot.subplots(figsize=(8, 5))
    steps = [entry["step"] for entry in history]
    for name in history[0]["mean"]:
        axes.plot(steps, [entry["mean"][name] for entry in history], marker=".", label=name)
    axes.set_xlabel("step")
    axes.set_ylabel("percent, mean of the dev sets")
    axes.set_ylim(40, 100)
    axes.grid(alpha=0.3)
    axes.legend()
    figure.tight_layout()
    figure.savefig(path, dpi=100)
    pyplot.close(figure)
