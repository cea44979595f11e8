"""What each option of a pipeline may be: the one place that checks them, from Python and from files."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Mapping
from functools import partial
from typing import Any

from vnlp_colab.errors import InputError
from vnlp_colab.pipeline.gate import ON_ERROR
from vnlp_colab.pipeline.limits import Limits

DEVICES = ("auto", "cpu", "cuda")
ON_LONG = ("window", "error")

Check = Callable[[str, object], None]
"""Called with an option's name and its value; raises ``InputError`` that names both, and says what is wanted."""


def check_choice(argument: str, value: object, choices: tuple[str, ...]) -> None:
    """Raise ``InputError`` if an argument's value is not one of its choices."""
    if not isinstance(value, str) or value not in choices:
        raise InputError(f"{argument} must be one of {', '.join(choices)}, not {_shown(value)}")


def check_number(argument: str, value: object, least: int) -> None:
    """Raise ``InputError`` if an argument is neither ``None`` nor a whole number of at least ``least``."""
    if value is not None and (isinstance(value, bool) or not isinstance(value, int) or value < least):
        raise InputError(f"{argument} must be a whole number of at least {least} or None, not {_shown(value)}")


def check_flag(argument: str, value: object) -> None:
    """Raise ``InputError`` if an argument is not a truth value: any other would count as one, ``"no"`` as a yes."""
    if not isinstance(value, bool):
        raise InputError(f"{argument} must be True or False (in TOML: true or false), not {_shown(value)}")


def check_name(argument: str, value: object, example: str) -> None:
    """Raise ``InputError`` if an argument is not a string; which ones there are is known elsewhere."""
    if not isinstance(value, str):
        raise InputError(f"{argument} must be a name, such as {example!r}, not {_shown(value)}")


def check_models(argument: str, value: object) -> None:
    """Raise ``InputError`` if an argument cannot be names of models; which ones there are is known elsewhere."""
    # A dict would give its keys, and bytes their numbers.
    if isinstance(value, bytes | Mapping) or not isinstance(value, Iterable):
        raise InputError(
            f"{argument} must be names of tasks or models, such as 'pos,dep' or ['pos', 'dep:TreeStackDP'], "
            f"not {_shown(value)}"
        )


def check_path(argument: str, value: object) -> None:
    """Raise ``InputError`` if an argument cannot be the path of a file or folder."""
    path = os.fspath(value) if isinstance(value, os.PathLike) else value
    if not isinstance(path, str) or "\0" in path:
        raise InputError(f"{argument} must be a path, as a str or a pathlib.Path, not {_shown(value)}")


def check_limits(argument: str, value: object) -> None:
    """Raise ``InputError`` if an argument is neither ``None`` nor ``Limits``."""
    if value is not None and not isinstance(value, Limits):
        raise InputError(f"{argument} must be a Limits, such as Limits(tokens=1000), or None, not {_shown(value)}")


def check_factory(argument: str, value: object) -> None:
    """Raise ``InputError`` if an argument is neither ``None`` nor callable."""
    if value is not None and not callable(value):
        raise InputError(f"{argument} must be what makes a model when it is called, or None, not {_shown(value)}")


# Options that a saved configuration holds, and those that it leaves to whoever runs it: results differ by the former
# alone.
SAVED: Mapping[str, Check] = {
    "on_long": partial(check_choice, choices=ON_LONG),
    "tree": check_flag,
    "style": partial(check_name, example="boun"),
    "probabilities": check_flag,
}
RUNNING: Mapping[str, Check] = {
    "device": partial(check_choice, choices=DEVICES),
    "limits": check_limits,
    "loader": partial(check_name, example="auto"),
    "on_error": partial(check_choice, choices=ON_ERROR),
    "progress": check_flag,
    "threads": partial(check_number, least=1),
    "workers": partial(check_number, least=0),
}


def check_options(given: Mapping[str, Any]) -> None:
    """Raise ``InputError`` if an option has a value that it cannot have; all of them must be options."""
    checks = {**SAVED, **RUNNING, "model_factory": check_factory}
    for name, value in given.items():
        checks[name](name, value)


def _shown(value: object) -> str:
    return f"{value!r:.80}"
