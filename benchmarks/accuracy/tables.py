"""The figures as Markdown, and their place in a page."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from training.data.corpora import SOURCES, STYLE_OF, TESTS

from benchmarks.accuracy.published import ENTITIES, TREES, VNLP
from benchmarks.render import marked
from benchmarks.render.marked import Marks

BEGIN = "<!-- accuracy: written by python -m benchmarks.accuracy -->"
END = "<!-- /accuracy -->"

_TITLES = {"boun": "BOUN", "framenet": "FrameNet", "imst": "IMST", "all": "all", "wikiner": "Turkish-Wiki-NER"}
_TITLES |= {"xtreme": "XTREME (WikiANN)", "gungor": "Güngör et al."}
_NONE = "–"
_KINDS = {
    "gold": "gold words",
    "rows": "raw text, a sentence a row",
    "raw": "raw text, sentences split by us",
}

Figures = Mapping[str, Any]


def tables(known: Figures) -> str:
    """Return all tables of the figures that ``__main__`` writes."""
    parts = []
    for kind, title in _KINDS.items():
        if any(kind in row for found in known.values() for row in found.get("treebanks", {}).values()):
            parts += [f"### Treebanks, {title}", _trees(known, kind)]
    context = known.get("Context", {})
    if any(row.get("styles") for row in context.get("treebanks", {}).values()):
        parts += ["### Context in other styles: UPOS / LAS, whole relations, gold words", _styles(context)]
    parts += ["### Entities, gold words, span F1", _entities(known)]
    parts += ["### Published by others", _published()]
    missing = [name for name, found in known.items() if "not_measured" in found]
    if missing:
        parts.append(f"Not measured here, because trained weights were not to be had: {', '.join(missing)}.")
    return "\n\n".join(parts)


def write_between_marks(page: Path, content: str) -> None:
    """Replace what stands between the two marks of a page.

    Raises:
        ValueError: The page has not both marks, once each and in order.
    """
    marked.write(page, {Marks(BEGIN, END): f"\n{content}\n"})


def _trees(known: Figures, kind: str) -> str:
    metrics = ["UPOS", "UFeats", "Lemmas", "UAS", "LAS", "CLAS", "LAS_full"]
    titles = [*metrics[:-1], "LAS, whole relations"]
    if kind == "rows":
        metrics, titles = ["Words", *metrics], ["Words", *titles]
    if kind == "raw":
        metrics, titles = ["Sentences", "Words", *metrics], ["Sentences", "Words", *titles]
    rows = []
    for name in (*TESTS, "all"):
        for system, found in known.items():
            scores = found.get("treebanks", {}).get(name, {}).get(kind)
            if scores is not None:
                wide = ("UPOS", "LAS_full")
                cells = [_cell(scores.get(metric), metric in wide) for metric in metrics]
                rows.append([_tree_title(name), system, *cells])
        if kind == "gold" and name in VNLP.figures:
            upos, las = VNLP.figures[name]
            rows.append(
                [_tree_title(name), "VNLP, published", f"{upos:.1f}", *[_NONE] * (len(metrics) - 2), f"{las:.1f}"]
            )
    return _table(["UD 2.9 test", "system", *titles], rows)


def _styles(context: Figures) -> str:
    own: dict[str, Any] = context["treebanks"]
    styles = list(dict.fromkeys(style for row in own.values() for style in row.get("styles", {})))
    rows = []
    for name in TESTS:
        if name in own:
            mine = STYLE_OF.get(name, name)
            found = own[name]["styles"] | {mine: own[name]["gold"]}
            rows.append([_tree_title(name), _pair(own[name]["gold"]), *(_pair(found.get(style)) for style in styles)])
    return _table(["UD 2.9 test", "own style", *(f"`{style}`" for style in styles)], rows)


def _entities(known: Figures) -> str:
    rows = []
    for name in (*SOURCES[1:], "all"):
        for system, found in known.items():
            scores = found.get("entities", {}).get(name)
            if scores is not None:
                cells = [
                    _cell(scores["own"].get(kind), kind == "all") for kind in ("all", "PER", "LOC", "ORG", "tokens")
                ]
                default = _cell(scores.get("default", {}).get("all"), False)
                rows.append([_TITLES[name], system, *cells, default])
    return _table(["test set", "system", "F1", "PER", "LOC", "ORG", "by token", "without naming the corpus"], rows)


def _published() -> str:
    names = list(dict.fromkeys(name for source in TREES for name in source.figures))
    rows = []
    for source in TREES:
        cells = []
        for name in names:
            pair = source.figures.get(name)
            cells.append(f"{pair[0]:.1f} / {pair[1]:.1f}" if pair else _NONE)
        rows.append([source.name, source.conditions, *cells])
    trees = _table(["UPOS / LAS", "conditions", *map(_tree_title, names)], rows)
    entities = _table(["entities", "conditions", "F1"], ([a, b, f"{c:.1f}"] for a, b, c in ENTITIES))
    return f"{trees}\n\n{entities}"


def _tree_title(name: str) -> str:
    return _TITLES.get(name, name.capitalize())


def _pair(found: Figures | None) -> str:
    return _NONE if found is None else f"{found['UPOS']['value']:.1f} / {found['LAS_full']['value']:.1f}"


def _cell(score: Mapping[str, float] | None, interval: bool) -> str:
    if score is None:
        return _NONE
    return f"{score['value']:.1f}" + (f" [{score['low']:.1f}, {score['high']:.1f}]" if interval else "")


def _table(header: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    lines = [header, ["---"] * len(header), *rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)
