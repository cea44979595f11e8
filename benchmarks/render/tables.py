"""Markdown of each section's results."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from benchmarks.names import SUITES
from benchmarks.render import against, gpu, roofline, shared
from benchmarks.render.text import factor, figure, share, spread, table

_TITLES = {
    "against": "Beside what one would use instead",
    "throughput": "Tokens a second",
    "lengths": "Cost against the length of sentences",
    "batches": "Cost against the size of batches",
    "growth": "Growth with the number of rows",
    "workers": "Memory of worker processes",
    "caches": "Cold and warm caches",
    "startup": "Start-up",
    "latency": "One sentence at a time",
    "roofline": "What bounds each model",
    "shared": "One network for tags, trees and entities",
    "gpu": "On a GPU",
}


def block(suite: str, section: str, entry: dict[str, Any], images: Sequence[str]) -> str:
    """A section: heading, what it was measured on, tables, plots."""
    name, _, device = section.partition("-")
    title = f"### {SUITES[suite].title}: {_TITLES[name].lower()}" + (f" ({device})" if device else "")
    pictures = [f"![{_TITLES[name]}]({image})" for image in images]
    notes = [f"*{note}*" for note in entry["notes"]]
    return "\n\n".join([title, measured_on(entry), *notes, _RENDER[name](entry["found"]), *pictures])


def measured_on(entry: dict[str, Any]) -> str:
    """The machine, the versions and the time of a measurement, in one line."""
    machine, versions = entry["machine"], entry["versions"]
    runtime = next((f"{key} {versions[key]}" for key in ("onnxruntime-gpu", "onnxruntime") if key in versions), "")
    return (
        f"{machine['cpu']} ({machine['cpu_family_model']}; {', '.join(machine['instructions'])}), "
        f"{machine['cores']} cores, {machine['memory_gb']} GB; {runtime}, Python {versions['python']}; "
        f"commit {entry['commit']}, {entry['date']}; load before it {max(machine['load_before'])}; "
        f"took {entry['took_seconds'] / 60:.1f} minutes."
    )


def _throughput(found: dict[str, Any]) -> str:
    rows = found["rows"]
    parts = [
        f"Tokens/s over {rows[0]['corpus']}, caches warm:",
        _speed(rows),
        "Rows/s, and what the second core brings (paired, beside 1 thread):",
        _scaling(rows),
        "Peak memory (with workers: of the process that drives them, of Python's tracker of their resources, and of "
        "each worker), and cores busy on average:",
        _cost(rows),
    ]
    if found["sum_of_parts"]:
        parts += ["The pipeline beside the sum of its parts:", _beside_parts(found["sum_of_parts"])]
    return "\n\n".join(parts)


def _speed(rows: Sequence[dict[str, Any]]) -> str:
    labels = _labels(rows, "tokens_per_second")
    cells = [
        [
            row["subject"],
            f"{row['sentences']:,}",
            f"{row['tokens']:,}",
            *(_at(row["tokens_per_second"], label, spread) for label in labels),
        ]
        for row in rows
    ]
    return table(["", "sentences", "tokens", *labels], cells)


def _scaling(rows: Sequence[dict[str, Any]]) -> str:
    labels = _labels(rows, "tokens_per_second")
    others = labels[1:]
    cells = [
        [
            row["subject"],
            *(_at(row["rows_per_second"], label, lambda found: figure(found["median"])) for label in labels),
            *(_at(row["gains"], label, factor) for label in others),
        ]
        for row in rows
    ]
    return table(["", *(f"rows/s, {label}" for label in labels), *(f"gain of {label}" for label in others)], cells)


def _cost(rows: Sequence[dict[str, Any]]) -> str:
    labels = _labels(rows, "cores")
    cells = [
        [
            row["subject"],
            *(_at(row["peak_mb"], label, _processes) for label in labels),
            *(_at(row["cores"], label, lambda found: f"{found['median']:.2f}") for label in labels),
        ]
        for row in rows
    ]
    return table(["", *(f"peak MB, {label}" for label in labels), *(f"cores, {label}" for label in labels)], cells)


def _beside_parts(found: Sequence[dict[str, Any]]) -> str:
    cells = [
        [part["how"], figure(part["allowed"]), figure(part["made"]), share(part["share"]), "70 %"] for part in found
    ]
    return table(["", "parts allow", "pipeline makes", "share", "wanted"], cells)


def _labels(rows: Sequence[dict[str, Any]], figures: str) -> list[str]:
    """The ways in which any of the rows was run, in the order in which they were."""
    return list(dict.fromkeys(label for row in rows for label in row[figures]))


def _at(values: Mapping[str, Any], label: str, show: Callable[[Any], str]) -> str:
    return show(values[label]) if label in values else ""


def _processes(peaks: Sequence[float]) -> str:
    each = " + ".join(f"{peak:.0f}" for peak in peaks)
    return each if len(peaks) < 2 else f"{each} = {sum(peaks):.0f}"


def _sweep(unit: str, threads: str, terms: str = "") -> Callable[[Sequence[dict[str, Any]]], str]:
    def render(found: Sequence[dict[str, Any]]) -> str:
        sizes = sorted(found[0]["rates"], key=int)
        runs = max(rate["runs"] for row in found for rate in row["rates"].values())
        rows = [[row["subject"], *(_median(row["rates"][size], runs) for size in sizes)] for row in found]
        return f"Tokens/s on {threads}, medians of {runs}.{terms}\n\n{table([unit, *sizes], rows)}"

    return render


def _median(rate: dict[str, float], runs: int) -> str:
    """A median; where it is one of fewer runs than the others, of how many."""
    return figure(rate["median"]) + (f" ({rate['runs']} run)" if rate["runs"] < runs else "")


def _growth(found: Sequence[dict[str, Any]]) -> str:
    head = ["", "rows", "tokens", "seconds", "ms a row", "CPU ms a row", "tokens/s"]
    head += ["MB loaded", "MB now", "MB peak", "vectors found"]
    rows = [
        [
            *(row["how"], f"{row['rows']:,}", f"{row['tokens']:,}", figure(row["seconds"])),
            *(f"{row['milliseconds_a_row']:.3f}", f"{row['cpu_milliseconds_a_row']:.3f}"),
            *(figure(row["tokens_per_second"]), f"{row['loaded_mb']:.0f}"),
            *(f"{row['now_mb']:.0f}", f"{row['peak_mb']:.0f}", share(row["hit_rate"])),
        ]
        for row in found
    ]
    legend = (
        "One long run each way in a fresh process, one thread; noted on the way. The rows are sentences of the test "
        "sets with words replaced, all distinct, each with a word that no cache has seen; nothing is kept of them. "
        "Vectors found: share of the words whose vectors the caches held."
    )
    return f"{legend}\n\n{table(head, rows)}"


def _caches(found: Sequence[dict[str, Any]]) -> str:
    states = ("cold", "other text", "warm")
    head = ["", "sentences", "cold", "other text", "the same again", "vectors found on other text", "vectors kept, MB"]
    rows = [
        [
            *(row["subject"], row["sentences"], *(spread(row[key]) for key in states)),
            *(share(row["hits_on_other_text"]["median"]), f"{row['cached_mb']['median']:.1f}"),
        ]
        for row in found
    ]
    runs = found[0]["cold"]["runs"]
    return f"Tokens/s on two threads; a fresh process each time, medians of {runs}.\n\n{table(head, rows)}"


def _workers(found: Sequence[dict[str, Any]]) -> str:
    rows = [
        [
            *(row["how"], f"{row['rows']:,}", f"{row['tokens']:,}", figure(row["seconds"])),
            *(figure(row["tokens_per_second"]), _processes(row["processes_mb"])),
        ]
        for row in found
    ]
    legend = (
        "A run as in the table of one process, with worker processes of one thread each, which have models and caches "
        "of their own. Peak memory of the process that drives them, of Python's tracker of their resources, and of "
        "each worker; what they share (libraries) is counted in each."
    )
    return f"{legend}\n\n{table(['', 'rows', 'tokens', 'seconds', 'tokens/s', 'peak MB'], rows)}"


def _startup(found: Sequence[dict[str, Any]] | dict[str, Any]) -> str:
    listed = startups(found)
    steps = list(listed[0]["seconds"])
    rows = [
        [
            *(row["subject"], *(spread(row["seconds"][step], 2) for step in steps)),
            *(row["wanted_seconds"], spread(row["peak_mb"])),
        ]
        for row in listed
    ]
    return f"Seconds, fresh processes, models in the cache.\n\n{table(['', *steps, 'wanted', 'peak MB'], rows)}"


def startups(found: Sequence[dict[str, Any]] | dict[str, Any]) -> Sequence[dict[str, Any]]:
    """The rows of start-up; once it was measured of the pipeline alone."""
    return [found] if isinstance(found, dict) else found


def _latency(found: Sequence[dict[str, Any]]) -> str:
    rows = [_one_at_a_time(row["subject"], row, row["wanted_ms"] or "") for row in found]
    text = f"Sentences of {found[0]['tokens']} tokens, one core, milliseconds.\n\n"
    head = ["", "median", "95th percentile", "wanted"]
    text += table(head, rows)
    more = [_one_at_a_time(row["subject"], row["two_cores"]) for row in found if "two_cores" in row]
    if more:
        text += "\n\nPipelines on two cores, where models that do not need each other work side by side:\n\n"
        text += table(head[:-1], more)
    for row in found:
        for batch, value in row.get("first_result_ms", {}).items():
            wanted = row["first_result_wanted_ms"]
            text += f"\n\nFirst result of an endless stream, {row['subject']}, batch_size={batch}: "
            text += f"{spread(value, 1)} ms (wanted: {wanted:.0f})."
    return text


def _one_at_a_time(name: str, row: dict[str, Any], *more: Any) -> list[Any]:
    return [name, spread(row["median_ms"], 2), spread(row["p95_ms"], 2), *more]


_IN_BATCHES = (
    " The same sentences for every size, all seen once before; small batches, which are many and alike, get fewer of "
    "them. Pipelines are measured as in the midst of a long run, where batches are as large as asked for."
)

_RENDER: dict[str, Callable[[Any], str]] = {
    "against": against.text,
    "throughput": _throughput,
    "lengths": _sweep("tokens a sentence", "one thread"),
    "batches": _sweep("sentences a call", "two threads", _IN_BATCHES),
    "growth": _growth,
    "workers": _workers,
    "caches": _caches,
    "startup": _startup,
    "latency": _latency,
    "roofline": roofline.text,
    "shared": shared.text,
    "gpu": gpu.text,
}
