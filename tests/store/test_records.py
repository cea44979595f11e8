"""Hashes recorded at first use: what is served later must have them, and what cannot be read is no lack of them."""

from __future__ import annotations

import json
import os
import shutil
from pathlib import Path

import pytest
from server_fakes import FLIP, FaultyServer
from shelf_fakes import in_store, nothing_is_cached, rewrite
from store_fakes import WEIGHTS
from typer.testing import CliRunner

from counting import Counted
from vnlp_colab import catalog
from vnlp_colab.catalog import ModelSpec
from vnlp_colab.cli import models  # noqa: F401  adds the commands to the application
from vnlp_colab.cli.app import app
from vnlp_colab.errors import CorruptDownload, StorageError
from vnlp_colab.store import bundle, manage
from vnlp_colab.store.atomic import sha256_bytes
from vnlp_colab.store.bundles import Bundle
from vnlp_colab.store.publish import publish
from vnlp_colab.store.records import read_record

GOOD = json.dumps({"sha256": "0" * 64}).encode()
DAMAGE = {
    "empty": b"",
    "cut": GOOD[:-3],
    "no object": b"[]",
    "no hash": b"{}",
    "a number": b'{"sha256": 3}',
    "too few digits": b'{"sha256": "00"}',
    "capitals": json.dumps({"sha256": "A" * 64}).encode(),
    "one bit": bytes([GOOD[0] ^ 128]) + GOOD[1:],
    "too long": GOOD + b" " * 5000,
    "zeros": bytes(100),
    "brackets": b"[" * 4000,
    "braces": b'{"a":' * 800,
}


@pytest.fixture
def bucket(served: FaultyServer, tmp_path: Path, unpinned: ModelSpec, monkeypatch) -> FaultyServer:
    """A server in the place of VNGRS's bucket; a model has been built from it, and only its record is left."""
    (tmp_path / "served" / "Demo.weights").write_bytes(WEIGHTS)
    monkeypatch.setattr(catalog, "BUCKET", served.url + "/")
    bundle("Demo")
    assert run("rm", "--all", "--sources").exit_code == 0
    return served


@pytest.fixture
def fetched(store: Path, home: Path) -> Path:
    """A store from which the model has been fetched, and only the record of that is left."""
    bundle("Demo")
    shutil.rmtree(home / "models")
    return store


def run(*arguments: str):
    return CliRunner().invoke(app, ["models", *arguments])


def the_record(home: Path) -> Path:
    (found,) = [*(home / "weights").glob("*/*.json"), *(home / "stores").glob("*/*.json")]
    return found


def republish(store: Path) -> None:
    """Serve another manifest for the same key: a valid one, of valid files, as whoever owns the server can."""
    before = in_store(store)
    (before / "step.onnx").write_bytes(b"another graph")
    entry = {"sha256": sha256_bytes(b"another graph"), "size": 13}
    rewrite(store, lambda manifest: next(f for f in manifest["files"] if f["name"] == "step.onnx").update(entry))


@pytest.mark.usefixtures("one_fault")
@pytest.mark.parametrize("damage", DAMAGE.values(), ids=DAMAGE.keys())
@pytest.mark.parametrize("kind", ["bucket", "fetched"])
def test_a_damaged_record_is_an_error_and_not_none(
    kind: str, damage: bytes, request: pytest.FixtureRequest, home: Path, tmp_path: Path
) -> None:
    request.getfixturevalue(kind)
    record = the_record(home)
    record.write_bytes(damage)
    with pytest.raises(StorageError) as raised:
        bundle("Demo")
    assert str(raised.value).startswith(f"{record} cannot be read: it is damaged")
    assert "delete it if you trust what is served now" in str(raised.value)
    assert nothing_is_cached(home) and record.read_bytes() == damage


def test_no_flipped_bit_makes_a_record_none(bucket: FaultyServer, home: Path, counted: Counted) -> None:
    """It is an error, or another hash, or in an entry that decides nothing."""
    record = the_record(home)
    good = record.read_bytes()
    outcomes = set()
    for position in range(len(good)):
        for bit in range(8):
            counted.fault()
            record.write_bytes(good[:position] + bytes([good[position] ^ 1 << bit]) + good[position + 1 :])
            try:
                outcomes.add(read_record(record))
            except StorageError:
                outcomes.add("error")
    assert None not in outcomes and {"error", sha256_bytes(WEIGHTS)} < outcomes


@pytest.mark.usefixtures("one_fault")
@pytest.mark.skipif(os.name == "nt", reason="links need rights there")
@pytest.mark.parametrize("what", ["folder", "link to nothing", "link to itself"])
def test_what_is_no_file_is_no_lack_of_a_record(tmp_path: Path, what: str) -> None:
    path = tmp_path / "record.json"
    if what == "folder":
        path.mkdir()
    else:
        path.symlink_to(path if what == "link to itself" else tmp_path / "nothing")
    with pytest.raises(StorageError, match="cannot be read: "):
        read_record(path)
    assert read_record(tmp_path / "other.json") is None


