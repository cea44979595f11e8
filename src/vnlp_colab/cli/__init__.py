"""The command ``vnlp-colab``. Only this folder prints."""

from __future__ import annotations

import signal
import sys
from types import FrameType

_HANGUP = getattr(signal, "SIGHUP", None)  # a terminal that is closed; Windows has none


def main() -> None:
    """Run the command line; always ends in ``SystemExit``."""
    signal.signal(signal.SIGTERM, _terminate)
    # Under nohup it is ignored, and stays so.
    if _HANGUP is not None and signal.getsignal(_HANGUP) is signal.SIG_DFL:
        signal.signal(_HANGUP, _terminate)
    # Imported here, so that importing the package's parts does not load typer. A command module adds its
    # commands to the application when it is imported, and imports what is slow only when a command runs.
    from vnlp_colab.cli import convert, doctor, embeddings, models, publish, run, serve, task, text, verify  # noqa: F401
    from vnlp_colab.cli.app import app

    app(prog_name="vnlp-colab")


def _terminate(signum: int, frame: FrameType | None) -> None:
    """End as after an error, so that what is half written is removed; the plain signal would leave it."""
    sys.exit(128 + signum)
