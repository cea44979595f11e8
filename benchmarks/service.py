"""Load on the HTTP service: requests a second and how long they take, by connections, with batching and without.

    python -m benchmarks.service [--seconds 15] [--output docs] [--port 8765]

Needs the extra ``serve`` and wrk (on Debian and Ubuntu: apt install wrk). Starts ``vnlp-colab serve`` on this machine
for each row of the table, sends one sentence a request with wrk, then sends 2,000 sentences once over many connections
and compares each answer with the library's. Load generator and server share the processors.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx2

from benchmarks import corpus, machine
from benchmarks.render import page, text
from vnlp_colab import VNLPipeline

CONNECTIONS = (1, 8, 64, 256)
# What each server is started with.
SERVERS = {
    "batching": (),
    "no batching": ("--batch-size", "1"),
    "batching, 2 processes": ("--workers", "2", "--threads", "1"),
    "no batching, 2 processes": ("--batch-size", "1", "--workers", "2", "--threads", "1"),
}
# And each of them: 256 connections must fill neither.
_ROOM = ("--queue", "4096", "--connections", "2000")
_WARM_UP_SECONDS = 2
_READY_SECONDS = 120.0
_COMPARED = 2000

# Sends the bodies in turn, and prints what wrk measured as JSON.
_SCRIPT = """
local bodies, turn = {}, 0
wrk.method = "POST"
wrk.headers["Content-Type"] = "application/json"
function init(args)
  for line in io.lines(args[1]) do bodies[#bodies + 1] = line end
end
function request()
  turn = turn % #bodies + 1
  return wrk.format(nil, "/v1/annotate", nil, bodies[turn])
end
function done(summary, latency, requests)
  local e = summary.errors
  io.write(string.format('\\nFOUND {"requests": %d, "seconds": %f, "p50_ms": %f, "p99_ms": %f, "failed": %d}\\n',
    summary.requests, summary.duration / 1e6, latency:percentile(50) / 1e3, latency:percentile(99) / 1e3,
    e.connect + e.read + e.write + e.status + e.timeout))
end
"""


@contextmanager
def server(port: int, options: Sequence[str]) -> Iterator[str]:
    """The address of a server with these options, models loaded."""
    command = [sys.executable, "-c", "from vnlp_colab.cli import main; main()", "serve", "--port", str(port)]
    command += [*_ROOM, *options]
    process = subprocess.Popen(command, stderr=subprocess.DEVNULL, env={**os.environ, "VNLP_COLAB_OFFLINE": "1"})
    address = f"http://127.0.0.1:{port}"
    try:
        _wait_until_ready(address, process)
        yield address
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(60)


def _wait_until_ready(address: str, process: subprocess.Popen[bytes]) -> None:
    begin = time.monotonic()
    while time.monotonic() - begin < _READY_SECONDS:
        if process.poll() is not None:
            raise SystemExit(f"the server ended with {process.returncode}; try: vnlp-colab serve")
        try:
            if httpx2.get(f"{address}/readyz").status_code == httpx2.codes.OK:
                return
        except httpx2.TransportError:
            pass
        time.sleep(0.1)
    raise SystemExit("the server did not become ready")


def load(address: str, connections: int, seconds: int, script: Path, bodies: Path) -> dict[str, Any]:
    """Put load on a server, and return what wrk measured."""
    for duration in (_WARM_UP_SECONDS, seconds):
        command = ["wrk", "-t1", f"-c{connections}", f"-d{duration}s", "--timeout", "60s", "-s", str(script)]
        done = subprocess.run([*command, address, "--", str(bodies)], capture_output=True, text=True, check=True)
    found = next(line for line in done.stdout.splitlines() if line.startswith("FOUND "))
    return dict(json.loads(found.removeprefix("FOUND ")))


def annotations(texts: Sequence[str]) -> list[Any]:
    """What the library gives, as JSON has it."""
    return [json.loads(json.dumps(one.to_dict())) for one in VNLPipeline("context", progress=False).annotate(texts)]


async def compared(address: str, texts: Sequence[str], wanted: Sequence[Any], connections: int) -> dict[str, int]:
    """Send every text once, over many connections, and compare the answers with the library's."""
    room = asyncio.Semaphore(connections)
    limits = httpx2.Limits(max_connections=connections)
    async with httpx2.AsyncClient(base_url=address, timeout=120, limits=limits) as client:

        async def ask(sent: str) -> Any:
            async with room:
                answer = await client.post("/v1/annotate", json={"text": sent})
            return answer.json()["sentences"][0] if answer.is_success else None

        found = await asyncio.gather(*map(ask, texts))
    lost = sum(answer is None for answer in found)
    same = sum(answer == want for answer, want in zip(found, wanted, strict=True))
    return {"requests": len(texts), "connections": connections, "lost": lost, "other": len(texts) - lost - same}


def measure(seconds: int, port: int) -> dict[str, Any]:
    """Measure everything."""
    texts = [sentence for sentence in corpus.sample().texts if sentence]
    found: dict[str, Any] = {**machine.describe(), "seconds": seconds, "sentences": len(texts)}
    found |= {"rows": [], "compared": {}}
    many = [f"{one} ({turn})" for turn in range(-(-_COMPARED // len(texts))) for one in texts][:_COMPARED]
    wanted = annotations(many)
    with tempfile.TemporaryDirectory() as folder:
        script, bodies = Path(folder) / "load.lua", Path(folder) / "bodies"
        script.write_text(_SCRIPT, encoding="utf-8")
        bodies.write_text("".join(json.dumps({"text": one}) + "\n" for one in texts), encoding="utf-8")
        for name, options in SERVERS.items():
            with server(port, options) as address:
                for connections in CONNECTIONS:
                    row = load(address, connections, seconds, script, bodies)
                    found["rows"].append({"server": name, "connections": connections, **row})
                    print(found["rows"][-1], file=sys.stderr)
                same = asyncio.run(compared(address, many, wanted, CONNECTIONS[-1]))
                found["compared"][name] = same
                print(same, file=sys.stderr)
    return found


def _code(options: Sequence[str]) -> str:
    return f"`{' '.join(options)}`"


def block(found: dict[str, Any]) -> str:
    """The figures as Markdown."""
    where = found["machine"]
    same = [
        [name, f"{one['requests']:,}", str(one["connections"]), str(one["lost"]), str(one["other"])]
        for name, one in found["compared"].items()
    ]
    options = "; ".join(f"{name}: {_code(own) if own else 'none'}" for name, own in SERVERS.items())
    rows = [
        [
            row["server"],
            str(row["connections"]),
            f"{row['requests'] / row['seconds']:,.0f}",
            f"{row['p50_ms']:,.1f}",
            f"{row['p99_ms']:,.1f}",
            str(row["failed"]),
        ]
        for row in found["rows"]
    ]
    return "\n\n".join([
        f"{found['date'][:10]}, commit {found['commit']}; {where['cpu']}, {where['cores']} cores, which wrk "
        f"shares with the server; load {where['load_before'][0]} before. One sentence a request, of the "
        f"{found['sentences']} of `examples/sample.tsv` in turn, the five bundled models; {found['seconds']} s a row, "
        f"after {_WARM_UP_SECONDS} s that do not count. Options of all servers: {_code(_ROOM)}, so that nothing is "
        f"refused; further ones of {options}.",
        text.table(["Server", "Connections", "Requests/s", "p50, ms", "p99, ms", "Failed"], rows),
        "Different sentences over many connections, each answer compared with the library's:",
        text.table(["Server", "Requests", "Connections", "Lost", "Other than the library's"], same),
    ])  # fmt: skip


def main() -> None:
    """Run the program."""
    parser = argparse.ArgumentParser(description="Put load on the HTTP service.")
    parser.add_argument("--seconds", type=int, default=15, help="how long each row is measured")
    parser.add_argument("--port", type=int, default=8765)
    parser.add_argument("--output", type=Path, default=Path("docs"), help="folder of service.md")
    asked = parser.parse_args()
    if shutil.which("wrk") is None:
        raise SystemExit("the load generator wrk is not installed; on Debian and Ubuntu: apt install wrk")
    found = measure(asked.seconds, asked.port)
    results = asked.output / "performance" / "service.json"
    results.parent.mkdir(parents=True, exist_ok=True)
    results.write_text(json.dumps(found, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
    page.write(asked.output / "service.md", {"service": block(found)})


if __name__ == "__main__":
    main()