@pytest.mark.usefixtures("one_fault")
def test_what_may_not_be_read_is_no_lack_of_a_record(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refused(path: Path) -> None:
        raise PermissionError(13, "Permission denied", str(path))

    monkeypatch.setattr(Path, "lstat", refused)
    with pytest.raises(StorageError, match="cannot be read: Permission denied"):
        read_record(tmp_path / "record.json")


@pytest.mark.usefixtures("one_fault")
def test_a_store_that_serves_another_model_is_refused(fetched: Path, home: Path) -> None:
    recorded = read_record(the_record(home))
    republish(fetched)
    with pytest.raises(CorruptDownload) as raised:
        bundle("Demo")
    message = str(raised.value)
    for part in (str(fetched), "Demo-", f"had the sha256 {recorded}", "recorded at first use"):
        assert part in message
    assert f"`vnlp-colab models rm Demo --records`, or delete {the_record(home)}" in message
    assert nothing_is_cached(home) and read_record(the_record(home)) == recorded


@pytest.mark.parametrize("how", ["command", "by hand"])
def test_it_can_be_accepted(fetched: Path, home: Path, how: str) -> None:
    republish(fetched)
    if how == "command":
        said = run("rm", "Demo", "--records").stdout
        assert said == "Demo: was not cached\nDemo: 1 recorded hash deleted\n"
    else:
        the_record(home).unlink()
    assert bundle("Demo").path("step.onnx").read_bytes() == b"another graph"
    shutil.rmtree(home / "models")
    assert bundle("Demo").path("step.onnx").read_bytes() == b"another graph"


@pytest.mark.usefixtures("one_fault")
def test_a_damaged_cache_is_mended_with_the_same_model_only(store: Path, home: Path) -> None:
    bundle("Demo").path("step.onnx").write_bytes(b"damaged")
    republish(store)
    with pytest.raises(CorruptDownload, match="recorded at first use"):
        bundle("Demo")


def test_what_a_store_has_published_since_does_not_replace_what_was_fetched(
    fetched: Path, made: Bundle, weights_folder: Path, home: Path, monkeypatch
) -> None:
    """The same key with another manifest, and another key: the recorded ones are still in the store, and are taken."""
    (made.root / "verification.json").write_text('{"passed": true}')
    publish([str(made.root)], str(fetched))
    with monkeypatch.context() as patch:
        patch.setenv("VNLP_COLAB_WEIGHTS", str(weights_folder))
        (weights_folder / "Demo.weights").write_bytes(WEIGHTS[::-1])
        publish(["Demo"], str(fetched))
    shutil.rmtree(home / "models")
    for record in (home / "weights").glob("*/*.json"):
        record.unlink()
    found = bundle("Demo")
    assert found.path("weights.bin").read_bytes() == WEIGHTS and "verification" not in found.manifest


def test_another_key_is_not_taken_where_one_is_recorded(
    fetched: Path, weights_folder: Path, home: Path, monkeypatch
) -> None:
    """Whoever serves a model of unpinned weights chooses its key: that must not make it a first use."""
    (fetched / "index.json").unlink()
    with monkeypatch.context() as patch:
        patch.setenv("VNLP_COLAB_WEIGHTS", str(weights_folder))
        (weights_folder / "Demo.weights").write_bytes(WEIGHTS[::-1])
        publish(["Demo"], str(fetched))
    shutil.rmtree(home / "models")
    with pytest.raises(CorruptDownload, match="recorded at first use"):
        bundle("Demo")


def test_another_store_is_asked_anew(fetched: Path, tmp_path: Path, home: Path, monkeypatch) -> None:
    shutil.copytree(fetched, tmp_path / "second")
    republish(tmp_path / "second")
    monkeypatch.setenv("VNLP_COLAB_STORE", str(tmp_path / "second"))
    assert bundle("Demo").path("step.onnx").read_bytes() == b"another graph"
    assert len(list((home / "stores").glob("*/*.json"))) == 2


@pytest.mark.usefixtures("one_fault")
def test_what_does_not_arrive_whole_is_not_recorded(store: Path, served: FaultyServer, home: Path, monkeypatch) -> None:
    monkeypatch.setenv("VNLP_COLAB_STORE", served.url)
    served.faults["weights.bin"] = [FLIP]
    with pytest.raises(CorruptDownload):
        bundle("Demo")
    assert not (home / "stores").exists()


@pytest.fixture
def served(tmp_path: Path, online: None):
    (tmp_path / "served").mkdir(exist_ok=True)
    server = FaultyServer(tmp_path / "served")
    yield server
    server.close()


@pytest.mark.usefixtures("one_fault")
def test_verify_names_records_that_cannot_be_read(fetched: Path, home: Path) -> None:
    bundle("Demo")
    assert run("verify").exit_code == 0
    record = the_record(home)
    record.write_bytes(b"[" * 4000)
    result = run("verify")
    assert result.exit_code == 1 and f"error: {record} cannot be read" in result.stderr
    assert manage.verify().faults[0].startswith(str(record))


@pytest.mark.parametrize("kind", ["bucket", "fetched"])
def test_records_go_when_asked_only(kind: str, request: pytest.FixtureRequest, home: Path) -> None:
    request.getfixturevalue(kind)
    record = the_record(home)
    record.write_bytes(b"damaged")
    assert run("rm", "Demo").exit_code == 0 and run("rm", "--sources").exit_code == 0 and record.exists()
    assert run("rm", "--records").exit_code == 2 and run("rm", "--sources", "--records").exit_code == 2
    assert record.exists()
    result = run("rm", "--all", "--records")
    assert (result.exit_code, result.stdout) == (0, "Demo: 1 recorded hash deleted\n") and not record.exists()
    assert run("rm", "Demo", "--records").stdout == "Demo: was not cached\nDemo: no hash was recorded\n"
    assert bundle("Demo").path("weights.bin").read_bytes() == WEIGHTS
