"""Models that need no weights: a token is a word, and its tag the word in capitals."""

import threading
from contextlib import contextmanager

import httpx2
import uvicorn
from fastapi.testclient import TestClient

from vnlp_colab.errors import InputError
from vnlp_colab.results import Sentence
from vnlp_colab.service import connection
from vnlp_colab.service.app import create_app
from vnlp_colab.service.models import Models
from vnlp_colab.service.settings import Settings


class Fake:
    """What makes pipelines, and remembers what they were given.

    Attributes:
        batches: The texts of each batch.
        open: While it is cleared, batches that hold the text "wait" do not end.
    """

    def __init__(self):
        self.batches = []
        self.open = threading.Event()
        self.open.set()

    def __call__(self, choice):
        return Pipe(self, choice)


class Pipe:
    def __init__(self, fake, choice):
        self._fake = fake
        self._choice = choice

    def annotate(self, texts, batch_size):
        self._fake.batches.append((self._choice, list(texts)))
        if "wait" in texts:
            assert self._fake.open.wait(20)
        if "bug" in texts:
            raise RuntimeError("a secret: bug")
        if "refuse" in texts:
            raise InputError("too strange")
        for text in texts:
            tokens = tuple(text.split())
            pos = tuple(token.upper() for token in tokens) if any("pos" in name for name in self._choice) else None
            ner = ("O",) * len(tokens) if any("ner" in name for name in self._choice) else None
            yield Sentence(text, tokens, pos=pos, ner=ner)


@contextmanager
def running(fake=None, **limits):
    """A client of a service that runs, and is ready."""
    fake = fake or Fake()
    settings = Settings(**{"models": ("pos:ContextPoS", "pos:TreeStackPoS", "ner:ContextNER"), **limits})
    with TestClient(create_app(settings, Models(settings, fake)), raise_server_exceptions=False) as client:
        until(lambda: client.get("/readyz").status_code == 200)
        fake.batches.clear()
        yield client


@contextmanager
def listening(fake=None, **limits):
    """The port of a server in a thread, whose models are ready."""
    fake = fake or Fake()
    settings = Settings(**{"models": ("pos:ContextPoS",), **limits})
    config = uvicorn.Config(
        create_app(settings, Models(settings, fake)),
        port=0,
        http=connection.Connection,
        log_config=None,
        access_log=False,
        timeout_graceful_shutdown=1,
    )
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    until(lambda: server.started)
    port = server.servers[0].sockets[0].getsockname()[1]
    until(lambda: httpx2.get(f"http://127.0.0.1:{port}/readyz", timeout=60).status_code == 200)
    fake.batches.clear()
    try:
        yield port
    finally:
        fake.open.set()
        server.should_exit = True
        thread.join(20)


def until(condition, seconds=20.0):
    """Wait until something is so."""
    ends = threading.Event()
    for _ in range(int(seconds / 0.01)):
        if condition():
            return
        ends.wait(0.01)
    raise AssertionError("it did not happen in time")
