"""What ``vnlp-colab doctor`` finds out about settings, the cache and the models in it."""

from __future__ import annotations

import os
import re
import shutil
import tempfile
from collections.abc import Iterator
from difflib import get_close_matches
from pathlib import Path

from vnlp_colab import catalog
from vnlp_colab.cli.findings import Diagnosis, Finding, size_of
from vnlp_colab.errors import VNLPError

_PREFIX = "VNLP_COLAB_"
# What tests and benchmarks read, and what the service hands to its own processes.
_NOT_FOR_USERS = re.compile(rf"{_PREFIX}(BENCH_.+|FUZZ_SECONDS|REQUIRE_.+|SERVICE_SETTINGS|SHARED)")

_LITTLE_DISK = 1_000_000_000
# What the models that come with the package take in the cache, where they are unpacked at their first use.
BUNDLED = 34_000_000


def settings(found: Diagnosis) -> Iterator[Finding]:
    """Look at the environment variables."""
    from vnlp_colab.cli.serve import MODELS_VARIABLE
    from vnlp_colab.store import paths, places

    known = {MODELS_VARIABLE, *(value for name, value in vars(paths).items() if name.endswith("_VARIABLE"))}
    given = {name: value for name, value in os.environ.items() if name.startswith(_PREFIX)}
    # What stands before an @ in a URL is a password, and reports are pasted into issues.
    found.settings = {name: value.rpartition("@")[2] for name, value in sorted(given.items()) if name in known}
    for name in sorted(set(given) - known):
        if not _NOT_FOR_USERS.fullmatch(name):
            # Not with what all begin with, by which any two are near.
            near = get_close_matches(name.removeprefix(_PREFIX), [one.removeprefix(_PREFIX) for one in known], n=1)
            fix = f"did you mean {_PREFIX}{near[0]}?" if near else f"unset it; known are {', '.join(sorted(known))}"
            yield Finding("warning", f"the variable {name} is not known, and has no effect", fix)
    for check in (places.store_place, places.weights_place, paths.timeout, paths.attempts):
        try:
            check()
        except VNLPError as error:
            yield Finding("error", str(error), "correct the environment variable, or unset it")


def cache(found: Diagnosis) -> Iterator[Finding]:
    """Look at the folder of the cache."""
    from vnlp_colab.store import paths

    home = paths.home()
    anchor = _anchor(home)
    found.cache = {
        "folder": str(home),
        "exists": home.exists(),
        "writable": _writable(anchor),
        "size": _size(home),
        "free": shutil.disk_usage(anchor).free,
    }
    if not found.cache["writable"]:
        fix = f"set {paths.HOME_VARIABLE} to a folder that can be written to"
        yield Finding("warning", f"the cache {home} cannot be written to: nothing new can be fetched", fix)


def models(found: Diagnosis) -> Iterator[Finding]:
    """Look at what models are in the cache, and whether others can get there."""
    if found.versions["numpy"] is None:
        return
    from vnlp_colab.store import manage

    try:
        status = manage.status()
    except VNLPError as error:
        yield Finding("error", f"the cache cannot be read: {error}", "mend it, or delete it: it fills again")
        return
    found.models = {entry.spec.name: None if entry.bundle is None else entry.size for entry in status}
    room = list(_room(found))
    yield from room
    if all(size is None for size in found.models.values()) and not any(one.level == "error" for one in room):
        yield _nothing_cached(found)


def _room(found: Diagnosis) -> Iterator[Finding]:
    from vnlp_colab.store import paths

    free = found.cache["free"]
    if not found.cache["writable"] or free >= _LITTLE_DISK:
        return
    problem = f"only {size_of(free)} are free where the cache lies, in {_anchor(paths.home())}"
    fix = f"make room, or set {paths.HOME_VARIABLE} to a folder on another disk"
    if free < BUNDLED and any(catalog.comes_along(name) for name, size in found.models.items() if size is None):
        problem += f": models cannot be put there; those that come with the package need {size_of(BUNDLED)}"
        yield Finding("error", problem, fix)
    else:
        yield Finding("warning", problem, fix)


def _nothing_cached(found: Diagnosis) -> Finding:
    from vnlp_colab.store import offline

    elsewhere = f"run `vnlp-colab models pull` where that is possible, and copy the folder to {found.cache['folder']}"
    if not found.cache["writable"]:
        return Finding("error", "no model is cached, and the cache cannot be written to", elsewhere)
    along = [spec.name for spec in catalog.models() if spec.task is not None and catalog.comes_along(spec.name)]
    ready = f"{', '.join(along)} come with the package and need no network"
    if offline():
        problem = f"no model is cached, and the network is forbidden: {ready}, the others cannot run"
        return Finding("warning", problem, elsewhere)
    problem = f"no model is cached yet: {ready}, each of the others is fetched at its first use"
    return Finding("note", problem, "vnlp-colab models pull")


def _anchor(home: Path) -> Path:
    """Return the folder, of those that there are, in which the cache lies or will lie."""
    return next(folder for folder in (home, *home.parents) if folder.exists())


def _writable(folder: Path) -> bool:
    try:
        with tempfile.TemporaryFile(dir=folder):
            return True
    except OSError:
        return False


def _size(folder: Path) -> int:
    total = 0
    for where, _, names in os.walk(folder):
        for name in names:
            try:
                total += Path(where, name).lstat().st_size
            except OSError:
                continue  # deleted meanwhile
    return total
