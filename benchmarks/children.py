"""The parent's end of a measurement: children that are asked, one at a time or several at once."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import threading
from collections.abc import Mapping, Sequence
from pathlib import Path
from types import TracebackType
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
PACKAGES = (str(ROOT), str(ROOT / "src"))
"""Where children find their packages: what is measured is the code beside this program, whatever is installed."""
_LOG_LINES = 15
_END_SECONDS = 20.0


class ChildError(RuntimeError):
    """A child answered with an error, or ended."""


class Child:
    """A process that measures. Use it as a context manager.

    Args:
        module: The runner, e.g. ``"benchmarks.runners.ours"``.
        python: The interpreter; this one if not given.
        env: Variables to set besides this process's own.
    """

    def __init__(
        self,
        module: str,
        python: str | None = None,
        env: Mapping[str, str] | None = None,
    ) -> None:
        self._name = module.rsplit(".", 1)[-1]
        # Kept open as long as the child lives; deleted with the object.
        self._log = tempfile.TemporaryFile("w+", encoding="utf-8", errors="replace")  # noqa: SIM115
        self._process = subprocess.Popen(
            [python or sys.executable, "-m", module],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=self._log,
            text=True,
            encoding="utf-8",
            env={**os.environ, "PYTHONPATH": os.pathsep.join(PACKAGES), **(env or {})},
        )

    def __enter__(self) -> Child:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def ask(self, op: str, timeout: float | None = None, **arguments: Any) -> Any:
        """Send a request and wait for its answer.

        Raises:
            ChildError: The child could not do it, took longer than ``timeout`` seconds, or has ended.
        """
        self.send(op, **arguments)
        return self.receive(timeout)

    def send(self, op: str, **arguments: Any) -> None:
        """Send a request without waiting."""
        assert self._process.stdin is not None
        try:
            self._process.stdin.write(json.dumps({"op": op, **arguments}) + "\n")
            self._process.stdin.flush()
        except BrokenPipeError as error:
            raise ChildError(self._ended()) from error

    def receive(self, timeout: float | None = None) -> Any:
        """Wait for the answer to the last request."""
        assert self._process.stdout is not None
        timer = threading.Timer(timeout, self._process.kill) if timeout is not None else None
        if timer is not None:
            timer.start()
        try:
            line = self._process.stdout.readline()
        finally:
            if timer is not None:
                timer.cancel()
        if not line:
            raise ChildError(self._ended())
        answer = json.loads(line)
        if "error" in answer:
            raise ChildError(f"{self._name}: {answer['error']}\n{self._tail()}")
        return answer["value"]

    def close(self) -> None:
        """End the child."""
        if self._process.stdin is not None:
            self._process.stdin.close()
        try:
            self._process.wait(_END_SECONDS)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        if self._process.stdout is not None:
            self._process.stdout.close()
        self._log.close()

    def _ended(self) -> str:
        return f"{self._name} ended with {self._process.wait()}\n{self._tail()}"

    def _tail(self) -> str:
        self._log.flush()
        self._log.seek(0)
        return "".join(self._log.readlines()[-_LOG_LINES:])


def together(children: Sequence[Child], requests: Sequence[Mapping[str, Any]]) -> list[Any]:
    """Let children work at the same moment: one request each, all sent before the first answer is read."""
    for child, request in zip(children, requests, strict=True):
        child.send(**request)
    return [child.receive() for child in children]
