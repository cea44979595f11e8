"""Asks for known holes in the locked dependencies; says so, and passes, where the service cannot be reached.

python benchmarks/audit.py
"""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

LOCK = Path(__file__).resolve().parents[1] / "requirements.lock"
_UNREACHABLE = (
    "ConnectionError",
    "ServiceError",
    "Max retries",
    "ConnectTimeout",
    "NameResolution",
    "Failed to resolve",
)


def main() -> int:
    """Run pip-audit; returns its exit code, or 0 where it could not ask."""
    command = [
        sys.executable,
        "-m",
        "pip_audit",
        "--requirement",
        str(LOCK),
        "--disable-pip",
        "--progress-spinner",
        "off",
        "--format",
        "json",
    ]
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=300)
    except subprocess.TimeoutExpired:
        print("pip-audit: SKIPPED, its service did not answer within five minutes")
        return 0
    # An answer counts whatever its words: the description of a hole may speak of connections, too.
    if done.stdout.strip():
        return report(done.stdout) or done.returncode
    if any(word in done.stderr for word in _UNREACHABLE):
        print(f"pip-audit: SKIPPED, its service cannot be reached: {done.stderr.strip().splitlines()[-1][:200]}")
        return 0
    return complain(done.stderr)


def report(content: str) -> int:
    """Print what was found; a package that the service does not know is no package without holes."""
    packages = json.loads(content)["dependencies"]
    asked = [package for package in packages if "skip_reason" not in package]
    holes = [(package["name"], package["version"], hole["id"]) for package in asked for hole in package["vulns"]]
    if len(asked) < len(packages):
        unknown = len(packages) - len(asked)
        print(f"pip-audit: SKIPPED for {unknown} of {len(packages)} packages, which the service does not know")
    print(f"pip-audit: {len(asked)} packages asked about, {len(holes)} known holes")
    for name, version, hole in holes:
        print(f"  {name} {version}: {hole}")
    return 1 if holes else 0


def complain(said: str) -> int:
    """Print why there is no answer."""
    print(f"pip-audit failed: {said.strip()}")
    return 1


if __name__ == "__main__":
    sys.exit(main())
