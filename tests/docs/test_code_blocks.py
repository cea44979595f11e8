"""Every block of code of every page is run, or says why not; see page_blocks.py."""

from __future__ import annotations

import re
import subprocess
import sys
import tomllib

import page_reader
import pytest
from page_blocks import DATA, PYTHON, REPOSITORY, SHELL, TEXTS, Block, differing, read
from page_reader import Reader

FOUND = {page: read(page, text) for page, text in TEXTS.items()}
OWN = {page: own for page, (own, _) in FOUND.items() if own}
BLOCKS = {page: blocks for page, (own, blocks) in FOUND.items() if not own}
RUN = {page: [block for block in blocks if not block.skipped] for page, blocks in BLOCKS.items()}
QUICK = [page for page, blocks in RUN.items() if any(block.quick and block.kind in PYTHON for block in blocks)]
SLOW = [page for page, blocks in RUN.items() if not all(block.quick for block in blocks)]
SKIPPED = [block for blocks in BLOCKS.values() for block in blocks if block.skipped]


@pytest.fixture
def reader(tmp_path, monkeypatch):
    one = Reader(tmp_path, monkeypatch)
    yield one
    one.stop()


def follow(reader: Reader, blocks: list[Block]) -> None:
    for block in blocks:
        reader.read(block)


@pytest.mark.models
@pytest.mark.parametrize("page", QUICK)
def test_python_of_a_page_runs(page, reader):
    """An output after a block that is left out is left out too."""
    quick: list[Block] = []
    last = None
    for block in RUN[page]:
        if block.quick and ("output" not in block.words or last in quick):
            quick.append(block)
        last = block
    follow(reader, quick)


@pytest.mark.slow
@pytest.mark.models
@pytest.mark.timeout(900)
@pytest.mark.parametrize("page", SLOW)
def test_a_whole_page_runs(page, tmp_path):
    """In a process of its own, since some pages start clusters."""
    done = subprocess.run(
        [sys.executable, page_reader.__file__, page],
        cwd=tmp_path,
        env=page_reader.environment(tmp_path),
        capture_output=True,
        encoding="utf-8",
    )
    if done.returncode == page_reader.MISSING:
        pytest.skip(done.stdout.splitlines()[-1])
    assert done.returncode == 0, done.stdout[-3000:] + done.stderr[-6000:]


def test_every_block_is_run_or_says_why_not():
    known = PYTHON | SHELL | DATA | {"setup"}
    for blocks in BLOCKS.values():
        for block in blocks:
            assert block.kind, f"{block.where}: fence the code and name its language"
            tested = block.kind in known or "output" in block.words or block.after("file")
            assert tested or block.skipped, f"{block.where}: {block.kind!r} is not run; a comment has to say why"


def test_only_what_cannot_be_run_here_is_not():
    """Installing, engines and clusters, hours: all other code on the pages runs."""
    reasons = r"installs|container engine|needs a cluster|virtual environments|for hours"
    for block in SKIPPED:
        assert re.search(reasons, block.words[0]), f"{block.where}: {block.words[0]}"


@pytest.mark.parametrize("page", OWN)
def test_pages_with_their_own_test_have_it(page):
    """Which runs its consoles and its Python."""
    assert page.removeprefix("docs/") in (REPOSITORY / OWN[page]).read_text(encoding="utf-8")
    for block in FOUND[page][1]:
        assert block.skipped or block.kind in {"console", "python"}, f"{block.where} is not run"


def test_extras_that_are_named_exist():
    project = tomllib.loads((REPOSITORY / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    for page, text in TEXTS.items():
        for extras in re.findall(r"vnlp-colab\[([\w,-]+)\]", text):
            assert {*extras.split(",")} <= {*project["optional-dependencies"]}, f"{page} names [{extras}]"


class TestTheTests:
    """What the tests above would find."""

    @staticmethod
    def run(reader: Reader, text: str) -> None:
        follow(reader, read("page.md", text)[1])

    def test_names_and_files_last_from_block_to_block(self, reader):
        self.run(
            reader,
            "```python\nn = 1\n```\n```sh\necho 5 > f\n```\n```python\nassert int(open('f').read()) + n == 6\n```\n",
        )

    @pytest.mark.parametrize(
        "text",
        [
            "```python\n1 / 0\n```\n",
            "```sh\nfalse\ntrue\n```\n",
            "```pycon\n>>> 1 + 1\n3\n```\n",
            "```json\n{'a': 1}\n```\n",
            "```python\nprint('bir')\n```\n<!-- test: output -->\n```text\niki\n```\n",
            "<!-- test: server -->\n```sh\nfalse\n```\n",
        ],
    )
    def test_what_is_wrong_fails(self, reader, text):
        with pytest.raises((AssertionError, ZeroDivisionError, ValueError)):
            self.run(reader, text)

    @pytest.mark.parametrize("text", ["<!-- test: skp -->\n```sh\nls\n```\n", "<!-- test: output -->\nText.\n"])
    def test_comments_are_understood_or_refused(self, text):
        with pytest.raises(ValueError, match=r"page\.md:"):
            read("page.md", text)

    def test_indented_code_is_code(self):
        assert [block.kind for block in read("page.md", "Text:\n\n    vnlp-colab doctor\n")[1]] == [""]

    def test_what_a_program_measured_is_not_code(self):
        measured = "<!-- bench:plan -->\n```text\nRead\n```\n<!-- bench:plan end -->\n\n"
        assert [block.kind for block in read("page.md", f"{measured}```sh\nls\n```\n")[1]] == ["sh"]

    def test_numbers_may_differ_and_words_may_not(self):
        assert differing("3 rows in 0.8 s\n...\nlast", "3 rows in 1.25 s\nmore\nlast") is None
        assert differing("nsubj→3", "nsubj→2") == "nsubj→3"
        assert differing("b\na", "a\nb") == "a"
