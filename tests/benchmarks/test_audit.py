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
        found = audit.main()
        return found, capsys.readouterr().out

    return run


def test_no_holes(audited) -> None:
    assert audited([CLEAN]) == (0, "pip-audit: 1 packages asked about, 0 known holes\n")


def test_a_hole_fails_and_is_named(audited) -> None:
    code, said = audited([CLEAN, HOLED], "Found 1 known vulnerability in 1 package", 1)
    assert code == 1
    assert said == "pip-audit: 2 packages asked about, 1 known holes\n  requests 2.31.0: PYSEC-2026-1\n"


def test_what_the_service_does_not_know_is_no_package_without_holes(audited) -> None:
    code, said = audited([CLEAN, UNKNOWN])
    assert code == 0
    assert said.startswith("pip-audit: SKIPPED for 1 of 2 packages") and "1 packages asked about" in said
    assert audited([UNKNOWN, HOLED], code=1)[0] == 1


@pytest.mark.parametrize("word", ["ConnectionError: refused", "ServiceError: 503", "Failed to resolve 'x'"])
def test_a_service_out_of_reach_is_said(audited, word: str) -> None:
    code, said = audited(stderr=f"Traceback\nrequests.exceptions.{word}", code=1)
    assert code == 0 and said.startswith("pip-audit: SKIPPED, its service cannot be reached: ") and word in said


def test_a_failure_after_an_answer_fails(audited) -> None:
    assert audited([CLEAN], "it broke off", 3)[0] == 3


def test_another_failure_fails(audited) -> None:
    assert audited(stderr="no such option: --disable-pip", code=2) == (
        1,
        "pip-audit failed: no such option: --disable-pip\n",
    )


def test_a_service_that_does_not_answer(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    def silent(command: list[str], **options: object) -> None:
        raise subprocess.TimeoutExpired(command, 300)

    monkeypatch.setattr(subprocess, "run", silent)
    assert audit.main() == 0
    assert "SKIPPED, its service did not answer" in capsys.readouterr().out


def test_it_asks_about_the_lock_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    program = "import json, sys\nopen(__file__ + '.asked', 'w').write(json.dumps(sys.argv[1:]))\n"
    (tmp_path / "pip_audit.py").write_text(program + """print('{"dependencies": []}')""")
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    assert audit.main() == 0
    asked = json.loads((tmp_path / "pip_audit.py.asked").read_text())
    lock = Path(asked[asked.index("--requirement") + 1])
    assert "==" in lock.read_text() and "--hash=sha256:" in lock.read_text()
