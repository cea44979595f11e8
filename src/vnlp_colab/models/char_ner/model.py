"""CharNER (Kuru et al. 2016, https://aclanthology.org/C16-1087/)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, overload

import numpy as np
import numpy.typing as npt

from vnlp_colab import catalog
from vnlp_colab.errors import InputError
from vnlp_colab.models.char_ner.segments import Segment, cut, most_frequent
from vnlp_colab.models.displacy import entity_format
from vnlp_colab.models.inputs import Batch, as_texts, as_tokens
from vnlp_colab.models.loading import shared
from vnlp_colab.models.padded import PaddedGraphs, PaddedModel
from vnlp_colab.runtime.batching import map_groups, pack_alike
from vnlp_colab.runtime.session import resolve_threads
from vnlp_colab.text.compose import compose, compose_with_positions
from vnlp_colab.text.tokenise import WordPunctTokenize, word_punct_spans

_BUDGET = 4
"""Segments a batch. Measured: with more of them the states of 256 places no longer stay in a core's cache."""


class CharNER(PaddedModel):
    """Entity labels (O, PER, LOC, ORG) by a bidirectional network over the characters of 256-character segments.

    A token's label is the most frequent one of its characters. A text of more than 256 characters is halved between
    tokens, as upstream does it; a single token longer than that, over which upstream recurses without end, is cut
    into pieces of 256 characters.

    ``inference_session`` (with ``input_names`` and ``output_name``) is the whole network, padding and all, for those
    who run it themselves; it is opened when asked for. The recogniser's own two graphs leave out what is known of the
    padding beforehand, and give the same.
    """

    _network: _Network

    def __init__(self, device: str = "auto", threads: int | None = None, precision: str | None = None) -> None:
        """Load the model, from the cache where it is there.

        Args:
            device: ``"auto"``, ``"cpu"`` or ``"cuda"``.
            threads: Worker threads; one a processor if not given.
            precision: ``"fp16"`` for the variant whose weights are stored in 16 bits.

        Raises:
            InputError: Another precision.
        """
        name = catalog.with_precision("CharNER", precision)
        self._network = shared((name, device), lambda: _Network(name, device))
        self._threads = resolve_threads(threads)

    @overload
    def predict(self, text: str) -> list[tuple[str, str]]: ...

    @overload
    def predict(self, text: str, displacy_format: bool) -> list[tuple[str, str]] | dict[str, Any]: ...

    def predict(self, text: str, displacy_format: bool = False) -> list[tuple[str, str]] | dict[str, Any]:
        """``(token, label)`` of every ``WordPunctTokenize`` token of a text, or displaCy's form of it."""
        found = self.predict_batch([text])[0]
        if not displacy_format:
            return found
        spans = word_punct_spans(text)
        return entity_format(text, [(span.start, span.end) for span in spans], [label for _, label in found])

    def predict_batch(self, batch: Batch) -> list[list[tuple[str, str]]]:
        """``predict`` of every item, in order.

        Args:
            batch: Texts, or token lists. Given tokens keep their borders; the network reads their
                ``WordPunctTokenize`` parts, as it was trained.

        Raises:
            InputError: An item is neither.
        """
        sentences = as_tokens(batch, WordPunctTokenize)
        pieces = [[WordPunctTokenize(compose(token)) for token in tokens] for tokens in sentences]
        flat = [[piece for parts in row for piece in parts] for row in pieces]
        labels = self._labels(flat)
        result = []
        for tokens, row, found in zip(sentences, pieces, labels, strict=True):
            characters = iter(found)
            owned = [[label for _ in parts for label in next(characters)] for parts in row]
            result.append(list(zip(tokens, self._names(owned), strict=True)))
        return result

    def label_tokens(self, texts: Sequence[str], tokens: Sequence[Sequence[str]]) -> list[list[str]]:
        """Labels of texts, one for each of other tokens than this model's own.

        The network reads the text's own ``WordPunctTokenize`` tokens; the characters' labels are then handed to the
        given tokens in order.

        Args:
            texts: The texts.
            tokens: Their tokens by another tokenizer, which drops nothing but white space (quotation marks of two
                characters may have become one).

        Returns:
            One label a token.

        Raises:
            InputError: A text is not a string, or there are not as many token lists as texts.
        """
        return [self._names(row) for row in self._handed(texts, tokens, probabilities=False)]

    def score_tokens(self, texts: Sequence[str], tokens: Sequence[Sequence[str]]) -> list[list[float]]:
        """How probable the labels are that ``label_tokens`` gives: the mean over each token's characters.

        Args:
            texts: The texts.
            tokens: Their tokens, as for ``label_tokens``.

        Raises:
            InputError: As ``label_tokens``.
        """
        handed = self._handed(texts, tokens, probabilities=True)
        return [[_score(np.array(rows)) for rows in sentence] for sentence in handed]

    def predict_proba_batch(self, batch: Batch) -> list[npt.NDArray[np.float32]]:
        """Probabilities of every character of the space-joined tokens, ``(characters, 5)`` float32 an item."""
        flat = [
            [piece for token in tokens for piece in WordPunctTokenize(compose(token))]
            for tokens in as_tokens(batch, WordPunctTokenize)
        ]
        segments, owners = self._cut(flat)
        arrays = self._run(segments, probabilities=True)
        result = []
        for own in owners:
            rows = [arrays[i][: len(segments[i].characters)] for i in own]
            result.append(np.concatenate(rows) if rows else np.empty((0, len(self._network.labels)), np.float32))
        return result

    def _handed(self, texts: Sequence[str], tokens: Sequence[Sequence[str]], probabilities: bool) -> list[list[Any]]:
        """Label numbers, or probabilities, of the characters of given tokens of texts."""
        texts = as_texts(texts)
        if len(tokens) != len(texts):
            raise InputError(f"there are tokens of {len(tokens)} texts for {len(texts)} texts")
        flat = [WordPunctTokenize(text) for text in texts]
        composed = [[compose_with_positions(token) for token in row] for row in flat]
        found = self._labels([[token for token, _ in row] for row in composed], probabilities)
        result = []
        for own, row, labels, wanted in zip(flat, composed, found, tokens, strict=True):
            # Every character that was written has the label of the letter that it is part of.
            given = [label[at] for (_, positions), label in zip(row, labels, strict=True) for at in positions]
            result.append(_redistribute("".join(own), given, wanted))
        return result

    def _labels(self, sentences: Sequence[Sequence[str]], probabilities: bool = False) -> list[list[npt.NDArray[Any]]]:
        """Label numbers, or probabilities, of every character of every token."""
        segments, owners = self._cut(sentences)
        found = self._run(segments, probabilities)
        result = []
        for tokens, own in zip(sentences, owners, strict=True):
            parts: list[list[npt.NDArray[Any]]] = [[] for _ in tokens]
            for i in own:
                for token, start, stop in segments[i].spans:
                    parts[token].append(found[i][start:stop])
            result.append([np.concatenate(part) for part in parts])
        return result

    def _cut(self, sentences: Sequence[Sequence[str]]) -> tuple[list[Segment], list[list[int]]]:
        segments: list[Segment] = []
        owners: list[list[int]] = []
        for tokens in sentences:
            own = cut(tokens, self._network.length)
            owners.append(list(range(len(segments), len(segments) + len(own))))
            segments.extend(own)
        return segments, owners

    def _run(self, segments: Sequence[Segment], probabilities: bool) -> list[npt.NDArray[Any]]:
        result: list[npt.NDArray[Any]] = [np.empty(0)] * len(segments)
        groups = pack_alike([len(segment.characters) for segment in segments], _BUDGET, self._threads)

        def run(group: list[int]) -> list[npt.NDArray[Any]]:
            return self._network.run([segments[i].characters for i in group], probabilities)

        for i, rows in map_groups(run, groups, self._threads):
            result[i] = rows
        return result

    def _names(self, tokens: Sequence[Sequence[int]]) -> list[str]:
        return [self._network.labels[most_frequent(labels)] if len(labels) else "O" for labels in tokens]


