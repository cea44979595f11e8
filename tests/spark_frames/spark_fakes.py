"""What runs in Spark's workers, with notes of it in a folder, and what dies of it. Importable in the workers."""

import os
import signal
from pathlib import Path

from pyspark import TaskContext

from vnlp_colab.spark import worker


def note(name, line):
    with Path(os.environ["VNLP_TEST_WORKERS"], name).open("a") as stream:
        stream.write(f"{line}\n")


def noting(described, given):
    """Note the ids of the rows that come out, and how often models were loaded in the life of this process."""
    ids = []
    for frame in worker.frames(described, given):
        ids += frame["id"].tolist()
        yield frame
    threads = worker.loaded(described, worker._threads())[1]._runner.annotator._threads
    note(f"done-{os.getpid()}", f"{worker.loaded.cache_info().misses} {threads} {' '.join(map(str, ids))}")


def mortal(described, given):
    """Be killed with row 130 on the way, the first time."""
    task = TaskContext.get()
    for frame in worker.frames(described, given):
        note(f"partition-{task.partitionId()}", f"{task.attemptNumber()} {os.getpid()} {len(frame)}")
        if 130 in frame["id"].tolist() and task.attemptNumber() == 0:
            os.kill(os.getpid(), signal.SIGKILL)
        yield frame
