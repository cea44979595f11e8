"""The table of bound memory, between markers of its own in the page."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from benchmarks.render import page, text

_WAYS = ("outputs given", "in place")


def block(kept: dict[str, Any]) -> str:
    """What stands between the markers."""
    where = kept["machine"]
    steps = [
        [
            *(row["subject"], row["graph"], row["rows"], text.figure(row["microseconds"]["median"])),
            *(text.factor(row["times"][way]) for way in _WAYS),
            "yes" if row["equal"] else "**no**",
        ]
        for row in kept["steps"]
    ]
    whole = [
        f"{row['sentences']} sentence{'s' if row['sentences'] > 1 else ''} at a time, "
        f"{text.figure(row['milliseconds']['median'])} ms: {text.factor(row['in place'])}"
        + ("" if row["equal"] else ", and **not** the same results")
        for row in kept["whole"]
    ]
    runs = kept["whole"][0]["in place"]["runs"]
    return "\n\n".join([
        "### Bound memory",
        f"{kept['date'][:10]}, commit {kept['commit']}; {where['cpu']}, {where['cores']} cores "
        f"({', '.join(where['instructions'])}); onnxruntime {kept['versions'].get('onnxruntime', '?')}; load before it "
        f"{where['load_before'][0]}. How many times as fast as the engine's `session.run`, which takes arrays and "
        "returns new ones: *outputs given* binds inputs and outputs anew for each step, as an engine must whose rows "
        "become fewer; *in place* binds once, and two buffers a state take turns. One thread, processor time, median "
        f"(least to greatest) of {kept['rounds']} paired runs of loops of 40 steps.",
        text.table(["", "graph", "rows", "µs a step", *_WAYS, "same bits"], steps),
        f"All of SPUContextDP, sentences of {kept['tokens']} tokens, with the loops in place whose rows all run to the "
        f"end (the second layer of right contexts), {runs} paired runs: {'; '.join(whole)}.",
    ])  # fmt: skip


def write(kept: dict[str, Any], output: Path) -> None:
    """Put the figures beside the page, and the table between its markers; other text of the page stays."""
    folder = output / "performance"
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "bindings.json").write_text(json.dumps(kept, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
    page.write(output / "performance.md", {"bindings": block(kept)})