class _Network(PaddedGraphs):
    """The graphs and their vocabularies."""

    def __init__(self, name: str, device: str) -> None:
        super().__init__(name, device, mirrored=False)
        self.labels = self._parts.vocabulary("labels").labels()
        self._characters = self._parts.vocabulary("characters")

    def run(self, segments: Sequence[str], probabilities: bool) -> list[npt.NDArray[Any]]:
        """Label numbers, or probabilities, of every character of segments, and of padding after them."""
        found, labels = self._padded.run([self._characters.numbers(segment) for segment in segments])
        return list(found if probabilities else labels)


def _score(rows: npt.NDArray[Any]) -> float:
    """Mean probability of a token's label, from its characters' probabilities ``(n, labels)``."""
    return float(rows[:, most_frequent(rows.argmax(axis=1).tolist())].mean()) if len(rows) else 1.0


def _redistribute(characters: str, labels: Sequence[Any], tokens: Sequence[str]) -> list[list[Any]]:
    """Hand what is known of a text's non-space characters to tokens that cover the same characters in order."""
    result: list[list[Any]] = []
    at = 0
    for token in tokens:
        # The Treebank tokenizer writes two-character quotation marks as one.
        width = 2 if token == '"' and characters[at] != '"' else len(token)
        result.append(list(labels[at : at + width]))
        at += width
    return result
