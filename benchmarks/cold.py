"""What a text costs the stemmer whose words no cache has seen, and which part of that one thread does alone.

    python -m benchmarks.cold

The stemmer looks up the candidates of all words of a call before its threads take up their groups, so the lookup is on
the critical path. Each run is a process of its own, of one thread; processor time. The figures go into
``docs/performance.md`` between markers of their own, and beside it.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from benchmarks import machine
from benchmarks.children import ROOT, Child
from benchmarks.corpus import corpora
from benchmarks.pairing import spread
from benchmarks.render import page
from benchmarks.render.text import share, table
from benchmarks.render.text import spread as shown

_PARTS = ("lookup", "choice")
_NAMES = {"lookup": "candidates of its words, by one thread", "choice": "network and choice, by all threads"}


def block(kept: dict[str, Any]) -> str:
    """What stands between the markers."""
    rows = []
    for part in _PARTS:
        cells = [shown(kept[state][part]) for state in ("cold", "warm")]
        rows.append([_NAMES[part], *cells])
    shares = [share(kept[state]["share"]["median"]) for state in ("cold", "warm")]
    return "\n\n".join([
        "### The stemmer on words that it has not seen",
        f"{kept['date'][:10]}, commit {kept['commit']}; {kept['machine']['cpu']}; onnxruntime "
        f"{kept['versions'].get('onnxruntime', '?')}; load before it {kept['machine']['load_before'][0]}. "
        f"{kept['sentences']} sentences, {kept['tokens']:,} tokens, {kept['distinct']:,} of them distinct; µs of "
        f"processor time a token, one thread, {kept['rounds']} fresh processes, median (least to greatest).",
        table(["", "first time", "the same again"], [*rows, ["share of the lookup", *shares]]),
    ])  # fmt: skip


def _measure(sentences: int, rounds: int) -> dict[str, Any]:
    texts = corpora()[0][0].some(sentences).texts
    found = []
    for number in range(rounds):
        print(f"process {number + 1} of {rounds}", file=sys.stderr, flush=True)
        with Child("benchmarks.runners.cold") as child:
            found.append(child.ask("profile", texts=texts))
    counts = {"sentences": len(texts), "tokens": found[0]["tokens"], "distinct": found[0]["distinct"]}
    kept: dict[str, Any] = {**machine.describe(), **counts, "rounds": rounds}
    for state in ("cold", "warm"):
        kept[state] = {part: spread([1e6 * one[state][part] / one["tokens"] for one in found]) for part in _PARTS}
        kept[state]["share"] = spread([one[state]["lookup"] / sum(one[state].values()) for one in found])
    return kept


def write(kept: dict[str, Any], output: Path) -> None:
    """Put the figures beside the page, and the table between its markers; other text of the page stays."""
    folder = output / "performance"
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "cold.json").write_text(json.dumps(kept, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
    page.write(output / "performance.md", {"cold": block(kept)})


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure, and write the page; returns the exit status."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.cold", description=__doc__.splitlines()[0])
    parser.add_argument("--sentences", type=int, default=512, help="how many sentences of the test sets (512)")
    parser.add_argument("--rounds", type=int, default=5, help="processes (5)")
    parser.add_argument("--output", type=Path, default=ROOT / "docs", help="folder of performance.md (docs)")
    options = parser.parse_args(arguments)
    write(_measure(options.sentences, options.rounds), options.output)
    return 0


if __name__ == "__main__":
    sys.exit(main())
