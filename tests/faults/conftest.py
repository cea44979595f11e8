"""What the tests of faults share."""

import sys
from pathlib import Path

import pytest

# Stand-ins that worker processes import too.
sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "pipeline"))


@pytest.fixture
def small_disk(make_disk):
    """A file system of 1 MB."""
    return make_disk("1m")
