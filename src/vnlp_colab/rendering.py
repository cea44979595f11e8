"""Parses and entities as pictures, drawn by spaCy's displaCy."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from hashlib import sha256
from html import escape
from typing import Any, Final

from vnlp_colab.errors import InputError, MissingExtra
from vnlp_colab.results import Sentence

STYLES: Final = ("dep", "ent")

# displaCy knows OntoNotes' labels; these are the colours that it gives people, places and organisations there.
_COLOURS: Final = {"PER": "#aa9cfc", "LOC": "#ff9561", "ORG": "#7aecec"}

# Pixels: a word's letter at displaCy's 16, and what keeps two words apart.
_LETTER: Final = 9.5
_GAP: Final = 24
_LEAST_DISTANCE: Final = 100
# All words are equally far apart: one of fifty letters would tear its sentence apart.
_LONGEST: Final = 20
# Curves of a long sentence reach so high that it does not fit a screen; right angles stay low.
_LONG: Final = 12

_RANDOM: Final = re.compile(r'id="([0-9a-f]{32})-0"')
_SIZE: Final = re.compile(r'width="([\d.]+)" height="([\d.]+)"([^>]*?)height: [\d.]+px')
_CORNERS: Final = re.compile(r'class="displacy-arc"[^>]* d="M([^"]+)"')
_MARGIN: Final = 16

_PAGE: Final = """<!DOCTYPE html>
<html lang="tr">
<head>
<meta charset="utf-8">
<title>{title}</title>
<style>
body {{ font: 16px/1.5 system-ui, "Noto Sans", "DejaVu Sans", Arial, sans-serif; color: #111; margin: 2rem; }}
figure {{ margin: 0 0 2rem; padding: 0 0 .5rem; overflow-x: auto; }}
mark.entity {{ display: inline-block; line-height: 1.2 !important; }}
</style>
</head>
<body>
{figures}
</body>
</html>
"""


def render(
    sentences: Sentence | Mapping[str, Any] | Iterable[Sentence | Mapping[str, Any]],
    style: str = "dep",
    *,
    page: bool = False,
) -> str:
    """Draw parses or entities.

    Args:
        sentences: An annotated sentence or several; or displaCy's dicts, as ``predict(..., displacy_format=True)``
            gives them.
        style: ``"dep"`` draws the parse as SVG, ``"ent"`` marks the entities in HTML.
        page: Return a whole HTML page instead of its contents.

    Returns:
        SVG for ``"dep"``, in which words of more than 20 letters are shortened; HTML for ``"ent"`` or a page. Several
        sentences stand one after another, those without tokens have no parse to draw.

    Raises:
        MissingExtra: spaCy is not installed.
        InputError: Another style, what is given cannot be drawn, or the models for the style did not run.

    Examples:
        >>> pipe = VNLPipeline(("pos", "dep"))  # doctest: +SKIP
        >>> svg = render(next(pipe.annotate(["Kedi uyuyor."])))  # doctest: +SKIP
    """
    if style not in STYLES:
        raise InputError(f"style is 'dep' or 'ent', not {style!r}")
    given = [sentences] if isinstance(sentences, Sentence | Mapping) else sentences
    if isinstance(given, str) or not isinstance(given, Iterable):
        raise InputError(f"render takes an annotated sentence or several, not {type(given).__name__}")
    drawn = [_draw(_picture(item, style), style) for item in given]
    return html_page(drawn) if page else "\n".join(drawn)


def html_page(figures: Iterable[str], title: str = "vnlp-colab") -> str:
    """A whole HTML page of pictures, each of which scrolls by itself where it is wider than the window."""
    framed = "\n".join(f"<figure>{figure}</figure>" for figure in figures)
    return _PAGE.format(title=escape(title), figures=framed)


def drawable(sentence: Sentence) -> tuple[str, ...]:
    """The styles that a sentence has the labels for."""
    return tuple(
        style for style, labels in zip(STYLES, (sentence.dep, sentence.ner), strict=True) if labels is not None
    )


def load_displacy() -> Any:
    """Import spaCy's displaCy.

    Raises:
        MissingExtra: spaCy is not installed.
    """
    try:
        from spacy import displacy
    except ImportError as error:
        raise MissingExtra("spaCy", "render", "drawing parses and entities") from error
    return displacy


def _picture(item: object, style: str) -> dict[str, Any]:
    """What displaCy is given for a sentence."""
    if isinstance(item, Sentence):
        return item.to_displacy(style)
    if isinstance(item, Mapping) and ("words" in item if style == "dep" else "ents" in item):
        return dict(item)
    raise InputError(f"render draws sentences and displaCy's dicts of style {style!r}, not {type(item).__name__}")


def _draw(picture: dict[str, Any], style: str) -> str:
    displacy = load_displacy()
    if style == "ent":
        ents = [{**entity, "label": escape(entity["label"])} for entity in picture["ents"]]
        shown = {**picture, "ents": ents}
        return str(
            displacy.render(shown, style="ent", manual=True, jupyter=False, options={"colors": _COLOURS})
        ).strip()
    # displaCy writes words safely, but not tags, lemmas and labels; a lemma comes from the user's text.
    words = [
        {
            "text": _shortened(word["text"]),
            **{name: escape(_shortened(word[name])) for name in ("tag", "lemma") if word.get(name) is not None},
        }
        for word in picture["words"]
    ]
    arcs = [{**arc, "label": escape(arc["label"])} for arc in picture["arcs"]]
    if not words:
        return ""
    options = _options(words)
    shown = {"words": words, "arcs": arcs, "settings": {"lang": "tr", "direction": "ltr"}}
    svg = str(displacy.render(shown, style="dep", manual=True, jupyter=False, options=options)).strip()
    return _with_own_name(_cropped(svg) if options["compact"] else svg)


def _shortened(word: str) -> str:
    """Leave out the middle of a very long word."""
    return word if len(word) <= _LONGEST else f"{word[: _LONGEST // 2]}…{word[-(_LONGEST // 2 - 1) :]}"


def _options(words: list[dict[str, str]]) -> dict[str, Any]:
    """Words as close to one another as the widest allows, which displaCy would overlap."""
    widest = max(len(text) for word in words for text in word.values())
    distance = max(_LEAST_DISTANCE, round(widest * _LETTER + _GAP))
    return {
        "compact": len(words) > _LONG,
        "distance": distance,
        "offset_x": distance // 2,
        "font": "system-ui, 'Noto Sans', 'DejaVu Sans', Arial, sans-serif",
        "color": "#111",
    }


def _cropped(svg: str) -> str:
    """Cut off the empty space above right-angled arcs: displaCy leaves as much as curves would need."""
    corners = [float(point.split(",")[1]) for arc in _CORNERS.findall(svg) for point in arc.replace("C", "").split()]
    top = max(0.0, min(corners, default=0.0) - _MARGIN)

    def resize(found: re.Match[str]) -> str:
        width, height = float(found[1]), float(found[2]) - top
        view = f'viewBox="0 {top:g} {width:g} {height:g}"'
        return f'{view} width="{width:g}" height="{height:g}"{found[3]}height: {height:g}px'

    return _SIZE.sub(resize, svg, count=1)


def _with_own_name(svg: str) -> str:
    """Name a picture after what is in it, so that the same one is always the same text."""
    found = _RANDOM.search(svg)
    if found is None:
        return svg
    plain = svg.replace(found[1], "")
    return svg.replace(found[1], f"vnlp-{sha256(plain.encode()).hexdigest()[:16]}")
