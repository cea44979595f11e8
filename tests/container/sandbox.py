"""Folders that stand for the root of a container: Linux namespaces without an engine, and without being root.

What the base image would bring (a system and its Python in ``/usr/local``) are this machine's, mounted read-only.
"""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import time
from dataclasses import dataclass, field
from pathlib import Path

INIT = Path(__file__).with_name("sandbox_init.py")
PATH = "/usr/local/bin:/usr/local/sbin:/usr/bin:/usr/sbin:/bin:/sbin"
_NAMESPACES = ("--user", "--mount", "--pid", "--fork", "--kill-child", "--keep-caps")


def missing() -> str | None:
    """Why there can be no namespaces here; ``None`` where there can."""
    if not sys.platform.startswith("linux") or shutil.which("unshare") is None:
        return "needs Linux and util-linux"
    done = subprocess.run(
        ["unshare", *_NAMESPACES, "--net", "--map-user=1", "--map-group=1", "mount", "-t", "tmpfs", "none", "/tmp"],
        capture_output=True,
        text=True,
    )
    return f"namespaces are not permitted here: {done.stderr.strip()}" if done.returncode else None


@dataclass
class Root:
    """A folder that is ``/`` for what runs in it."""

    folder: Path
    environment: dict[str, str] = field(default_factory=lambda: {"PATH": PATH, "HOME": "/root"})
    directory: str = "/"
    user: str = "0:0"

    def __post_init__(self) -> None:
        for name in ("tmp", "root", "proc", "dev", "usr/local/bin"):
            (self.folder / name).mkdir(parents=True)

    def inside(self, path: str) -> Path:
        """Where a path of the container lies."""
        return self.folder / os.path.join(self.directory, path).lstrip("/")

    def run(self, command: list[str], **variables: str) -> subprocess.CompletedProcess[str]:
        """Run a command, with this machine's network, and wait for it."""
        started = self._start(command, variables, {}, (), stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
        output, _ = started.communicate()
        return subprocess.CompletedProcess(command, started.returncode, output)

    def start(self, command: list[str], log: Path, **variables: str) -> Container:
        """Start a command as process 1, without any network, nothing writable but an empty /tmp of its own."""
        with log.open("wb") as stream:
            options = {"read_only": True, "loopback": True}
            process = self._start(command, variables, options, ("--net",), stderr=stream, stdout=stream)
        return Container(self, process, log)

    def _start(self, command, variables, options, namespaces, **streams):  # type: ignore[no-untyped-def]
        user, group = self.user.split(":")
        asked = {"root": str(self.folder), "directory": self.directory, "prefix": sys.base_prefix, **options}
        inner = [sys.executable, "-I", str(INIT), json.dumps(asked), *command]
        return subprocess.Popen(
            ["unshare", *_NAMESPACES, *namespaces, f"--map-user={user}", f"--map-group={group}", *inner],
            env={**self.environment, **variables},
            text=True,
            **streams,
        )


class Container:
    """What was started in a root; made when its command runs.

    Attributes:
        first: Process 1 of the container, as it is numbered outside.
    """

    def __init__(self, root: Root, process: subprocess.Popen[str], log: Path) -> None:
        self.root, self.process, self.log = root, process, log
        children = Path(f"/proc/{process.pid}/task/{process.pid}/children")
        while process.poll() is None:
            self.first = int(children.read_text().strip() or 0)
            if self.first and INIT.name.encode() not in Path(f"/proc/{self.first}/cmdline").read_bytes():
                return
            time.sleep(0.01)
        raise RuntimeError(f"the container ended at once:\n{log.read_text()}")

    def execute(self, command: list[str]) -> subprocess.CompletedProcess[str]:
        """Run a command beside it, as ``docker exec`` does."""
        joined = ["--user", "--mount", "--net", "--pid", "--root", "--wd", "--preserve-credentials"]
        return subprocess.run(
            ["nsenter", f"--target={self.first}", *joined, "--", *command],
            env=self.root.environment,
            capture_output=True,
            text=True,
        )

    def stop(self) -> int:
        """Send SIGTERM to process 1, as ``docker stop`` does, and return the exit code."""
        os.kill(self.first, signal.SIGTERM)
        return self.process.wait(60)

    def kill(self) -> None:
        """End it, whatever it does; its first process takes all others with it."""
        self.process.kill()
        self.process.wait()
