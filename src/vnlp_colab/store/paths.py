"""Where files are kept, and whether the network may be used.

``VNLP_COLAB_HOME``
    The cache folder (``~`` is expanded, relative paths count from the working directory). Unset or empty:
    the platform's user cache folder. It is created at the first write, never by reading. A cache that has
    been filled can be copied to another machine, and works from a read-only place. What it holds::

        wheels/                 the pinned wheels, byte for byte as the package index serves them
        models/<name>-<key>/    converted models, each folder with its manifest.json
        locks/                  empty files; safe to delete when no process runs

``VNLP_COLAB_OFFLINE``
    ``1``, ``true``, ``yes`` or ``on`` (in any case) forbids the network: what is not cached is then an
    ``OfflineError``. Unset, empty or anything else allows it. Where all is cached the network is not used
    in either case.

Both are read at every call and never stored, so a program may set them after import.
"""

from __future__ import annotations

import os
from pathlib import Path

import platformdirs

HOME_VARIABLE = "VNLP_COLAB_HOME"
OFFLINE_VARIABLE = "VNLP_COLAB_OFFLINE"

_TRUE = frozenset({"1", "true", "yes", "on"})


def home() -> Path:
    """Return the absolute path of the cache folder, which need not exist yet."""
    configured = os.environ.get(HOME_VARIABLE, "").strip()
    if configured:
        return Path(configured).expanduser().absolute()
    return Path(platformdirs.user_cache_dir("vnlp-colab", appauthor=False))


def offline() -> bool:
    """Tell whether the user forbids the network."""
    return os.environ.get(OFFLINE_VARIABLE, "").strip().lower() in _TRUE


def wheels_dir() -> Path:
    """Return the folder of fetched wheels."""
    return home() / "wheels"


def models_dir() -> Path:
    """Return the folder of converted models."""
    return home() / "models"


def lock_path(name: str) -> Path:
    """Return the lock file of one wheel or model.

    Locks lie apart from what they guard, so that this can be deleted or replaced under its own lock.
    """
    return home() / "locks" / f"{name}.lock"
