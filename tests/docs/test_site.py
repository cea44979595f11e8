"""The site of the pages: it builds strictly, asks no other host for anything, and can be read and searched."""

from __future__ import annotations

import functools
import http.server
import os
import re
import shutil
import subprocess
import sys
import threading
from html.parser import HTMLParser
from pathlib import Path

import pytest

REPOSITORY = Path(__file__).resolve().parents[2]
PARTS = (
    "mkdocs.yml",
    "mkdocs_hooks.py",
    "docs",
    "examples",
    "notebooks",
    "src",
    "CHANGELOG.md",
    "SECURITY.md",
    "LICENSE",
)
WIDTHS = {"desktop": 1280, "phone": 390}

pytestmark = pytest.mark.slow


def build(repository: Path, site: Path) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "mkdocs", "build", "--strict", "--site-dir", str(site)]
    environment = {**os.environ, "NO_MKDOCS_2_WARNING": "1"}
    return subprocess.run(command, cwd=repository, env=environment, capture_output=True, encoding="utf-8")


@pytest.fixture(scope="module")
def site(tmp_path_factory):
    pytest.importorskip("mkdocs", reason="MkDocs (the extra 'docs') is not installed")
    folder = tmp_path_factory.mktemp("site")
    done = build(REPOSITORY, folder)
    assert done.returncode == 0, done.stdout + done.stderr
    return folder


@pytest.fixture
def copy(site, tmp_path):
    """A repository to break."""
    for name in PARTS:
        target = tmp_path / name
        if name == "docs":
            shutil.copytree(REPOSITORY / name, target)
        else:
            target.symlink_to(REPOSITORY / name)
    return tmp_path


def test_what_leads_nowhere_ends_the_build(copy):
    with (copy / "docs/results.md").open("a", encoding="utf-8") as page:
        page.write("\n[](gone.md) [](models.md#gone) [](../Makefile)\n")
    (copy / "docs/stray.md").write_text("# On no menu", encoding="utf-8")
    done = build(copy, copy / "site")
    assert done.returncode == 1
    for found in ("link 'gone.md'", "link 'models.md#gone'", "link '../Makefile'", "- stray.md"):
        assert found in done.stderr
    assert done.stderr.count("WARNING") == 4


def test_a_name_that_is_gone_ends_the_build(copy):
    with (copy / "docs/api/results.md").open("a", encoding="utf-8") as page:
        page.write("\n::: vnlp_colab.Gone\n")
    done = build(copy, copy / "site")
    assert done.returncode == 1
    assert "vnlp_colab.Gone could not be found" in done.stderr


class Loaded(HTMLParser):
    """What a page makes a browser load."""

    def __init__(self) -> None:
        super().__init__()
        self.urls: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        for name, value in attrs:
            if name in {"src", "srcset", "data", "poster"} or (name == "href" and tag not in {"a", "area"}):
                self.urls.append(value or "")


def test_nothing_is_loaded_from_elsewhere(site):
    for path in site.rglob("*.html"):
        page = Loaded()
        page.feed(path.read_text(encoding="utf-8"))
        assert [url for url in page.urls if re.match(r"(https?:)?//", url)] == [], path
    for path in site.rglob("*.css"):
        assert not re.search(r"(url\(|@import)\s*[\"']?(https?:)?//", path.read_text(encoding="utf-8")), path


def test_lists_are_lists(site):
    """Python's Markdown wants an empty line before a list, and four spaces before what belongs to its items."""
    for path in site.rglob("index.html"):
        paragraphs = re.findall(r"<p>(.*?)</p>", path.read_text(encoding="utf-8"), re.DOTALL)
        assert [text for text in paragraphs if re.search(r"^\s*([-*]|\d+\.|\|) ", text, re.MULTILINE)] == [], path


@pytest.fixture(scope="module")
def address(site):
    class Handler(http.server.SimpleHTTPRequestHandler):
        def log_message(self, *args: object) -> None:
            pass

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), functools.partial(Handler, directory=str(site)))
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()


@pytest.fixture
def open_page(browser, address):
    """Opens pages; what they ask for elsewhere, or complain of, fails the test."""
    asked, said, contexts = [], [], []

    def opened(name: str, width: int):
        context = browser.new_context(viewport={"width": width, "height": 850})
        contexts.append(context)
        context.set_default_timeout(60_000)
        page = context.new_page()
        page.on("request", lambda request: asked.append(request.url))
        page.on("pageerror", lambda error: said.append(str(error)))
        page.on("console", lambda message: said.append(message.text) if message.type == "error" else None)
        page.goto(f"{address}/{name}")
        return page

    yield opened
    for context in contexts:
        context.close()
    assert said == []
    assert [url for url in asked if not url.startswith((address, "data:"))] == []


@pytest.mark.browser
@pytest.mark.parametrize("width", WIDTHS.values(), ids=WIDTHS)
@pytest.mark.parametrize(
    "name", ["", "performance/", "differences/", "licences/", "api/", "howto/pipeline/", "blueprint/"]
)
def test_pages_are_as_wide_as_the_screen(open_page, name, width):
    page = open_page(name, width)
    page.locator("h1").wait_for()
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    scrolls = "all => all.every(one => ['auto', 'scroll'].includes(getComputedStyle(one).overflowX))"
    assert page.locator(".md-typeset__scrollwrap").evaluate_all(scrolls)


@pytest.mark.browser
def test_the_search_finds_names_and_texts(open_page):
    page = open_page("", WIDTHS["desktop"])
    page.locator("input.md-search__input").click()
    page.keyboard.type("process_dataframe")
    page.locator(".md-search-result__item a[href*='api/']").first.wait_for()
    page.keyboard.press("Control+a")
    page.keyboard.type("deasciify")
    page.locator(".md-search-result__item a[href*='tools/']").first.wait_for()
