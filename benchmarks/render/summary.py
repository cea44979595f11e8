"""The few figures that a newcomer asks for: each pipeline's speed, memory, start-up and latency in one table."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from benchmarks.names import PIPELINES, SUITES
from benchmarks.render.tables import measured_on
from benchmarks.render.text import figure, table

_WAYS = ("1 thread", "2 threads", "workers=2")


def block(kept: Mapping[str, Any]) -> str:
    """The table of pipelines, as far as they have been measured."""
    rows = []
    for suite in SUITES:
        throughput = kept.get(f"{suite}-throughput")
        for row in throughput["found"]["rows"] if throughput else ():
            if row["subject"] in PIPELINES:
                rows.append(_row(kept, suite, row))
    if not rows:
        return "Nothing has been measured yet."
    head = ["", *(f"tokens/s, {way}" for way in _WAYS), "rows/s, 2 threads", "peak MB, 1 process", "peak MB, workers=2"]
    last = max((entry for key, entry in kept.items() if key.endswith("-throughput")), key=lambda entry: entry["date"])
    legend = "Caches warm. " + measured_on(last).rpartition("; took")[0] + "."
    return table([*head, "start to first sentence, s", "one sentence, ms"], rows) + f"\n\n{legend}"


def _row(kept: Mapping[str, Any], suite: str, row: dict[str, Any]) -> list[str]:
    name = row["subject"]
    startup = kept.get(f"{suite}-startup", {}).get("found", {})
    started = figure(startup["seconds"]["total"]["median"]) if startup.get("subject") == name else ""
    alone = [found for found in kept.get(f"{suite}-latency", {}).get("found", ()) if found["subject"] == name]
    return [
        name,
        *(figure(row["tokens_per_second"][way]["median"]) for way in _WAYS),
        figure(row["rows_per_second"]["2 threads"]["median"]),
        f"{sum(row['peak_mb']['2 threads']):.0f}",
        f"{sum(row['peak_mb']['workers=2']):.0f}",
        started,
        figure(alone[0]["median_ms"]["median"]) if alone else "",
    ]
