"""What is measured: subjects by suite, with what is wanted of them. The one table of names and targets."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Peer:
    """Something to be compared with.

    Attributes:
        name: Its name in tables.
        runner: The module that runs it.
        subject: What that runner calls the same task.
        wanted: How many times its tokens/s ours should make.
        sentences: How many sentences it is given; some are slow.
    """

    name: str
    runner: str
    subject: str
    wanted: tuple[float, ...]
    sentences: int


@dataclass(frozen=True)
class Subject:
    """A model, or a pipeline.

    Attributes:
        name: Its name in tables and in ``runners.ours``.
        peers: What it is compared with.
        labels: The subject whose labels are compared with the peers', where it is not this one.
        longest: Tokens beyond which peers refuse a sentence.
        flops_wanted: Share of the machine's GEMM rate that it should reach.
        latency_wanted: Milliseconds that one sentence of 12 tokens may take.
    """

    name: str
    peers: tuple[Peer, ...] = ()
    labels: str | None = None
    longest: int = 40
    flops_wanted: float | None = None
    latency_wanted: float | None = None


@dataclass(frozen=True)
class Suite:
    """A family of models and the pipeline of them.

    Attributes:
        name: Its name on the command line.
        title: Its name in headings.
        pipeline: The subject that is the whole pipeline.
        parts: The subjects whose times add up to the pipeline's.
        subjects: All that is measured.
    """

    name: str
    title: str
    pipeline: str
    parts: tuple[str, ...]
    subjects: tuple[Subject, ...]

    def subject(self, name: str) -> Subject:
        """The subject of that name."""
        return next(subject for subject in self.subjects if subject.name == name)


def _upstream(subject: str, *wanted: float) -> tuple[Peer, ...]:
    return (Peer("vngrs-nlp 0.1.4.4", "benchmarks.runners.upstream_classic", subject, wanted, 12),)


def _spu(subject: str, stepwise: float, function: float) -> tuple[Peer, ...]:
    return (
        Peer("vngrs-nlp 0.2.4", "benchmarks.runners.upstream_spu", subject, (), 5),
        Peer("stepwise ONNX", "benchmarks.runners.ours", f"{subject} stepwise", (stepwise,), 200),
        Peer("tf.function of 64", "benchmarks.runners.keras", subject, (function,), 200),
    )


CLASSIC = Suite(
    name="classic",
    title="Classic models (vngrs-nlp 0.1.4.4's weights)",
    pipeline="pipeline classic",
    parts=(
        "StemmerAnalyzer",
        "TreeStackPoS, analyses given",
        "TreeStackDP, analyses and tags given",
        "CharNER",
        "GRUSentimentAnalyzer",
    ),
    subjects=(
        Subject("StemmerAnalyzer", _upstream("stemmer", 50, 150)),
        Subject("TreeStackPoS", _upstream("pos", 50, 150)),
        Subject("TreeStackPoS, analyses given", _upstream("pos given")),
        Subject("TreeStackDP", _upstream("dep", 50, 150), labels="TreeStackDP compat"),
        Subject("TreeStackDP, analyses and tags given", _upstream("dep given"), labels="TreeStackDP compat given"),
        Subject("CharNER", _upstream("ner", 10), flops_wanted=0.6),
        Subject("GRUSentimentAnalyzer", _upstream("sentiment", 10)),
        Subject("pipeline classic", _upstream("pipeline", 100), latency_wanted=60),
    ),
)

SPU = Suite(
    name="spu",
    title="SPUContext models",
    pipeline="pipeline spu",
    parts=("StemmerAnalyzer", "SPUContextPoS", "SPUContextNER", "SPUContextDP", "SPUCBiGRUSentimentAnalyzer"),
    subjects=(
        Subject("SPUContextPoS", _spu("SPUContextPoS", 65, 100), flops_wanted=0.5, latency_wanted=5),
        Subject("SPUContextNER", _spu("SPUContextNER", 45, 55), flops_wanted=0.75),
        Subject("SPUContextDP", _spu("SPUContextDP", 45, 55), flops_wanted=0.75, latency_wanted=20),
        Subject(
            "SPUCBiGRUSentimentAnalyzer",
            (
                Peer("vngrs-nlp 0.2.4", "benchmarks.runners.upstream_spu", "SPUCBiGRUSentimentAnalyzer", (), 5),
                Peer("tf.function of 64", "benchmarks.runners.keras", "SPUCBiGRUSentimentAnalyzer", (), 64),
            ),
            flops_wanted=0.6,
        ),
        Subject("StemmerAnalyzer"),
        Subject("pipeline spu", latency_wanted=60),
    ),
)

SUITES = {suite.name: suite for suite in (CLASSIC, SPU)}

PIPELINES = {
    "pipeline classic": (
        "stemmer:StemmerAnalyzer",
        "pos:TreeStackPoS",
        "ner:CharNER",
        "dep:TreeStackDP",
        "sentiment:GRUSentimentAnalyzer",
    ),
    "pipeline spu": (
        "stemmer:StemmerAnalyzer",
        "pos:SPUContextPoS",
        "ner:SPUContextNER",
        "dep:SPUContextDP",
        "sentiment:SPUCBiGRUSentimentAnalyzer",
    ),
}
