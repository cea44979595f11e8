"""Prints the lowest direct dependencies that pyproject.toml allows, one requirement a line.

python benchmarks/lowest.py [EXTRA]... [--with PROJECT...]

PROJECTs of the extra dev, which the tests need, follow with their bounds: as new as these allow.
"""

from __future__ import annotations

import argparse
import re
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


def tools(project: dict[str, Any], names: Sequence[str]) -> list[str]:
    """Return the requirements of the extra dev that are called so, as they stand.

    Raises:
        ValueError: There is none of that name.
    """
    dev: list[str] = project["optional-dependencies"]["dev"]
    known = {re.split(r"[^\w.-]", requirement, maxsplit=1)[0]: requirement for requirement in dev}
    unknown = [name for name in names if name not in known]
    if unknown:
        raise ValueError(f"the extra dev has no {unknown[0]!r}; it has {', '.join(known)}")
    return [known[name] for name in names]


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("extras", nargs="*")
    parser.add_argument("--with", dest="tools", nargs="*", default=[])
    wanted = parser.parse_args()
    described = tomllib.loads(PROJECT.read_text(encoding="utf-8"))["project"]
    print("\n".join(pins(described, wanted.extras) + tools(described, wanted.tools)))
