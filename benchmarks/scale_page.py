"""Markdown of the scale measurement, and of the plan that is computed from it."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

from benchmarks.render.text import figure, share, table

SENTENCES = 100_000_000
ROWS_PER_BLOCK = 8192
NODES = (1, 4, 16, 64)
CORES = 16
"""Cores of a node in the plan; a node of another size counts by its cores."""
_HOUR = 3600
_GIGABYTE = 1e9
_TITLES = {"workers": "`run --workers`", "ray": "Ray", "spark": "Spark"}


def blocks(kept: Mapping[str, Any]) -> dict[str, str]:
    """The page's parts, by the names of their marks."""
    cores, clusters = kept.get("cores", {}), kept.get("clusters", {})
    found = {}
    if clusters:
        found["scale"] = "\n\n".join([_about([*clusters.values(), *cores.values()]), throughput(clusters, cores)])
    if cores:
        found["plan"] = "\n\n".join([_rates(cores), _hours(cores, clusters)])
    for engine in ("ray", "spark"):
        runs = [run for run in clusters.values() if run["engine"] == engine and run.get("plan")]
        if runs:
            found[f"{engine} plan"] = f"```text\n{runs[-1]['plan']}\n```"
    return found


def throughput(clusters: Mapping[str, Any], cores: Mapping[str, Any]) -> str:
    """Rows a second by engine and number of workers."""
    alone = cores.get("context", {}).get("rows_per_second")
    first = {run["engine"]: run["rows_per_second"] for run in clusters.values() if run["workers"] == 1}
    rows = [
        [
            _TITLES[run["engine"]],
            str(run["workers"]),
            _number(run["rows_per_second"]),
            _ratio(run["rows_per_second"], first.get(run["engine"])),
            _ratio(run["rows_per_second"], alone and alone * run["workers"], percent=True),
            figure(run["once"]),
            figure(run["start"]),
            str(run["other_rows"]),
        ]
        for run in sorted(clusters.values(), key=lambda run: (list(_TITLES).index(run["engine"]), run["workers"]))
    ]
    if alone:
        rows.insert(0, ["one process, one thread", "", _number(alone), "", "100 %", "", "", ""])
    head = ["", "workers", "rows/s", "against 1", "of a core's rate", "s once a run", "s to start", "other rows"]
    return table(head, rows)


def _rates(cores: Mapping[str, Any]) -> str:
    rows = [
        [
            f"`{models}`",
            _number(run["rows_per_second"]),
            figure(SENTENCES / run["rows_per_second"] / _HOUR) if run["rows_per_second"] else "",
            figure(run["start"]),
            figure(run["peak_mb"]),
            _size(run["bytes"]["in"]),
            _size(run["bytes"]["out"]),
        ]
        for models, run in cores.items()
    ]
    head = ["models", "rows/s a core", "core-hours", "s to load", "MB a process", "GB in", "GB out"]
    return table(head, rows)


def _hours(cores: Mapping[str, Any], clusters: Mapping[str, Any]) -> str:
    efficiency = efficiencies(cores, clusters)
    if not efficiency:
        return ""
    worst, engine = min((value, name) for name, value in efficiency.items())
    most = max((run for run in clusters.values() if run["engine"] == engine), key=lambda run: run["workers"])
    rows = []
    for models, run in cores.items():
        if run["rows_per_second"]:
            seconds = SENTENCES / (run["rows_per_second"] * worst)
            # The cluster, and what the measured run took once, with these models instead of those.
            begin = most["start"] + most["once"] + run["start"] - cores["context"]["start"]
            idle = begin * CORES * max(NODES)
            hours = [figure((seconds / (count * CORES) + begin) / _HOUR) for count in NODES]
            rows.append([f"`{models}`", figure(seconds / _HOUR), *hours, share_of(idle / (seconds + idle))])
    tasks = math.ceil(SENTENCES / ROWS_PER_BLOCK)
    said = (
        f"An extrapolation, from {most['workers']} workers on one machine to as many as the nodes have cores: at the "
        f"efficiency of {_TITLES[engine]} with the most workers measured here, {share(worst)} of a core's rate, the "
        f"lower one; nodes of {CORES} cores, a worker a core; the cluster starts once, and so do the workers with "
        f"their models. {tasks:,} blocks of {ROWS_PER_BLOCK:,} rows, no shuffle. Core-hours times the price of a "
        "core-hour is what the run costs."
    )
    head = ["models", "core-hours", *(f"h on {count}" for count in NODES), f"starting, of all on {max(NODES)}"]
    return said + "\n\n" + table(head, rows)


def efficiencies(cores: Mapping[str, Any], clusters: Mapping[str, Any]) -> dict[str, float]:
    """What each engine gives of a core's rate, with the most workers that it was measured with."""
    alone = cores.get("context", {}).get("rows_per_second")
    runs = {run["engine"]: run for run in sorted(clusters.values(), key=lambda run: run["workers"])}
    return {
        name: run["rows_per_second"] / run["workers"] / alone
        for name, run in runs.items()
        if name != "workers" and alone and run["rows_per_second"]
    }


def share_of(value: float) -> str:
    """A small share in percent."""
    return f"{100 * value:.2g} %"


def _about(runs: list[dict[str, Any]]) -> str:
    where = runs[0]["machine"]
    dates = sorted({run["date"][:10] for run in runs})
    commits = sorted({run["commit"] for run in runs})
    load = max(run["machine"]["load_before"][0] for run in runs)
    return (
        f"{' to '.join(dict.fromkeys((dates[0], dates[-1])))}, commit {', '.join(commits)}; {where['cpu']}, "
        f"{where['cores']} cores; load {load:g} before. {runs[0]['rows']:,} distinct rows from {runs[0]['corpus']}; "
        "the five bundled models; workers of one thread each, drivers and the engines' own processes on the same cores."
    )


def _number(value: float | None) -> str:
    return figure(value) if value else "not measurable"


def _ratio(value: float | None, base: float | None, percent: bool = False) -> str:
    if not value or not base:
        return ""
    return share(value / base) if percent else f"{value / base:.2f} ×"


def _size(per_row: float) -> str:
    return figure(per_row * SENTENCES / _GIGABYTE)
