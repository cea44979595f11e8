"""What outlasts its time: work that goes on while the service ends, and what a leaving client leaves in the log."""

import asyncio
import json
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from contextlib import contextmanager

import httpx2
import pytest
from service_fakes import Fake, until

from vnlp_colab.service.core import Service
from vnlp_colab.service.metrics import Metrics
from vnlp_colab.service.models import Models
from vnlp_colab.service.problems import Problem
from vnlp_colab.service.settings import Settings

# A server whose models take as long as a text says.
PROGRAM = """
import sys, time
from vnlp_colab.service.models import Models
annotate = Models.annotate
def slow(self, choice, texts):
    for text in texts:
        if text.startswith("sleep "):
            time.sleep(float(text.split()[1]))
    return annotate(self, choice, texts)
Models.annotate = slow
from vnlp_colab.cli import main
main()
"""


@contextmanager
def served(tmp_path, *options, program=PROGRAM):
    """The address of a server of the program, its process, and its log."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    command = [sys.executable, "-c", program, "serve", "--port", str(port), "--threads", "1", *options]
    log = tmp_path / "log"
    with log.open("wb") as stream:
        process = subprocess.Popen(command, stderr=stream, env={**os.environ, "VNLP_COLAB_OFFLINE": "1"})

    def is_ready():
        try:
            return httpx2.get(f"http://127.0.0.1:{port}/readyz", timeout=5).status_code == 200
        except httpx2.TransportError:
            return False

    try:
        until(lambda: is_ready() or process.poll() is not None, 120)
        assert process.poll() is None, log.read_text()
        yield f"http://127.0.0.1:{port}", process, log
    finally:
        process.kill()
        process.wait()


def send(address, body):
    """A connection on which a request was sent, and whose answer nobody reads."""
    link = socket.create_connection(("127.0.0.1", int(address.rpartition(":")[2])))
    data = json.dumps(body).encode()
    head = ["POST /v1/annotate HTTP/1.1", "Host: a", "Content-Type: application/json", f"Content-Length: {len(data)}"]
    link.sendall("\r\n".join([*head, "", ""]).encode() + data)
    return link


def in_flight(address):
    with urllib.request.urlopen(f"{address}/metrics", timeout=60) as answer:
        told = answer.read().decode()
    return next(float(line.split()[1]) for line in told.splitlines() if line.startswith("vnlp_requests_in_flight "))


def test_who_waits_when_the_service_stops_is_told_so():
    fake = Fake()
    settings = Settings(models=("pos:ContextPoS",), load_first=True)

    async def never():
        await asyncio.Event().wait()

    async def main():
        service = Service(settings, Models(settings, fake), Metrics())
        await service.start()
        fake.open.clear()
        choice = service.choose(None)
        waiting = [
            asyncio.create_task(service.annotate(choice, texts, [1] * len(texts), never))
            for texts in (["wait"], ["a", "b"])
        ]
        until_batch = asyncio.get_running_loop().time() + 20
        while len(fake.batches) < 3 and asyncio.get_running_loop().time() < until_batch:
            await asyncio.sleep(0.01)
        await service.stop()
        return await asyncio.gather(*waiting, return_exceptions=True)

    try:
        problems = asyncio.run(main())
    finally:
        fake.open.set()
    assert all(isinstance(problem, Problem) for problem in problems)
    assert [(problem.status_code, "stopping" in problem.detail) for problem in problems] == [(503, True)] * 2


@pytest.mark.slow
def test_sigterm_ends_it_in_time_whatever_runs(tmp_path):
    with served(tmp_path, "--models", "pos:ContextPoS", "--grace", "2") as (address, process, log):
        link = send(address, {"text": "sleep 120"})
        until(lambda: in_flight(address) == 2)
        begin = time.monotonic()
        process.send_signal(signal.SIGTERM)
        assert process.wait(60) == 0
        assert time.monotonic() - begin < 25  # 2 of grace, 3 for the rest, and a busy machine
        link.close()
        assert "it is given up" in log.read_text()


@pytest.mark.slow
def test_the_worst_request_keeps_nobody_waiting_and_ends_with_the_service(tmp_path):
    with served(tmp_path, "--grace", "2") as (address, process, _):
        links = [send(address, {"text": ["a " * 2500] * 256})]
        until(lambda: in_flight(address) == 2)
        for _ in range(3):
            begin = time.monotonic()
            found = httpx2.post(f"{address}/v1/annotate", json={"text": "Ali geldi."}, timeout=60)
            assert found.status_code == 200
            assert time.monotonic() - begin < 25
        begin = time.monotonic()
        process.send_signal(signal.SIGTERM)
        assert process.wait(60) == 0
        assert time.monotonic() - begin < 25
        for link in links:
            link.close()


@pytest.mark.slow
def test_clients_that_leave_leave_json_in_the_log(tmp_path):
    with served(tmp_path, "--models", "pos:ContextPoS") as (address, process, log):
        for _ in range(3):
            link = send(address, {"text": ["Ali geldi.", "sleep 0.5"] * 50})
            until(lambda: in_flight(address) == 2)
            link.close()
            until(lambda: in_flight(address) == 1)
        time.sleep(1)
        assert httpx2.post(f"{address}/v1/annotate", json={"text": "Ali"}, timeout=60).status_code == 200
        process.send_signal(signal.SIGTERM)
        assert process.wait(60) == 0
        lines = [json.loads(line) for line in log.read_text("utf-8").splitlines()]
    assert [line["status"] for line in lines if line.get("texts") == 100] == [499] * 3
    assert "asyncio" not in {line["logger"] for line in lines}
