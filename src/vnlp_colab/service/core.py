"""The service without its addresses: models that load, a queue in front of them, and what a request waits for."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from typing import Any

from vnlp_colab.catalog import model
from vnlp_colab.errors import InputError, VNLPError
from vnlp_colab.results import Sentence
from vnlp_colab.service.batching import Batcher, QueueFull
from vnlp_colab.service.logs import logger
from vnlp_colab.service.metrics import Metrics
from vnlp_colab.service.models import Choice, Models
from vnlp_colab.service.problems import CLIENT_GONE, Problem, retry
from vnlp_colab.service.settings import Settings
from vnlp_colab.store.bundles import cached
from vnlp_colab.text.abbreviations import BEFORE_FIGURES, COMMON
from vnlp_colab.text.sentences import SentenceSplitter
from vnlp_colab.text.tokenise import TreebankWordTokenize

_ABBREVIATIONS = "TextResources"
# How long a client is asked to wait while models load; nobody knows how long that takes.
_LOADING_SECONDS = 5.0
# Characters whose tokens are counted while everybody waits; what takes longer, about ten milliseconds, is done aside.
_COUNTED_AT_ONCE = 10_000


class Service:
    """What all addresses share.

    Args:
        settings: Models and limits.
        models: The models.
        metrics: Where work is counted.

    Attributes:
        batcher: The queue in front of the models.
        splitter: Splits texts into sentences; with the commonest abbreviations alone where VNLP's list is not cached.
    """

    def __init__(self, settings: Settings, models: Models, metrics: Metrics) -> None:
        self.settings = settings
        self.models = models
        self.metrics = metrics
        self.splitter = SentenceSplitter(COMMON, BEFORE_FIGURES)
        self.batcher: Batcher[Choice, str, Sentence] = Batcher(
            models.annotate,
            batch_size=settings.batch_size,
            batch_weight=settings.batch_tokens,
            capacity=settings.queue,
            observe=metrics.ran,
            waiting=metrics.waiting.set,
        )
        self._loading: asyncio.Task[None] | None = None

    async def start(self) -> None:
        """Begin to load the models, and to work; wait for the models where the settings say so."""
        self.batcher.start()
        self._loading = asyncio.create_task(self._load(), name="loading")
        if self.settings.load_first:
            await asyncio.wait({self._loading})

    async def stop(self) -> None:
        """End; requests that wait are given up, and the batch that runs is not waited for."""
        await self.batcher.close()
        if self._loading is not None:
            self._loading.cancel()
            await asyncio.gather(self._loading, return_exceptions=True)

    async def _load(self) -> None:
        begin = asyncio.get_running_loop().time()
        try:
            await asyncio.to_thread(self.models.load)
        except Exception as error:
            logger().critical(
                "models do not load", reason=str(error) if isinstance(error, VNLPError) else "", exc_info=error
            )
            raise
        if cached(model(_ABBREVIATIONS)) is not None:
            from vnlp_colab.tools.splitter import SentenceSplitter as Informed

            self.splitter = await asyncio.to_thread(Informed)
        else:
            logger().info(
                "sentences are split by the commonest abbreviations",
                for_more=f"vnlp-colab models pull {_ABBREVIATIONS}, then start again",
            )
        seconds = asyncio.get_running_loop().time() - begin
        logger().info("models loaded", models=self.models.tasks, seconds=round(seconds, 2))

    @property
    def failed(self) -> bool:
        """Whether the models did not load, and will not."""
        return self._loading is not None and self._loading.done() and self._loading.exception() is not None

    def check_ready(self) -> None:
        """Raise ``Problem`` (503) unless the models are loaded."""
        if self.failed:
            raise Problem(503, "the models did not load; the service's log tells why, and it must be started again")
        if self._loading is None or not self._loading.done():
            raise retry(503, "the models are being loaded; try again in some seconds", _LOADING_SECONDS)

    def choose(self, names: Sequence[str] | None) -> Choice:
        """Return the models that a request asks for.

        Raises:
            Problem: They are not loaded (yet), or there are two for one task.
        """
        self.check_ready()
        try:
            return self.models.choose(names)
        except InputError as error:
            raise Problem(422, f"models: {error}") from error

    async def tokens(self, texts: Sequence[str]) -> list[int]:
        """Return how many tokens each text has."""
        if sum(map(len, texts)) <= _COUNTED_AT_ONCE:
            return _tokens(texts)
        return await asyncio.to_thread(_tokens, texts)

    async def annotate(
        self, choice: Choice, texts: Sequence[str], tokens: Sequence[int], gone: Callable[[], Awaitable[Any]]
    ) -> list[Sentence]:
        """Annotate the texts of one request.

        Args:
            choice: The models.
            texts: The texts.
            tokens: How many tokens each of them has.
            gone: Returns when nobody waits for the answer any more; the texts leave the queue then.

        Raises:
            Problem: The queue is full, time is up, the client is gone, or a model refuses a text.
        """
        try:
            futures = self.batcher.submit(choice, texts, tokens)
        except QueueFull as full:
            raise retry(
                429, f"too many texts wait already; try again, with fewer texts if there are many: {full}", full.seconds
            ) from full
        work = asyncio.create_task(_settled(futures), name="work")
        leaving = asyncio.ensure_future(gone())
        try:
            await asyncio.wait({work, leaving}, timeout=self.settings.timeout, return_when=asyncio.FIRST_COMPLETED)
            if work.done():
                return self._finished(futures)
            if leaving.done():
                raise Problem(CLIENT_GONE, "the client closed the connection")
            raise retry(
                503,
                f"the texts were not annotated within {self.settings.timeout:g} s; try again later, or send fewer",
                self.batcher.seconds_behind,
            )
        finally:
            for given_up in (leaving, work, *futures):
                given_up.cancel()

    def _finished(self, futures: Sequence[asyncio.Future[Sentence]]) -> list[Sentence]:
        if any(future.cancelled() for future in futures):
            raise retry(503, "the service is stopping; try again", 1.0)
        for error in (future.exception() for future in futures if future.done()):
            if error is not None:
                raise self.refusal(error) from error
        sentences = [future.result() for future in futures]
        self.count(sentences)
        return sentences

    def refusal(self, error: BaseException) -> Problem:
        """Return what a client is told of an error of the models; one that is a bug goes to the log."""
        if isinstance(error, InputError):
            return Problem(422, error.reason)
        logger().error("a model failed", exc_info=error)
        return Problem(500, "a model failed on the text; the service's log tells how, under this X-Request-ID")

    def count(self, sentences: Sequence[Sentence]) -> None:
        """Count what was annotated."""
        self.metrics.texts.inc(len(sentences))
        self.metrics.tokens.inc(sum(len(sentence.tokens) for sentence in sentences))


async def _settled(futures: Sequence[asyncio.Future[Sentence]]) -> None:
    """Wait until all have a result, or one has none."""
    if futures:
        await asyncio.wait(futures, return_when=asyncio.FIRST_EXCEPTION)


def _tokens(texts: Sequence[str]) -> list[int]:
    return [len(TreebankWordTokenize(text)) for text in texts]
