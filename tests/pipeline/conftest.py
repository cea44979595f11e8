"""A pipeline of stand-in models."""

import pytest

from model_fakes import ALL, Factory
from vnlp_colab.pipeline.pipeline import VNLPipeline


@pytest.fixture
def factory():
    return Factory()


@pytest.fixture
def make_pipeline(factory):
    def make(models=ALL, **options):
        return VNLPipeline(models, **{"progress": False, **options}, model_factory=factory)

    return make


@pytest.fixture
def pipe(make_pipeline):
    return make_pipeline()


@pytest.fixture
def leftovers(tmp_path):
    """Names in the folder of outputs, hidden ones too."""
    folder = tmp_path / "out"
    folder.mkdir()
    return lambda: sorted(path.name for path in folder.iterdir())


@pytest.fixture
def write(tmp_path):
    """Write an input file, and return its path."""

    def write(name, content):
        path = tmp_path / name
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        return path

    return write
