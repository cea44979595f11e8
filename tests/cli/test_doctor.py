"""What the doctor says of installations, sound and broken."""

import json
import os
import re
import shutil
from importlib import metadata
from pathlib import Path
from types import SimpleNamespace

import pytest
from typer.testing import CliRunner

from vnlp_colab.cli import diagnosis, doctor, storage  # noqa: F401  (adds its command)
from vnlp_colab.cli.app import app
from vnlp_colab.errors import DeviceError
from vnlp_colab.runtime import limits, session

HOME = os.environ.get("VNLP_COLAB_HOME")
CUDA, CPU = "CUDAExecutionProvider", "CPUExecutionProvider"


@pytest.fixture(autouse=True)
def surroundings(monkeypatch, tmp_path):
    for name in ("OFFLINE", "STORE", "WEIGHTS", "TIMEOUT", "ATTEMPTS"):
        monkeypatch.delenv(f"VNLP_COLAB_{name}", raising=False)
    monkeypatch.setenv("VNLP_COLAB_HOME", str(tmp_path / "home"))
    monkeypatch.setattr(diagnosis, "gpu_present", lambda: False)


@pytest.fixture
def installed(monkeypatch):
    """Pretend that packages are installed, or with ``None`` that they are not."""
    real = metadata.version

    def pretend(**versions):
        versions = {name.replace("_", "-"): version for name, version in versions.items()}

        def version(name):
            found = versions[name] if name in versions else real(name)
            if found is None:
                raise metadata.PackageNotFoundError(name)
            return found

        monkeypatch.setattr(metadata, "version", version)

    return pretend


def call(*arguments):
    return CliRunner().invoke(app, ["doctor", *arguments])


def report():
    result = call("--json")
    found = json.loads(result.stdout)
    assert result.exit_code == (0 if found["usable"] else 1)
    return found


def findings(level):
    return [finding for finding in report()["findings"] if finding["level"] == level]


def test_a_sound_installation(tmp_path):
    found = report()
    assert found["usable"]
    assert found["versions"]["onnx"] == metadata.version("onnx")
    assert found["runtime"]["loads"] == CPU
    assert CPU in found["runtime"]["listed"]
    assert found["machine"]["threads"] >= 1
    assert found["cache"] == {**found["cache"], "folder": str(tmp_path / "home"), "exists": False, "size": 0}
    assert set(found["models"].values()) == {None}
    assert found["settings"] == {"VNLP_COLAB_HOME": str(tmp_path / "home")}
    assert not (tmp_path / "home").exists()
    (note,) = findings("note")
    assert "ContextPoS, ContextNER, ContextDP, ContextLemma, ContextFeats come with the package" in note["problem"]
    assert "each of the others is fetched at its first use" in note["problem"]


def test_the_text_has_everything():
    result = call()
    assert result.exit_code == 0
    for words in ("onnxruntime", CPU, "threads", "memory", "folder", "writable", "VNLP_COLAB_HOME", "models cached"):
        assert words in result.stdout
    assert result.stdout.endswith("Models can run.\n")


@pytest.mark.parametrize(("gpu", "extra"), [(False, "cpu"), (True, "gpu")])
def test_both_runtimes_at_once(installed, monkeypatch, gpu, extra):
    installed(onnxruntime="1.23.0", onnxruntime_gpu="1.22.0")
    monkeypatch.setattr(diagnosis, "gpu_present", lambda: gpu)
    both = findings("warning")[0]
    assert "onnxruntime and onnxruntime-gpu are installed at once" in both["problem"]
    assert both["fix"] == f"pip uninstall -y onnxruntime onnxruntime-gpu && pip install 'vnlp-colab[{extra}]'"


def test_no_runtime(installed):
    installed(**dict.fromkeys(diagnosis.RUNTIMES))
    result = call()
    assert result.exit_code == 1
    assert "error: onnxruntime is not installed\n  fix: pip install 'vnlp-colab[cpu]'" in result.stdout
    assert "provider that loads  none" in result.stdout


def test_a_runtime_whose_files_are_gone(installed, monkeypatch):
    # what is left after one of two installed runtimes has been removed: a module without attributes
    installed(onnxruntime=None, onnxruntime_gpu="1.23.0")
    monkeypatch.setattr(session, "_onnxruntime", object)
    (error,) = findings("error")
    assert "onnxruntime does not work: AttributeError" in error["problem"]
    assert error["fix"].endswith("pip install 'vnlp-colab[gpu]'")


