"""Markdown of each section's results."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from benchmarks.names import SUITES
from benchmarks.render.text import factor, figure, share, spread, table

_TITLES = {
    "against": "Beside what one would use instead",
    "throughput": "Tokens a second",
    "lengths": "Cost against the length of sentences",
    "batches": "Cost against the size of batches",
    "growth": "Growth with the number of rows",
    "caches": "Cold and warm caches",
    "startup": "Start-up",
    "latency": "One sentence at a time",
    "roofline": "What bounds each model",
    "gpu": "On a GPU",
}


def block(suite: str, section: str, entry: dict[str, Any], images: Sequence[str]) -> str:
    """A section: heading, what it was measured on, tables, plots."""
    name, _, device = section.partition("-")
    title = f"### {SUITES[suite].title}: {_TITLES[name].lower()}" + (f" ({device})" if device else "")
    pictures = [f"![{_TITLES[name]}]({image})" for image in images]
    notes = [f"*{note}*" for note in entry["notes"]]
    return "\n\n".join([title, _measured_on(entry), *notes, _RENDER[name](entry["found"]), *pictures])


def _measured_on(entry: dict[str, Any]) -> str:
    machine, versions = entry["machine"], entry["versions"]
    runtime = next((f"{key} {versions[key]}" for key in ("onnxruntime-gpu", "onnxruntime") if key in versions), "")
    load = max(machine["load_before"])
    return (
        f"{machine['cpu']} ({machine['cpu_family_model']}; {', '.join(machine['instructions'])}), "
        f"{machine['cores']} cores, {machine['memory_gb']} GB; {runtime}, Python {versions['python']}; "
        f"commit {entry['commit']}, {entry['date']}; load before the run {load}."
    )


def _against(found: Sequence[dict[str, Any]]) -> str:
    head = [
        "",
        "beside",
        "tokens",
        "ours",
        "theirs",
        "times",
        "wanted",
        "ours on the whole set",
        "times",
        "same labels",
    ]
    rows = []
    for row in found:
        if "unavailable" in row:
            rows.append([row["subject"], row["peer"], f"not to be had: {row['unavailable'].splitlines()[0]}"])
            continue
        agreement = row["agreement"]
        same = "" if agreement is None else f"{agreement['same']} of {agreement['of']}"
        if agreement is not None and "largest_difference" in agreement:
            same += f", apart {agreement['largest_difference']:.1g}"
        rows.append(
            [
                *(row["subject"], row["peer"], row["tokens"], spread(row["ours"]), spread(row["theirs"])),
                *(f"**{factor(row['times'])}**", ", ".join(f"{value:g}" for value in row["wanted"])),
                *(spread(row["ours_on_all"]), factor(row["times_on_all"]), same),
            ]
        )
    legend = "Tokens/s, median (least to greatest) of paired, interleaved runs on two threads, caches warm."
    return f"{legend}\n\n{table(head, rows)}"


def _throughput(found: dict[str, Any]) -> str:
    labels = list(dict.fromkeys(label for row in found["rows"] for label in row["tokens_per_second"]))
    head = ["", "texts", "tokens", *labels, "rows/s, 2 threads", "2 threads bring", "peak MB"]
    rows = [
        [
            *(row["subject"], f"{row['corpus']}, {row['sentences']}", row["tokens"]),
            *(spread(row["tokens_per_second"][label]) if label in row["tokens_per_second"] else "" for label in labels),
            figure(row["rows_per_second"]["2 threads"]["median"]),
            factor(row["gain_of_2_threads"]),
            f"{row['peak_mb']['2 threads']:.0f}",
        ]
        for row in found["rows"]
    ]
    parts = [
        [part["corpus"], part["how"], figure(part["allowed"]), figure(part["made"]), share(part["share"]), "70 %"]
        for part in found["sum_of_parts"]
    ]
    text = table(head, rows)
    if parts:
        text += "\n\nThe pipeline beside the sum of its parts:\n\n"
        text += table(["texts", "", "parts allow", "pipeline makes", "share", "wanted"], parts)
    return text


def _sweep(unit: str) -> Callable[[Sequence[dict[str, Any]]], str]:
    def render(found: Sequence[dict[str, Any]]) -> str:
        sizes = list(found[0]["rates"])
        sizes.sort(key=int)
        rows = [[row["subject"], *(figure(row["rates"][size]["median"]) for size in sizes)] for row in found]
        return f"Tokens/s on one thread, medians.\n\n{table([unit, *sizes], rows)}"

    return render


def _growth(found: Sequence[dict[str, Any]]) -> str:
    head = ["", "rows", "tokens", "seconds", "ms a row", "tokens/s", "MB loaded", "MB peak"]
    rows = [
        [
            *(row["how"], row["rows"], row["tokens"], figure(row["seconds"]["median"])),
            *(spread(row["milliseconds_a_row"]), figure(row["tokens_per_second"]["median"])),
            *(f"{row['loaded_mb']['median']:.0f}", f"{row['peak_mb']['max']:.0f}"),
        ]
        for row in found
    ]
    return f"Wanted: ms a row constant; peak under 1,500 MB at 10,000 rows.\n\n{table(head, rows)}"


def _caches(found: Sequence[dict[str, Any]]) -> str:
    states = ("cold", "other text", "warm")
    head = ["", "cold", "other text", "the same again", "vectors found on other text"]
    rows = [
        [row["subject"], *(spread(row[key]) for key in states), share(row["hits_on_other_text"]["median"])]
        for row in found
    ]
    return f"Tokens/s on two threads.\n\n{table(head, rows)}"


def _startup(found: dict[str, Any]) -> str:
    steps = list(found["seconds"])
    rows = [[found["subject"], *(spread(found["seconds"][step], 2) for step in steps), found["wanted_seconds"]]]
    return f"Seconds, fresh processes, models in the cache.\n\n{table(['', *steps, 'wanted'], rows)}"


def _latency(found: Sequence[dict[str, Any]]) -> str:
    rows = [
        [row["subject"], spread(row["median_ms"], 2), spread(row["p95_ms"], 2), row["wanted_ms"] or ""] for row in found
    ]
    text = f"Sentences of {found[0]['tokens']} tokens, one core, milliseconds.\n\n"
    text += table(["", "median", "95th percentile", "wanted"], rows)
    for row in found:
        for batch, value in row.get("first_result_ms", {}).items():
            wanted = row["first_result_wanted_ms"]
            text += f"\n\nFirst result of an endless stream, {row['subject']}, batch_size={batch}: "
            text += f"{spread(value, 1)} ms (wanted: {wanted:.0f})."
    return text


def _roofline(found: dict[str, Any]) -> str:
    machine, subjects = found["machine"], found["subjects"]
    peaks = ", ".join(f"{value / 1e9:.0f} GFLOP/s on {threads}" for threads, value in machine["peak_flops"].items())
    elementwise = ", ".join(
        f"{row['operator']} {row['median'] / 1e9:.2f}" for row in machine["elementwise"] if row["threads"] == 1
    )
    text = f"The machine: {peaks} thread(s); element by element on one thread, 10⁹ elements/s: {elementwise}; "
    text += f"a call of a session {machine['call_microseconds']:.0f} µs.\n\n"
    head = [
        "",
        "MFLOP a token",
        "cold",
        "GFLOP/s, 1 / 2 threads",
        "of the peak, 1 / 2",
        "wanted",
        "of own shapes' rate, 1 / 2",
    ]
    rows = []
    for row in subjects:
        one, two = row["threads_1"], row["threads_2"]
        own = [share(found["share_of_own_rate"]) if found["share_of_own_rate"] else "" for found in (one, two)]
        rows.append(
            [
                *(row["subject"], f"{row['flops_a_token'] / 1e6:.2f}", f"{row['flops_a_token_cold'] / 1e6:.2f}"),
                f"{one['flops']['median'] / 1e9:.1f} / {two['flops']['median'] / 1e9:.1f}",
                f"{share(one['share_of_peak'])} / {share(two['share_of_peak'])}",
                share(row["wanted_share"]) if row["wanted_share"] else "",
                " / ".join(own),
            ]
        )
    text += table(head, rows)
    groups = list(subjects[0]["time"])
    times = [[row["subject"], *(share(row["time"][group]) for group in groups), row["bound_by"]] for row in subjects]
    return f"{text}\n\nWhere the time of one thread goes:\n\n{table(['', *groups, 'bound by'], times)}"


def _gpu(found: dict[str, Any]) -> str:
    measured = [row for row in found["subjects"] if "unavailable" not in row]
    missing = [
        f"{row['subject']}: {row['unavailable'].splitlines()[0]}" for row in found["subjects"] if row not in measured
    ]
    text = f"{found['gpu']}. Tokens/s by sentences a call, CUDA / CPU, medians."
    if measured:
        sizes = sorted(measured[0]["cuda"], key=int)
        rows = []
        for row in measured:
            cells = [f"{figure(row['cuda'][size]['median'])} / {figure(row['cpu'][size]['median'])}" for size in sizes]
            agreement = row.get("agreement", {})
            same = f"{agreement['same']} of {agreement['of']}" if "of" in agreement else ""
            if "largest_difference" in agreement:
                same = f"apart {agreement['largest_difference']:.1g}"
            rows.append([row["subject"], *cells, same])
        text += "\n\n" + table(["", *sizes, "same labels"], rows)
    return "\n\n".join([text, *missing])


_RENDER: dict[str, Callable[[Any], str]] = {
    "against": _against,
    "throughput": _throughput,
    "lengths": _sweep("tokens a sentence"),
    "batches": _sweep("sentences a call"),
    "growth": _growth,
    "caches": _caches,
    "startup": _startup,
    "latency": _latency,
    "roofline": _roofline,
    "gpu": _gpu,
}
