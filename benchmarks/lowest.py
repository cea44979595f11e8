"""Prints the lowest direct dependencies that pyproject.toml allows, one requirement a line.

python benchmarks/lowest.py [EXTRA]...
"""

from __future__ import annotations

import re
import sys
import tomllib
from collections.abc import Sequence
from pathlib import Path
from typing import Any

PROJECT = Path(__file__).resolve().parents[1] / "pyproject.toml"


def pins(project: dict[str, Any], extras: Sequence[str]) -> list[str]:
    """Return the requirements of a project and some of its extras, each at its lower bound.

    Raises:
        ValueError: One has no lower bound.
    """
    wanted = [*project["dependencies"], *(one for extra in extras for one in project["optional-dependencies"][extra])]
    found = []
    for requirement in wanted:
        bounds, _, marker = requirement.partition(";")
        name = re.match(r"[\w.-]+(\[[\w,-]+\])?", bounds)
        lowest = re.search(r"[>=]=\s*([\w.]+)", bounds)
        if name is None or lowest is None:
            raise ValueError(f"{requirement!r} has no lower bound")
        found.append(f"{name[0]}=={lowest[1]}" + (f" ;{marker}" if marker else ""))
    return found


if __name__ == "__main__":
    print("\n".join(pins(tomllib.loads(PROJECT.read_text(encoding="utf-8"))["project"], sys.argv[1:])))
