"""What was wanted and what was reached, on top of the page."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

from benchmarks.names import SUITES
from benchmarks.render.text import factor, figure, share, spread, table

_PEAK_MB = 1_200
_FROM, _TO = 1_000, 100_000
"""Numbers of rows between which time must grow linearly."""
_LINEAR = 1.15
"""Milliseconds a row there, as a multiple of those here, that still count as linear."""

_ARITHMETIC = (
    "What the missed factors beside peers would take, at the rate of the peer and with the arithmetic that a token "
    "needs here ([below](#what-bounds-each-model)). The machine's GEMM rate is the most that products of this "
    "precision have reached on it, by onnxruntime with nothing else to do."
)
_HEAD = ["missed", "wanted", "tokens/s that it takes", "GFLOP/s", "of the GEMM rate of two threads", "share reached"]


class Target(NamedTuple):
    """A line of the table.

    Attributes:
        what: What is measured.
        wanted: What was wanted.
        reached: What was measured.
        met: Whether that is enough.
    """

    what: str
    wanted: str
    reached: str
    met: bool


def block(kept: Mapping[str, Any]) -> str:
    """The table of all targets whose sections have been measured."""
    rows = [[t.what, t.wanted, t.reached, "yes" if t.met else "**no**"] for t in targets(kept)]
    if not rows:
        return "Nothing has been measured yet."
    met = sum(row[-1] == "yes" for row in rows)
    targets_table = f"{met} of {len(rows)} are met.\n\n" + table(["", "wanted", "reached", "met"], rows)
    arithmetic = [row for suite in SUITES for row in _arithmetic(suite, kept)]
    return f"{targets_table}\n\n{_ARITHMETIC}\n\n{table(_HEAD, arithmetic)}" if arithmetic else targets_table


def _missed(suite: str, kept: Mapping[str, Any]) -> list[tuple[dict[str, Any], float, dict[str, Any]]]:
    """The factors that are missed, as rows of the comparison, factors wanted, and rows of the roofline."""
    if f"{suite}-against" not in kept or f"{suite}-roofline" not in kept:
        return []
    bounds = {row["subject"]: row for row in kept[f"{suite}-roofline"]["found"]["subjects"]}
    return [
        (row, wanted, bounds[row["subject"]])
        for row in kept[f"{suite}-against"]["found"]
        for wanted in row.get("wanted", ())
        if row["times_in_bulk"]["median"] < wanted and row["subject"] in bounds
    ]


def _arithmetic(suite: str, kept: Mapping[str, Any]) -> Iterator[list[str]]:
    """What the missed factors would take: the peers' rate, times the factor, times the FLOPs of a token."""
    for row, wanted, bound in _missed(suite, kept):
        peak = kept[f"{suite}-roofline"]["found"]["machine"]["peak_flops"]["2"]
        rate = wanted * row["theirs"]["median"]
        flops = rate * bound["flops_a_token"]
        reached = row["times_in_bulk"]["median"]
        yield [
            *(f"{row['subject']} beside {row['peer']}", f"{wanted:g} ×", figure(rate), f"{flops / 1e9:.0f}"),
            *(share(flops / peak), share(flops / peak * reached / wanted)),
        ]


def targets(kept: Mapping[str, Any]) -> list[Target]:
    """All targets of what has been measured, suite by suite."""
    return [
        target
        for suite in SUITES
        for section, lines in _LINES.items()
        if f"{suite}-{section}" in kept
        for target in lines(kept[f"{suite}-{section}"]["found"])
    ]


def _against(found: list[dict[str, Any]]) -> Iterator[Target]:
    for row in found:
        for wanted in row.get("wanted", ()):
            reached = f"{factor(row['times_in_bulk'], wanted)}; {factor(row['times'])} on the peer's sentences"
            what = f"{row['subject']} beside {row['peer']}"
            yield Target(what, f"{wanted:g} ×", reached, row["times_in_bulk"]["median"] >= wanted)


def _roofline(found: dict[str, Any]) -> Iterator[Target]:
    for row in found["subjects"]:
        if row["wanted_share"] is not None:
            one, two = (row[f"threads_{threads}"]["share_of_peak"] for threads in (1, 2))
            what = f"{row['subject']}: share of the machine's GEMM rate"
            wanted = share(row["wanted_share"])
            yield Target(
                what,
                wanted,
                f"{share(two, row['wanted_share'])} on two cores, {share(one)} on one",
                two >= row["wanted_share"],
            )


def _throughput(found: dict[str, Any]) -> Iterator[Target]:
    for part in found["sum_of_parts"]:
        what = f"{part['subject']} beside the sum of its parts, {part['how']}"
        reached = f"{share(part['share'], 0.7)} ({figure(part['made'])} of {figure(part['allowed'])} tokens/s)"
        yield Target(what, "70 %", reached, part["share"] >= 0.7)


def _growth(found: list[dict[str, Any]]) -> Iterator[Target]:
    for how in dict.fromkeys(row["how"] for row in found):
        rows = [row for row in found if row["how"] == how]
        name, last = rows[-1]["subject"], rows[-1]
        peak = f"{last['peak_mb']:.0f} MB at {last['rows']:,} rows"
        fits = last["peak_mb"] < _PEAK_MB and last["rows"] >= _TO
        yield Target(f"{name}, {how}: peak memory", f"under {_PEAK_MB:,} MB at {_TO:,} rows", peak, fits)
        first = next((row for row in rows if row["rows"] == _FROM), None)
        if first is not None and last is not first:
            grows = last["milliseconds_a_row"] / first["milliseconds_a_row"]
            reached = f"{last['milliseconds_a_row']:.3f} ms a row at {last['rows']:,}, {grows:.2f} × that at {_FROM:,}"
            linear = grows <= _LINEAR and last["rows"] >= _TO
            yield Target(f"{name}, {how}: growth", f"linear from {_FROM:,} to {_TO:,} rows", reached, linear)


def _latency(found: list[dict[str, Any]]) -> Iterator[Target]:
    for row in found:
        if row["wanted_ms"]:
            what = f"{row['subject']}: one sentence of {row['tokens']} tokens on one core"
            met = row["median_ms"]["median"] < row["wanted_ms"]
            yield Target(what, f"under {row['wanted_ms']:g} ms", f"{spread(row['median_ms'])} ms", met)
        for batch, value in row.get("first_result_ms", {}).items():
            what = f"{row['subject']}: first result of `annotate`, batch_size={batch}"
            met = value["median"] < row["first_result_wanted_ms"]
            yield Target(what, f"within {row['first_result_wanted_ms']:.0f} ms", f"{spread(value)} ms", met)


def _shared(found: dict[str, Any]) -> Iterator[Target]:
    name, wanted = found["subject"], found["wanted"]
    made = found["tokens_per_second"][name]
    enough = made["median"] >= wanted["tokens_per_second"]
    yield Target(f"{name}: tokens/s", figure(wanted["tokens_per_second"]), spread(made), enough)
    if "times" in found:
        reached = factor(found["times"], wanted["times"])
        met = found["times"]["median"] >= wanted["times"]
        yield Target(f"{name} beside {found['beside']} alone", f"{wanted['times']} ×", reached, met)


_LINES: dict[str, Any] = {
    "against": _against,
    "roofline": _roofline,
    "throughput": _throughput,
    "growth": _growth,
    "latency": _latency,
    "shared": _shared,
}
