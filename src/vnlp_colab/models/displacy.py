"""Results in the form that spaCy's displaCy renders with ``manual=True``."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any


def dependency_format(arcs: Sequence[tuple[int, str, int, str]], tags: Sequence[str]) -> dict[str, Any]:
    """Words with their tags, and an arc for each word but the root.

    Args:
        arcs: ``(index, token, head, deprel)`` of every token, counted from 1.
        tags: A tag a token, which may be empty.
    """
    drawn = []
    for index, _, head, relation in arcs:
        if head > 0:
            start, end = sorted((index - 1, head - 1))
            direction = "left" if head < index else "right"
            drawn.append({"start": start, "end": end, "label": relation, "dir": direction})
    words = [{"text": token, "tag": tag} for (_, token, _, _), tag in zip(arcs, tags, strict=True)]
    return {"words": words, "arcs": drawn}


def entity_format(text: str, spans: Sequence[tuple[int, int]], labels: Sequence[str]) -> dict[str, Any]:
    """Runs of tokens of one label as entities.

    Upstream searches the text for each token; here the tokens' own spans are used, so that a repeated word, or a
    token that happens to stand inside another, has its own place. As upstream, tokens without a letter are
    no end of an entity, but one of another label parts two entities.

    Args:
        text: The text.
        spans: Start and end of each token in it.
        labels: A label a token; ``O`` and the empty label are none.
    """
    entities: list[dict[str, Any]] = []
    previous = "O"
    for (start, end), label in zip(spans, labels, strict=True):
        lettered = any(character.isalpha() for character in text[start:end])
        if label in ("O", ""):
            previous = "O"
        elif lettered and label == previous:
            entities[-1]["end"] = end
        elif lettered:
            entities.append({"start": start, "label": label, "end": end})
            previous = label
        elif label != previous:
            previous = "O"
    return {"text": text, "ents": entities, "title": None}
