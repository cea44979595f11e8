"""What models need for a text is no more than what they are taken to need, and not much less."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from vnlp_colab.pipeline.limits import megabytes, need_of

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(
        not Path("/proc/self/clear_refs").exists(), reason="the kernel does not tell the largest memory"
    ),
]

TOKENS = 3000
FREE = 1.0
"""Megabytes that a process may have had free before, and take without growing."""
# Words without meaning: the parser finds no tree for them, and must look for one.
PROGRAM = """
import json, random, sys
from pathlib import Path
from vnlp_colab.models import registry

def status(name):
    lines = Path("/proc/self/status").read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith(name))

chance = random.Random(1)
words = ["".join(chance.choices("abcçdefgğhıijklmnoöprsştuüvyz", k=chance.randint(2, 9))) for _ in range(3000)]
name, count = sys.argv[1], int(sys.argv[2])
model = registry.create(name, threads=1)
model.predict_batch(["Ali geldi ."])
text = [chance.choice(words) for _ in range(count)]
Path("/proc/self/clear_refs").write_text("5")
before = status("VmRSS")
model.predict_batch([" ".join(text)])
print(json.dumps((status("VmHWM") - before) / 1024))
"""


@pytest.mark.parametrize("name", ["ContextPoS", "ContextNER", "ContextDP", "ContextLemma", "ContextFeats"])
def test_the_estimates_of_the_models_that_come_along(name: str) -> None:
    check(name)


@pytest.mark.models
@pytest.mark.parametrize("name", ["StemmerAnalyzer", "TreeStackPoS", "TreeStackDP", "GRUSentimentAnalyzer"])
def test_the_estimates_of_the_classic_models(name: str) -> None:
    check(name)


def check(name: str) -> None:
    command = [sys.executable, "-c", PROGRAM, name, str(TOKENS)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=250)
    assert done.returncode == 0, done.stderr
    measured, estimated = json.loads(done.stdout), megabytes(need_of([name]), ["x"] * TOKENS)
    assert measured < estimated < 5 * (measured + FREE)
