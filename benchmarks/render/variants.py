"""The table of variants, between markers of its own in the page."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from benchmarks.render import marked, text
from benchmarks.render.marked import Marks

_MARKS = Marks("<!-- variants:begin -->", "<!-- variants:end -->")


def table(kept: dict[str, Any]) -> str:
    """The figures as Markdown."""
    head = ["Model", "Variant", "Labels as the default's", "Largest difference of a probability", "Graphs, MB", "Speed"]
    rows = []
    for row in kept["found"]:
        name = row["model"] + (" ¹" if row["model"] in kept["untrained"] else "")
        if "labels" not in row:
            rows.append([name, row["variant"], "no product that it applies to"])
            continue
        difference = row["largest_difference"]
        rows.append([
            name,
            row["variant"],
            f"{100 * row['agreeing'] / row['labels']:.2f} % ({row['agreeing']:,} of {row['labels']:,})",
            "" if difference is None else f"{difference:.1e}",
            f"{row['bytes'] / 1e6:.1f} → {row['variant_bytes'] / 1e6:.1f}",
            text.factor(row["speed"]),
        ])  # fmt: skip
    return text.table(head, rows)


def block(kept: dict[str, Any]) -> str:
    """What stands between the markers."""
    where = kept["machine"]
    standing_in: dict[str, list[str]] = {}
    for name, what in kept["untrained"].items():
        standing_in.setdefault(what, []).append(name)
    notes = "; ".join(f"{', '.join(names)} (stand-in {what})" for what, names in standing_in.items())
    return "\n\n".join([
        "## Variants: weights in fewer bits",
        f"{kept['date'][:10]}, commit {kept['commit']}; {where['cpu']}, {where['cores']} cores "
        f"({', '.join(where['instructions'])}); onnxruntime {kept['versions'].get('onnxruntime', '?')}. "
        f"{kept['texts']} sentences of up to {kept['longest']} tokens from {' and '.join(kept['corpora'])}, spread "
        f"evenly. Speed: how many times the default's, by processor time of the process on one thread, median of "
        f"{kept['rounds']} paired runs of {kept['timed']} sentences, caches warm (least to greatest); the machine was "
        f"busy with other work (load {where['load_before'][0]}), which processor time leaves out, but not altogether.",
        table(kept),
        f"¹ Not as trained: {notes}. Labels hang on tiny margins there and mean nothing; sizes and speed do."
        if notes
        else "",
        _long(kept["long"]) if "long" in kept else "",
        _VERDICT,
    ])  # fmt: skip


def _long(found: dict[str, Any]) -> str:
    return (
        f"Longer sentences are parsed in windows. Of all {found['texts']} of these test sets, {found['model']} parses "
        f"{found['same_texts']} as the default does; {found['agreeing']:,} of {found['labels']:,} arcs agree. What "
        "differs comes together: one narrow decision that falls the other way turns the arcs after it in that sentence."
    )


_VERDICT = """**fp16** is offered: `TreeStackPoS-fp16`, or `precision="fp16"`. Weights are rounded to 16 bits where they
are stored and cast back when a graph is opened, so files are half as large, and speed and memory are the default's.

**int8** (onnxruntime's dynamic quantisation of matrix products) is not offered. On a processor with 8-bit dot products
(VNNI), as this one, it is faster wherever matrix products decide, but

- labels change: about one in nine arcs of the parsers, where each arc is read by those after it, and these are the
  models whose speed matters most; the stemmer and the taggers change far less;
- an input's scale is taken from the whole batch, so that a sentence's labels come to depend on what it is batched
  with, which they never do otherwise;
- without VNNI (most processors with AVX2 alone) the gain shrinks (an earlier measurement on such a one: parser 1.55
  times, tagger none), and 8-bit products saturate there unless weights are cut to 7 bits, so that labels would depend
  on the processor too;
- CharNER and the SPUCBiGRU network, the costliest ones, run in the GRU operator, which has no 8-bit form: nothing is
  gained there."""


def write(kept: dict[str, Any], output: Path) -> None:
    """Put the figures beside the page, and the table between its markers; other text of the page stays."""
    folder = output / "performance"
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "variants.json").write_text(json.dumps(kept, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
    marked.write(output / "performance.md", {_MARKS: block(kept)}, absent="", head="# Performance\n")
