"""What programs write between the marks of a page, and what stays."""

import json

import pytest
from benchmarks.render import marked, variants
from benchmarks.render.marked import Marks

from benchmarks import reliability

MARKS = Marks("<!-- a -->", "<!-- a end -->")


def test_only_what_stands_between_the_marks_is_replaced(tmp_path):
    page = tmp_path / "page.md"
    page.write_text("# Mine\n\n<!-- a -->old<!-- a end -->\n\nMore.\n", encoding="utf-8")
    marked.write(page, {MARKS: "new \\1"})
    assert page.read_text(encoding="utf-8") == "# Mine\n\n<!-- a -->\nnew \\1\n<!-- a end -->\n\nMore.\n"


def test_marks_that_are_not_there_come_at_the_end_if_they_may(tmp_path):
    page = tmp_path / "new" / "page.md"
    marked.write(page, {MARKS: "one", Marks("<!-- b -->", "<!-- /b -->"): "two"}, absent="## More", head="# Head\n")
    assert page.read_text(encoding="utf-8") == (
        "# Head\n\n## More\n\n<!-- a -->\none\n<!-- a end -->\n\n## More\n\n<!-- b -->\ntwo\n<!-- /b -->\n"
    )


@pytest.mark.parametrize("absent", [None, ""])
@pytest.mark.parametrize(
    "content",
    [
        MARKS.begin,
        MARKS.end,
        f"{MARKS.end}{MARKS.begin}",
        f"{MARKS.end}{MARKS.begin}{MARKS.end}",
        f"{MARKS.begin}{MARKS.begin}{MARKS.end}",
    ],
)
def test_a_page_with_other_marks_than_a_pair_stays_as_it_is(tmp_path, content, absent):
    page = tmp_path / "page.md"
    page.write_text(content, encoding="utf-8")
    with pytest.raises(ValueError, match="must have"):
        marked.write(page, {MARKS: "x"}, absent=absent)
    assert page.read_text(encoding="utf-8") == content


def test_a_page_must_be_there_unless_its_head_is_given(tmp_path):
    with pytest.raises(FileNotFoundError):
        marked.write(tmp_path / "page.md", {MARKS: "x"}, absent="")


def test_the_variants_have_marks_of_their_own(tmp_path, monkeypatch):
    monkeypatch.setattr(variants, "block", lambda kept: f"{len(kept)} figures")
    for kept in ({"a": 1}, {"a": 1, "b": 2}):
        variants.write(kept, tmp_path)
    text = (tmp_path / "performance.md").read_text(encoding="utf-8")
    assert text == "# Performance\n\n<!-- variants:begin -->\n2 figures\n<!-- variants:end -->\n"
    assert json.loads((tmp_path / "performance" / "variants.json").read_text(encoding="utf-8")) == {"a": 1, "b": 2}


def test_the_faults_come_under_a_heading(tmp_path, monkeypatch):
    monkeypatch.setattr(reliability, "PAGE", tmp_path / "page.md")
    monkeypatch.setattr(reliability, "RESULTS", tmp_path / "results.json")
    (tmp_path / "page.md").write_text("# Reliability\n", encoding="utf-8")
    for rows in (10, 20):
        reliability.write({"resumed": {"rows": rows, "whole": [1.0, 2.0], "killed": [1.5, 2.5]}})
    text = (tmp_path / "page.md").read_text(encoding="utf-8")
    assert text.startswith(
        "# Reliability\n\n## Measured\n\nMade by `python -m benchmarks.reliability`.\n\n<!-- measured"
    )
    assert text.count("A run of") == text.count("A run of 20 rows") == text.count("## Measured") == 1
