"""Stores of converted models: published, fetched, and never believed."""

from __future__ import annotations

import dataclasses
import json
import shutil
import subprocess
import sys
import threading
from pathlib import Path

import pytest
from server_fakes import CUT, FLIP, GONE, STALL, FaultyServer
from shelf_fakes import in_store, nothing_is_cached, rewrite
from store_fakes import WEIGHTS, FakeConverter

from vnlp_colab import catalog
from vnlp_colab.catalog import ModelSpec
from vnlp_colab.errors import ConversionError, CorruptDownload, InputError, ModelNotAvailable, OfflineError
from vnlp_colab.store import bundle, bundles, folders
from vnlp_colab.store.bundles import Bundle
from vnlp_colab.store.manifest import encode
from vnlp_colab.store.publish import publish


def test_a_model_comes_from_the_store(store: Path, made: Bundle, home: Path, monkeypatch) -> None:
    found = bundle("Demo")
    assert found.root == home / "models" / made.root.name
    assert {path.name: path.read_bytes() for path in found.root.iterdir()} == {
        path.name: path.read_bytes() for path in made.root.iterdir()
    }
    monkeypatch.delenv("VNLP_COLAB_STORE")
    assert bundle("Demo") == found


def test_publishing_twice_changes_nothing(store: Path, made: Bundle) -> None:
    before = {path: (path.stat().st_mtime_ns, path.stat().st_ino) for path in store.rglob("*") if path.is_file()}
    again = publish([str(made.root.parent)], store.as_uri())
    assert [(model.name, model.uploaded) for model in again] == [("Demo", 0)]
    assert before == {
        path: (path.stat().st_mtime_ns, path.stat().st_ino) for path in store.rglob("*") if path.is_file()
    }
    assert not [path for path in store.rglob(".*")]


def test_a_report_becomes_part_of_the_manifest(made: Bundle, tmp_path: Path, monkeypatch, home: Path) -> None:
    report = {"passed": True, "results": [{"max_difference": 1e-7}]}
    (made.root / folders.REPORT).write_text(json.dumps(report))
    publish([str(made.root)], str(tmp_path / "store"))
    monkeypatch.setenv("VNLP_COLAB_STORE", str(tmp_path / "store"))
    found = bundle("Demo")
    assert found.manifest["verification"] == report
    # What was fetched can be published on, and is the same.
    assert publish(["Demo"], str(tmp_path / "store"))[0].uploaded == 0
    assert len(list((tmp_path / "store" / "Demo").iterdir())) == 1


def test_the_manifest_tells_all_of_a_model(store: Path) -> None:
    manifest = json.loads((in_store(store) / "manifest.json").read_bytes())
    assert {"name", "task", "architecture", "labels", "tokenizer", "sources", "licence", "origin"} < set(manifest)
    graph = next(entry for entry in manifest["files"] if entry["name"] == "step.onnx")
    assert set(graph) == {"name", "sha256", "size", "opset", "inputs", "outputs"}


def test_a_model_of_pinned_sources_comes_from_the_store_instead(
    spec: ModelSpec, home: Path, tmp_path: Path, monkeypatch
) -> None:
    """The seed of it all: converted files are fetched, and no wheel is."""
    monkeypatch.setattr(catalog, "_BY_NAME", {"Demo": spec})
    monkeypatch.setattr(catalog, "MODELS", (spec,))
    monkeypatch.setattr(bundles, "_production_converter", FakeConverter)
    found = bundle("Demo")
    publish(["Demo"], str(tmp_path / "store"))
    shutil.rmtree(home)
    monkeypatch.setenv("VNLP_COLAB_STORE", str(tmp_path / "store"))
    assert bundle("Demo") == found and not (home / "wheels").exists()
    shutil.rmtree(home)
    rewrite(tmp_path / "store", lambda manifest: manifest["sources"][0].update(sha256="0" * 64))
    with pytest.raises(CorruptDownload, match="other sources"):
        bundle("Demo")


def test_a_folder_of_another_format_is_not_published(made: Bundle, tmp_path: Path) -> None:
    (made.root / "manifest.json").write_bytes(encode(made.manifest | {"format": 1}))
    with pytest.raises(InputError, match="another version's format"):
        publish([str(made.root)], str(tmp_path / "store"))


