"""Throughput on local clusters by number of workers, and the plan of a run over 100 million sentences.

    python -m benchmarks.scale [--rows 6000] [--engine core|workers|ray|spark]... [--output docs]

Under five minutes on two cores. Each run is a process of its own, ``python -m MODULE FOLDER --models NAMES --workers
N``: it annotates ``FOLDER/few.parquet``, then ``FOLDER/many.parquet`` (columns ``id`` and ``sentence``), into Parquet
under ``FOLDER/few-out.parquet`` and ``FOLDER/many-out.parquet`` (files or folders), and prints as its last line JSON:

- ``start``: seconds until the cluster stands, or, in one process, until the models are loaded;
- ``first``, ``few``, ``many``: seconds from reading to writing, for the small table twice and the large one;
- ``plan``: what the engine ran, as text, if it tells;
- ``peak_mb``: memory of a process, if it is known.

What a row costs is the difference of the two tables' times, so what every run costs once (actors that start, models
that are loaded) is not in it; that is stated apart. Rows of ``many`` are compared with those of the one process.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from importlib.util import find_spec
from pathlib import Path
from typing import Any, NamedTuple

import pyarrow as pa
import pyarrow.parquet as pq

from benchmarks import corpus, machine, scale_page
from benchmarks.children import PACKAGES
from benchmarks.render import page

MODELS = "context"
# Whose rates the plan needs; they run in one process each, over fewer rows where they are slow.
PLANNED = {"pos": 1.0, "context": 1.0, "pos,ner,dep,lemma": 1.0, "classic": 0.1}
FEW = 0.2
"""Rows of the small table, as a share of the large one's."""


class Engine(NamedTuple):
    """What runs the models.

    Attributes:
        module: The program of one run.
        needs: What must be installed.
        workers: With how many workers it is measured.
    """

    module: str
    needs: str
    workers: tuple[int, ...]


ENGINES = {
    "workers": Engine("benchmarks.scale_core", "vnlp_colab", (1, 2)),
    "ray": Engine("benchmarks.scale_ray", "ray", (1, 2)),
    "spark": Engine("benchmarks.scale_spark", "pyspark", (1, 2)),
}
CORE = "core"


def sentences() -> corpus.Corpus:
    """What the rows are made of."""
    return corpus.mixed(corpus.corpora()[0][:2])


def tables(folder: Path, rows: int) -> dict[str, int]:
    """Write both tables; returns how many rows each has."""
    counts = {"few": max(1, int(rows * FEW)), "many": rows}
    found = list(corpus.varied(sentences().texts, rows))
    for name, count in counts.items():
        table = pa.table({"id": pa.array(range(count), pa.int64()), "sentence": found[:count]})
        # Files of several row groups, as large tables have them.
        pq.write_table(table, folder / f"{name}.parquet", row_group_size=1024)
    return counts


def run(module: str, folder: Path, models: str, workers: int) -> dict[str, Any]:
    """Do one run, and return what it found."""
    command = [sys.executable, "-m", module, str(folder), "--models", models, "--workers", str(workers)]
    env = {**os.environ, "PYTHONPATH": os.pathsep.join(PACKAGES)}
    done = subprocess.run(command, capture_output=True, text=True, env=env)
    if done.returncode:
        raise SystemExit(f"{' '.join(command)} failed:\n{done.stderr[-3000:]}")
    found: dict[str, Any] = json.loads(done.stdout.strip().splitlines()[-1])
    return found


def costs(found: dict[str, Any], counts: dict[str, int]) -> dict[str, Any]:
    """Part the times of two tables into what a row costs and what a run costs once."""
    per_row = (found["many"] - found["few"]) / (counts["many"] - counts["few"])
    return {
        **{
            name: found[name]
            for name in ("start", "first", "few", "many", "plan", "peak_mb")
            if found.get(name) is not None
        },
        "rows_per_second": 1 / per_row if per_row > 0 else None,
        "once": found["first"] - counts["few"] * per_row,
    }


