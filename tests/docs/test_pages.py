"""All pages: links lead somewhere, and what is named (options, targets, programs, files) is there."""

from __future__ import annotations

import importlib.util
import posixpath
import re
import shlex
from itertools import takewhile

import pytest
import typer
from page_blocks import REPOSITORY, TEXTS

from vnlp_colab.cli import app as application
from vnlp_colab.cli import convert, doctor, embeddings, models, publish, run, serve, task, text, verify  # noqa: F401

FENCED = re.compile(r"^```(\w*)\n(.*?)^```$", re.DOTALL | re.MULTILINE)
LINK = re.compile(r"\]\(([^)\s]+)\)")


def anchors(page: str) -> set[str]:
    """What links can point to: the headings, as GitHub names them."""
    headings = re.findall(r"^#+ (.+)$", FENCED.sub("", page), re.MULTILINE)
    return {re.sub(r"[^\w -]", "", heading.lower()).replace(" ", "-") for heading in headings}


def commands(page: str) -> list[list[str]]:
    """The words of every command ``vnlp-colab`` of a page, up to a pipe or a redirection."""
    code = "\n".join(body for _, body in FENCED.findall(page)).replace("\\\n", "")
    lines = re.findall(r"^(?:\$ )?(vnlp-colab .*)$", code, re.MULTILINE)
    found = [shlex.split(line, comments=True) for line in lines]
    found += [span.split() for span in re.findall(r"`(vnlp-colab [^`]+)`", page)]
    return [list(takewhile(lambda word: word not in {"|", "<", ">"}, words[1:])) for words in found]


def unknown(words: list[str]) -> list[str]:
    """Those words of a command that should be commands or options of it, and are not."""
    command = typer.main.get_command(application.app)
    while words and hasattr(command, "commands"):
        names, *words = words
        if absent := set(names.split("|")) - set(command.commands):
            return sorted(absent)
        command = command.commands[names.split("|")[0]]
    options = {option for parameter in command.params for option in (*parameter.opts, *parameter.secondary_opts)}
    return [word for word in words if word.startswith("-") and len(word) > 1 and word not in options]


@pytest.mark.parametrize("page", TEXTS)
def test_links_lead_somewhere(page):
    for link in LINK.findall(TEXTS[page]):
        target, _, anchor = link.partition("#")
        if target.startswith("https://"):
            continue
        found = (REPOSITORY / page).parent / target if target else REPOSITORY / page
        assert found.exists(), f"{page} links to {target}"
        assert not anchor or anchor in anchors(found.read_text(encoding="utf-8")), f"{page} links to {link}"


def test_every_page_is_reached_from_the_readme():
    reached, ahead = set(), {"README.md"}
    while ahead - reached:
        page = (ahead - reached).pop()
        reached.add(page)
        links = {posixpath.join(posixpath.dirname(page), link.partition("#")[0]) for link in LINK.findall(TEXTS[page])}
        ahead |= {*map(posixpath.normpath, links)} & {*TEXTS}
    assert reached == {*TEXTS}


@pytest.mark.parametrize("page", TEXTS)
def test_commands_have_the_options_that_are_shown(page):
    for words in commands(TEXTS[page]):
        assert unknown(words) == [], f"{page}: vnlp-colab {' '.join(words)}"


@pytest.mark.parametrize(
    ("line", "absent"),
    [
        ("```sh\nvnlp-colab run a.tsv \\\n -o b.csv --modles pos   # text\n```", ["--modles"]),
        ("`vnlp-colab models list|pul`", ["pul"]),
        ("`vnlp-colab annotate`", ["annotate"]),
        ("```\n$ vnlp-colab text --format jsonl < lines.txt | head -1\n```", []),
    ],
)
def test_a_wrong_command_is_found(line, absent):
    (words,) = commands(line)
    assert unknown(words) == absent


@pytest.mark.parametrize("page", TEXTS)
def test_targets_and_programs_exist(page):
    targets = set(re.findall(r"^([\w-]+):", (REPOSITORY / "Makefile").read_text(encoding="utf-8"), re.MULTILINE))
    assert set(re.findall(r"(?:`|^)make ([a-z][\w-]*)", TEXTS[page], re.MULTILINE)) <= targets
    for program in re.findall(r"`python -m ([\w.]+)", TEXTS[page]):
        assert importlib.util.find_spec(program), f"{page} names the program {program}"


@pytest.mark.parametrize("page", TEXTS)
def test_files_that_are_named_exist(page):
    for path in re.findall(r"`((?:tests|src|docs|benchmarks|training|examples)/[\w/.-]*)`", TEXTS[page]):
        assert (REPOSITORY / path).exists(), f"{page} names {path}"
