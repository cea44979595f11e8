"""A Dockerfile's stages and instructions, by the parser that BuildKit has."""

from __future__ import annotations

import re
import shlex
from dataclasses import dataclass, field
from pathlib import Path
from string import Template

import dockerfile

UNDERSTOOD = {
    "ARG", "COPY", "ENTRYPOINT", "ENV", "EXPOSE", "FROM", "HEALTHCHECK", "LABEL", "RUN", "USER", "WORKDIR"
}  # fmt: skip


@dataclass
class Step:
    """An instruction: its name, its values, its flags by name, and whether it was a list (the exec form)."""

    name: str
    values: tuple[str, ...]
    flags: dict[str, str]
    listed: bool


@dataclass
class Stage:
    """What stands from one FROM to the next."""

    base: str
    name: str
    steps: list[Step] = field(default_factory=list)

    def the(self, name: str) -> Step:
        """The only instruction of a name."""
        (found,) = (step for step in self.steps if step.name == name)
        return found


def read(path: Path, arguments: dict[str, str]) -> tuple[list[Stage], dict[str, str]]:
    """Return the stages, and the arguments that stand before them, as they are with build arguments.

    Instructions that nothing here knows how to carry out are refused: a step must not be left out silently.
    """
    stages: list[Stage] = []
    above: dict[str, str] = {}
    for line in dockerfile.parse_file(str(path)):
        flags = dict(flag.removeprefix("--").split("=", 1) for flag in line.flags)
        step = Step(line.cmd, line.value, flags, line.json)
        if step.name not in UNDERSTOOD:
            raise ValueError(f"line {line.start_line}: {step.name} is not understood")
        if step.name == "FROM":
            base, *rest = (expand(value, above) for value in step.values)
            stages.append(Stage(base, rest[1] if rest else ""))
        elif stages:
            stages[-1].steps.append(step)
        else:
            name, _, default = step.values[0].partition("=")
            above[name] = arguments.get(name, default)
    return stages, above


def expand(value: str, variables: dict[str, str]) -> str:
    """A value with its variables, without its quotes; a variable that is not set is an error."""
    if re.search(r"\$\{\w+[^\w}]", value):
        raise ValueError(f"{value}: only $NAME and ${{NAME}} are understood")
    return "".join(shlex.split(Template(value).substitute(variables))) if value else ""
