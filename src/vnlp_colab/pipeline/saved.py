"""Configurations of pipelines, saved as TOML: the models by name and content, and what else results depend on."""

from __future__ import annotations

import logging
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from vnlp_colab import __version__, catalog
from vnlp_colab.errors import InputError, ModelNotAvailable
from vnlp_colab.pipeline.fetching import fetch
from vnlp_colab.pipeline.identity import models_of
from vnlp_colab.pipeline.plan import Stage, make_plan
from vnlp_colab.store.atomic import IN_OUTPUT, publish_file, storage_errors, write_synced

_FORMAT = 1
_LOG = logging.getLogger("vnlp_colab")


@dataclass(frozen=True)
class Configuration:
    """What a pipeline's results depend on.

    Attributes:
        tasks: Task to model, by their full names: nothing is left to defaults.
        options: Keywords of ``VNLPipeline`` that change results.
        models: Model to the digest of its files, as ``models_of`` gives it; of all models that run or are read.
    """

    tasks: Mapping[str, str]
    options: Mapping[str, Any]
    models: Mapping[str, str]

    @property
    def names(self) -> tuple[str, ...]:
        """The tasks with their models, as ``models_to_load`` takes them."""
        return tuple(f"{task}:{model}" for task, model in self.tasks.items())


def configuration(plan: Sequence[Stage], options: Mapping[str, Any]) -> Configuration:
    """Return the configuration of a pipeline whose models are cached."""
    tasks = {str(stage.task): stage.name for stage in plan if stage.wanted}
    return Configuration(tasks, dict(options), models_of(plan))


def save(found: Configuration, path: Path) -> None:
    """Write a configuration; the file appears when it is complete.

    Raises:
        StorageError: If it cannot be written.
    """
    import tomli_w

    content = {
        "format": _FORMAT,
        "created_by": f"vnlp-colab {__version__}",
        "tasks": dict(found.tasks),
        "options": dict(found.options),
        "models": dict(found.models),
    }
    partial = path.with_name(f".{path.name}.partial")
    with storage_errors(path, IN_OUTPUT):
        write_synced(partial, tomli_w.dumps(content).encode())
        publish_file(partial, path)


def load(path: Path, options: Sequence[str]) -> Configuration:
    """Read a configuration.

    Args:
        path: The file.
        options: Names of the options that it must have, all of them and no others: one that it leaves out would
            follow the default of the day.

    Raises:
        InputError: If the file is missing, or is not a configuration that this version reads.
        ModelNotAvailable: If a model that it names is not known.
    """
    try:
        content = tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise InputError(f"cannot be read: {error.strerror or error}", path=path) from error
    except (ValueError, RecursionError) as error:  # TOML, UTF-8, brackets without end
        raise InputError(f"is no TOML file: {error}", path=path) from error
    if content.get("format") != _FORMAT:
        raise InputError(f"has format {content.get('format')!r}; this version reads format {_FORMAT}", path=path)
    tables = {name: content.get(name) for name in ("tasks", "options", "models")}
    for name, table in tables.items():
        if not isinstance(table, dict) or (name != "options" and not _all_text(table)):
            raise InputError(f"has no table [{name}] of names and values", path=path)
    found = Configuration(**tables)  # type: ignore[arg-type]  # checked above
    if set(found.options) != set(options):
        raise InputError(f"[options] must have {', '.join(sorted(options))}", path=path)
    needed = {spec.name for spec in catalog.closure(tuple(stage.name for stage in make_plan(found.names)))}
    if needed != set(found.models):
        raise InputError(f"[models] must have {', '.join(sorted(needed))}", path=path)
    return found


def check_version(version: str) -> None:
    """Raise ``InputError`` if what was described by a version of this package is to be made by another one."""
    if version != __version__:
        raise InputError(
            f"vnlp-colab {__version__} is installed here, and {version} where the work was described: "
            "install the same version on all nodes"
        )


def check_models(saved: Configuration, path: Path, *, accept_changed: bool, progress: bool) -> None:
    """Get the models of a configuration, and see that they are the very ones that it was saved with.

    Args:
        saved: The configuration.
        path: Its file, for messages.
        accept_changed: Whether to warn of other ones, and to use them.
        progress: Whether to show bars while fetching.

    Raises:
        ModelNotAvailable: If this machine or this version gives a model other files; the message names both.
        OfflineError: If a model is not cached, and the network may not or cannot be used.
    """
    plan = make_plan(saved.names)
    fetch(plan, progress)
    here = models_of(plan)
    changed = [
        f"{name} is {here[name][:12]} here, and was {digest[:12]} when it was saved"
        for name, digest in saved.models.items()
        if here[name] != digest
    ]
    if not changed:
        return
    message = f"{path}: {'; '.join(changed)}"
    if not accept_changed:
        raise ModelNotAvailable(
            f"{message}. Results would not be the same. Install the version of vnlp-colab that the file names as its "
            "creator, with the weights of that time, or take what is here: from_config(..., accept_changed=True), "
            "--accept-changed"
        )
    _LOG.warning("%s: using what is here", message)


def _all_text(table: Mapping[str, Any]) -> bool:
    return all(isinstance(value, str) for value in table.values())
