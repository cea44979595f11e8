"""Faults that can be repeated: power cuts, and models that fail at a given call."""

from __future__ import annotations

import itertools
import os
from pathlib import Path


def content(folder):
    """What is in a folder, without the lock."""
    return {path.name: path.read_bytes() for path in sorted(Path(folder).iterdir()) if path.name != ".lock"}


class Seen(list):
    """A log of calls that fails, or calls something, at one of them."""

    def __init__(self, calls, fault):
        super().__init__()
        self.left = calls
        self.fault = fault

    def append(self, item):
        self.left -= 1
        if self.left == 0 or (self.left < 0 and isinstance(self.fault, type)):
            if isinstance(self.fault, type):
                raise self.fault
            self.fault()


class PowerCut(BaseException):
    """The machine is off: no handler of errors gets to do anything about it."""


class _Cut:
    """Watches what is synced below a folder, and cuts the power at the ``moment``-th sync or rename.

    What counts as on the disk: a file's content at its last sync, under the names that its folder had at the
    folder's last sync, in folders that were there at the last sync of theirs. With ``keeps_names`` names are on the
    disk at once, as some file systems have it, and contents still only when they are synced.
    """

    def __init__(self, moment, keeps_names):
        self.left = moment
        self.keeps_names = keeps_names
        self.survived = True
        self._synced = {}
        self._names = {}
        self._folders = set()
        self._fsync, self._replace = os.fsync, os.replace

    def fsync(self, descriptor):
        self._step()
        self._fsync(descriptor)
        status = os.fstat(descriptor)
        path = Path(os.readlink(f"/proc/self/fd/{descriptor}"))
        if path.is_dir():
            self._names[path] = {child.name: child.stat().st_ino for child in path.iterdir() if child.is_file()}
            self._folders.update(child for child in path.iterdir() if child.is_dir())
        else:
            self._synced[status.st_ino] = path.read_bytes()

    def replace(self, source, target):
        self._step()
        self._replace(source, target)

    def _step(self):
        if not self.survived:
            raise PowerCut  # nothing happens any more
        self.left -= 1
        if self.left < 0:
            self.survived = False
            raise PowerCut

    def happen(self, folder):
        """Leave in a folder what is on the disk."""
        os.fsync, os.replace = self._fsync, self._replace
        if self.survived or not folder.exists():
            return
        now = {path.name: path.stat().st_ino for path in folder.iterdir() if path.is_file()}
        names = now if self.keeps_names else self._names.get(folder, {})
        for path in list(folder.iterdir()):
            path.unlink()
        if not self.keeps_names and folder not in self._folders:
            folder.rmdir()
            return
        for name, inode in names.items():
            (folder / name).write_bytes(self._synced.get(inode, b""))


def power_cuts(root, monkeypatch, keeps_names):
    """Yield a folder and a power cut for each moment of a run; the caller stops when one did not happen."""
    for moment in itertools.count():
        cut = _Cut(moment, keeps_names)
        monkeypatch.setattr(os, "fsync", cut.fsync)
        monkeypatch.setattr(os, "replace", cut.replace)
        yield root / str(moment), cut
        monkeypatch.undo()
