"""Files outside of ``docs/`` as pages of the site, with links that work on a git host and in the site alike.

Pages link to files as they lie in the repository (``../SECURITY.md``). Those in ``MOUNTED`` are copied into the site,
and links to them, and from them, are turned. A link to any other file outside of ``docs/`` is not found, and ends the
build.
"""

from __future__ import annotations

import posixpath
import re
from pathlib import Path

from mkdocs.config.defaults import MkDocsConfig
from mkdocs.exceptions import PluginError
from mkdocs.structure.files import File, Files
from mkdocs.structure.pages import Page

ROOT = Path(__file__).parent
MOUNTED = {
    "CHANGELOG.md": "changelog.md",
    "SECURITY.md": "security.md",
    "examples/README.md": "examples.md",
    "examples/sample.tsv": "sample.tsv",
    "examples/texts.csv": "texts.csv",
    "notebooks/quickstart.ipynb": "quickstart.ipynb",
    "LICENSE": "LICENSE.txt",
}
"""Files of the repository, and where they are in the site."""

_ORIGINS = {there: here for here, there in MOUNTED.items()}
_NAMED = re.compile(r"\bdocs/([\w/]+\.md)")
_LINK = re.compile(r"(\]\()([^)\s#:]+)((?:#[^)\s]*)?\))")


def on_files(files: Files, *, config: MkDocsConfig) -> Files:
    """Add the files of ``MOUNTED`` that are there."""
    for here, there in MOUNTED.items():
        if (ROOT / here).exists():
            files.append(File.generated(config, there, abs_src_path=str(ROOT / here)))
    return files


def on_page_markdown(markdown: str, *, page: Page, config: MkDocsConfig, files: Files) -> str:
    """Turn the links of a page."""
    name = page.file.src_uri
    return turn_links(markdown, _ORIGINS.get(name, f"docs/{name}"), name)


def on_page_content(html: str, *, page: Page, config: MkDocsConfig, files: Files) -> str:
    """Make links of the pages that docstrings name (``docs/models.md``)."""
    if not page.file.src_uri.startswith("api/"):
        return html

    def linked(name: re.Match[str]) -> str:
        there = files.get_file_from_path(name[1])
        if there is None:
            raise PluginError(f"{page.file.src_uri}: a docstring names {name[0]}, which is not there")
        return f'<a href="{there.url_relative_to(page.file)}">{name[0]}</a>'

    return _NAMED.sub(linked, html)


def turn_links(markdown: str, origin: str, name: str) -> str:
    """Turn relative links between files of the repository into links between files of the site.

    Args:
        markdown: A page's text.
        origin: The page's path in the repository.
        name: Its path in the site.
    """

    def turned(link: re.Match[str]) -> str:
        target = posixpath.normpath(posixpath.join(posixpath.dirname(origin), link[2]))
        there = MOUNTED.get(target, target.removeprefix("docs/") if target.startswith("docs/") else None)
        if there is None:
            return link[0]
        return link[1] + posixpath.relpath(there, posixpath.dirname(name) or ".") + link[3]

    return _LINK.sub(turned, markdown)
