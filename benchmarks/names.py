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
        sentences: How many sentences it is given; some make one or two tokens a second.
        longest: The most tokens of these: time is short.
        batch: How many it takes at a time. One that takes several is given whole batches of a long pass, which are
            sentences of like length; one that takes them one by one is given some whose mean length is the corpus's,
            unless ``longest`` is less: what a token costs these does not depend on the length.
    """

    name: str
    runner: str
    subject: str
    wanted: tuple[float, ...]
    sentences: int
    longest: int = 40
    batch: int = 1


@dataclass(frozen=True)
class Subject:
    """A model, or a pipeline.

    Attributes:
        name: Its name in tables and in ``runners.ours``.
        peers: What it is compared with.
        labels: The subject whose labels are compared with the peers', where it is not this one.
        flops_wanted: Share of the machine's GEMM rate that it should reach.
        latency_wanted: Milliseconds that one sentence of 12 tokens may take.
        part: Whether it is measured only to say what the pipeline's parts cost, and not as a subject of its own.
        swept: Whether it is measured over lengths, batch sizes and caches; not so where another one stands for it.
    """

    name: str
    peers: tuple[Peer, ...] = ()
    labels: str | None = None
    flops_wanted: float | None = None
    latency_wanted: float | None = None
    part: bool = False
    swept: bool = True


@dataclass(frozen=True)
class Growth:
    """How far a pipeline's growth is followed.

    Attributes:
        rows: The most rows.
        words: The most words a row; as they are if ``None``.
        files: Whether rows go from a file to a file as well.
    """

    rows: int
    words: int | None = None
    files: bool = False


@dataclass(frozen=True)
class Suite:
    """A family of models and the pipeline of them.

    Attributes:
        name: Its name on the command line.
        title: Its name in headings.
        pipeline: The subject that is the whole pipeline.
        parts: The subjects whose times add up to the pipeline's; none where they share their work.
        growth: How far its growth is followed; slow pipelines are given short rows.
        subjects: All that is measured.
    """

    name: str
    title: str
    pipeline: str
    parts: tuple[str, ...]
    growth: tuple[Growth, ...]
    subjects: tuple[Subject, ...]

    def subject(self, name: str) -> Subject:
        """The subject of that name."""
        return next(subject for subject in self.subjects if subject.name == name)

    @property
    def swept(self) -> tuple[str, ...]:
        """The subjects that sweeps measure."""
        return tuple(subject.name for subject in self.subjects if subject.swept and not subject.part)


def _upstream(subject: str, *wanted: float) -> tuple[Peer, ...]:
    return (Peer("vngrs-nlp 0.1.4.4", "benchmarks.runners.upstream_classic", subject, wanted, 5),)


def _spu(subject: str, stepwise: float, blueprint: float, function: float, sentences: int) -> tuple[Peer, ...]:
    def taking_64(name: str, runner: str, wanted: float, called: str = subject) -> Peer:
        return Peer(name, f"benchmarks.runners.{runner}", called, (wanted,), sentences, batch=64)

    return (
        # Each token is a call of its own, over 40 words on both sides, whatever the sentence.
        Peer("vngrs-nlp 0.2.4", "benchmarks.runners.upstream_spu", subject, (), 2, longest=10),
        taking_64("stepwise ONNX", "ours", stepwise, f"{subject} stepwise"),
        taking_64("stepwise ONNX by tf2onnx", "blueprint", blueprint),
        taking_64("tf.function of 64", "keras", function),
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
    growth=(Growth(10_000), Growth(100_000, words=3)),
    subjects=(
        Subject("StemmerAnalyzer", _upstream("stemmer", 150)),
        Subject("TreeStackPoS", _upstream("pos", 150)),
        Subject("TreeStackPoS, analyses given", part=True),
        Subject("TreeStackDP", _upstream("dep", 150), labels="TreeStackDP compat"),
        Subject("TreeStackDP, analyses and tags given", part=True),
        Subject("CharNER", _upstream("ner"), flops_wanted=0.6),
        Subject("GRUSentimentAnalyzer", _upstream("sentiment"), flops_wanted=0.6),
        Subject("pipeline classic", _upstream("pipeline"), latency_wanted=60),
    ),
)

SPU = Suite(
    name="spu",
    title="SPUContext models",
    pipeline="pipeline spu",
    parts=("StemmerAnalyzer", "SPUContextPoS", "SPUContextNER", "SPUContextDP", "SPUCBiGRUSentimentAnalyzer"),
    growth=(Growth(100_000),),
    subjects=(
        Subject("SPUContextPoS", _spu("SPUContextPoS", 65, 60, 100, 512), flops_wanted=0.5, latency_wanted=5),
        Subject("SPUContextNER", _spu("SPUContextNER", 45, 40, 55, 256), flops_wanted=0.75),
        Subject("SPUContextDP", _spu("SPUContextDP", 45, 40, 55, 256), flops_wanted=0.75, latency_wanted=20),
        Subject(
            "SPUCBiGRUSentimentAnalyzer",
            (
                Peer("vngrs-nlp 0.2.4", "benchmarks.runners.upstream_spu", "SPUCBiGRUSentimentAnalyzer", (), 3),
                Peer("tf.function of 64", "benchmarks.runners.keras", "SPUCBiGRUSentimentAnalyzer", (), 256, batch=64),
            ),
            flops_wanted=0.6,
        ),
        Subject("StemmerAnalyzer", part=True),
        Subject("pipeline spu", latency_wanted=60),
    ),
)

CONTEXT = Suite(
    name="context",
    title="Context models (this project's own)",
    pipeline="pipeline context",
    # All five are heads of one network, which runs once for all of them in the pipeline and costs nearly all.
    parts=(),
    growth=(Growth(100_000, files=True),),
    subjects=(
        Subject("ContextPoS"),
        Subject("ContextNER", swept=False),
        Subject("ContextDP"),
        Subject("ContextLemma", swept=False),
        Subject("ContextFeats", swept=False),
        Subject("pipeline context", latency_wanted=60),
        Subject("pipeline mixed", latency_wanted=60),
    ),
)

SUITES = {suite.name: suite for suite in (SPU, CLASSIC, CONTEXT)}

SHARED = "pipeline pos, dep and ner"
"""What one encoding by the shared network serves, measured beside the exact parser."""

PIPELINES = {
    SHARED: ("pos:ContextPoS", "dep:ContextDP", "ner:ContextNER"),
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
    "pipeline context": (
        "pos:ContextPoS",
        "ner:ContextNER",
        "dep:ContextDP",
        "lemma:ContextLemma",
        "feats:ContextFeats",
    ),
    "pipeline mixed": (
        "stemmer:StemmerAnalyzer",
        "pos:ContextPoS",
        "ner:ContextNER",
        "dep:ContextDP",
        "lemma:ContextLemma",
        "feats:ContextFeats",
        "sentiment:GRUSentimentAnalyzer",
    ),
}
