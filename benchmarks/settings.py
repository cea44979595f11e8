"""What a run of the benchmarks was asked to do."""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from benchmarks.children import ROOT, Child
from benchmarks.corpus import Corpus, corpora, mixed, shared_root
from benchmarks.stand_ins import at_hand
from vnlp_colab.store import paths

OURS = "benchmarks.runners.ours"


@dataclass(frozen=True)
class Settings:
    """Sizes, places and switches.

    Attributes:
        suite: Name of the suite.
        quick: Tiny sizes, to see that everything runs; the figures mean nothing.
        rounds: Paired runs of each measurement.
        sentences: The most sentences of a test set that are measured on; spread evenly over it.
        rows: The most rows of the growth measurement, instead of what the suite's table says.
        device: Where the models run.
        output: Folder of the results, and of the page that shows them.
        peers: Whether to measure peers at all.
        peer_python: Interpreters to be used for peers instead of environments made here.
        only: Subjects to be measured; all if empty.
        against: Peers to be measured; all if empty.
        data: What is measured on first, then the test sets that it is taken from; the sample is the last.
        notes: What a reader should know of the data.
    """

    suite: str
    quick: bool
    rounds: int
    sentences: int
    rows: int | None
    device: str
    output: Path
    peers: bool
    peer_python: Mapping[str, str]
    only: tuple[str, ...] = ()
    against: tuple[str, ...] = ()
    data: list[Corpus] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)

    @property
    def main(self) -> Corpus:
        """The test set that most measurements use."""
        return self.data[0]

    @property
    def asked(self) -> dict[str, Any]:
        """What decides over the results; as it is kept with them."""
        return {
            "quick": self.quick,
            "rounds": self.rounds,
            "sentences": self.sentences,
            "rows": self.rows,
            "device": self.device,
            "peers": self.peers,
            "only": list(self.only),
            "against": list(self.against),
        }

    @property
    def min_seconds(self) -> float:
        """How long a measurement lasts at least."""
        return 0.05 if self.quick else 0.4

    @property
    def pass_seconds(self) -> float:
        """How long one pass over the texts should take, where there is a choice."""
        return 0.6

    @property
    def few_rounds(self) -> int:
        """Runs of what needs a fresh process each time, or shows a course and no single figure."""
        return min(self.rounds, 3)

    def wanted(self, name: str) -> bool:
        """Whether a subject is to be measured."""
        return not self.only or name in self.only

    def ours(self) -> Child:
        """A child that runs this project's models."""
        return Child(OURS, env=environment())

    def say(self, text: str) -> None:
        """Tell on stderr how far the run is."""
        print(f"[{time.strftime('%H:%M:%S')}] {self.suite}: {text}", file=sys.stderr, flush=True)


def read_data(suite: str, quick: bool) -> tuple[list[Corpus], list[str]]:
    """The test sets and what is to be noted about them and about the suite's weights."""
    data, notes = corpora()
    if len(data) > 2:
        data = [mixed(data[:-1]), *data]
    if quick:
        data = [corpus.some(24, 40) for corpus in data]
        notes.append("A quick run over 24 sentences: it shows that the programs work, and no more.")
    if suite == "spu" and stand_ins():
        notes.append("SPUContext models run on stand-in weights of the right shapes; labels mean nothing, speed does.")
    return data, notes


def weights_folder() -> Path | None:
    """A local folder of the SPUContext weights: the configured one, else stand-ins, shared ones before our own.

    Nothing where the configured place is no folder: the models fetch from it by themselves.
    """
    configured = os.environ.get(paths.WEIGHTS_VARIABLE, "").strip()
    if configured:
        return Path(configured) if Path(configured).is_dir() else None
    root = shared_root()
    folder = root / "golden" / "spucontext" / "weights" if root is not None else None
    return folder if folder is not None and folder.is_dir() else at_hand()


def stand_ins() -> bool:
    """Whether the SPUContext weights are stand-ins."""
    return not os.environ.get(paths.WEIGHTS_VARIABLE, "").strip()


def environment() -> dict[str, str]:
    """Variables for children: where the weights are, and a fixed order of sets."""
    folder = weights_folder()
    return {
        "PYTHONHASHSEED": "0",
        **({paths.WEIGHTS_VARIABLE: str(folder)} if folder is not None else {}),
    }


def default_output(partial: bool) -> Path:
    """Where results go: into the documentation, but those of a quick or partial run beside the build outputs."""
    return ROOT / "out" / "benchmarks" if partial else ROOT / "docs"
