"""Ours and its peers over the same sentences, all in turns in one run."""

from __future__ import annotations

import contextlib
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial
from itertools import zip_longest
from typing import Any

from benchmarks.children import Child, ChildError
from benchmarks.corpus import Corpus
from benchmarks.names import SUITES, Peer, Subject
from benchmarks.pairing import interleave, ratios, spread
from benchmarks.peers import PeerUnavailable, start
from benchmarks.settings import OURS, Settings
from benchmarks.sizing import rate, send

_QUICK_SENTENCES = 2
_BULK = 1024
"""Sentences that ours is given in bulk, as its users do: most of a test set."""
_WHOLE = 40
"""Tokens beyond which VNLP's parsers work in windows; a peer that is given shorter sentences says in ``names`` why."""
_WARM_UP = "warm-up"


@dataclass
class _Rival:
    """A peer that runs.

    Attributes:
        child: Its process, or why there is none.
        about: What it says of itself.
    """

    child: Child | str
    about: str = ""


@dataclass
class _Match:
    """One subject beside one peer.

    Attributes:
        peer: The peer.
        rival: What runs it.
        some: The sentences that both are given.
    """

    peer: Peer
    rival: _Rival
    some: Corpus
    found: dict[str, Any] = field(default_factory=dict)

    @property
    def key(self) -> str:
        """The name of its texts in the children."""
        return f"{len(self.some.texts)} of up to {self.peer.longest} tokens, {self.peer.batch} at a time"


def run(settings: Settings) -> Any:
    """Compare every subject with its peers.

    Returns:
        One row a subject and peer; peers that are not to be had have the reason instead of figures.
    """
    if not settings.peers:
        return []
    found: list[dict[str, Any]] = []
    rivals: dict[str, _Rival] = {}
    with contextlib.ExitStack() as stack:
        ours = stack.enter_context(settings.ours())
        for subject in SUITES[settings.suite].subjects:
            peers = [peer for peer in subject.peers if not settings.against or peer.name in settings.against]
            if not settings.wanted(subject.name) or not peers:
                continue
            matches = []
            for peer in peers:
                if peer.name not in rivals:
                    rivals[peer.name] = _start(settings, peer, stack)
                matches.append(_Match(peer, rivals[peer.name], _sentences(settings, peer)))
            settings.say(f"{subject.name} against {', '.join(peer.name for peer in peers)}")
            found += _compare(settings, ours, subject, matches)
    return found


def _sentences(settings: Settings, peer: Peer) -> Corpus:
    """What a peer is given, and ours beside it."""
    if settings.quick:
        return settings.main.some(_QUICK_SENTENCES, peer.longest)
    if peer.batch > 1:
        return settings.main.batches(peer.sentences, peer.batch, peer.longest, _BULK)
    if peer.longest < _WHOLE:
        return settings.main.some(peer.sentences, peer.longest)
    return settings.main.typical(peer.sentences, peer.longest)


def _start(settings: Settings, peer: Peer, stack: contextlib.ExitStack) -> _Rival:
    settings.say(f"starting {peer.name}")
    try:
        child, about = start(peer, settings)
    except (PeerUnavailable, ChildError) as error:
        return _Rival(str(error))
    return _Rival(stack.enter_context(child), about)


def _compare(settings: Settings, ours: Child, subject: Subject, matches: list[_Match]) -> list[dict[str, Any]]:
    """All of a subject's peers, and ours on each one's sentences and in bulk, take turns."""
    bulk = settings.main.some(_BULK)
    ours.ask("load", subject=subject.name, threads=2, device=settings.device)
    send(ours, subject.name, "bulk", bulk)
    runs: dict[tuple[str, str], Callable[[], float]] = {
        ("ours", "bulk"): partial(rate, ours, subject.name, "bulk", bulk.tokens)
    }
    ready = []
    for match in matches:
        try:
            theirs = _prepare(match)
        except ChildError as error:
            match.found["unavailable"] = str(error)
            continue
        send(ours, subject.name, match.key, match.some)
        own = partial(rate, ours, subject.name, match.key, match.some.tokens, None, settings.min_seconds)
        runs["ours", match.peer.name] = own
        runs["theirs", match.peer.name] = partial(rate, theirs, match.peer.subject, match.key, match.some.tokens)
        ready.append((match, theirs))
    rates = interleave(runs, settings.rounds) if ready else {}
    for match, theirs in ready:
        in_bulk = {"sentences_in_bulk": len(bulk.texts), "tokens_in_bulk": bulk.tokens}
        match.found = {**in_bulk, **_found(rates, match, ours, theirs, subject)}
    return [{"subject": subject.name, "peer": match.peer.name, **match.found} for match in matches]


def _prepare(match: _Match) -> Child:
    """Load a peer's subject, and compile its graphs and warm its caches with one sentence."""
    child = match.rival.child
    if isinstance(child, str):
        raise ChildError(child)
    threads = {"threads": 2} if match.peer.runner == OURS else {}
    child.ask("load", subject=match.peer.subject, **threads)
    child.ask("texts", name=_WARM_UP, texts=match.some.texts[:1])
    child.ask("measure", subject=match.peer.subject, texts=_WARM_UP)
    child.ask("texts", name=match.key, texts=match.some.texts)
    return child


def _found(
    rates: dict[tuple[str, str], list[float]], match: _Match, ours: Child, theirs: Child, subject: Subject
) -> dict[str, Any]:
    name = match.peer.name
    return {
        "runs_on": match.rival.about,
        "sentences": len(match.some.texts),
        "tokens": match.some.tokens,
        "batch": match.peer.batch,
        "ours": spread(rates["ours", name]),
        "theirs": spread(rates["theirs", name]),
        "ours_in_bulk": spread(rates["ours", "bulk"]),
        "times": ratios(rates["ours", name], rates["theirs", name]),
        "times_in_bulk": ratios(rates["ours", "bulk"], rates["theirs", name]),
        "wanted": list(match.peer.wanted),
        "agreement": _agreement(ours, theirs, subject, match),
        "peak_mb": {"ours": ours.ask("memory")["peak_mb"], "theirs": theirs.ask("memory")["peak_mb"]},
    }


def _agreement(ours: Child, theirs: Child, subject: Subject, match: _Match) -> dict[str, float] | None:
    """How many labels are the same; for numbers also how far they are apart."""
    if subject.name.startswith("pipeline"):
        return None
    name = subject.labels or subject.name
    if name != subject.name:
        ours.ask("load", subject=name)
    mine = ours.ask("labels", subject=name, texts=match.key)
    yours = theirs.ask("labels", subject=match.peer.subject, texts=match.key)
    if isinstance(mine[0], float):
        same = sum((a > 0.5) == (b > 0.5) for a, b in zip(mine, yours, strict=True))
        apart = max(abs(a - b) for a, b in zip(mine, yours, strict=True))
        return {"same": same, "of": len(mine), "largest_difference": apart}
    # A tokenizer that cuts otherwise leaves labels without a partner, which differ too.
    pairs = [pair for a, b in zip(mine, yours, strict=True) for pair in zip_longest(a, b)]
    return {"same": sum(a == b for a, b in pairs), "of": len(pairs)}
