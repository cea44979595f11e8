"""Servers on loopback that go wrong on demand: of a folder, or in front of another server."""

from __future__ import annotations

import contextlib
import http.client
import os
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import unquote, urlsplit

CUT, SHORT, FLIP, GROW, STALL, GONE, TRICKLE = "cut", "short", "flip", "grow", "stall", "gone", "trickle"
"""Body ends early; says a smaller length; a bit flipped; bytes added; silent for long; reset in the middle; slow."""


class FaultyServer:
    """Serves a folder, or passes requests on to ``upstream``, with faults.

    Attributes:
        faults: End of a path to what goes wrong, one item a request: a status, or one of the words above.
        requests: ``(method, path, headers)`` of each request.
    """

    def __init__(self, folder: Path | None = None, upstream: str | None = None) -> None:
        self.folder = folder
        self.upstream = upstream
        self.faults: dict[str, list[int | str]] = {}
        self.redirects: dict[str, str] = {}
        self.requests: list[tuple[str, str, dict[str, str]]] = []
        self.lock = threading.Lock()
        self.released = threading.Event()
        handler = type("Handler", (_Handler,), {"server_of": self})
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
        self._server.daemon_threads = True
        self.url = f"http://127.0.0.1:{self._server.server_port}"
        threading.Thread(target=self._server.serve_forever, args=(0.02,), daemon=True).start()

    def close(self) -> None:
        self.released.set()
        self._server.shutdown()
        self._server.server_close()

    def paths(self, method: str = "GET") -> list[str]:
        return [path for used, path, _ in self.requests if used == method]

    def next_fault(self, path: str) -> int | str | None:
        with self.lock:
            for end, faults in self.faults.items():
                if path.endswith(end) and faults:
                    # The last one stays.
                    return faults.pop(0) if len(faults) > 1 else faults[0]
        return None

    def answer(self, method: str, path: str, headers: dict[str, str], body: bytes) -> tuple[int, dict[str, str], bytes]:
        if self.upstream is not None:
            connection = http.client.HTTPConnection(urlsplit(self.upstream).netloc, timeout=20)
            with contextlib.closing(connection):
                connection.request(method, path, body, headers)
                response = connection.getresponse()
                skipped = {"connection", "transfer-encoding", "content-length", "server", "date"}
                kept = {name: value for name, value in response.getheaders() if name.lower() not in skipped}
                return response.status, kept, response.read()
        assert self.folder is not None
        file = self.folder / unquote(urlsplit(path).path).lstrip("/")
        return (200, {}, file.read_bytes()) if file.is_file() else (404, {}, b"no such file")


class _Handler(BaseHTTPRequestHandler):
    server_of: FaultyServer
    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        world = self.server_of
        length = int(self.headers.get("Content-Length", 0))
        body = self.rfile.read(length) if length else b""
        path = urlsplit(self.path).path
        world.requests.append((self.command, path, dict(self.headers)))
        if path in world.redirects:
            self.send_response(302)
            self.send_header("Location", world.redirects[path])
            self.send_header("Content-Length", "0")
            self.end_headers()
            return
        fault = world.next_fault(path)
        if isinstance(fault, int):
            self._send(fault, {}, b"<Error><Code>Injected</Code></Error>")
            return
        if fault == STALL:
            world.released.wait(20)
            self.close_connection = True
            return
        self._send(*world.answer(self.command, self.path, dict(self.headers), body), fault=fault)

    do_PUT = do_HEAD = do_POST = do_DELETE = do_GET

    def _send(self, status: int, headers: dict[str, str], body: bytes, fault: int | str | None = None) -> None:
        body = _altered(body, fault)
        self.send_response(status)
        for name, value in headers.items():
            if name.lower() != "content-length":
                self.send_header(name, value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        if self.command == "HEAD":
            return
        if fault == TRICKLE:
            with contextlib.suppress(OSError):
                for i in range(len(body)):
                    self.wfile.write(body[i : i + 1])
                    self.wfile.flush()
                    time.sleep(0.05)
            return
        if fault in {CUT, GONE}:
            self.wfile.write(body[: len(body) // 2])
            self.wfile.flush()
            self.close_connection = True
            if fault == GONE:
                # Zero seconds of lingering make the system send a reset instead of an orderly end.
                self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")
                os.close(self.connection.detach())
            return
        self.wfile.write(body)

    def log_message(self, *arguments: object) -> None:
        pass


def _altered(body: bytes, fault: int | str | None) -> bytes:
    middle = len(body) // 2
    if fault == FLIP:
        return body[:middle] + bytes([body[middle] ^ 1]) + body[middle + 1 :]
    if fault == GROW:
        return body + b"more"
    return body[:middle] if fault == SHORT else body


@contextlib.contextmanager
def s3_server(log: Path) -> Iterator[str]:
    """Run moto's server in a process of its own, and yield its URL."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    program = "import sys; from moto.server import main; sys.exit(main(sys.argv[1:]))"
    with log.open("wb") as output:
        process = subprocess.Popen(
            [sys.executable, "-c", program, "-H", "127.0.0.1", "-p", str(port)], stdout=output, stderr=output
        )
    try:
        _wait_for(port, process, log)
        yield f"http://127.0.0.1:{port}"
    finally:
        process.terminate()
        process.wait(60)


def _wait_for(port: int, process: subprocess.Popen[bytes], log: Path) -> None:
    until = time.monotonic() + 120
    while time.monotonic() < until:
        if process.poll() is not None:
            break
        with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), 0.2):
            return
        time.sleep(0.05)
    raise RuntimeError(f"the S3 server did not start: {log.read_text()}")
