"""Where files are kept, and whether the network may be used.

``VNLP_COLAB_HOME``
    The cache folder (``~`` is expanded, relative paths count from the working directory). Unset or empty:
    the platform's user cache folder. It is created at the first write, never by reading. A cache that has
    been filled can be copied to another machine, and works from a read-only place. What it holds::

        wheels/                 the pinned wheels, byte for byte as the package index serves them
        weights/<place>/        weights of VNGRS's bucket or a mirror, and the record of their hashes
        stores/<store>/         the record of the hashes of models that came from a store
        models/<name>-<key>/    converted models, each folder with its manifest.json
        locks/                  empty files; safe to delete when no process runs

``VNLP_COLAB_OFFLINE``
    ``1``, ``true``, ``yes`` or ``on`` (in any case) forbids the network: what is not cached is then an
    ``OfflineError``. Unset, empty or anything else allows it. Where all is cached the network is not used
    in either case.

``VNLP_COLAB_WEIGHTS``
    A folder, or a URL (``file://``, ``https://``, ``s3://``), that replaces VNGRS's bucket: it holds files of the
    same names.

``VNLP_COLAB_STORE``
    A folder or a URL, as above, to which ``vnlp-colab publish`` has put converted models.

``VNLP_COLAB_TIMEOUT``
    Seconds that a server may take to accept a connection, and then to send the next bytes (30).

``VNLP_COLAB_ATTEMPTS``
    How often a download is begun before it counts as failed (4).

All are read at every call and never stored, so a program may set them after import.
"""

from __future__ import annotations

import os
from pathlib import Path

import platformdirs

from vnlp_colab.errors import InputError

HOME_VARIABLE = "VNLP_COLAB_HOME"
OFFLINE_VARIABLE = "VNLP_COLAB_OFFLINE"
WEIGHTS_VARIABLE = "VNLP_COLAB_WEIGHTS"
STORE_VARIABLE = "VNLP_COLAB_STORE"
TIMEOUT_VARIABLE = "VNLP_COLAB_TIMEOUT"
ATTEMPTS_VARIABLE = "VNLP_COLAB_ATTEMPTS"

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


def timeout() -> float:
    """Return the seconds that a server may stay silent.

    Raises:
        InputError: If the variable is not a positive number.
    """
    return _positive(TIMEOUT_VARIABLE, 30.0)


def attempts() -> int:
    """Return how often a download is begun.

    Raises:
        InputError: If the variable is not a whole number above 0.
    """
    count = _positive(ATTEMPTS_VARIABLE, 4.0)
    if count != int(count):
        raise InputError(f"{ATTEMPTS_VARIABLE} must be a whole number, not {count}")
    return int(count)


def _positive(variable: str, default: float) -> float:
    configured = os.environ.get(variable, "").strip()
    try:
        value = float(configured) if configured else default
    except ValueError:
        value = 0.0
    # Bounded from above too: a socket cannot wait for ever, and NaN is not a number either.
    if not 0 < value <= 86_400:
        raise InputError(f"{variable} must be a number above 0, not {configured!r}")
    return value


def weights_dir() -> Path:
    """Return the folder of fetched weights and of the records of their hashes."""
    return home() / "weights"


def stores_dir() -> Path:
    """Return the folder of the records of what came from stores."""
    return home() / "stores"


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
