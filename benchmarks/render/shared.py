"""Markdown of the shared network's speed."""

from __future__ import annotations

from typing import Any

from benchmarks.render.text import factor, figure, spread, table


def text(found: dict[str, Any]) -> str:
    """Speed, memory and sizes of the shared network beside the exact parser."""
    ours, exact = found["subject"], found["beside"]
    rows = [
        [
            name,
            spread(found["tokens_per_second"][name]),
            f"{found['sentences'][name]:,}",
            f"{found['peak_mb'][name]:.0f}",
        ]
        for name in (ours, exact)
        if name in found["tokens_per_second"]
    ]
    if "unavailable" in found:
        rows.append([exact, f"not to be had: {found['unavailable'].splitlines()[0]}"])
    wanted = found["wanted"]
    size = {place: f"{count / 1e6:.1f} MB" for place, count in found["bytes"].items()}
    lines = [
        f"{found['corpus']}, {found['threads']} threads, in turns. Tags, trees and entities from one encoding.",
        table(["", "tokens/s", "sentences", "peak MB"], rows),
        (f"{factor(found['times'])} the speed of {exact} alone; " if "times" in found else "")
        + f"wanted: {wanted['times']} × that, {figure(wanted['tokens_per_second'])} tokens/s. "
        "Over texts of which it had seen no word: "
        f"{figure(found['first_pass'])} tokens/s, one pass. In the package {size['package']}, its graphs in the cache "
        f"{size['cache']}; {found['loaded_mb']:.0f} MB of memory when loaded. Start-up: above.",
    ]
    if found["stand_ins"]:
        lines.append(f"*{exact} runs on stand-in weights of the right shapes: its speed is that of the real ones.*")
    return "\n\n".join(lines)
