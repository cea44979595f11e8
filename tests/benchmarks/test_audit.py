"""The audit of the locked dependencies, with a stand-in for pip-audit that gives the answers of its service."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path

import pytest

from benchmarks import audit

CLEAN = {"name": "numpy", "version": "2.4.0", "vulns": []}
HOLE = {"id": "PYSEC-2026-1", "fix_versions": ["3"], "description": "A ConnectionError after Max retries leaks."}
HOLED = {"name": "requests", "version": "2.31.0", "vulns": [HOLE]}
UNKNOWN = {"name": "local", "skip_reason": "not found"}


@pytest.fixture
def audited(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]):
    """Return what the audit makes of an answer: its exit code, and what it prints."""

    def run(stdout: object = "", stderr: str = "", code: int = 0) -> tuple[int, str]:
        content = stdout if isinstance(stdout, str) else json.dumps({"dependencies": stdout, "fixes": []})
        program = f"import sys\nprint({content!r})\nprint({stderr!r}, file=sys.stderr)\nsys.exit({code})\n"
        (tmp_path / "pip_audit.py").write_text(program)
        monkeypatch.setenv("PYTHONPATH", str(tmp_path))
        monkeypatch.setattr(audit, "LOCKS", (audit.ROOT / "requirements.lock",))
        found = audit.main()
        return found, capsys.readouterr().out

    return run


def test_no_holes(audited) -> None:
    assert audited([CLEAN]) == (0, "requirements.lock: 1 packages asked about, 0 known holes\n")


def test_a_hole_fails_and_is_named(audited) -> None:
    code, said = audited([CLEAN, HOLED], "Found 1 known vulnerability in 1 package", 1)
    assert code == 1
    assert said == "requirements.lock: 2 packages asked about, 1 known holes\n  requests 2.31.0: PYSEC-2026-1\n"


def test_what_the_service_does_not_know_is_no_package_without_holes(audited) -> None:
    code, said = audited([CLEAN, UNKNOWN])
    assert code == 0
    assert said.startswith("requirements.lock: SKIPPED for 1 of 2 packages") and "1 packages asked about" in said
    assert audited([UNKNOWN, HOLED], code=1)[0] == 1


@pytest.mark.parametrize("word", ["ConnectionError: refused", "ServiceError: 503", "Failed to resolve 'x'"])
def test_a_service_out_of_reach_is_said(audited, word: str) -> None:
    code, said = audited(stderr=f"Traceback\nrequests.exceptions.{word}", code=1)
    assert (
        code == 0
        and said.startswith("requirements.lock: SKIPPED, the service of pip-audit cannot be reached: ")
        and word in said
    )


def test_a_failure_after_an_answer_fails(audited) -> None:
    assert audited([CLEAN], "it broke off", 3)[0] == 3


def test_another_failure_fails(audited) -> None:
    assert audited(stderr="no such option: --disable-pip", code=2) == (
        1,
        "requirements.lock: pip-audit failed: no such option: --disable-pip\n",
    )


def test_a_service_that_does_not_answer(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    def silent(command: list[str], **options: object) -> None:
        raise subprocess.TimeoutExpired(command, 300)

    monkeypatch.setattr(subprocess, "run", silent)
    assert audit.main() == 0
    assert "SKIPPED, the service of pip-audit did not answer" in capsys.readouterr().out


@pytest.fixture
def asked(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A stand-in that notes what it is asked, and finds a hole in what builds the package alone."""
    program = f"""
import json, sys
lock = sys.argv[sys.argv.index("--requirement") + 1]
open({str(tmp_path / "asked")!r}, "a").write(lock + "\\n")
print(json.dumps({{"dependencies": [{HOLED!r} if lock.endswith("build.lock") else {CLEAN!r}]}}))
sys.exit(lock.endswith("build.lock"))
"""
    (tmp_path / "pip_audit.py").write_text(program)
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    return tmp_path / "asked"


def test_it_asks_about_every_lock_file(asked: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert audit.main() == 1
    locks = [Path(line) for line in asked.read_text().splitlines()]
    names = [lock.relative_to(audit.ROOT).as_posix() for lock in locks]
    assert names == ["requirements.lock", "container/build.lock", "container/cpu.lock", "container/gpu.lock"]
    assert all("==" in lock.read_text() and "--hash=sha256:" in lock.read_text() for lock in locks)
    said = capsys.readouterr().out
    assert "container/build.lock: 1 packages asked about, 1 known holes\n  requests 2.31.0: PYSEC-2026-1\n" in said
    assert "container/gpu.lock: 1 packages asked about, 0 known holes\n" in said
