"""Looking into a store of the test's own, and tampering with it."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

from vnlp_colab.store.atomic import sha256_bytes
from vnlp_colab.store.manifest import encode


def in_store(store: Path) -> Path:
    return next(path.parent for path in store.glob("Demo/*/manifest.json"))


def nothing_is_cached(home: Path) -> bool:
    return not list((home / "models").glob("*"))


def rewrite(store: Path, change: Callable[[dict[str, Any]], object]) -> None:
    """Change the manifest, and everything that states its hash: as a hostile publisher would."""
    folder = in_store(store)
    manifest = json.loads((folder / "manifest.json").read_bytes())
    change(manifest)
    data = encode(manifest)
    index = json.loads((store / "index.json").read_bytes())
    index["models"]["Demo"][0]["manifest_sha256"] = sha256_bytes(data)
    (store / "index.json").write_text(json.dumps(index))
    target = store / "Demo" / sha256_bytes(data)[:16]
    folder.rename(target)
    (target / "manifest.json").write_bytes(data)