@pytest.fixture
def web(store: Path, served: FaultyServer, monkeypatch) -> FaultyServer:
    """The same store behind a web server."""
    monkeypatch.setenv("VNLP_COLAB_STORE", served.url)
    return served


@pytest.fixture
def served(tmp_path: Path, online: None):
    server = FaultyServer(tmp_path / "served")
    yield server
    server.close()


def test_a_model_comes_over_the_web_without_listing(web: FaultyServer, made: Bundle, home: Path) -> None:
    found = bundle("Demo")
    assert found.files == made.files and (home / "models" / made.root.name).is_dir()
    assert sorted(path.rpartition("/")[2] for path in web.paths()) == sorted(
        [*made.files, "index.json", "manifest.json"]
    )
    assert bundle("Demo") == found and len(web.paths()) == 5


@pytest.mark.usefixtures("one_fault")
@pytest.mark.parametrize("file", ["index.json", "manifest.json", "step.onnx", "weights.bin"])
@pytest.mark.parametrize("fault", [CUT, 500, GONE])
def test_a_fault_that_passes_is_not_seen(web: FaultyServer, made: Bundle, file: str, fault: int | str) -> None:
    web.faults[file] = [fault, "none"]
    assert bundle("Demo").files == made.files


@pytest.mark.usefixtures("one_fault")
@pytest.mark.parametrize("file", ["manifest.json", "weights.bin"])
@pytest.mark.parametrize(
    ("fault", "error"),
    [(CUT, CorruptDownload), (FLIP, CorruptDownload), (403, ModelNotAvailable), (500, ModelNotAvailable)],
)
def test_a_fault_that_lasts_is_an_error(
    web: FaultyServer, home: Path, file: str, fault: int | str, error: type
) -> None:
    web.faults[file] = [fault]
    with pytest.raises(error) as raised:
        bundle("Demo")
    assert web.url in str(raised.value) and file in str(raised.value)
    assert nothing_is_cached(home)


@pytest.mark.usefixtures("one_fault")
def test_a_listed_model_that_is_not_there_is_an_error(web: FaultyServer, home: Path) -> None:
    web.faults["manifest.json"] = [404]
    with pytest.raises(CorruptDownload, match=r"index\.json lists it"):
        bundle("Demo")
    web.faults.clear()
    web.faults["weights.bin"] = [404]
    with pytest.raises(ModelNotAvailable, match=r"weights\.bin: the server answered 404"):
        bundle("Demo")
    assert nothing_is_cached(home)


@pytest.mark.usefixtures("one_fault")
@pytest.mark.usefixtures("impatient")
def test_a_silent_store_is_an_error(web: FaultyServer, home: Path) -> None:
    web.faults["index.json"] = [STALL]
    with pytest.raises(OfflineError, match=r"index\.json: the server was silent .* \(3 attempts\)"):
        bundle("Demo")


def test_without_the_model_in_the_store_it_is_built(
    store: Path, unpinned: ModelSpec, weights_folder: Path, monkeypatch
) -> None:
    (store / "index.json").unlink()
    with pytest.raises(OfflineError, match=f"{store} does not have it"):
        bundle("Demo")
    monkeypatch.setenv("VNLP_COLAB_WEIGHTS", str(weights_folder))
    assert bundle("Demo").path("weights.bin").read_bytes() == WEIGHTS


def test_explicit_weights_are_not_replaced_by_the_stores(
    store: Path, weights_folder: Path, made: Bundle, monkeypatch
) -> None:
    monkeypatch.setenv("VNLP_COLAB_WEIGHTS", str(weights_folder))
    assert bundle("Demo").root.name == made.root.name
    (weights_folder / "Demo.weights").write_bytes(WEIGHTS[::-1])
    assert bundle("Demo").path("weights.bin").read_bytes() == WEIGHTS[::-1]


def test_a_store_of_another_converter_is_passed_over(store: Path, monkeypatch) -> None:
    monkeypatch.setattr(FakeConverter, "CONVERTER_VERSION", 2)
    with pytest.raises(OfflineError, match="does not have it"):
        bundle("Demo")


