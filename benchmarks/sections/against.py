"""Ours and its peers over the same sentences, in turns."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

from benchmarks.children import Child, ChildError
from benchmarks.corpus import Corpus
from benchmarks.names import SUITES, Peer, Subject
from benchmarks.pairing import interleave, ratios, spread
from benchmarks.peers import PeerUnavailable, start
from benchmarks.settings import Settings

_QUICK_SENTENCES = 2
_WARM_UP = "warm-up"


def run(settings: Settings) -> Any:
    """Compare every subject with its peers.

    Returns:
        One row a subject and peer; peers that are not to be had have the reason instead of figures.
    """
    if not settings.peers:
        return []
    runners: dict[str, list[tuple[Subject, Peer]]] = {}
    for subject in SUITES[settings.suite].subjects:
        if settings.wanted(subject.name):
            for peer in subject.peers:
                if settings.against and peer.name not in settings.against:
                    continue
                runners.setdefault(peer.name, []).append((subject, peer))
    return [row for name, pairs in runners.items() for row in _peer(settings, name, pairs)]


def _peer(settings: Settings, name: str, pairs: list[tuple[Subject, Peer]]) -> list[dict[str, Any]]:
    """All comparisons with one peer."""
    try:
        child, description = start(pairs[0][1], settings)
    except (PeerUnavailable, ChildError) as error:
        return [{"subject": subject.name, "peer": name, "unavailable": str(error)} for subject, _ in pairs]
    with child, settings.ours() as ours:
        found = []
        for subject, peer in pairs:
            settings.say(f"{subject.name} against {name}")
            try:
                found.append({**_compare(settings, ours, child, subject, peer), "runs_on": description})
            except ChildError as error:
                found.append({"subject": subject.name, "peer": name, "unavailable": str(error)})
    return found


def _compare(settings: Settings, ours: Child, theirs: Child, subject: Subject, peer: Peer) -> dict[str, Any]:
    count = _QUICK_SENTENCES if settings.quick else peer.sentences
    some, whole = settings.main.some(count, subject.longest), settings.main
    for child in (ours, theirs):
        child.ask("texts", name="some", texts=some.texts)
        child.ask("texts", name=_WARM_UP, texts=some.texts[:1])
    ours.ask("texts", name="whole", texts=whole.texts)
    ours.ask("load", subject=subject.name, threads=2, device=settings.device)
    theirs.ask("load", subject=peer.subject, **({"threads": 2} if peer.name.startswith("stepwise") else {}))
    # Caches are warm and graphs compiled on both sides before the clock runs.
    ours.ask("measure", subject=subject.name, texts="whole")
    ours.ask("measure", subject=subject.name, texts="some")
    theirs.ask("measure", subject=peer.subject, texts=_WARM_UP)
    runs: dict[str, Callable[[], float]] = {
        "ours": partial(_rate, ours, subject.name, "some", some, settings.min_seconds),
        "theirs": partial(_rate, theirs, peer.subject, "some", some, 0.0),
        "whole": partial(_rate, ours, subject.name, "whole", whole, 0.0),
    }
    rates = interleave(runs, settings.rounds)
    return {
        "subject": subject.name,
        "peer": peer.name,
        "sentences": len(some.texts),
        "tokens": some.tokens,
        "ours": spread(rates["ours"]),
        "theirs": spread(rates["theirs"]),
        "ours_on_all": spread(rates["whole"]),
        "times": ratios(rates["ours"], rates["theirs"]),
        "times_on_all": ratios(rates["whole"], rates["theirs"]),
        "wanted": list(peer.wanted),
        "agreement": _agreement(ours, theirs, subject, peer),
        "peak_mb": {"ours": ours.ask("memory")["peak_mb"], "theirs": theirs.ask("memory")["peak_mb"]},
    }


def _rate(child: Child, subject: str, texts: str, corpus: Corpus, min_seconds: float) -> float:
    found = child.ask("measure", subject=subject, texts=texts, min_seconds=min_seconds)
    return corpus.tokens * float(found["passes"]) / float(found["seconds"])


def _agreement(ours: Child, theirs: Child, subject: Subject, peer: Peer) -> dict[str, float] | None:
    """How many labels are the same; for numbers also how far they are apart."""
    if subject.name.startswith("pipeline"):
        return None
    name = subject.labels or subject.name
    ours.ask("load", subject=name)
    mine, yours = (
        ours.ask("labels", subject=name, texts="some"),
        theirs.ask("labels", subject=peer.subject, texts="some"),
    )
    if isinstance(mine[0], float):
        same = sum((a > 0.5) == (b > 0.5) for a, b in zip(mine, yours, strict=True))
        apart = max(abs(a - b) for a, b in zip(mine, yours, strict=True))
        return {"same": same, "of": len(mine), "largest_difference": apart}
    pairs = [pair for a, b in zip(mine, yours, strict=True) for pair in zip(a, b, strict=True)]
    return {"same": sum(a == b for a, b in pairs), "of": len(pairs)}
