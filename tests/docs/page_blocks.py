"""The code blocks of a page, and what its source says of them.

A comment right above a block says how it is tested, ``<!-- test: ... -->``; several words are parted by commas:

- ``output``: the block is what the block before it prints. ``...`` stands for anything, a fraction for any number, and
  so does a whole number in a line that tells a time, a rate, a size or a version.
- ``server``: it ends with the command of a server, which goes on in the background, at a port of its own, until the
  page ends or starts another; later blocks that name port 8000 ask it there.
- ``slow``: it is run by the slow suite only, as all shell commands are.
- ``needs X``: it needs the module or the program X; without it, the test of the page skips there.
- ``fetches``: it may fetch models. All others run with the network forbidden (VNLP_COLAB_OFFLINE).
- ``file NAME``: the block is the content of that file.
- ``skip because ...``: it is not run, for that reason.

``<!-- test: setup``, lines of shell, ``-->`` makes what the reader of the page has at hand; ``slow`` and ``fetches``
may follow the word. ``<!-- test: page of FILE -->``: the page is run by a test file of its own.

Between ``<!-- bench:NAME -->`` and its end stands what a program measured and wrote: test_figures.py has that.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import NamedTuple

from markdown_it import MarkdownIt

REPOSITORY = Path(__file__).resolve().parents[2]
PAGES = sorted(
    path
    for folder, names in ((".", "*.md"), ("examples", "*.md"), ("docs", "**/*.md"))
    for path in (REPOSITORY / folder).glob(names)
)
TEXTS = {path.relative_to(REPOSITORY).as_posix(): path.read_text(encoding="utf-8") for path in PAGES}

SHELL = {"sh", "bash"}
PYTHON = {"python", "pycon"}
DATA = {"json", "jsonl", "toml", "yaml"}
WORDS = re.compile(r"output|server|slow|fetches|needs [\w.]+|file [\w./-]+|skip because .{10,}")
_COMMENT = re.compile(r"<!-- test: (.*?)\s*-->", re.DOTALL)
_MARK = re.compile(r"<!-- bench:[\w -]+?( end)? -->")
_SETUP = re.compile(r"setup((?:, (?:slow|fetches))*)\n(.*)", re.DOTALL)
_HASH_OR_FRACTION = r"\b[0-9a-f]{12,}\b|\d[\d,]*\.\d[\d.,]*(?:e[+-]\d+)?"
_EXACT = re.compile(_HASH_OR_FRACTION)
_ANY = re.compile(rf"{_HASH_OR_FRACTION}|\d[\d,]*")
_MEASURED = re.compile(r"\d\s*(?:m?s|[kMG]?B|bytes|times|%)(?!\w)|/s\b|version|\d\.\d")


class Block(NamedTuple):
    """A block of code, or the body of a comment ``setup``, whose kind is that word."""

    page: str
    line: int
    kind: str
    text: str
    words: tuple[str, ...]

    @property
    def where(self) -> str:
        return f"{self.page}:{self.line}"

    @property
    def skipped(self) -> bool:
        return any(word.startswith("skip because ") for word in self.words)

    @property
    def quick(self) -> bool:
        """Whether the quick suite runs it."""
        return self.kind not in SHELL and not {"slow", "server"} & {*self.words}

    def after(self, word: str) -> list[str]:
        """What follows a word: the modules of ``needs``, the name of ``file``."""
        return [each.removeprefix(f"{word} ") for each in self.words if each.startswith(f"{word} ")]


def read(page: str, text: str) -> tuple[str | None, list[Block]]:
    """The test file that a page has of its own, and the page's blocks in their order.

    Raises:
        ValueError: If a comment is not understood, or stands over nothing.
    """
    own, blocks, waiting, measured = None, [], "", False
    for token in MarkdownIt().parse(text):
        comment = _COMMENT.match(token.content) if token.type == "html_block" else None
        if token.type == "html_block" and (mark := _MARK.match(token.content)):
            measured = not mark[1]
        line = token.map[0] + 1 if token.map else 0
        if waiting and token.type != "fence":
            raise ValueError(f"{page}:{line}: the comment {waiting!r} above stands over no fenced block")
        if comment and comment[1].startswith("page of "):
            own = comment[1].removeprefix("page of ")
        elif comment and (setup := _SETUP.fullmatch(comment[1])):
            blocks.append(Block(page, line, "setup", setup[2], _parts(setup[1])))
        elif comment:
            waiting = comment[1]
        elif token.type in {"fence", "code_block"} and not measured:
            # A reason may hold commas.
            words = (waiting,) if waiting.startswith("skip") else _parts(waiting)
            if wrong := [word for word in words if not WORDS.fullmatch(word)]:
                raise ValueError(f"{page}:{line}: {wrong} means nothing to the tests")
            blocks.append(Block(page, line, token.info.strip(), token.content, words))
            waiting = ""
    return own, blocks


def _parts(text: str) -> tuple[str, ...]:
    return tuple(filter(None, text.split(", ")))


def pattern(line: str) -> re.Pattern[str]:
    """What a shown line stands for: ``...`` for anything, a measured number for any number, a hash for any hash."""
    numbers = _ANY if _MEASURED.search(line) else _EXACT
    parts = []
    for part in line.split("..."):
        texts = map(re.escape, numbers.split(part))
        parts.append(r"[0-9a-f][0-9a-f.,+-]*".join(texts))
    return re.compile(".*".join(parts))


def differing(shown: str, output: str) -> str | None:
    """The first line of what a page shows that the output does not have in its place, if there is one."""
    rest = iter(output.splitlines())
    for line in shown.splitlines():
        if line.strip() in {"", "..."}:
            continue
        wanted = pattern(line.rstrip())
        if not any(wanted.fullmatch(each.rstrip()) for each in rest):
            return line
    return None
