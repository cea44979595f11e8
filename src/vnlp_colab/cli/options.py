"""Options that several commands share."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer


class Device(StrEnum):
    """Where the models run."""

    AUTO = "auto"
    CPU = "cpu"
    CUDA = "cuda"


class OnLong(StrEnum):
    """What the parser does with a sentence that is too long for it."""

    WINDOW = "window"
    ERROR = "error"


class OnError(StrEnum):
    """What becomes of a row that cannot be annotated."""

    RAISE = "raise"
    SKIP = "skip"


class Loader(StrEnum):
    """What prepares batches ahead of the models."""

    AUTO = "auto"
    THREADS = "threads"
    TF_DATA = "tf.data"


class Via(StrEnum):
    """How the graph of a whole network is made."""

    BUILDER = "builder"
    TF2ONNX = "tf2onnx"


class Against(StrEnum):
    """What a converted model is compared with."""

    KERAS = "keras"
    BUILDER = "builder"
    REFERENCE = "reference"


Models = Annotated[
    str,
    typer.Option(
        help="What to run, separated by commas: stemmer, pos, ner, dep, sentiment, lemma, feats; 'pos:TreeStackPoS' "
        "chooses a model, 'pos:SPUContextPoS-eval' its weights for evaluation. 'classic' and 'spu' stand for all five "
        "tasks with the models of VNLP's older and newer generation, 'context' for what comes with the package and "
        "needs no network."
    ),
]
Threads = Annotated[
    int | None, typer.Option(min=1, help="Threads of the models; as many as there are CPUs if left out.")
]
RunsOn = Annotated[Device, typer.Option(help="Where the models run; auto takes CUDA if it loads.")]
LongSentences = Annotated[
    OnLong,
    typer.Option(help="Sentences too long for the parser: parse them in windows, or stop with an error."),
]
Tree = Annotated[
    bool,
    typer.Option("--tree/--no-tree", help="Make every parse a tree with one root; else keep the parser's raw choice."),
]
Probabilities = Annotated[
    bool,
    typer.Option(
        "--probabilities", help="Give the probabilities of all labels too, in JSON Lines; takes about twice the time."
    ),
]
Weights = Annotated[
    Path | None,
    typer.Option(metavar="FILE", help="The weights; those that the catalog names if left out."),
]
Embedding = Annotated[
    Path | None,
    typer.Option(metavar="FILE", help="The matrix of vectors that the model reads; the catalog's if left out."),
]
Input = Annotated[Path, typer.Argument(metavar="INPUT", help="A .tsv, .csv, .jsonl, .parquet or .conllu file.")]
Output = Annotated[
    Path,
    typer.Option(
        "--output",
        "-o",
        help="Where the annotated table goes: .parquet, .csv, .jsonl, .conllu, or .pkl (a pandas data frame; only "
        "this one is held in memory). With --resume, a folder.",
    ),
]
TextColumn = Annotated[
    str | None,
    typer.Option(
        help="The column to annotate. Without it a .tsv file is a table without header of t_code, ch_no, "
        "p_no, s_no, sentence, and other files are searched for a column 'sentence'."
    ),
]
BatchSize = Annotated[int, typer.Option(min=1, help="Rows that the models are handed at once.")]
Resume = Annotated[
    bool,
    typer.Option(
        "--resume",
        help="Write a folder of Parquet files, complete up to some row at any moment, and go on where an earlier run "
        "into it ended. Another input or other options are refused.",
    ),
]
OnErrors = Annotated[
    OnError,
    typer.Option(
        help="Rows that cannot be annotated: stop with an error, or leave them without results and list them in "
        "OUTPUT.errors.jsonl."
    ),
]
MaxCharacters = Annotated[int, typer.Option(min=1, help="Characters that a text may have.")]
MaxTokens = Annotated[int, typer.Option(min=1, help="Tokens that a text may have.")]
BatchMemory = Annotated[
    int,
    typer.Option(
        min=1, metavar="MB", help="What the models may need for a batch, by estimate; larger batches are divided."
    ),
]
Workers = Annotated[
    int, typer.Option(min=0, help="Processes that share the rows, each with one thread unless --threads says more.")
]
Loads = Annotated[
    Loader,
    typer.Option(
        help="What prepares batches ahead of the models; results do not depend on it. Not with --workers: tf.data."
    ),
]
Show = Annotated[
    int, typer.Option(min=0, metavar="N", help="Print the first N annotated rows to stdout after the run.")
]
Progress = Annotated[bool, typer.Option("--progress/--no-progress", help="Show a bar, where there is a terminal.")]