def test_what_is_published_last_is_what_a_new_cache_gets(
    store: Path, weights_folder: Path, made: Bundle, home: Path, monkeypatch
) -> None:
    with monkeypatch.context() as patch:
        patch.setenv("VNLP_COLAB_WEIGHTS", str(weights_folder))
        (weights_folder / "Demo.weights").write_bytes(WEIGHTS[::-1])
        other = bundle("Demo")
        publish(["Demo"], str(store))
    shutil.rmtree(home)
    assert bundle("Demo").root == other.root
    publish([str(made.root)], str(store))
    shutil.rmtree(home)
    assert bundle("Demo").root.name == made.root.name


@pytest.mark.usefixtures("one_fault")
def test_threads_that_fetch_the_same(web: FaultyServer, made: Bundle) -> None:
    found: list[Bundle] = []
    threads = [threading.Thread(target=lambda: found.append(bundle("Demo"))) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(found) == 4 and all(one == found[0] for one in found)
    assert sum(path.endswith("weights.bin") for path in web.paths()) == 1


@pytest.mark.usefixtures("one_fault")
def test_publishers_at_the_same_time_lose_nothing(made: Bundle, tmp_path: Path, monkeypatch) -> None:
    """Two models, published by two threads over and over: both are in the index at the end."""
    spec = catalog.model("Demo")
    second = dataclasses.replace(spec, name="Second")
    monkeypatch.setattr(catalog, "_BY_NAME", {"Demo": spec, "Second": second})
    other = tmp_path / "second"
    shutil.copytree(made.root, other)
    (other / "manifest.json").write_bytes(encode(made.manifest | {"name": "Second"}))
    threads = [
        threading.Thread(target=publish, args=([str(root)], str(tmp_path / "store"))) for root in (made.root, other)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert set(json.loads((tmp_path / "store" / "index.json").read_bytes())["models"]) == {"Demo", "Second"}


def test_what_cannot_be_published(made: Bundle, tmp_path: Path) -> None:
    store = str(tmp_path / "store")
    (tmp_path / "nothing").mkdir()
    with pytest.raises(InputError, match="web servers are read only"):
        publish([str(made.root)], "https://example.org/store")
    with pytest.raises(InputError, match=r"'Nothing' is neither a folder nor a model"):
        publish(["Nothing"], store)
    with pytest.raises(InputError, match=r"has no manifest\.json"):
        publish([str(tmp_path / "nothing")], store)
    with pytest.raises(InputError, match="name a folder"):
        publish([], store)
    for damage in ("{", "[" * 100_000):
        (made.root / folders.REPORT).write_text(damage)
        with pytest.raises(ConversionError, match="is not a report"):
            publish([str(made.root)], store)
    (made.root / folders.REPORT).unlink()
    manifest = made.manifest | {"sources": []}
    (made.root / "manifest.json").write_bytes(encode(manifest))
    with pytest.raises(ConversionError, match="not made of the sources"):
        publish([str(made.root)], store)
    (made.root / "weights.bin").write_bytes(b"damaged")
    with pytest.raises(CorruptDownload, match=r"weights\.bin"):
        publish([str(made.root)], store)
    assert not Path(store).exists()


def test_the_command_publishes(made: Bundle, tmp_path: Path) -> None:
    from typer.testing import CliRunner

    from vnlp_colab.cli import publish as command  # noqa: F401
    from vnlp_colab.cli.app import app

    arguments = ["publish", str(made.root), "--to", str(tmp_path / "store")]
    first, second = CliRunner().invoke(app, arguments), CliRunner().invoke(app, arguments)
    assert (first.exit_code, second.exit_code) == (0, 0)
    assert "Demo: sent" in first.stdout and "Demo: was there already" in second.stdout
    assert CliRunner().invoke(app, ["publish", "Nothing", "--to", str(tmp_path)]).exit_code == 1


def test_importing_the_command_is_light() -> None:
    program = "import sys, vnlp_colab.store.publish; print(*sys.modules)"
    modules = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert not {"boto3", "requests", "urllib3", "onnx", "tqdm"} & set(modules.stdout.split())
