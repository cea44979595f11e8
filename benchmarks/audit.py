"""Asks for known holes in the locked dependencies; says so, and passes, where the service cannot be reached.

python benchmarks/audit.py
"""

from __future__ import annotations

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
    ]
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=300)
    except subprocess.TimeoutExpired:
        print("pip-audit: SKIPPED, its service did not answer within five minutes")
        return 0
    said = done.stdout + done.stderr
    if done.returncode and any(word in said for word in _UNREACHABLE):
        print(f"pip-audit: SKIPPED, its service cannot be reached: {said.strip().splitlines()[-1][:200]}")
        return 0
    print(said.strip())
    return done.returncode


if __name__ == "__main__":
    sys.exit(main())
