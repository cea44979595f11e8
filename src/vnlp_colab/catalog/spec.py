"""The words in which the table of models is written."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Task(StrEnum):
    """What a model is for, under the name that ``models_to_load`` uses."""

    STEMMER = "stemmer"
    POS = "pos"
    NER = "ner"
    DEP = "dep"
    SENTIMENT = "sentiment"


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
class ModelSpec:
    """One row of the table of models.

    Attributes:
        name: Public name; also the stem of the folder in the cache.
        task: What it is for; ``None`` for a part that other models share.
        architecture: Which converter and which runtime class it belongs to.
        sources: What it is built from: ``(role, member)`` pairs. The roles are the converter's vocabulary
            (``weights``, ``labels``, ``tags``, ...) and are unique within a model.
        requires: Names of the models that must be there to run this one.
        licence: SPDX identifier.
        origin: Who made the weights, and where they come from.
        description: One line for people.
        labels: Role of the source that numbers the output labels, where there is one.
    """

    name: str
    task: Task | None
    architecture: str
    sources: tuple[tuple[str, Member], ...]
    requires: tuple[str, ...]
    licence: str
    origin: str
    description: str
    labels: str | None = None

    def source(self, role: str) -> Member:
        """Return the member that plays ``role``.

        Raises:
            KeyError: If the model has no such source.
        """
        for known, member in self.sources:
            if known == role:
                return member
        raise KeyError(f"{self.name} has no source {role!r}; it has {[known for known, _ in self.sources]}")

    @property
    def wheels(self) -> tuple[Wheel, ...]:
        """The wheels that hold the sources, each once, in order of first use."""
        return tuple(dict.fromkeys(member.wheel for _, member in self.sources))
