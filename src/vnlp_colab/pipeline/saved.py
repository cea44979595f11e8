"""Configurations of pipelines, saved as TOML: the models by name and content, and what else results depend on."""

from __future__ import annotations

import logging
import tomllib
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from vnlp_colab import __version__, catalog
from vnlp_colab.errors import InputError, ModelNotAvailable
from vnlp_colab.pipeline.fetching import fetch
from vnlp_colab.pipeline.identity import models_of
from vnlp_colab.pipeline.options import Check
from vnlp_colab.pipeline.plan import Stage, make_plan
from vnlp_colab.store.atomic import IN_OUTPUT, publish_file, storage_errors, write_synced
from vnlp_colab.store.bundles import cached

_FORMAT = 1
_TABLES = ("tasks", "options", "models")
# Where a model that knows several styles says which.
_OF_STYLES = "config.json"
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


def load(path: Path, options: Mapping[str, Check]) -> Configuration:
    """Read a configuration.

    Args:
        path: The file.
        options: Names of the options that it must have, all of them and no others, with what checks their values: one
            that it leaves out would follow the default of the day.

    Raises:
        InputError: If the file is missing, or is not a configuration that this version reads; it names file and key.
        ModelNotAvailable: If a task or a model that it names is not known.
    """
    try:
        content = tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise InputError(f"cannot be read: {error.strerror or error}", path=path) from error
    except (ValueError, RecursionError) as error:  # TOML, UTF-8, brackets without end
        raise InputError(f"is no TOML file: {error}", path=path) from error
    try:
        found = _configuration(content, options)
        needed = {spec.name for spec in catalog.closure(tuple(stage.name for stage in make_plan(found.names)))}
        _check_keys("[models]", found.models, needed)
    except InputError as error:
        raise InputError(error.reason, path=path) from error
    except ModelNotAvailable as error:
        raise ModelNotAvailable(f"{path}: [tasks] {error}") from error
    return found


def _configuration(content: Mapping[str, Any], options: Mapping[str, Check]) -> Configuration:
    """Return what a file says; raises ``InputError`` that names the key at fault, not the file."""
    stated = content.get("format")
    if type(stated) is not int or stated != _FORMAT:
        raise InputError(f"has format {stated!r}; this version reads format {_FORMAT}")
    for name in _TABLES:
        if not isinstance(content.get(name), dict):
            raise InputError(f"has no table [{name}] of names and values")
    # A file of an earlier version may lack its creator, on which nothing depends.
    _check_keys("the file", {"created_by": "", **content}, {"format", "created_by", *_TABLES})
    _check_text("created_by", content.get("created_by", ""))
    found = Configuration(*(content[name] for name in _TABLES))
    _check_keys("[options]", found.options, options)
    for name, value in found.options.items():
        try:
            options[name](name, value)
        except InputError as error:
            raise InputError(f"[options] {error.reason}") from error
    for table in ("tasks", "models"):
        for name, value in content[table].items():
            _check_text(f"[{table}] {name}", value)
    return found


def _check_keys(where: str, found: Collection[str], needed: Collection[str]) -> None:
    """Raise ``InputError`` unless a table has all keys that it must have, and no others."""
    missing, extra = sorted({*needed} - {*found}), sorted({*found} - {*needed})
    if missing or extra:
        wrong = [f"lacks {', '.join(missing)}"] * bool(missing)
        wrong += [f"has {', '.join(extra)}, which this version does not know there"] * bool(extra)
        raise InputError(f"{where} must have {', '.join(sorted(needed))}, and {' and '.join(wrong)}")


def _check_text(key: str, value: object) -> None:
    if not isinstance(value, str):
        raise InputError(f"{key} must be text in quotes, not {value!r:.80}")


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
        InputError: If a model does not know the style.
        ModelNotAvailable: If this machine or this version gives a model other files; the message names both.
        OfflineError: If a model is not cached, and the network may not or cannot be used.
    """
    plan = make_plan(saved.names)
    fetch(plan, progress)
    _check_style(saved, plan, path)
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


def _check_style(saved: Configuration, plan: Sequence[Stage], path: Path) -> None:
    """Raise ``InputError`` if a model that annotates in one of several styles does not know the one that is saved."""
    for spec in catalog.closure(tuple(stage.name for stage in plan)):
        bundle = cached(spec)
        if bundle is None or _OF_STYLES not in bundle.files:
            continue
        config = bundle.read_json(_OF_STYLES)
        styles = config.get("styles") if isinstance(config, dict) else None
        if styles is not None and saved.options["style"] not in styles:
            reason = f"[options] there is no style {saved.options['style']!r}; known styles: {', '.join(styles)}"
            raise InputError(reason, path=path)
