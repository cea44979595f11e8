"""An empty cache of its own for every test of the store."""

from __future__ import annotations

import dataclasses
import os
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from server_fakes import FaultyServer, s3_server
from store_fakes import WEIGHTS, FakeConverter, model_spec, unpinned_spec, write_wheel

from vnlp_colab import catalog
from vnlp_colab.catalog import ModelSpec, Wheel
from vnlp_colab.store import bundle, bundles, transport
from vnlp_colab.store.bundles import Bundle
from vnlp_colab.store.publish import publish


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The cache folder, not there yet; the network is forbidden unless a test allows it."""
    folder = tmp_path / "home"
    monkeypatch.setenv("VNLP_COLAB_HOME", str(folder))
    monkeypatch.setenv("VNLP_COLAB_OFFLINE", "1")
    return folder


@pytest.fixture
def index(tmp_path: Path, home: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder that pip takes for the only package index; it holds nothing yet."""
    folder = tmp_path / "index"
    folder.mkdir()
    monkeypatch.setenv("PIP_CONFIG_FILE", "/dev/null")
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setenv("PIP_FIND_LINKS", str(folder))
    monkeypatch.delenv("VNLP_COLAB_OFFLINE")
    return folder


@pytest.fixture
def wheel(tmp_path: Path) -> Wheel:
    """A wheel that exists, but is not in the cache: see ``tmp_path / "made"``."""
    return write_wheel(tmp_path / "made")


@pytest.fixture
def cached_wheel(tmp_path: Path, home: Path, wheel: Wheel) -> Wheel:
    (home / "wheels").mkdir(parents=True)
    shutil.copy(tmp_path / "made" / wheel.filename, home / "wheels")
    return wheel


@pytest.fixture
def spec(cached_wheel: Wheel) -> ModelSpec:
    """A model whose sources are cached."""
    return model_spec(cached_wheel)


@pytest.fixture
def converter() -> FakeConverter:
    return FakeConverter()


@pytest.fixture
def online(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The network is allowed, there is nothing beyond loopback on it, and failures are not waited for."""
    monkeypatch.delenv("VNLP_COLAB_OFFLINE")
    monkeypatch.setenv("NO_PROXY", "*")
    monkeypatch.setenv("PIP_CONFIG_FILE", "/dev/null")
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setenv("VNLP_COLAB_TIMEOUT", "10")
    monkeypatch.setenv("VNLP_COLAB_ATTEMPTS", "3")
    monkeypatch.setattr(transport, "_PAUSE", 0.01)


@pytest.fixture
def served(tmp_path: Path, online: None) -> Iterator[FaultyServer]:
    """A web server of the folder ``tmp_path / "served"``."""
    folder = tmp_path / "served"
    folder.mkdir()
    server = FaultyServer(folder)
    yield server
    server.close()


@pytest.fixture(autouse=True)
def no_places(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("VNLP_COLAB_WEIGHTS", raising=False)
    monkeypatch.delenv("VNLP_COLAB_STORE", raising=False)


@pytest.fixture
def weights_folder(tmp_path: Path) -> Path:
    folder = tmp_path / "weights"
    folder.mkdir()
    (folder / "Demo.weights").write_bytes(WEIGHTS)
    return folder


@pytest.fixture
def unpinned(cached_wheel: Wheel, monkeypatch: pytest.MonkeyPatch) -> ModelSpec:
    """A model whose weights have no known hash, and which is in the catalog."""
    spec = unpinned_spec(cached_wheel)
    monkeypatch.setattr(catalog, "_BY_NAME", {spec.name: spec})
    monkeypatch.setattr(catalog, "MODELS", (spec,))
    monkeypatch.setattr(catalog, "WEIGHTS", spec.weight_files)
    monkeypatch.setattr(bundles, "_production_converter", FakeConverter)
    return spec


@pytest.fixture
def made(unpinned: ModelSpec, weights_folder: Path, home: Path, monkeypatch: pytest.MonkeyPatch) -> Bundle:
    """A bundle, built in a cache that the tests do not use."""
    with monkeypatch.context() as patch:
        patch.setenv("VNLP_COLAB_WEIGHTS", str(weights_folder))
        found = bundle("Demo")
    (home / "models").rename(home.parent / "made models")
    for record in (home / "weights").glob("*/*"):
        record.unlink()
    return dataclasses.replace(found, root=home.parent / "made models" / found.root.name)


@pytest.fixture
def store(made: Bundle, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A store with that bundle, configured."""
    folder = tmp_path / "served"
    publish([str(made.root)], str(folder))
    monkeypatch.setenv("VNLP_COLAB_STORE", str(folder))
    return folder


@pytest.fixture(scope="session")
def s3_url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """An S3 server, in a process of its own."""
    pytest.importorskip("moto.server", reason="the S3 server of the extra dev is not installed")
    with s3_server(tmp_path_factory.mktemp("s3") / "log") as url:
        yield url


@pytest.fixture
def s3(s3_url: str, online: None, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[FaultyServer]:
    """A proxy in front of the S3 server, which can go wrong; the AWS settings point to it, with credentials."""
    for name in [name for name in os.environ if name.startswith("AWS_")]:
        monkeypatch.delenv(name)
    proxy = FaultyServer(upstream=s3_url)
    monkeypatch.setenv("AWS_ENDPOINT_URL", proxy.url)
    monkeypatch.setenv("AWS_REGION", "eu-central-1")
    monkeypatch.setenv("AWS_DEFAULT_REGION", "eu-central-1")
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "test")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "test")
    monkeypatch.setenv("AWS_CONFIG_FILE", str(tmp_path / "aws_config"))
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", str(tmp_path / "aws_credentials"))
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    yield proxy
    proxy.close()


@pytest.fixture
def impatient(online: None, monkeypatch: pytest.MonkeyPatch) -> None:
    """A silence of 0.4 seconds is too long: only for tests of silent servers, as a busy machine pauses too."""
    monkeypatch.setenv("VNLP_COLAB_TIMEOUT", "0.4")
