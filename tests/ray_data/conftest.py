"""A cluster of several processes on this machine, for the tests of vnlp_colab.ray, which need the extra ``ray``."""

import os
from pathlib import Path

import pytest

ray = pytest.importorskip("ray", reason="Ray (the extra 'ray') is not installed")


@pytest.fixture(scope="session")
def cluster(tmp_path_factory):
    """Ray, and the folder in which actors note what they do."""
    folder = tmp_path_factory.mktemp("actors")
    # What Ray's processes inherit. They find the stand-ins beside this file.
    inherited = {
        "VNLP_TEST_ACTORS": str(folder),
        "VNLP_COLAB_OFFLINE": "1",
        "RAY_USAGE_STATS_ENABLED": "0",
        # On a busy machine Ray takes processes that are slow to start for lost, and starts more.
        "RAY_worker_register_timeout_seconds": "300",
        "PYTHONPATH": str(Path(__file__).parent),
    }
    before = {name: os.environ.get(name) for name in inherited}
    os.environ.update(inherited)
    # More CPUs than there may be: Ray only counts them.
    ray.init(
        num_cpus=4, object_store_memory=100 * 2**20, include_dashboard=False, log_to_driver=False, logging_level="ERROR"
    )
    ray.data.DataContext.get_current().enable_progress_bars = False
    yield folder
    ray.shutdown()
    for name, value in before.items():
        if value is None:
            del os.environ[name]
        else:
            os.environ[name] = value


@pytest.fixture
def notes(cluster):
    """The actors' notes of this test."""
    for path in cluster.iterdir():
        path.unlink()
    return cluster
