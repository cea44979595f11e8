"""Reading CoNLL-U: sentences whose tokens are given, as treebanks have them."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, fields
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from vnlp_colab.errors import InputError
from vnlp_colab.pipeline.conllu import FIELDS, unescape
from vnlp_colab.pipeline.gate import Rules
from vnlp_colab.pipeline.limits import DEFAULTS
from vnlp_colab.pipeline.lines import too_long, utf8_lines
from vnlp_colab.pipeline.source import RowChunk, check_columns, empty_file
from vnlp_colab.results import Sentence
from vnlp_colab.text.spans import align
from vnlp_colab.text.tokenised import TokenisedText

if TYPE_CHECKING:
    import conllu
    import pyarrow as pa

TEXT_COLUMN = "sentence"
_TAKEN = {*(field.name for field in fields(Sentence)), TEXT_COLUMN}
# A form may hold spaces ("12 000"), so tabs alone part the columns; conllu would take two spaces for a tab.
_DOUBLE_SPACE = re.compile("  +")


@dataclass(frozen=True, slots=True)
class Block:
    """One sentence of a file.

    Attributes:
        line: Number of its first line.
        comments: Its comments, by name; the value of one without a value is empty.
        words: The syntactic words: the units that heads count and models label.
        text: The text, tokenised into these words.
    """

    line: int
    comments: dict[str, str]
    words: list[conllu.Token]
    text: TokenisedText


def read_conllu(path: str | Path) -> Iterator[Sentence]:
    """Yield the sentences of a CoNLL-U file with what the file says of them: columns that are all ``_`` are ``None``.

    The words of a multi-word token (``3-4``) all have its span, since no part of the text is theirs alone. Empty nodes
    (``8.1``) and enhanced dependencies, which the models have no counterpart to, are left out.

    Raises:
        InputError: If the file cannot be read or is malformed; it names the line.
    """
    for block in blocks(Path(path)):
        yield _sentence(block)


def blocks(path: Path, bound: int = DEFAULTS.row_bytes) -> Iterator[Block]:
    """Yield the sentences of a file.

    Args:
        path: The file.
        bound: Bytes that a sentence's lines may have.

    Raises:
        InputError: As ``read_conllu`` does.
    """
    lines: list[tuple[int, str]] = []
    held = 0
    for number, line in utf8_lines(path, bound=bound):
        content = line.rstrip("\r\n")
        if content.strip():
            lines.append((number, content))
            held += len(line)
            if held > bound:
                raise too_long(path, lines[0][0], bound)
        elif lines:
            yield from _block(lines, path)
            lines, held = [], 0
    if lines:
        yield from _block(lines, path)


class ConlluSource:
    """A CoNLL-U file as a table: a row a sentence, with its text, ``sent_id`` and other comments as columns.

    The texts carry the file's tokens, so that annotation keeps them. Annotations of the file are replaced by the
    models' own, and comments that are called like columns of annotations are left out.

    Args:
        path: The file, which is read through once to check it.
        rules: How large sentences may be.

    Raises:
        InputError: As ``read_conllu`` does, or if there is no sentence in it.
    """

    def __init__(self, path: Path, rules: Rules | None = None) -> None:
        self.path = path
        self._bound = (rules or Rules()).limits.row_bytes
        self.text_column = TEXT_COLUMN
        self.length = 0
        columns = dict.fromkeys(("sent_id", TEXT_COLUMN))
        for block in blocks(path, self._bound):
            self.length += 1
            columns.update(dict.fromkeys(_row(block)))
        if self.length == 0:
            raise empty_file(path)
        self.columns = tuple(columns)
        check_columns(TEXT_COLUMN, self.columns, path)
        self.schema = cache(self._schema)

    def chunks(self, size: int) -> Iterator[RowChunk]:
        """Yield the rows, ``size`` at a time."""
        held: list[Block] = []
        for block in blocks(self.path, self._bound):
            held.append(block)
            if len(held) == size:
                yield self._chunk(held)
                held = []
        if held:
            yield self._chunk(held)

    def _chunk(self, held: list[Block]) -> RowChunk:
        return RowChunk(
            [block.line for block in held], [block.text for block in held], list(map(_row, held)), self.schema
        )

    def _schema(self) -> pa.Schema:
        import pyarrow as pa

        return pa.schema([(name, pa.string()) for name in self.columns])


def _row(block: Block) -> dict[str, Any]:
    kept = {name: value for name, value in block.comments.items() if name not in _TAKEN}
    return {**kept, TEXT_COLUMN: str(block.text)}


def _block(lines: list[tuple[int, str]], path: Path) -> Iterator[Block]:
    """Yield the sentence that successive lines make up; comments without a token make none."""
    comments: dict[str, str] = {}
    tokens: list[tuple[int, conllu.Token]] = []
    for number, line in lines:
        if line.startswith("#"):
            name, _, value = line[1:].partition("=")
            comments.setdefault(name.strip(), value.strip())
        else:
            tokens.append((number, _token(line, path, number)))
    words = _checked(tokens, path)
    if words:
        try:
            text = _text(tokens, comments.get("text"))
        except InputError as error:
            raise InputError(f"{error.reason}; forms must make up '# text'", path=path, row=lines[0][0]) from error
        yield Block(lines[0][0], comments, words, text)


def _token(line: str, path: Path, number: int) -> conllu.Token:
    import conllu.parser
    from conllu.exceptions import ParseException

    columns = line.split("\t")
    if len(columns) != len(FIELDS) or not all(columns):
        raise InputError(
            f"expected {len(FIELDS)} columns with tabs between, none of them empty, found {len(columns)}",
            path=path,
            row=number,
        )
    parsers = {**conllu.parser.DEFAULT_FIELD_PARSERS, "feats": _as_it_is, "misc": _named}
    try:
        token = conllu.parser.parse_line(_DOUBLE_SPACE.sub(" ", line), FIELDS, parsers)
    except ParseException as error:
        raise InputError(f"is not valid CoNLL-U: {error}", path=path, row=number) from error
    if token["id"] is None:
        raise InputError(f"{columns[0]!r} is no token number", path=path, row=number, column="id")
    return token


# conllu's own parsers of these two lose all after a value's second "=", and of two values with one name the first.
def _as_it_is(cells: list[str], place: int) -> str | None:
    return None if cells[place] == "_" else cells[place]


def _named(cells: list[str], place: int) -> dict[str, str]:
    """Return the values of MISC by their names, without those that are left open (``Morph=_``, ``Morph=``)."""
    pairs = (pair.partition("=") for pair in cells[place].split("|"))
    return {name: value for name, _, value in pairs if value not in ("", "_")}


def _checked(tokens: list[tuple[int, conllu.Token]], path: Path) -> list[conllu.Token]:
    """Return the words, which are numbered 1, 2, ... and have heads among them."""
    numbered = [(number, token) for number, token in tokens if isinstance(token["id"], int)]
    for place, (number, token) in enumerate(numbered, 1):
        if token["id"] != place:
            raise InputError(f"expected token {place}, found {token['id']}", path=path, row=number, column="id")
        if token["head"] is not None and not 0 <= token["head"] <= len(numbered):
            raise InputError(f"there is no token {token['head']}", path=path, row=number, column="head")
    covered = 0
    for number, token in tokens:
        if isinstance(token["id"], tuple) and token["id"][1] == "-":
            first, _, last = token["id"]
            if not covered < first < last <= len(numbered):
                raise InputError(f"there are no tokens {first} to {last} here", path=path, row=number, column="id")
            covered = last
    return [token for _, token in numbered]


def _text(tokens: list[tuple[int, conllu.Token]], given: str | None) -> TokenisedText:
    """Return the text with the words' forms and places; made of the forms where no comment has it."""
    units: list[tuple[conllu.Token, int]] = []  # what stands in the text, and of how many words it is
    until = 0
    for _, token in tokens:
        if isinstance(token["id"], int) and token["id"] > until:
            units.append((token, 1))
        elif isinstance(token["id"], tuple) and token["id"][1] == "-":
            until = token["id"][2]
            units.append((token, until - token["id"][0] + 1))
    if given is None:
        glued = [token["form"] + ("" if _glued(token) else " ") for token, _ in units]
        given = "".join(glued).rstrip(" ")
    places = align(given, [token["form"] for token, _ in units])
    spans = [place for place, (_, words) in zip(places, units, strict=True) for _ in range(words)]
    forms = [token["form"] for _, token in tokens if isinstance(token["id"], int)]
    return TokenisedText.of(given, forms, spans)


