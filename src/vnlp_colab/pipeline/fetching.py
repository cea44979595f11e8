"""Getting a plan's models onto this machine, and saying what works where they cannot be had."""

from __future__ import annotations

from collections.abc import Sequence

from vnlp_colab import catalog, store
from vnlp_colab.errors import ModelNotAvailable, OfflineError, VNLPError
from vnlp_colab.pipeline.plan import Stage
from vnlp_colab.runtime.session import listed_providers
from vnlp_colab.store.bundles import cached


def fetch(plan: Sequence[Stage], progress: bool) -> None:
    """Fetch or build what is not cached, once and with a bar, before models or several processes look for it.

    Raises:
        ModelNotAvailable: If a model or its sources cannot be had.
        OfflineError: If a model must be fetched, and the network may not or cannot be used. Either error names all
            that is missing, and the models that need no network.
        MissingExtra: If there is no runtime, without which nothing that is fetched could run.
    """
    listed_providers()
    for spec in catalog.closure(tuple(stage.name for stage in plan)):
        if cached(spec) is None:
            try:
                store.bundle(spec.name, progress=progress)
            except (ModelNotAvailable, OfflineError) as error:
                raise _explained(plan, error) from error


def _explained(plan: Sequence[Stage], error: VNLPError) -> VNLPError:
    """Return the error with what else is missing, how to get it, and what works without."""
    missing = [stage for stage in plan if stage.wanted and not _at_hand(stage.name)]
    names = " ".join(stage.name for stage in missing)
    tasks = ", ".join(str(stage.task) for stage in missing)
    ready = [str(task) for task in catalog.Task if catalog.comes_along(catalog.default_for(task))]
    lines = [
        str(error),
        f"Missing on this machine: {names.replace(' ', ', ')} (for {tasks}). With a network: "
        f"vnlp-colab models pull {names}",
        f"These come with the package and need no network: {', '.join(ready)} (for instance --models "
        f'{",".join(ready)}, or VNLPipeline("{",".join(ready)}"))',
    ]
    return (OfflineError if isinstance(error, OfflineError) else ModelNotAvailable)("\n".join(lines))


def _at_hand(name: str) -> bool:
    return catalog.comes_along(name) or all(cached(spec) is not None for spec in catalog.closure((name,)))
