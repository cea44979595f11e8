"""Runs a page's blocks as its reader would: in their order, in one folder, in one Python.

``python page_reader.py PAGE`` runs all that the page does not skip, in the current folder; it exits with 77 where
something is missing that the page needs, and says what.
"""

from __future__ import annotations

import contextlib
import doctest
import io
import json
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import time
import tomllib
import urllib.error
import urllib.request
from pathlib import Path
from typing import Any

import pytest
import yaml
from page_blocks import DATA, REPOSITORY, SHELL, TEXTS, Block, differing, read

PORT = "8000"
MISSING = 77
_SECONDS = 240.0


class Reader:
    """Somebody who follows a page.

    Args:
        folder: Where; it gets the repository's ``examples``.
        monkeypatch: Changes this process's folder and environment, and undoes it.
    """

    def __init__(self, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        (folder / "examples").symlink_to(REPOSITORY / "examples")
        (folder / ".curlrc").write_text("fail-with-body\n")  # an answer of 400 and above is an error
        self._folder = folder
        self._monkeypatch = monkeypatch
        self._names: dict[str, Any] = {"__name__": "__main__"}
        self._output = ""
        self._port = PORT
        self._server: subprocess.Popen[bytes] | None = None
        monkeypatch.chdir(folder)

    def read(self, block: Block) -> None:
        """Do what a block says; an assertion or an error tells what went wrong."""
        for name in block.after("needs"):
            if shutil.which(name) is None:
                pytest.importorskip(name, reason=f"{block.where} needs {name}, which is not installed")
        if "fetches" in block.words:
            self._monkeypatch.delenv("VNLP_COLAB_OFFLINE", raising=False)
        else:
            self._monkeypatch.setenv("VNLP_COLAB_OFFLINE", "1")
        if "output" in block.words:
            line = differing(block.text, self._output)
            assert line is None, f"{block.where}: {line!r} of the page is not in its place in:\n{self._output}"
            return
        for name in block.after("file"):
            Path(name).write_text(block.text, encoding="utf-8")
        self._do(block)

    def _do(self, block: Block) -> None:
        if block.kind == "python":
            self._output = self._execute(block)
        elif block.kind == "pycon":
            self._examine(block)
        elif block.kind in DATA:
            parse(block)
        elif "server" in block.words:
            self._start(block)
        elif block.kind in {*SHELL, "setup"}:
            self._output = self._shell(block)
        else:
            assert block.after("file"), f"{block.where}: nothing is known of {block.kind!r}"

    def _execute(self, block: Block) -> str:
        with contextlib.redirect_stdout(io.StringIO()) as printed:
            exec(compile(block.text.replace(PORT, self._port), block.where, "exec"), self._names)
        return printed.getvalue()

    def _examine(self, block: Block) -> None:
        examples = doctest.DocTestParser().get_doctest(block.text, {}, block.where, block.page, block.line)
        examples.globs = self._names
        report = io.StringIO()
        failed = doctest.DocTestRunner(verbose=False).run(examples, out=report.write, clear_globs=False).failed
        assert failed == 0, report.getvalue()

    def _shell(self, block: Block) -> str:
        done = subprocess.run(
            ["bash", "-e", "-c", block.text.replace(PORT, self._port)],
            env=environment(self._folder),
            stdin=subprocess.DEVNULL,
            capture_output=True,
            timeout=_SECONDS,
            encoding="utf-8",
        )
        assert done.returncode == 0, f"{block.where} exits with {done.returncode}:\n{done.stdout}{done.stderr}"
        return done.stdout

    def _start(self, block: Block) -> None:
        self.stop()
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self._port = str(probe.getsockname()[1])
        *before, command = re.sub(r"\\\n", "", block.text).strip().splitlines()
        lines = [*before, f"exec {command.partition(' #')[0]} --port {self._port}"]
        with open("server.log", "wb") as log:
            self._server = subprocess.Popen(
                ["bash", "-e", "-c", "\n".join(lines)],
                env=environment(self._folder),
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )
        begin = time.monotonic()
        while not self._answers():
            running = self._server.poll() is None and time.monotonic() - begin < _SECONDS
            assert running, f"{block.where} does not serve:\n{Path('server.log').read_text()}"
            time.sleep(0.2)

    def _answers(self) -> bool:
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{self._port}/readyz", timeout=5) as answer:
                return bool(answer.status == 200)
        except (urllib.error.URLError, OSError):
            return False

    def stop(self) -> None:
        """End the server, if one runs."""
        if self._server is not None:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(self._server.pid, signal.SIGTERM)
            self._server.wait(timeout=60)
            self._server = None


def environment(folder: Path) -> dict[str, str]:
    """A shell's environment, in which this Python's commands come first."""
    path = os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]])
    own = {"PATH": path, "LC_ALL": "C.UTF-8", "COLUMNS": "100", "NO_PROXY": "*", "CURL_HOME": str(folder)}
    own |= {"RAY_USAGE_STATS_ENABLED": "0", "RAY_raylet_start_wait_time_s": "200"}  # a busy machine takes its time
    return {**os.environ, **own}


def parse(block: Block) -> None:
    """Read a block of data; an error if it is not what it is called."""
    if block.kind == "json":
        json.loads(block.text)
    elif block.kind == "jsonl":
        for line in block.text.splitlines():
            json.loads(line)
    elif block.kind == "toml":
        tomllib.loads(block.text)
    else:
        list(yaml.safe_load_all(block.text))


def main(page: str) -> int:
    """Run a page in the current folder, and return the exit status."""
    with pytest.MonkeyPatch.context() as monkeypatch:
        reader = Reader(Path.cwd(), monkeypatch)
        try:
            for block in read(page, TEXTS[page])[1]:
                if not block.skipped:
                    reader.read(block)
        except pytest.skip.Exception as missing:
            print(missing.msg)
            return MISSING
        finally:
            reader.stop()
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
