"""Actors that note what they do in a folder, and some that die of it. Importable in Ray's workers."""

import os
import signal
from pathlib import Path

from vnlp_colab.ray.actor import Annotator


class Noting(Annotator):
    """Notes that it loaded the models, and the ids of the rows of each batch that it annotated."""

    def __init__(self, recipe, threads):
        super().__init__(recipe, threads)
        self.note = Path(os.environ["VNLP_TEST_ACTORS"], f"loaded-{os.getpid()}")
        self.write(f"{self._pipeline._runner.annotator._threads} {os.environ.get('OMP_NUM_THREADS')}")

    def write(self, line):
        with self.note.open("a") as stream:
            stream.write(f"{line}\n")

    def __call__(self, batch):
        found = super().__call__(batch)
        self.write(" ".join(map(str, batch["id"].to_pylist())))
        return found


class Mortal(Noting):
    """Is killed with the results of row 100 in its hands, the first time."""

    def __call__(self, batch):
        found = super().__call__(batch)
        flag = self.note.with_name("killed")
        if 100 in batch["id"].to_pylist() and not flag.exists():
            flag.touch()
            os.kill(os.getpid(), signal.SIGKILL)
        return found


class Doomed(Noting):
    """Is killed over row 100 every time."""

    def __call__(self, batch):
        if 100 in batch["id"].to_pylist():
            os.kill(os.getpid(), signal.SIGKILL)
        return super().__call__(batch)
