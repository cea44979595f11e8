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

# Pixels: of words, and of words in a long sentence, which would be wider still; displaCy writes labels at 0.8 of it.
_SIZE: Final = 16
_SIZE_OF_LONG: Final = 14
_SIZE_OF_LABELS: Final = 0.8
_FONT: Final = "system-ui, 'Noto Sans', 'DejaVu Sans', Arial, sans-serif"
# A letter's width for each pixel of size, and the pixels that keep two words apart, and a label from its arc's ends:
# those stand closer to one another than the words do.
_LETTER: Final = 9.5 / 16
_GAP: Final = 24
_GAP_OF_LONG: Final = 16
_GAP_OF_LABELS: Final = 42
_LEAST_DISTANCE: Final = 100
_LEAST_OF_LONG: Final = 88
# All words are equally far apart: one of fifty letters would tear its sentence apart.
_LONGEST: Final = 20
# Curves of a long sentence reach so high that it does not fit a screen; right angles stay low.
_LONG: Final = 12
# Pixels between two levels of right angles: room for a label, which hangs as deep below its arc as the words' size.
_LEVEL: Final = 22

_RANDOM: Final = re.compile(r'id="([0-9a-f]{32})-0"')
_EXTENT: Final = re.compile(r'width="([\d.]+)" height="([\d.]+)"([^>]*?)height: [\d.]+px')
_ANGLES: Final = re.compile(
    r'(class="displacy-arc"[^>]* d=")M([\d.]+),([\d.]+) [\d.]+,(-?[\d.]+) ([\d.]+),-?[\d.]+ [\d.]+,[\d.]+'
)
_CORNERS: Final = re.compile(r'class="displacy-arc"[^>]* d="M([^"]+)"')
_BETWEEN: Final = re.compile(r"(?<=</tspan>)\s+(?=<tspan)")
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
    options = _options(words, arcs)
    shown = {"words": words, "arcs": arcs, "settings": {"lang": "tr", "direction": "ltr"}}
    svg = str(displacy.render(shown, style="dep", manual=True, jupyter=False, options=options)).strip()
    # What stands between a word and its tag counts as a blank of the word, which would be off its centre.
    svg = _BETWEEN.sub("", svg)
    return _with_own_name(_cropped(_spread(svg, options["distance"])) if options["compact"] else svg)


def _shortened(word: str) -> str:
    """Leave out the middle of a very long word."""
    return word if len(word) <= _LONGEST else f"{word[: _LONGEST // 2]}…{word[-(_LONGEST // 2 - 1) :]}"


def _options(words: list[dict[str, str]], arcs: list[dict[str, Any]]) -> dict[str, Any]:
    """Words as close to one another as the widest allows, which displaCy would overlap."""
    long = len(words) > _LONG
    size, gap, least = (_SIZE_OF_LONG, _GAP_OF_LONG, _LEAST_OF_LONG) if long else (_SIZE, _GAP, _LEAST_DISTANCE)
    widest = max(len(text) for word in words for text in word.values())
    distance = max(least, round(widest * size * _LETTER + gap))
    if long:
        # An arc between neighbours has the least room for its label; displaCy sets letters of labels a pixel apart.
        label = max((len(arc["label"]) for arc in arcs if arc["end"] - arc["start"] == 1), default=0)
        distance = max(distance, round(label * (size * _SIZE_OF_LABELS * _LETTER + 1) + _GAP_OF_LABELS))
    return {
        "compact": long,
        "distance": distance,
        "offset_x": distance // 2,
        # There is no option for the size, which must not be that of the page around the picture.
        "font": f"{_FONT}; font-size: {size}px",
        "color": "#111",
    }


def _spread(svg: str, distance: int) -> str:
    """Set right-angled arcs as far above one another as their labels need: displaCy takes a sixth of the distance."""

    def move(found: re.Match[str]) -> str:
        start, bottom, end = found[2], float(found[3]), found[5]
        top = bottom - round((bottom - float(found[4])) * 6 / distance) * _LEVEL
        return f"{found[1]}M{start},{bottom:g} {start},{top:g} {end},{top:g} {end},{bottom:g}"

    return _ANGLES.sub(move, svg)


def _cropped(svg: str) -> str:
    """Cut off the empty space above right-angled arcs: displaCy leaves as much as curves would need."""
    corners = [float(point.split(",")[1]) for arc in _CORNERS.findall(svg) for point in arc.replace("C", "").split()]
    top = max(0.0, min(corners, default=0.0) - _MARGIN)

    def resize(found: re.Match[str]) -> str:
        width, height = float(found[1]), float(found[2]) - top
        view = f'viewBox="0 {top:g} {width:g} {height:g}"'
        return f'{view} width="{width:g}" height="{height:g}"{found[3]}height: {height:g}px'

    return _EXTENT.sub(resize, svg, count=1)


def _with_own_name(svg: str) -> str:
    """Name a picture after what is in it, so that the same one is always the same text."""
    found = _RANDOM.search(svg)
    if found is None:
        return svg
    plain = svg.replace(found[1], "")
    return svg.replace(found[1], f"vnlp-{sha256(plain.encode()).hexdigest()[:16]}")
