"""A fork waits for whoever is inside a model before it takes the locks of other modules, which he may want."""

import os
import subprocess
import sys

import pytest

# In a process of its own: which module registered its hooks first is what matters.
PROGRAM = """
from vnlp_colab.runtime.forking import WORK
import logging, os, threading, time
from concurrent.futures import ThreadPoolExecutor

inside = threading.Event()

def work():
    with WORK.in_hand():
        inside.set()
        time.sleep(0.5)
        with ThreadPoolExecutor(1) as pool:
            pool.submit(logging.getLogger("vnlp_colab").setLevel, "INFO").result()

thread = threading.Thread(target=work)
thread.start()
inside.wait()
begin = time.monotonic()
child = os.fork()
if not child:
    os._exit(0)
os.waitpid(child, 0)
thread.join()
print(time.monotonic() - begin)
"""


@pytest.mark.usefixtures("one_fault")
@pytest.mark.skipif(not hasattr(os, "fork"), reason="fork")
def test_whoever_is_inside_may_use_executors_and_logs() -> None:
    done = subprocess.run([sys.executable, "-c", PROGRAM], capture_output=True, text=True, timeout=110)
    assert done.returncode == 0, done.stderr
    assert float(done.stdout) < 30  # it would give up after 60
