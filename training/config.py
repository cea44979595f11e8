"""One file a run: everything that a result depends on, besides data and code."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any


@dataclass(frozen=True)
class Config:
    """The settings of a run.

    Attributes:
        name: Name of the run; its logs and checkpoints lie in a folder of this name.
        seed: Seed of every random number.
        threads: Threads of torch. Another number adds in another order, and so gives other weights.
        pieces: Size of the SentencePiece vocabulary.
        pretrain_steps: Steps of the word encoder's pretraining.
        pretrain_words: Words a step.
        pretrain_rate: Its highest learning rate.
        steps: Steps of the multi-task training.
        warmup: Steps over which the learning rate rises.
        cooldown: Steps at the end over which it falls to nothing, linearly.
        rate: Learning rate in between; the word encoder's is ``word_rate``.
        word_rate: The word encoder's learning rate.
        tokens: Tokens a batch.
        ner_share: Share of the steps that read entity data.
        cooldown_ner_share: The same during the cooldown.
        self_share: Share of the steps that read automatically annotated text, if there is any.
        units: Units of each direction of the context GRUs.
        piece_size: Size of a piece's embedding.
        word_units: Units of the GRU over pieces.
        arc_size: Size of the arc scorer's vectors.
        label_size: Size of the label scorer's vectors.
        hidden: Width of the tagging heads' hidden layers.
        entity_units: Units of each direction of a GRU for entities alone, over the shared contexts, with transition
            scores between labels; 0 for neither.
        dropout: Dropout of all layers.
        word_dropout: Share of words replaced by the unknown word.
        vector_dropout: Share of known words whose stored vector is replaced by the encoder's guess.
        style_dropout: Share of sentences whose style is left open.
        average: Decay of the running average of the weights, which is what is kept.
        smoothing: Label smoothing.
        self_training: Files of automatically annotated sentences in the run's folder, if any; a name starts with
            the style.
        words: A run whose SentencePiece model and pretrained word encoder are taken; its own ones if empty.
        stems: Give a word without a stored vector that of its part before the apostrophe, if there is one.
        held_out: Hold out a tenth of the dev sets that stand in for train sets, to steer by. Without it they are
            trained on as a whole, and the schedule has to be fixed beforehand.
        start: A finished run whose weights this one starts from, beside its own folder; none if empty.
        evaluate_every: Steps between evaluations on dev data.
        patience: Evaluations without a better dev result before the cooldown starts.
    """

    name: str
    seed: int = 1
    threads: int = 1
    pieces: int = 8000
    pretrain_steps: int = 3000
    pretrain_words: int = 512
    pretrain_rate: float = 2e-3
    steps: int = 6000
    warmup: int = 150
    cooldown: int = 2000
    rate: float = 2e-3
    word_rate: float = 8e-4
    tokens: int = 600
    ner_share: float = 0.4
    cooldown_ner_share: float = 0.4
    self_share: float = 0.0
    units: int = 256
    piece_size: int = 128
    word_units: int = 192
    arc_size: int = 256
    label_size: int = 80
    hidden: int = 256
    entity_units: int = 0
    dropout: float = 0.3
    word_dropout: float = 0.06
    vector_dropout: float = 0.15
    style_dropout: float = 0.15
    average: float = 0.998
    smoothing: float = 0.0
    self_training: tuple[str, ...] = ()
    words: str = ""
    stems: bool = False
    held_out: bool = True
    start: str = ""
    evaluate_every: int = 600
    patience: int = 6

    @classmethod
    def read(cls, path: Path) -> Config:
        """Read a TOML file.

        Raises:
            ValueError: It has a setting that there is not.
        """
        values: dict[str, Any] = tomllib.loads(path.read_text(encoding="utf-8"))
        unknown = set(values) - {field.name for field in fields(cls)}
        if unknown:
            raise ValueError(f"{path}: unknown settings {sorted(unknown)}")
        return cls(**{key: tuple(value) if isinstance(value, list) else value for key, value in values.items()})
