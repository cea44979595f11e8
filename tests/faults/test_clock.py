"""The clock jumps while a run goes on: nothing of a result comes from it."""

from __future__ import annotations

import ast
import itertools
import time
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from crash import Seen, content

import vnlp_colab
from counting import Counted
from model_fakes import ALL, Factory
from vnlp_colab import VNLPipeline

# What tells the time of day; time.monotonic and time.perf_counter do not jump.
READS = {"time", "time_ns", "localtime", "gmtime", "now", "utcnow", "today"}


def calls(tree: ast.AST) -> list[str]:
    """The functions of ``time``, ``datetime`` and ``date`` that a module calls or imports by name."""
    found = [
        node.attr
        for node in ast.walk(tree)
        if isinstance(node, ast.Attribute) and getattr(node.value, "id", "") in {"time", "datetime", "date"}
    ]
    modules = [node for node in ast.walk(tree) if isinstance(node, ast.ImportFrom) and node.module == "time"]
    return found + [alias.name for node in modules for alias in node.names]


def test_the_package_asks_for_no_time_of_day() -> None:
    assert READS & set(calls(ast.parse("import time\ntime.time()\nfrom time import time_ns"))) == {"time", "time_ns"}
    root = Path(vnlp_colab.__file__).parent
    found = {path.name: READS & set(calls(ast.parse(path.read_bytes()))) for path in root.rglob("*.py")}
    assert {name: called for name, called in found.items() if called} == {}


def pipeline(progress: bool) -> VNLPipeline:
    pipe = VNLPipeline(ALL, progress=progress, model_factory=Factory())
    pipe._rows_per_shard = 16
    return pipe


def test_during_a_run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, counted: Counted) -> None:
    """Libraries do ask for it, such as the bar of progress: each answer is from another century."""
    table = tmp_path / "in.parquet"
    pq.write_table(pa.table({"sentence": [f"Metin {i} güzel ." for i in range(60)]}), table)
    pipeline(False).annotate_file(table, tmp_path / "whole", 4, resume=True)
    dates = itertools.cycle([0.0, 2.0**33, 1.0, 2.0**31 - 0.5, 2.0**31, 1e9])

    def jumped() -> float:
        counted.fault()
        return next(dates)

    monkeypatch.setattr(time, "time", jumped)
    monkeypatch.setattr(time, "time_ns", lambda: int(jumped() * 1e9))
    monkeypatch.setattr("tqdm.std.time", jumped)
    pipe = pipeline(True)
    pipe._runner.annotator._models["CharNER"].log = Seen(9, MemoryError)
    with pytest.raises(MemoryError):
        pipe.annotate_file(table, tmp_path / "out", 4, resume=True)
    assert pipeline(True).annotate_file(table, tmp_path / "out", 4, resume=True).resumed == 32
    monkeypatch.undo()
    assert counted.faults > 2
    counted.same_folder(content(tmp_path / "whole"), content(tmp_path / "out"))
