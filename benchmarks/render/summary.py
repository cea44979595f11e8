"""The few figures that a newcomer asks for: each pipeline's speed, memory, start-up and latency in one table."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from benchmarks.names import PIPELINES, SUITES
from benchmarks.render.tables import measured_on, startups
from benchmarks.render.text import figure, table

_WAYS = ("1 thread", "2 threads", "workers=2")
_PEAKS = ("peak MB, 1 process", "peak MB, workers=2")


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
    head = ["", *(f"tokens/s, {way}" for way in _WAYS), "rows/s, 2 threads", *_PEAKS]
    last = max((entry for key, entry in kept.items() if key.endswith("-throughput")), key=lambda entry: entry["date"])
    legend = (
        "Speed with warm caches. Peaks: of all processes together, after so many rows. "
        + measured_on(last).rpartition("; took")[0]
        + "."
    )
    return table([*head, "start to first sentence, s", "one sentence, ms"], rows) + f"\n\n{legend}"


def _row(kept: Mapping[str, Any], suite: str, row: dict[str, Any]) -> list[str]:
    name = row["subject"]
    starts = [
        found for found in startups(kept.get(f"{suite}-startup", {}).get("found", [])) if found["subject"] == name
    ]
    started = figure(starts[0]["seconds"]["total"]["median"]) if starts else ""
    alone = [found for found in kept.get(f"{suite}-latency", {}).get("found", ()) if found["subject"] == name]
    return [
        name,
        *(figure(row["tokens_per_second"][way]["median"]) for way in _WAYS),
        figure(row["rows_per_second"]["2 threads"]["median"]),
        _peak(kept.get(f"{suite}-growth"), name, row, "2 threads"),
        _peak(kept.get(f"{suite}-workers"), name, row, "workers=2"),
        started,
        figure(alone[0]["median_ms"]["median"]) if alone else "",
    ]


def _peak(long: Mapping[str, Any] | None, name: str, row: Mapping[str, Any], way: str) -> str:
    """The peak of the longest run of whole sentences, else that of the measurement of speed; and its rows."""
    runs = [
        found for found in (long["found"] if long else ()) if found["subject"] == name and "words" not in found["how"]
    ]
    if not runs:
        return f"{sum(row['peak_mb'][way]):.0f} ({row['sentences']:,} rows)"
    # Of a file to a file memory is as large as the file's writer wants it.
    streamed = [found for found in runs if "file" not in found["how"]] or runs
    last = max(streamed, key=lambda found: found["rows"])
    return f"{sum(last.get('processes_mb', [last['peak_mb']])):.0f} ({last['rows']:,} rows)"
