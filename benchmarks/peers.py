"""Peers: an environment each, made on demand outside the repository, and upstream's packages unpacked beside it."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import zipfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from benchmarks.children import ROOT, Child, ChildError
from benchmarks.names import Peer
from benchmarks.settings import OURS, Settings, environment, weights_folder
from vnlp_colab.catalog import files
from vnlp_colab.catalog.spec import Wheel
from vnlp_colab.store import paths, wheels

_TF_215 = ("tensorflow-cpu==2.15.1", "numpy<2", "regex", "requests", "sentencepiece")
# Upstream's pickled tokenizers are objects of its classes.
_TF_215_PICKLES = (*_TF_215, "Keras-Preprocessing")
_NEWEST_FOR_TF_215 = (3, 11)


class PeerUnavailable(RuntimeError):
    """A peer cannot be had here; the message says why."""


@dataclass(frozen=True)
class Environment:
    """What a peer runs in.

    Attributes:
        name: Name of its folder, and its name on the command line.
        requirements: What pip installs.
        newest: The newest Python that it runs on, where there is a limit.
        wheel: Upstream's wheel, whose package is put on its path.
    """

    name: str
    requirements: tuple[str, ...]
    newest: tuple[int, int] | None = None
    wheel: Wheel | None = None

    @property
    def variable(self) -> str:
        """The environment variable that names an interpreter to be used instead."""
        return f"VNLP_COLAB_BENCH_{self.name.upper()}_PYTHON"


_KERAS = Environment("keras", (f"{ROOT}[cpu,tf]",))
ENVIRONMENTS = {
    "benchmarks.runners.upstream_classic": Environment(
        "classic", _TF_215_PICKLES, newest=_NEWEST_FOR_TF_215, wheel=files.WEIGHTS_WHEEL
    ),
    "benchmarks.runners.upstream_spu": Environment(
        "spu", _TF_215, newest=_NEWEST_FOR_TF_215, wheel=files.RESOURCES_WHEEL
    ),
    "benchmarks.runners.keras": _KERAS,
    "benchmarks.runners.blueprint": _KERAS,
}

# Where upstream looks for the files that its wheel does not hold.
_RESOURCES = {
    "PoS_SPUContext_prod.weights": "part_of_speech_tagger/resources",
    "NER_SPUContext_prod.weights": "named_entity_recognizer/resources",
    "DP_SPUContext_prod.weights": "dependency_parser/resources",
    "Sentiment_SPUCBiGRU_prod.weights": "sentiment_analyzer/resources",
    "SPUTokenized_word_embedding_16k.matrix": "resources",
}


def start(peer: Peer, settings: Settings) -> tuple[Child, str]:
    """Start a peer.

    Returns:
        The child, and what it says of itself.

    Raises:
        PeerUnavailable: It cannot be had.
    """
    if peer.runner == OURS:
        return settings.ours(), "this project's stepwise engine, two threads"
    needed = ENVIRONMENTS[peer.runner]
    python = settings.peer_python.get(needed.name) or os.environ.get(needed.variable) or str(make(needed))
    arguments: dict[str, Any]
    if needed.wheel is not None:
        arguments = {"package": str(unpack(needed.wheel))}
    else:
        weights = weights_folder()
        if weights is None:
            raise PeerUnavailable("models made by Keras need a local folder of weights (VNLP_COLAB_WEIGHTS)")
        arguments = {"weights": str(weights)}
    child = Child(peer.runner, python, environment())
    try:
        return child, child.ask("setup", **arguments)
    except ChildError:
        child.close()
        raise


def folder() -> Path:
    """Where environments and packages are kept."""
    return paths.home() / "benchmarks"


def make(needed: Environment) -> Path:
    """Return the interpreter of an environment, which is made if it is not there.

    Raises:
        PeerUnavailable: There is no Python for it, or pip could not install its packages.
    """
    root = folder() / needed.name
    python, done = root / "bin" / "python", root / "complete"
    if done.is_file():
        return python
    shutil.rmtree(root, ignore_errors=True)
    base = _interpreter(needed.newest)
    print(f"making an environment for the peer {needed.name}: {', '.join(needed.requirements)}", file=sys.stderr)
    try:
        subprocess.run([base, "-m", "venv", str(root)], check=True)
        install = [str(python), "-m", "pip", "install", "-q", "--disable-pip-version-check", *needed.requirements]
        subprocess.run(install, check=True)
    except subprocess.CalledProcessError as error:
        raise PeerUnavailable(f"the environment {needed.name} could not be made: {error}") from error
    done.touch()
    return python


def unpack(wheel: Wheel) -> Path:
    """Return a folder with upstream's package as its users have it after the first download."""
    root = folder() / f"{wheel.project}-{wheel.version}"
    if not (root / "complete").is_file():
        shutil.rmtree(root, ignore_errors=True)
        with zipfile.ZipFile(wheels.fetch_wheel(wheel)) as archive:
            archive.extractall(root)
        # Upstream's normaliser imports it; no wheel of it exists for current Pythons, and nothing here calls it.
        (root / "hunspell.py").write_text("Hunspell = None\n", encoding="ascii")
        (root / "complete").touch()
    weights = weights_folder()
    if wheel is files.RESOURCES_WHEEL:
        if weights is None:
            raise PeerUnavailable("vngrs-nlp 0.2.4 needs a local folder of weights (VNLP_COLAB_WEIGHTS)")
        for name, place in _RESOURCES.items():
            (root / "vnlp" / place).mkdir(exist_ok=True)
            shutil.copyfile(weights / name, root / "vnlp" / place / name)
    return root


def _interpreter(newest: tuple[int, int] | None) -> str:
    if newest is None or sys.version_info[:2] <= newest:
        return sys.executable
    for minor in range(newest[1], 8, -1):
        found = shutil.which(f"python{newest[0]}.{minor}")
        if found:
            return found
    raise PeerUnavailable(f"it needs Python {newest[0]}.{newest[1]} or older, and there is none on the PATH")
