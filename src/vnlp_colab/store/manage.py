"""What ``vnlp-colab models`` does: look at the cache, fill it, check it, empty it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from vnlp_colab import catalog
from vnlp_colab.catalog import ModelSpec, Pinned
from vnlp_colab.store import bundles, manifest, paths, records, upstream, wheels
from vnlp_colab.store.atomic import discard_folder, locked, sha256_file, storage_errors
from vnlp_colab.store.bundles import MANIFEST, Bundle


@dataclass(frozen=True, slots=True)
class Status:
    """A model and what the cache has of it.

    Attributes:
        spec: Its row in the catalog.
        bundle: The cached conversion, not hashed; ``None`` if there is none.
    """

    spec: ModelSpec
    bundle: Bundle | None

    @property
    def size(self) -> int | None:
        """Bytes of the cached files, or of the sources if it is not cached; ``None`` if theirs are not known."""
        if self.bundle is not None:
            return self.bundle.size
        if self.spec.weight_files:
            return None
        return sum(source.size for _, source in self.spec.sources if isinstance(source, Pinned))


@dataclass(frozen=True, slots=True)
class Verification:
    """The outcome of hashing the whole cache.

    Attributes:
        checked: Paths of what was looked at: wheels, weights and folders of models.
        faults: One line for each bad file, beginning with its path.
    """

    checked: tuple[Path, ...]
    faults: tuple[str, ...]


def status() -> list[Status]:
    """Return every model of the catalog and what is cached of it, by its manifest alone.

    A variant follows its model if it is cached, and is left out if it is not.
    """
    found = []
    for spec in catalog.models():
        found.append(Status(spec, bundles.cached(spec)))
        variants = [Status(variant, bundles.cached(variant)) for variant in catalog.variants(spec)]
        found.extend(variant for variant in variants if variant.bundle is not None)
    return found


def wanted(names: Iterable[str] = ()) -> tuple[ModelSpec, ...]:
    """Return the named models and what they require, what is required first.

    Args:
        names: Models of the catalog; all of them if empty, but not those that serve evaluation alone.

    Raises:
        ModelNotAvailable: If a name is unknown.
    """
    every = [spec.name for spec in catalog.models() if spec.variant_of is None]
    return catalog.closure(list(names) or every)


def verify() -> Verification:
    """Hash every cached file anew and compare it with the catalog, its record or its manifest."""
    checked: list[Path] = []
    faults: list[str] = []
    for wheel in catalog.WHEELS:
        path = wheels.wheel_path(wheel)
        if path.exists():
            checked.append(path)
            if not wheels.is_intact(wheel):
                faults.append(f"{path}: size or sha256 is not {wheel.size} and {wheel.sha256}")
    unreadable = records.faults()
    faults.extend(unreadable.values())
    for path in upstream.kept_files():
        checked.append(path)
        record = path.with_name(path.name + records.SUFFIX)
        if record in unreadable:
            continue
        recorded = records.read_record(record)
        with storage_errors(path):
            found = sha256_file(path)
        if found != recorded:
            faults.append(f"{path}: sha256 is {found} where {recorded or 'no hash'} is recorded")
    for root in _model_folders():
        if manifest.of_another_format(root / MANIFEST):
            continue  # what another version uses, which checks it itself
        checked.append(root)
        content = manifest.read(root / MANIFEST)
        if content is None:
            faults.append(f"{root / MANIFEST}: missing or damaged")
        else:
            faults.extend(manifest.faults(root, content))
    return Verification(tuple(checked), tuple(faults))


def remove(names: Iterable[str]) -> dict[str, int]:
    """Delete all conversions of the named models, of this and of other versions of the package.

    Args:
        names: Models of the catalog.

    Returns:
        Name to bytes freed; 0 where nothing was cached.

    Raises:
        ModelNotAvailable: If a name is unknown; nothing is deleted then.
        StorageError: If a folder cannot be deleted.
    """
    specs = [catalog.model(name) for name in dict.fromkeys(names)]
    freed = {spec.name: 0 for spec in specs}
    for root in _model_folders():
        name = root.name.rpartition("-")[0]
        if name in freed:
            with locked(paths.lock_path(root.name)):
                if root.exists():  # another process may have deleted it while we waited
                    freed[name] += sum(path.stat().st_size for path in root.iterdir())
                    discard_folder(root)
    return freed


def remove_sources() -> int:
    """Delete the fetched wheels and weights and return the bytes freed; converted models need them no more.

    The recorded hashes stay (``forget``): what is fetched again is checked against them.
    """
    kept = [(path, paths.lock_path(path.name)) for path in map(wheels.wheel_path, catalog.WHEELS)]
    kept += [(path, records.lock_of(path)) for path in upstream.kept_files()]
    freed = 0
    for path, lock in kept:
        with locked(lock), storage_errors(path):
            if path.exists():
                freed += path.stat().st_size
                path.unlink(missing_ok=True)
    return freed


def forget(names: Iterable[str]) -> dict[str, int]:
    """Delete the recorded hashes of the named models: what is fetched next is believed, and recorded in their place.

    Args:
        names: Models of the catalog.

    Returns:
        Name to the number of records deleted.

    Raises:
        ModelNotAvailable: If a name is unknown; nothing is deleted then.
        StorageError: If a record cannot be deleted.
    """
    return records.forget([catalog.model(name) for name in dict.fromkeys(names)])


def every_name() -> list[str]:
    """Return the names of all models and variants, whether or not the cache can be read."""
    return [one.name for spec in catalog.models() for one in (spec, *catalog.variants(spec))]


def _model_folders() -> list[Path]:
    folder = paths.models_dir()
    with storage_errors(folder):
        if not folder.is_dir():
            return []
        return sorted(path for path in folder.iterdir() if path.is_dir() and not path.name.startswith("."))
