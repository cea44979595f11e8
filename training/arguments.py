"""The command line of the programs that work on a run: which one, on what data, and where it lies."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

import torch

from training.config import Config


class Asked(NamedTuple):
    """What was asked for.

    Attributes:
        config: The run's settings.
        data: The folder of the data.
        folder: The run's own folder, of its name.
    """

    config: Config
    data: Path
    folder: Path


def read(about: str | None, arguments: Sequence[str] | None = None) -> Asked:
    """Read the command line, and give PyTorch the run's number of threads.

    Args:
        about: What the program does.
        arguments: The command line, the process's own if left out.

    Raises:
        ValueError: The configuration has a setting that there is not.
    """
    parser = argparse.ArgumentParser(description=about)
    parser.add_argument("config", type=Path)
    parser.add_argument("--data", type=Path, required=True, help="folder of the data")
    parser.add_argument("--runs", type=Path, required=True, help="folder of logs and checkpoints")
    given = parser.parse_args(arguments)
    config = Config.read(given.config)
    torch.set_num_threads(config.threads)
    return Asked(config, given.data, given.runs / config.name)
