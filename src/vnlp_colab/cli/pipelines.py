"""The pipeline of a command's options, or of a saved configuration."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from vnlp_colab.errors import InputError

if TYPE_CHECKING:
    from vnlp_colab.pipeline.pipeline import VNLPipeline

DEFAULT_MODELS = "stemmer,pos,ner,dep,sentiment"

Style = Annotated[
    str,
    typer.Option(
        help="The treebank whose annotation the Context models imitate: boun, kenet, penn, tourism, framenet, atis, "
        "gb, pud, or unk for none in particular."
    ),
]
Config = Annotated[
    Path | None,
    typer.Option(
        metavar="FILE",
        help="Run the saved configuration in FILE, with the very models and options that it names, instead of "
        "--models, --style and the other options that results depend on.",
    ),
]
AcceptChanged = Annotated[
    bool,
    typer.Option("--accept-changed", help="With --config: warn where a model's files are other ones, and use them."),
]
SaveConfig = Annotated[
    Path | None, typer.Option(metavar="FILE", help="Save the models and options of this run there, for --config.")
]


def make_pipeline(
    context: typer.Context, config: Path | None, accept_changed: bool, models: str, own: dict[str, Any], **running: Any
) -> VNLPipeline:
    """Make the pipeline of a command.

    Args:
        context: Tells which options were given.
        config: The saved configuration, if one was named.
        accept_changed: Whether to use other models' files than the saved ones.
        models: What to run without a configuration.
        own: What results depend on without a configuration; the keys are the command's parameters.
        running: The other keywords of ``VNLPipeline``.

    Raises:
        InputError: If options contradict each other.
    """
    from vnlp_colab.pipeline.pipeline import VNLPipeline

    check_config(context, config, accept_changed, own)
    if config is None:
        return VNLPipeline(models, **own, **running)
    return VNLPipeline.from_config(config, accept_changed=accept_changed, **running)


def check_config(context: typer.Context, config: Path | None, accept_changed: bool, own: Iterable[str]) -> None:
    """Raise ``InputError`` if options contradict a configuration, or need one; arguments are ``make_pipeline``'s."""
    if config is None:
        if accept_changed:
            raise InputError("--accept-changed goes with --config alone")
        return
    given = [name for name in ("models", *own) if _was_given(context, name)]
    if given:
        names = ", ".join(f"--{name.replace('_', '-')}" for name in given)
        raise InputError(f"{config} says what --config runs: leave out {names}")


def _was_given(context: typer.Context, name: str) -> bool:
    source = context.get_parameter_source(name)
    return source is not None and source.name == "COMMANDLINE"
