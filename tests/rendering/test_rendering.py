"""Pictures of parses and entities: what is in them, and that a browser draws it."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from html import unescape
from importlib.util import find_spec
from itertools import pairwise
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest

from vnlp_colab import render
from vnlp_colab.errors import InputError, MissingExtra
from vnlp_colab.rendering import html_page
from vnlp_colab.results import Sentence

KEDI = Sentence(
    "Şırnaklı Öğüt'ün kedisi uyuyor.",
    ("Şırnaklı", "Öğüt'ün", "kedisi", "uyuyor", "."),
    pos=("ADJ", "PROPN", "NOUN", "VERB", "PUNCT"),
    ner=("O", "PER", "O", "O", "O"),
    dep=((2, "amod"), (3, "nmod:poss"), (4, "nsubj"), (0, "root"), (4, "punct")),
    lemma=("şırnaklı", "Öğüt", "kedi", "uyu", "."),
)
EVIL = "<script>alert('x')</script>"
HOSTILE = Sentence(EVIL, (EVIL,), pos=("<b>",), ner=("<i>",), dep=((0, "root"),), lemma=(EVIL,))


def long_sentence(words: int) -> Sentence:
    tokens = tuple(f"kelime{i}" for i in range(words))
    return Sentence(" ".join(tokens), tokens, dep=tuple((i, "dep") for i in range(words)))


# As parses are: arcs above arcs that end at the same words, and long labels between neighbours.
PARSED = """\
O DET 2 det
sonbahar NOUN 10 nsubj
, PUNCT 10 punct
torunu NOUN 7 nsubj
İdil PROPN 7 nsubj
okuldan NOUN 7 obl
çıkınca VERB 10 advcl
dedesinin NOUN 9 nmod:poss
dükkânına NOUN 10 obl
uğrar VERB 0 root
, PUNCT 15 punct
saatlerin NOUN 14 nmod:poss
de PART 12 advmod:emph
sesini NOUN 15 obj
dinlerdi VERB 10 conj
. PUNCT 15 punct
"""
ROWS = [line.split() for line in PARSED.splitlines()]
NESTED = Sentence(
    " ".join(row[0] for row in ROWS),
    tuple(row[0] for row in ROWS),
    pos=tuple(row[1] for row in ROWS),
    dep=tuple((int(row[2]), row[3]) for row in ROWS),
)


def text_of(svg: str) -> list[str]:
    return [part.strip() for part in ElementTree.fromstring(svg).itertext() if part.strip()]


class TestWithSpacy:
    @pytest.fixture(autouse=True)
    def _spacy(self) -> None:
        pytest.importorskip("spacy", reason="spaCy (the extra 'render') is not installed")

    def test_a_parse_has_words_tags_lemmas_and_relations(self) -> None:
        found = text_of(render(KEDI))
        assert found[:3] == ["Şırnaklı", "şırnaklı", "ADJ"]
        assert {"amod", "nmod:poss", "nsubj", "punct"} <= set(found) and "root" not in found

    def test_entities_are_marked_in_the_text(self) -> None:
        found = render(KEDI, style="ent")
        (mark,) = re.findall(r"<mark.*?</mark>", found, re.DOTALL)
        assert "Öğüt'ün" in mark.replace("&#x27;", "'") and "PER" in mark and "kedisi" not in mark
        assert "#aa9cfc" in mark

    def test_the_same_sentence_is_the_same_picture(self) -> None:
        assert render(KEDI) == render(KEDI) != render(long_sentence(3))
        two = render([KEDI, long_sentence(3)])
        assert len(set(re.findall(r'<svg[^>]* id="([^"]+)"', two))) == 2
        assert two.count("<svg") == 2

    @pytest.mark.parametrize("style", ["dep", "ent"])
    def test_nothing_of_the_text_becomes_markup(self, style: str) -> None:
        found = render(HOSTILE, style)
        assert not re.search(r"<(script|b|i)\b", found)
        assert "&lt;" in found

    def test_displacy_dicts(self) -> None:
        assert render(KEDI.to_displacy("dep")) == render(KEDI)
        assert render(KEDI.to_displacy("ent"), "ent") == render(KEDI, "ent")

    def test_long_sentences_stay_low_and_long_words_narrow(self) -> None:
        (height,) = re.findall(r'<svg[^>]* height="([\d.]+)"', render(long_sentence(40)))
        assert float(height) < 800
        word = "muvaffakiyetsizleştiricileştiriveremeyebileceklerimizdenmişsinizcesine"
        svg = render(Sentence(f"{word} geldi", (word, "geldi"), dep=((2, "obl"), (0, "root"))))
        (width,) = re.findall(r'<svg[^>]* width="([\d.]+)"', svg)
        assert float(width) < 700
        assert "muvaffakiy…nizcesine" in text_of(svg)

    def test_labels_of_long_sentences_have_room(self) -> None:
        # Eight arcs above one another, and arcs between neighbours.
        tokens = tuple(f"k{i}" for i in range(16))
        heads = [0, *[1] * 8, *range(9, 16)]
        svg = render(Sentence(" ".join(tokens), tokens, dep=tuple((head, "nmod:poss") for head in heads)))
        (size,) = map(float, re.findall(r"font-size: ([\d.]+)px", svg))
        label = size * 0.8
        ends, tops = set(), []
        for path in re.findall(r'class="displacy-arc"[^>]* d="M([^"]+)"', svg):
            (left, bottom), (_, top), (_, also_top), (right, _) = [
                tuple(map(float, point.split(","))) for point in path.split()
            ]
            assert top == also_top < bottom and right - left > len("nmod:poss") * label * 0.6
            ends.add(bottom)
            tops.append(top)
        levels = sorted({*tops, *ends})
        assert len(levels) == 9 and len(ends) == 1 and levels[0] > 0
        # A label's letters stand 1.25 of its size below its arc and reach a quarter lower; the line takes 2.
        assert min(lower - upper for upper, lower in pairwise(levels)) >= label * 1.5 + 2

    def test_words_stand_right_above_their_tags(self) -> None:
        # A blank between them would count as a part of the word, and move it to the left.
        for sentence in (KEDI, long_sentence(13)):
            assert not re.search(r"</tspan>\s+<tspan", render(sentence))

    def test_nothing_to_draw(self) -> None:
        empty = Sentence("", (), ner=(), dep=())
        assert render(empty) == "" and "<mark" not in render(empty, "ent")

    def test_a_page(self) -> None:
        found = render([KEDI, KEDI], page=True)
        assert found.startswith("<!DOCTYPE html>") and found.count("<figure>") == 2
        assert '<meta charset="utf-8">' in found

    def test_in_a_notebook(self) -> None:
        shown = KEDI._repr_html_()
        assert shown is not None and "<svg" in shown and "<mark" in shown
        assert Sentence("a", ("a",))._repr_html_() is None


@pytest.mark.parametrize(
    ("given", "style", "says"),
    [
        (KEDI, "tree", "style is 'dep' or 'ent', not 'tree'"),
        ("Kedi uyuyor.", "dep", "an annotated sentence or several, not str"),
        (5, "dep", "an annotated sentence or several, not int"),
        ([5], "dep", "displaCy's dicts of style 'dep', not int"),
        ({"text": "a", "ents": []}, "dep", "of style 'dep', not dict"),
        (Sentence("a", ("a",)), "dep", "dep"),
    ],
)
def test_what_cannot_be_drawn(given: Any, style: str, says: str) -> None:
    with pytest.raises(InputError, match=says):
        render(given, style)


def test_without_spacy(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "spacy", None)
    with pytest.raises(MissingExtra, match=r"pip install 'vnlp-colab\[render\]'"):
        render(KEDI)
    assert KEDI._repr_html_() is None


@pytest.fixture(scope="module")
def chromium() -> str:
    required = os.environ.get("VNLP_COLAB_REQUIRE_BROWSER") == "1"
    if find_spec("spacy") is None:
        (pytest.fail if required else pytest.skip)("spaCy (the extra 'render') is not installed")
    for name in ("chromium", "chromium-browser", "google-chrome"):
        found = shutil.which(name)
        if found:
            return found
    if required:
        pytest.fail("VNLP_COLAB_REQUIRE_BROWSER is set, but there is no Chromium; apt install chromium")
    pytest.skip("there is no Chromium on this machine (apt install chromium)")


PROBE = """
<script>
const boxes = selector => [...document.querySelectorAll(selector)].map(node => node.getBoundingClientRect());
const apart = list => list.every((box, i) => i === 0 || box.left >= list[i - 1].right);
document.title = JSON.stringify({
  words: boxes("svg .displacy-word").length,
  apart: [...document.querySelectorAll("svg")].every(svg =>
    apart([...svg.querySelectorAll(".displacy-word")].map(node => node.getBoundingClientRect()))),
  inside: [...document.querySelectorAll("svg")].every(svg => [...svg.querySelectorAll("path")].every(path => {
    const [own, whole] = [path.getBoundingClientRect(), svg.getBoundingClientRect()];
    return own.top >= whole.top && own.bottom <= whole.bottom && own.left >= whole.left; })),
  centred: [...document.querySelectorAll("svg .displacy-token")].every(token => {
    const middles = [...token.children].map(node => node.getBoundingClientRect())
      .filter(box => box.width).map(box => (box.left + box.right) / 2);
    return Math.max(...middles) - Math.min(...middles) < 1; }),
  free: [...document.querySelectorAll("svg")].slice(1).every(svg => {
    const arcs = [...svg.querySelectorAll(".displacy-arc")];
    return [...svg.querySelectorAll(".displacy-label")].every(node => {
      const label = node.getBoundingClientRect();
      return arcs.every(arc => {
        // Points of the arc, each two pixels: does any lie in the label?
        const place = arc.getScreenCTM();
        for (let at = 0; at < arc.getTotalLength(); at += 2) {
          const point = arc.getPointAtLength(at).matrixTransform(place);
          if (point.x > label.left && point.x < label.right && point.y > label.top && point.y < label.bottom)
            return false;
        }
        return true; }); }); }),
  marks: [...document.querySelectorAll("mark")].map(node => node.innerText.replace(/\\s+/g, " ").trim()),
  page: document.documentElement.scrollWidth <= window.innerWidth,
});
</script>
"""


@pytest.mark.slow
@pytest.mark.browser
def test_a_browser_draws_it(chromium: str, tmp_path: Path) -> None:
    word = "Çekoslovakyalılaştıramadıklarımızdanmışsınız"
    wide = Sentence(f"{word} ĞÜŞİÖÇ", (word, "ĞÜŞİÖÇ"), dep=((2, "obl"), (0, "root")))
    figures = [
        render(KEDI),
        render(KEDI, "ent"),
        render(long_sentence(60)),
        render(NESTED),
        render(wide),
        render(HOSTILE),
    ]
    page, picture = tmp_path / "page.html", tmp_path / "page.png"
    page.write_text(html_page(figures).replace("</body>", PROBE + "</body>"), encoding="utf-8")
    quiet = ["--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-sync"]
    quiet += [
        "--disable-background-networking",
        "--disable-component-update",
        f"--user-data-dir={tmp_path / 'profile'}",
    ]
    size = ["--window-size=1200,1600"]
    run = [chromium, *quiet, *size]
    shown = subprocess.run([*run, "--dump-dom", page.as_uri()], capture_output=True, text=True, timeout=120, check=True)
    (found,) = re.findall(r"<title>(.*?)</title>", shown.stdout)
    assert json.loads(unescape(found)) == {
        "words": 5 + 60 + 16 + 2 + 1,
        "apart": True,
        "inside": True,
        "centred": True,
        "free": True,
        "marks": ["Öğüt'ün PER"],
        "page": True,
    }
    subprocess.run([*run, f"--screenshot={picture}", page.as_uri()], capture_output=True, timeout=120, check=True)
    assert picture.read_bytes().startswith(b"\x89PNG") and picture.stat().st_size > 20_000
