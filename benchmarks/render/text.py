"""Numbers and tables as text."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

_DIGITS = 3
_MOST_DECIMALS = 6


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


def factor(values: Mapping[str, float], wanted: float | None = None) -> str:
    """A spread of ratios; the median with one digit more where it would look like what was wanted, and is less."""
    median = values["median"]
    shown = figure(median)
    if wanted is not None and median < wanted and float(shown.replace(",", "")) >= wanted:
        shown = f"{math.floor(100 * median) / 100:,.2f}"
    return f"{shown} × ({figure(values['min'])} to {figure(values['max'])})"


def share(value: float, wanted: float | None = None) -> str:
    """A share in percent; with as many digits as show that it is less than what was wanted."""
    decimals = 0
    while wanted is not None and value < wanted and decimals < _MOST_DECIMALS:
        if round(100 * value, decimals) < round(100 * wanted, decimals):
            break
        decimals += 1
    return f"{100 * value:.{decimals}f} %"


def table(head: Sequence[str], rows: Sequence[Sequence[Any]]) -> str:
    """A Markdown table; short rows are filled up."""
    lines = ["| " + " | ".join(head) + " |", "|" + "---|" * len(head)]
    for row in rows:
        cells = [str(cell).replace("|", "\\|") for cell in row] + [""] * (len(head) - len(row))
        lines.append("| " + " | ".join(cells) + " |")
    return "\n".join(lines)
