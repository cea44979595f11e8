"""Schemathesis: the service does what its own OpenAPI schema says, whatever is sent."""

import os
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

import pytest
from service_fakes import listening

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(find_spec("schemathesis") is None, reason="Schemathesis is not installed (the extra 'e2e')"),
]

RUN = "from schemathesis.cli import schemathesis; schemathesis(prog_name='schemathesis')"


def test_answers_are_as_described(tmp_path):
    limits = {"models": ("pos:ContextPoS", "ner:ContextNER"), "max_characters": 100, "max_texts": 4}
    with listening(**limits) as port:
        done = subprocess.run(
            [
                *(sys.executable, "-c", RUN, "run", f"http://127.0.0.1:{port}/openapi.json"),
                *("--max-examples", "40", "--seed", "1", "--no-color", "--generation-database", "none"),
            ],
            capture_output=True,
            text=True,
            timeout=280,
            cwd=tmp_path,
            env={**os.environ, "PYTHONPATH": str(Path(__file__).parent), "SCHEMATHESIS_HOOKS": "schemathesis_hooks"},
        )
    print(done.stdout)
    assert done.returncode == 0, done.stdout + done.stderr
