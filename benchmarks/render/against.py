"""Ours and its peers as text: what was compared with what, and how many times as fast ours is."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from benchmarks.render.text import factor, spread, table


def text(found: Sequence[dict[str, Any]]) -> str:
    """The table of peers, what its columns mean, and what the peers run on."""
    head = [
        "",
        "beside",
        "tokens",
        "theirs",
        "ours on the same",
        "times",
        "ours in bulk",
        "times",
        "wanted",
        "same labels",
    ]
    rows = []
    for row in found:
        if "unavailable" in row:
            rows.append([row["subject"], row["peer"], f"not to be had: {row['unavailable'].splitlines()[0]}"])
            continue
        rows.append(
            [
                *(row["subject"], row["peer"], row["tokens"], spread(row["theirs"]), spread(row["ours"])),
                *(factor(row["times"]), spread(row["ours_in_bulk"]), f"**{factor(row['times_in_bulk'])}**"),
                *(", ".join(f"{value:g} ×" for value in row["wanted"]), _same(row["agreement"])),
            ]
        )
    about = {row["peer"]: row["runs_on"] for row in found if "runs_on" in row}
    peers = "; ".join(f"{peer}: {text}" for peer, text in about.items())
    return "\n\n".join([_terms(found), table(head, rows), f"Peers run on: {peers}." if peers else ""]).strip()


def _terms(found: Sequence[dict[str, Any]]) -> str:
    """What is compared with what, by the rows themselves."""
    terms = (
        "Tokens/s, median (least to greatest) of paired, interleaved runs: all peers of a model and ours take turns in "
        "one run, on two threads, caches warm. Peers are slow, so each is given few sentences, of at most 40 tokens. "
        "Ours runs on the same ones, and in bulk"
    )
    given = [row for row in found if "batch" in row]
    if not given:
        return terms + ", as it is used."
    mean = given[0]["tokens_in_bulk"] / given[0]["sentences_in_bulk"]
    terms += f", on {given[0]['sentences_in_bulk']:,} sentences of any length ({mean:.1f} tokens on average), as it is "
    terms += "used; the factor in bulk is what counts, and peers are given sentences for which it is fair:\n"
    for peer in dict.fromkeys(row["peer"] for row in given):
        rows = [row for row in given if row["peer"] == peer]
        lengths = ", ".join(dict.fromkeys(f"{row['tokens'] / row['sentences']:.1f}" for row in rows))
        counts = " or ".join(dict.fromkeys(f"{row['sentences']:,}" for row in rows))
        size = rows[0]["batch"]
        how = f"{size} at a time, whole batches of a pass over as many as in bulk" if size > 1 else "one by one"
        terms += f"\n- {peer}: {counts} sentences, {how}; {lengths} tokens on average."
    return terms


def _same(agreement: dict[str, float] | None) -> str:
    if agreement is None:
        return ""
    apart = f", apart {agreement['largest_difference']:.1g}" if "largest_difference" in agreement else ""
    return f"{agreement['same']} of {agreement['of']}{apart}"
