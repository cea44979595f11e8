"""Numbers and tables as text."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

_DIGITS = 3


def figure(value: float, decimals: int | None = None) -> str:
    """A number with three digits that mean something, thousands separated."""
    if decimals is None:
        decimals = 0 if value == 0 else max(0, _DIGITS - 1 - math.floor(math.log10(abs(value))))
        value = round(value, _DIGITS - 1 - math.floor(math.log10(abs(value)))) if value else value
    return f"{value:,.{decimals}f}"


def spread(values: Mapping[str, float], decimals: int | None = None) -> str:
    """Median, and in brackets least and greatest."""
    least, median, greatest = (figure(values[key], decimals) for key in ("min", "median", "max"))
    return f"{median} ({least} to {greatest})"


def factor(values: Mapping[str, float]) -> str:
    """A spread of ratios."""
    return f"{figure(values['median'])} × ({figure(values['min'])} to {figure(values['max'])})"


def share(value: float) -> str:
    """A share in percent."""
    return f"{100 * value:.0f} %"


def table(head: Sequence[str], rows: Sequence[Sequence[Any]]) -> str:
    """A Markdown table; short rows are filled up."""
    lines = ["| " + " | ".join(head) + " |", "|" + "---|" * len(head)]
    for row in rows:
        cells = [str(cell).replace("|", "\\|") for cell in row] + [""] * (len(head) - len(row))
        lines.append("| " + " | ".join(cells) + " |")
    return "\n".join(lines)
