"""SIGKILL at random moments."""

from __future__ import annotations

import json
import os
import random
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from crash import content

HERE = Path(__file__).parent
MAIN = "from vnlp_colab.cli import main; main()"

pytestmark = pytest.mark.skipif(os.name != "posix", reason="SIGKILL and fork")


def killed(kills: int, seed: int, timeout: float) -> dict[str, float]:
    command = [sys.executable, str(HERE / "kills.py"), str(kills), "--seed", str(seed)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=timeout)
    assert done.returncode == 0, done.stderr
    found = json.loads(done.stdout)
    assert found["kills"] >= kills and found["runs"] >= 2 and found["rows_failed"] > 0
    assert (found["survived"], found["rows_lost"], found["rows_wrong"]) == (found["kills"], 0, 0)
    return found


def test_twenty_kills() -> None:
    killed(20, 1, 120)


@pytest.mark.nightly
@pytest.mark.timeout(1800)
def test_many_kills() -> None:
    killed(250, 2, 1500)


@pytest.mark.parametrize(
    "workers", [pytest.param("0", marks=pytest.mark.slow), pytest.param("2", marks=pytest.mark.nightly)]
)
def test_the_command_with_real_models(tmp_path: Path, workers: str) -> None:
    """Started, killed and started again as people do it."""
    words = ["Ali", "dün", "akşam", "Ankara'da", "üç", "güzel", "kitap", "aldı", "ve", "eve", "döndü", "."]
    chance = random.Random(3)
    rows = [" ".join(chance.sample(words, chance.randint(1, 4))) for _ in range(9000)]
    table = tmp_path / "in.csv"
    table.write_text("sentence\n" + "".join(f'"{row}"\n' for row in rows), encoding="utf-8")
    command = [sys.executable, "-c", MAIN, "run", str(table), "--resume", "--models", "pos:ContextPoS"]
    environment = os.environ | {"VNLP_COLAB_HOME": str(tmp_path / "home"), "VNLP_COLAB_OFFLINE": "1"}

    def start(folder: str, *options: str) -> subprocess.Popen[str]:
        return subprocess.Popen(
            [*command, "-o", str(tmp_path / folder), *options],
            env=environment,
            stderr=subprocess.PIPE,
            text=True,
            start_new_session=True,
        )

    whole = start("whole")
    assert whole.wait(250) == 0
    process = start("killed", "--workers", workers)
    first = tmp_path / "killed" / "part-00000.parquet"
    while not first.exists():
        assert process.poll() is None, process.stderr and process.stderr.read()
        time.sleep(0.01)
    os.killpg(process.pid, signal.SIGKILL)
    process.communicate()
    again = start("killed", "--workers", workers)
    said = again.communicate(timeout=250)[1]
    assert again.returncode == 0, said
    assert "9,000 rows" in said
    assert content(tmp_path / "killed") == content(tmp_path / "whole")
