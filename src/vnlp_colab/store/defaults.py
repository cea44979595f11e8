"""Which model serves a task where none is named."""

from __future__ import annotations

import logging
import os
from functools import cache

from vnlp_colab import catalog
from vnlp_colab.catalog import ModelSpec, Pinned
from vnlp_colab.errors import ModelNotAvailable
from vnlp_colab.store import bundles, paths

_LOGGER = logging.getLogger("vnlp_colab")


def default_for(task: str) -> str:
    """Return the first model of a task, in the catalog's order, that is at hand.

    At hand is what is in the cache; what is built from files of this package or of the package index, whose hashes are
    pinned; and,
    where ``VNLP_COLAB_WEIGHTS`` or ``VNLP_COLAB_STORE`` names a place to get it from, anything. So the answer depends
    on this machine's cache and settings alone: no network is asked, and a failing one never changes which model
    runs. A preferred model that is passed over is named once, in a warning.

    Raises:
        ModelNotAvailable: If there is no such task; the message lists those that there are.
    """
    preferred = catalog.default_for(task)
    for spec in catalog.models():
        if spec.task == task and spec.variant_of is None and at_hand(spec):
            if spec.name != preferred:
                _tell(task, spec.name, preferred)
            return spec.name
    raise ModelNotAvailable(f"no {task} model is at hand; fetch one: vnlp-colab models pull {preferred}")


def at_hand(spec: ModelSpec) -> bool:
    """Tell whether a model can be had without asking a server that may not have it."""
    if all(isinstance(source, Pinned) for _, source in spec.sources):
        return True
    named = (paths.WEIGHTS_VARIABLE, paths.STORE_VARIABLE)
    return any(os.environ.get(variable, "").strip() for variable in named) or bundles.cached(spec) is not None


@cache
def _tell(task: str, chosen: str, preferred: str) -> None:
    _LOGGER.warning(
        "%s: using %s. %s, the better model, is not on this machine; to use it from now on: vnlp-colab models pull %s",
        task,
        chosen,
        preferred,
        preferred,
    )
