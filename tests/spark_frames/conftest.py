"""A cluster of several processes on this machine, for the tests of vnlp_colab.spark: the extra ``spark``, and Java."""

import importlib.util
import os
import shutil
import sys
from pathlib import Path

import pytest


@pytest.fixture(scope="session")
def needed():
    """Skips, or fails where Spark is required, unless PySpark and Java are there."""
    reason = ""
    if importlib.util.find_spec("pyspark") is None:
        reason = "PySpark (the extra 'spark') is not installed"
    elif shutil.which("java") is None and not os.environ.get("JAVA_HOME"):
        reason = "there is no Java, which Spark runs on; on Debian and Ubuntu: apt install default-jre-headless"
    if reason and os.environ.get("VNLP_COLAB_REQUIRE_SPARK") == "1":
        pytest.fail(f"VNLP_COLAB_REQUIRE_SPARK is set, but {reason}")
    if reason:
        pytest.skip(reason)


@pytest.fixture(scope="session")
def folder(tmp_path_factory):
    """Where workers note what they do."""
    return tmp_path_factory.mktemp("workers")


@pytest.fixture(scope="session")
def spark(needed, folder, tmp_path_factory):
    """Spark with two executors, each with room for one task of two CPUs."""
    import pyspark
    from pyspark.sql import SparkSession

    # The cluster keeps its executors' files under SPARK_HOME: one of its own, not among the installed packages.
    home = tmp_path_factory.mktemp("spark")
    for part in Path(pyspark.__file__).parent.iterdir():
        (home / part.name).symlink_to(part)
    with pytest.MonkeyPatch.context() as environment:
        environment.setenv("SPARK_HOME", str(home))
        environment.setenv("PYSPARK_PYTHON", sys.executable)
        # What the executors inherit. Their Python finds the stand-ins beside this file.
        environment.setenv("PYTHONPATH", str(Path(__file__).parent))
        environment.setenv("VNLP_TEST_WORKERS", str(folder))
        environment.setenv("VNLP_COLAB_OFFLINE", "1")
        settings = {
            "spark.driver.bindAddress": "127.0.0.1",
            "spark.driver.host": "127.0.0.1",
            "spark.driver.memory": "512m",
            "spark.executor.memory": "512m",
            "spark.sql.execution.arrow.maxRecordsPerBatch": "20",
            "spark.sql.session.timeZone": "UTC",
            "spark.task.cpus": "2",
            "spark.ui.enabled": "false",
            "spark.ui.showConsoleProgress": "false",
        }
        builder = SparkSession.builder.master("local-cluster[2,2,512]").appName("vnlp-colab")
        for name, value in settings.items():
            builder = builder.config(name, value)
        session = builder.getOrCreate()
        session.sparkContext.setLogLevel("OFF")
        yield session
        session.stop()


@pytest.fixture
def notes(folder):
    """The workers' notes of this test."""
    for path in folder.iterdir():
        path.unlink()
    return folder
