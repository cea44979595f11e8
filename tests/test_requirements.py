"""What is required, and what is locked: every requirement is bounded, and every lock file fits the bounds."""

from __future__ import annotations

import importlib.metadata
import re
import tomllib
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name
from packaging.version import Version

REPOSITORY = Path(__file__).resolve().parents[1]
PYPROJECT = tomllib.loads((REPOSITORY / "pyproject.toml").read_text(encoding="utf-8"))
EXTRAS = PYPROJECT["project"]["optional-dependencies"]
GROUPS = {"build": PYPROJECT["build-system"]["requires"], "core": PYPROJECT["project"]["dependencies"], **EXTRAS}

# What each lock file is made for, as `make lock` makes it.
LOCKS = {
    "requirements.lock": ("core", "cpu", "store"),
    "container/cpu.lock": ("core", "cpu", "serve"),
    "container/gpu.lock": ("core", "gpu", "serve"),
    "container/build.lock": ("build",),
}
PIN = r"(?P<pin>[a-z0-9][a-z0-9-]*==[^\s;]+(?: ; [^\\\n]+)?)"
ENTRY = re.compile(PIN + r" \\\n(?:    --hash=sha256:[0-9a-f]{64}(?: \\)?\n)+")


def required(*groups: str) -> list[Requirement]:
    return [Requirement(line) for group in groups for line in GROUPS[group]]


def unbounded(requirement: Requirement) -> list[str]:
    """Say which bound a requirement lacks."""
    kinds = {one.operator for one in requirement.specifier}
    exact = {kind for kind in kinds if kind in {"==", "==="}}
    return [
        f"{requirement}: no {side} bound"
        for side, operators in (("lower", {">=", ">", "~="}), ("upper", {"<", "<=", "~="}))
        if not (kinds & operators or exact)
    ]


def locked(name: str) -> list[Requirement]:
    """Return the pins of a lock file, all of which have hashes; nothing else may stand in it."""
    text = (REPOSITORY / name).read_text(encoding="utf-8")
    assert ENTRY.sub("", text) == "", f"{name} holds more than pins with hashes"
    return [Requirement(entry["pin"]) for entry in ENTRY.finditer(text)]


@pytest.mark.parametrize("group", GROUPS)
def test_every_requirement_has_a_lower_and_an_upper_bound(group: str) -> None:
    assert [fault for requirement in required(group) for fault in unbounded(requirement)] == []


def test_a_bound_that_is_missing_is_seen() -> None:
    assert unbounded(Requirement("a>=1")) == ["a>=1: no upper bound"]
    assert unbounded(Requirement("a<2,!=1.5")) == ["a!=1.5,<2: no lower bound"]
    assert len(unbounded(Requirement("a; sys_platform != 'win32'"))) == 2
    assert not unbounded(Requirement("a==1")) and not unbounded(Requirement("a~=1.2"))


@pytest.mark.parametrize("group", GROUPS)
def test_what_is_installed_is_within_the_bounds(group: str) -> None:
    """The upper bounds are those of the versions that the tests run with: no newer one has been tried."""
    for requirement in required(group):
        try:
            version = importlib.metadata.version(requirement.name)
        except importlib.metadata.PackageNotFoundError:
            continue
        assert requirement.specifier.contains(version, prereleases=True), f"{requirement} has {version}"


@pytest.mark.parametrize("lock", LOCKS)
def test_locks_have_what_the_package_asks_for(lock: str) -> None:
    pins: dict[str, list[Version]] = {}
    for pin in locked(lock):
        pins.setdefault(canonicalize_name(pin.name), []).extend(Version(one.version) for one in pin.specifier)
    for requirement in required(*LOCKS[lock]):
        versions = pins.get(canonicalize_name(requirement.name))
        assert versions, f"{lock} lacks {requirement}: make lock"
        for version in versions:
            assert requirement.specifier.contains(version, prereleases=True), f"{requirement}: make lock"


@pytest.mark.parametrize("lock", LOCKS)
def test_locks_name_no_index_and_no_file(lock: str) -> None:
    text = (REPOSITORY / lock).read_text(encoding="utf-8")
    assert "://" not in text and "@" not in text and not re.search(r"^\s*-(?!-hash=)", text, re.MULTILINE)


def test_every_lock_file_is_known() -> None:
    """What is not in ``LOCKS`` is neither compared with pyproject.toml nor audited."""
    found = [path.relative_to(REPOSITORY).as_posix() for path in REPOSITORY.glob("*.lock")]
    found += [path.relative_to(REPOSITORY).as_posix() for path in REPOSITORY.glob("container/*.lock")]
    assert sorted(found) == sorted(LOCKS)


@pytest.mark.parametrize("cut", ["    --hash", "==", "sha256:", "six==1.17.0"])
def test_a_lock_file_that_lost_something_is_refused(cut: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    text = (REPOSITORY / "requirements.lock").read_text(encoding="utf-8")
    (tmp_path / "requirements.lock").write_text(text.replace(cut, "", 1), encoding="utf-8")
    monkeypatch.setattr("test_requirements.REPOSITORY", tmp_path)
    with pytest.raises(AssertionError, match="more than pins"):
        locked("requirements.lock")
