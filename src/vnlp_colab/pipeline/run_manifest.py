"""``_manifest.json`` of a folder of shards: what the run is made of, and which shards are done.

It ends with a hash of its own: a manifest of which any bit has changed is refused.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from vnlp_colab.errors import InputError, StorageError
from vnlp_colab.store.atomic import IN_OUTPUT, publish_file, storage_errors, write_synced
from vnlp_colab.store.manifest import encode

MANIFEST = "_manifest.json"
FORMAT = 2

FRAME = "frame"
"""The format, in the manifest, of an input that was a table in memory."""

_COUNTS = ("rows", "tokens", "size", "failed", "errors_size")
_DIGESTS = ("sha256", "errors_sha256")
_SHA256 = re.compile(r"[0-9a-f]{64}")

# What to do about a section that is not what it was.
_ADVICE = {
    "version": "install that version of vnlp-colab, or start anew in another folder",
    "runtime": "install the versions that it was begun with and run it on the same device, or start anew in another "
    "folder",
    "models": "get the models that it was begun with, or start anew in another folder",
    "input": "name the file that it was begun with, or start anew in another folder",
}


def part_name(number: int) -> str:
    """Return the file name of a shard, counted from 0."""
    return f"part-{number:05d}.parquet"


def write(folder: Path, run: Mapping[str, Any], state: Mapping[str, Any]) -> None:
    """Replace the manifest of a folder, in one step.

    Args:
        folder: The folder.
        run: What the run is made of.
        state: How far it is.

    Raises:
        StorageError: If it cannot be written.
    """
    partial = folder / ".lock-manifest.partial"
    with storage_errors(partial, IN_OUTPUT):
        write_synced(partial, encode({"format": FORMAT, "run": run, **state}))
        publish_file(partial, folder / MANIFEST)


def read(folder: Path) -> dict[str, Any] | None:
    """Return the manifest of a folder, or ``None`` if there is none.

    Raises:
        StorageError: If it cannot be read, is damaged in any bit, or was written by another version.
    """
    path = folder / MANIFEST
    with storage_errors(path, IN_OUTPUT):
        data = path.read_bytes() if path.exists() else None
    if data is None:
        return None
    try:
        found = json.loads(data)
        other = isinstance(found, dict) and found.get("format") != FORMAT
        whole = other or (_is_valid(found) and encode(found) == data)
    except (ValueError, RecursionError) as error:  # JSON, UTF-8, brackets without end
        raise _damaged(path, f" ({error})") from error
    if other:
        raise StorageError(
            f"{path} is of another version of vnlp-colab, with format {json.dumps(found.get('format'))[:20]} and not "
            f"{FORMAT}: finish the run with the version that began it, or start anew in another folder"
        )
    if not whole:
        raise _damaged(path, "")
    manifest: dict[str, Any] = found
    return manifest


def check_same(folder: Path, before: Mapping[str, Any], now: Mapping[str, Any]) -> None:
    """Raise ``InputError`` that names what differs between the run of a folder and this one."""
    # As JSON gives it back: tuples are lists there.
    now = json.loads(json.dumps(now))
    for section in dict.fromkeys((*before, *now)):
        old, new = before.get(section), now.get(section)
        if old == new:
            continue
        if not isinstance(old, dict) or not isinstance(new, dict):
            old, new = {section: old}, {section: new}
        names = [name for name in dict.fromkeys((*old, *new)) if old.get(name) != new.get(name)]
        what = "; ".join(f"{name} was {_short(old.get(name))} and is {_short(new.get(name))}" for name in names[:4])
        advice = _ADVICE.get(section, "name another folder, or run as before")
        if section == "input" and old.get("format") == FRAME:
            advice = "hand in the table that it was begun with, or start anew in another folder"
        raise InputError(f"belongs to another run: not the same {section} ({what}): {advice}", path=folder)


def _damaged(path: Path, how: str) -> StorageError:
    return StorageError(f"{path} is damaged{how}: restore the file, or start anew in another folder")


def _is_valid(found: Any) -> bool:
    return (
        isinstance(found, dict)
        and isinstance(found.get("run"), dict)
        and isinstance(found.get("complete"), bool)
        and isinstance(found.get("shards"), list)
        and all(map(_is_valid_shard, range(len(found["shards"])), found["shards"]))
    )


def _is_valid_shard(number: int, shard: Any) -> bool:
    # The name is fixed by the number: a manifest from elsewhere cannot point out of its folder.
    return (
        isinstance(shard, dict)
        and shard.get("file") == part_name(number)
        and all(type(shard.get(name)) is int and shard[name] >= 0 for name in _COUNTS)
        and all(isinstance(shard.get(name), str) and _SHA256.fullmatch(shard[name]) for name in _DIGESTS)
    )


def _short(value: Any) -> str:
    text = "not set" if value is None else json.dumps(value, ensure_ascii=False)
    return text if len(text) <= 60 else f"{text[:28]}...{text[-28:]}"