def result(folder: Path) -> pa.Table:
    """Return what a run wrote, its rows and columns in one order."""
    table = pq.read_table(folder / "many-out.parquet").sort_by("id")
    return table.select(sorted(table.column_names)).combine_chunks().replace_schema_metadata()


def other_rows(found: pa.Table, wanted: pa.Table) -> int:
    """Return how many rows are missing, too many, or other than wanted."""
    if found.equals(wanted):
        return 0
    rows = {row["id"]: row for row in wanted.to_pylist()}
    same = sum(rows.pop(row["id"], None) == row for row in found.to_pylist())
    return max(found.num_rows, wanted.num_rows) - same


def sizes(folder: Path, rows: int) -> dict[str, float]:
    """Bytes that a row takes in Parquet, before and after."""
    return {"in": (folder / "many.parquet").stat().st_size / rows, "out": _size(folder / "many-out.parquet") / rows}


def _size(path: Path) -> int:
    files = [path] if path.is_file() else [part for part in path.rglob("*") if part.is_file()]
    return sum(part.stat().st_size for part in files)


def cores(rows: int) -> Iterator[tuple[str, dict[str, Any]]]:
    """Measure one process with one thread, for each set of models."""
    for models, share in PLANNED.items():
        with tempfile.TemporaryDirectory() as scratch:
            counts = tables(Path(scratch), max(50, int(rows * share)))
            found = costs(run(ENGINES["workers"].module, Path(scratch), models, 0), counts)
            yield models, {**found, "rows": counts["many"], "bytes": sizes(Path(scratch), counts["many"])}


def clusters(rows: int, names: Sequence[str]) -> Iterator[tuple[str, dict[str, Any]]]:
    """Measure engines by number of workers, in turns, and compare their rows."""
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch)
        counts = tables(folder, rows)
        run(ENGINES["workers"].module, folder, MODELS, 0)
        wanted = result(folder)
        _clear(folder)
        for workers in sorted({count for name in names for count in ENGINES[name].workers}):
            for name in names:
                engine = ENGINES[name]
                if workers in engine.workers:
                    found = costs(run(engine.module, folder, MODELS, workers), counts)
                    found["other_rows"] = other_rows(result(folder), wanted)
                    _clear(folder)
                    yield f"{name} {workers}", {**found, "engine": name, "workers": workers, "rows": counts["many"]}


def _clear(folder: Path) -> None:
    for path in folder.glob("*-out.parquet"):
        shutil.rmtree(path) if path.is_dir() else path.unlink()


def main() -> None:
    """Run the program."""
    parser = argparse.ArgumentParser(description="Measure clusters of this machine's processes.")
    parser.add_argument("--rows", type=int, default=6000, help="rows of the large table")
    parser.add_argument("--engine", choices=[CORE, *ENGINES], action="append", help="measure these alone")
    parser.add_argument("--output", type=Path, default=Path("docs"), help="folder of scale.md")
    parser.add_argument("--render", action="store_true", help="measure nothing, write the page anew")
    asked = parser.parse_args()
    path = asked.output / "performance" / "scale.json"
    kept: dict[str, Any] = json.loads(path.read_text(encoding="utf-8")) if path.is_file() else {}
    names = [] if asked.render else [name for name in asked.engine or [CORE, *ENGINES] if _there(name)]
    about = {**machine.describe(), "corpus": sentences().name}
    parts = [("cores", cores(asked.rows))] if CORE in names else []
    wanted = [name for name in names if name != CORE]
    parts += [("clusters", clusters(asked.rows, wanted))] if wanted else []
    for part, runs in parts:
        for name, found in runs:
            kept.setdefault(part, {})[name] = {
                **found,
                **{key: about[key] for key in ("machine", "date", "commit", "corpus")},
            }
            print(part, name, found, file=sys.stderr)
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(json.dumps(kept, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
    page.write(asked.output / "scale.md", scale_page.blocks(kept))


def _there(name: str) -> bool:
    engine = ENGINES.get(name)
    there = engine is None or (find_spec(engine.needs) is not None and find_spec(engine.module) is not None)
    if not there:
        print(f"{name}: not installed, left out", file=sys.stderr)
    return there


if __name__ == "__main__":
    main()
