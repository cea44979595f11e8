"""What models a run is made of."""

from __future__ import annotations

from collections.abc import Sequence

from vnlp_colab import catalog
from vnlp_colab.pipeline.plan import Stage
from vnlp_colab.store.atomic import sha256_bytes
from vnlp_colab.store.bundles import cached


def models_of(plan: Sequence[Stage]) -> dict[str, str]:
    """Return every model that a plan runs or reads, by name, with what tells its weights from any others'.

    The one place that answers "what models is this run made of": equal answers mean equal files, byte for byte.

    Returns:
        Name to hex digest over the names and hashes of the model's files, in the order in which they are loaded; a
        model that is not cached, as where a ``model_factory`` makes it, has the empty string.
    """
    return {spec.name: _digest(spec) for spec in catalog.closure(tuple(stage.name for stage in plan))}


def _digest(spec: catalog.ModelSpec) -> str:
    bundle = cached(spec)
    if bundle is None:
        return ""
    lines = sorted(f"{entry['sha256']}  {entry['name']}" for entry in bundle.manifest["files"])
    return sha256_bytes("\n".join(lines).encode())