def test_extras_that_are_missing_are_named(installed):
    installed(**dict.fromkeys(diagnosis.OPTIONAL), tensorflow_cpu=None)
    said = call().stdout
    for extra in ("render, spacy", "polars", "serve", "ray", "spark", "store", "tf"):
        assert f"{extra})" in said, "each package says which extra brings it"


def test_a_missing_package(installed):
    installed(h5py=None, sentencepiece=None)
    (error,) = findings("error")
    assert (error["problem"], error["fix"]) == (
        "not installed: h5py, sentencepiece",
        "pip install h5py sentencepiece",
    )


class TestCuda:
    @pytest.fixture
    def loads(self, monkeypatch):
        """Pretend that CUDA is listed, and what a session gets of it."""
        real = session.open_session
        monkeypatch.setattr(session, "listed_providers", lambda: [CUDA, CPU])

        def pretend(well):
            class Opened:
                def __init__(self, session):
                    self.session = session

                def __getattr__(self, name):
                    return getattr(self.session, name)

                def get_providers(self):
                    return [CUDA, CPU] if well else [CPU]

            def open_session(model, device="auto"):
                if device == "cuda" and not well:
                    raise DeviceError("CUDA did not load: no libcudnn")
                return Opened(real(model, "cpu"))

            monkeypatch.setattr(session, "open_session", open_session)

        return pretend

    def test_it_loads(self, loads):
        loads(True)
        found = report()
        assert (found["runtime"]["loads"], found["runtime"]["cuda_error"]) == (CUDA, None)
        assert not findings("warning")

    def test_it_does_not(self, loads):
        loads(False)
        found = report()
        assert found["runtime"] == {"listed": [CUDA, CPU], "loads": CPU, "cuda_error": "CUDA did not load: no libcudnn"}
        (warning,) = findings("warning")
        assert "CUDA is listed, but does not load; there seems to be no NVIDIA driver here" in warning["problem"]
        assert "why not CUDA         CUDA did not load: no libcudnn" in call().stdout

    def test_a_gpu_without_the_build_for_it(self, monkeypatch):
        monkeypatch.setattr(diagnosis, "gpu_present", lambda: True)
        monkeypatch.setattr(session, "listed_providers", lambda: [CPU])
        (warning,) = findings("warning")
        assert warning["fix"].endswith("pip install 'vnlp-colab[gpu]'")


class TestCache:
    def test_models_in_it(self, tmp_path, monkeypatch):
        from vnlp_colab import catalog
        from vnlp_colab.store import manage

        class Bundle:
            size = 3_000_000

        spec = catalog.model("CharNER")
        monkeypatch.setattr(manage, "status", lambda: [manage.Status(spec, Bundle())])
        assert report()["models"] == {"CharNER": 3_000_000}
        assert report()["findings"] == []
        assert "CharNER (3.0 MB)" in call().stdout

    def test_nothing_in_it_and_no_network(self, monkeypatch):
        monkeypatch.setenv("VNLP_COLAB_OFFLINE", "1")
        (warning,) = findings("warning")
        assert "no model is cached, and the network is forbidden: ContextPoS, " in warning["problem"]
        assert "come with the package and need no network, the others cannot run" in warning["problem"]
        assert "vnlp-colab models pull" in warning["fix"]

    def test_a_cache_that_cannot_be_written_to(self, monkeypatch):
        monkeypatch.setattr(storage, "_writable", lambda folder: False)
        assert "cannot be written to" in findings("warning")[0]["problem"]
        assert "VNLP_COLAB_HOME" in findings("warning")[0]["fix"]
        assert findings("error")

    def test_writing_is_tried(self, tmp_path):
        assert storage._writable(tmp_path)
        assert not storage._writable(tmp_path / "nowhere")
        assert list(tmp_path.iterdir()) == []

    @pytest.mark.parametrize("free", [0, storage.BUNDLED - 1])
    def test_no_room_for_the_models_that_come_with_the_package(self, monkeypatch, tmp_path, free):
        monkeypatch.setattr(shutil, "disk_usage", lambda folder: SimpleNamespace(free=free))
        (error,) = findings("error")
        assert f"only {free / 1e6:.1f} MB are free where the cache lies, in {tmp_path}: " in error["problem"]
        assert "models cannot be put there; those that come with the package need 34.0 MB" in error["problem"]
        assert error["fix"] == "make room, or set VNLP_COLAB_HOME to a folder on another disk"
        assert findings("note") == findings("warning") == []
        said = call()
        assert said.exit_code == 1 and "Models can run." not in said.stdout

    @pytest.mark.parametrize(("cached", "free"), [(False, storage.BUNDLED), (True, 0)])
    def test_little_room(self, monkeypatch, cached, free):
        from vnlp_colab import catalog
        from vnlp_colab.store import manage

        bundle = SimpleNamespace(size=7) if cached else None
        entries = [manage.Status(catalog.model(name), bundle) for name in ("ContextPoS", "ContextNetwork")]
        entries.append(manage.Status(catalog.model("CharNER"), None))
        monkeypatch.setattr(manage, "status", lambda: entries)
        monkeypatch.setattr(shutil, "disk_usage", lambda folder: SimpleNamespace(free=free))
        (warning,) = findings("warning")
        assert f"only {free / 1e6:.1f} MB are free where the cache lies" in warning["problem"]
        assert report()["usable"]

    def test_what_the_models_that_come_with_the_package_take(self, monkeypatch):
        """Of this machine's cache, since unpacking them takes its time."""
        from vnlp_colab import catalog, store

        monkeypatch.setenv("VNLP_COLAB_HOME", HOME) if HOME else monkeypatch.delenv("VNLP_COLAB_HOME")
        names = [spec.name for spec in catalog.models() if catalog.comes_along(spec.name)]
        taken = sum(store.bundle(name).size for name in names)
        assert 0.95 * storage.BUNDLED < taken < storage.BUNDLED

    def test_its_size(self, tmp_path):
        (tmp_path / "home" / "models").mkdir(parents=True)
        (tmp_path / "home" / "models" / "a").write_bytes(b"12345")
        assert report()["cache"]["size"] == 5