def _glued(token: conllu.Token) -> bool:
    return bool(token["misc"].get("SpaceAfter") == "No")


def _sentence(block: Block) -> Sentence:
    words = block.words
    misc: list[Mapping[str, str]] = [word["misc"] for word in words]

    def column(values: list[Any], lacking: str = "_") -> tuple[Any, ...] | None:
        return None if all(value is None for value in values) else tuple(v or lacking for v in values)

    heads = [word["head"] for word in words]
    arcs = zip(heads, (word["deprel"] or "_" for word in words), strict=True)
    return Sentence(
        text=str(block.text),
        tokens=tuple(block.text.tokens),
        pos=column([None if word["upos"] == "_" else word["upos"] for word in words]),
        ner=column([named.get("NER") for named in misc], "O"),
        dep=None if None in heads else tuple(arcs),
        morph=column([unescape(named["Morph"]) if "Morph" in named else None for named in misc]),
        lemma=column([None if word["lemma"] == "_" and word["form"] != "_" else word["lemma"] for word in words]),
        feats=column([word["feats"] for word in words]),
        sentiment=_probability(block.comments.get("sentiment")),
        spans=block.text.spans,
    )


def _probability(value: str | None) -> float | None:
    """Return what ``conllu_block`` wrote; another file's comment of that name may say anything."""
    try:
        found = float(value or "")
    except ValueError:
        return None
    return found if 0 <= found <= 1 else None
