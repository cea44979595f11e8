"""Asks for known holes in the locked dependencies; says so, and passes, where the service cannot be reached.

python benchmarks/audit.py
"""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
LOCKS = (ROOT / "requirements.lock", *sorted((ROOT / "container").glob("*.lock")))
_UNREACHABLE = (
    "ConnectionError",
    "ServiceError",
    "Max retries",
    "ConnectTimeout",
    "NameResolution",
    "Failed to resolve",
)


def main() -> int:
    """Run pip-audit on each lock file; returns the first exit code that is not 0, or 0 where it could not ask."""
    outcomes = [audit(lock) for lock in LOCKS]
    return next((outcome for outcome in outcomes if outcome), 0)


def audit(lock: Path) -> int:
    """Run pip-audit on one lock file; returns its exit code, or 0 where it could not ask."""
    options = ["--requirement", str(lock), "--disable-pip", "--progress-spinner", "off", "--format", "json"]
    name = lock.relative_to(ROOT).as_posix()
    try:
        done = subprocess.run(
            [sys.executable, "-m", "pip_audit", *options], capture_output=True, text=True, timeout=300
        )
    except subprocess.TimeoutExpired:
        print(f"{name}: SKIPPED, the service of pip-audit did not answer within five minutes")
        return 0
    # An answer counts whatever its words: the description of a hole may speak of connections, too.
    if done.stdout.strip():
        return report(name, done.stdout) or done.returncode
    if any(word in done.stderr for word in _UNREACHABLE):
        why = done.stderr.strip().splitlines()[-1][:200]
        print(f"{name}: SKIPPED, the service of pip-audit cannot be reached: {why}")
        return 0
    print(f"{name}: pip-audit failed: {done.stderr.strip()}")
    return 1


def report(name: str, content: str) -> int:
    """Print what was found; a package that the service does not know is no package without holes."""
    packages = json.loads(content)["dependencies"]
    asked = [package for package in packages if "skip_reason" not in package]
    holes = [(package["name"], package["version"], hole["id"]) for package in asked for hole in package["vulns"]]
    if len(asked) < len(packages):
        unknown = len(packages) - len(asked)
        print(f"{name}: SKIPPED for {unknown} of {len(packages)} packages, which the service does not know")
    print(f"{name}: {len(asked)} packages asked about, {len(holes)} known holes")
    for package, version, hole in holes:
        print(f"  {package} {version}: {hole}")
    return 1 if holes else 0


if __name__ == "__main__":
    sys.exit(main())