@pytest.mark.parametrize(
    ("name", "value"), [("STORE", "ftp://a/b"), ("WEIGHTS", "https://"), ("TIMEOUT", "soon"), ("ATTEMPTS", "0")]
)
def test_a_setting_that_cannot_be(monkeypatch, name, value):
    monkeypatch.setenv(f"VNLP_COLAB_{name}", value)
    errors = findings("error")
    assert any(f"VNLP_COLAB_{name}" in error["problem"] for error in errors)


@pytest.mark.parametrize(
    ("name", "fix"),
    [("VNLP_COLAB_OFLINE", "did you mean VNLP_COLAB_OFFLINE?"), ("VNLP_COLAB_X", "unset it; known are VNLP_COLAB_ATT")],
)
def test_a_variable_that_is_not_known(monkeypatch, tmp_path, name, fix):
    monkeypatch.delenv("VNLP_COLAB_HOME")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    monkeypatch.setenv(name, "secret")
    (warning,) = [one for one in findings("warning") if "variable" in one["problem"]]
    assert warning["problem"] == f"the variable {name} is not known, and has no effect"
    assert warning["fix"].startswith(fix)
    assert "(none: no known VNLP_COLAB_ variable is set)" in call().stdout and "secret" not in call().stdout


def test_variables_of_the_service_tests_and_benchmarks_are_no_mistakes(monkeypatch):
    here = Path(__file__).parents[2]
    files = {path for folder in ("src", "tests", "benchmarks") for path in (here / folder).rglob("*.py")}
    pages = [path.read_text("utf-8") for path in files - {Path(__file__)}]
    named = {name for page in pages for name in re.findall(r"VNLP_COLAB_[A-Z_]+[A-Z](?![A-Z_])", page)}
    assert {"VNLP_COLAB_SERVE_MODELS", "VNLP_COLAB_SHARED", "VNLP_COLAB_REQUIRE_SHARED"} < named
    for name in {*named, "VNLP_COLAB_BENCH_KERAS_PYTHON"}:
        monkeypatch.setenv(name, "1")
    assert not [one for one in findings("warning") if "variable" in one["problem"]]
    assert report()["settings"]["VNLP_COLAB_SERVE_MODELS"] == "1"


def test_passwords_are_not_shown(monkeypatch):
    monkeypatch.setenv("VNLP_COLAB_STORE", "https://me:secret@example.org/models")
    assert "secret" not in call().stdout + call("--json").stdout


def test_little_memory(monkeypatch):
    monkeypatch.setattr(limits, "memory_limit", lambda: 500_000_000)
    (warning,) = findings("warning")
    assert warning["problem"] == "only 0.5 GB of memory are to be had"


def test_a_system_without_proc(monkeypatch):
    monkeypatch.setattr(diagnosis, "_memory", lambda: (None, None))
    assert "unknown" in call().stdout
