"""StemmerAnalyzer: candidates from a lexicon, chosen among by a network."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np

from vnlp_colab import catalog
from vnlp_colab.errors import InputError, ModelNotAvailable
from vnlp_colab.models.inputs import Batch, as_tokens, check_parallel
from vnlp_colab.models.loading import Parts, shared
from vnlp_colab.models.morphology.analyser import Analysis, LookupAnalyser
from vnlp_colab.models.morphology.network import Disambiguator, Place, Reading
from vnlp_colab.models.morphology.tables import AnalyserTables
from vnlp_colab.runtime.batching import map_groups, pack
from vnlp_colab.runtime.recurrence import Floats
from vnlp_colab.runtime.session import resolve_threads
from vnlp_colab.text.compose import plain_spelling
from vnlp_colab.text.remembering import Remembered
from vnlp_colab.text.tokenise import TreebankWordTokenize

Candidate = tuple[str, str, str | Sequence[str]]
"""Root, suffix and tags (a list of them, or the one string "Unknown")."""

_BUDGET = 1024
"""Tokens a batch."""

_REMEMBERED = 65_536
"""Candidates whose reading is remembered: a text has the same ones again and again."""


class Analysed(NamedTuple):
    """The analysis that was chosen for a token.

    Attributes:
        analysis: Root and tags, e.g. ``ev+Noun+A3sg+Pnon+Loc``.
        lemma: The root alone.
    """

    analysis: str
    lemma: str


class StemmerAnalyzer:
    """Morphological analysis and disambiguation.

    The two halves are public: ``candidates`` looks up which analyses a word may have, in a defined order (upstream's
    is that of a Python set and changes with the hash seed); ``disambiguate_batch`` chooses among given ones.

    Attributes:
        inference_session: The session that scores the candidates.
        input_names: Its inputs.
        output_name: Its output.
    """

    def __init__(
        self,
        evaluate: bool = False,
        device: str = "auto",
        threads: int | None = None,
        precision: str | None = None,
        compat: bool = False,
    ) -> None:
        """Load the model, from the cache where it is there.

        Args:
            evaluate: Upstream's option for weights that have not seen the test sets, which are not to be had here.
            device: ``"auto"``, ``"cpu"`` or ``"cuda"``.
            threads: Worker threads; one a processor if not given.
            precision: ``"fp16"`` for the variant whose weights are stored in 16 bits.
            compat: Reproduce upstream's faults: names in Ç, Ğ, İ, Ö, Ş and Ü are unknown or taken for others, a plus
                sign in a word ends its stem, decomposed letters and typographic apostrophes make a word unknown.

        Raises:
            InputError: Another precision.
            ModelNotAvailable: The weights for evaluation are asked for.
        """
        if evaluate:
            raise ModelNotAvailable(
                "StemmerAnalyzer has weights for use alone here, not those for evaluation: leave out 'evaluate'"
            )
        name = catalog.with_precision("StemmerAnalyzer", precision)
        self._parts = shared((name, device), lambda: _load(name, device))
        self._analyser = self._parts.faithful if compat else self._parts.analyser
        self._compat = compat
        self._threads = resolve_threads(threads)
        score = self._parts.network.score
        self.inference_session: Any = score.session
        self.input_names = score.input_names
        self.output_name = score.output_names[0]

    def candidates(self, token: str) -> list[tuple[str, str, list[str] | str]]:
        """The analyses that a token may have, in a defined order.

        Returns:
            ``(root, suffix, tags)`` each, at least one; where nothing was found, the tags are the string "Unknown"
            instead of a list, as upstream has it.

        Raises:
            InputError: The token is not a string.
        """
        if not isinstance(token, str):
            raise InputError(f"a token must be a string, not {type(token).__name__}")
        found = self._analyser.candidates(token)
        return [(root, suffix, "Unknown" if tags == ("Unknown",) else list(tags)) for root, suffix, tags in found]

    def predict(self, sentence: str, batch_size: int = 64) -> list[str]:
        """The chosen analysis of every token of a sentence.

        Args:
            sentence: Any text.
            batch_size: Upstream's: the tokens that its network reads at once. Taken so that its callers need no
                change; how many are read at once here follows from their number, and results never depend on it.
        """
        return self.predict_batch([sentence])[0]

    def predict_batch(self, batch: Batch) -> list[list[str]]:
        """``predict`` of every item, in order.

        Args:
            batch: Sentences, or token lists.

        Raises:
            InputError: An item is neither.
        """
        return [[token.analysis for token in tokens] for tokens in self.analyse_batch(batch)]

    def analyse_batch(self, batch: Batch) -> list[list[Analysed]]:
        """The chosen analysis and the lemma of every token of every item; arguments are ``predict_batch``'s."""
        sentences = as_tokens(batch, TreebankWordTokenize)
        candidates = self._lookup(sentences)
        chosen = self._choose(sentences, candidates)
        return [
            [Analysed(_text(own[i]), own[i][0]) for own, i in zip(row, choice, strict=True)]
            for row, choice in zip(candidates, chosen, strict=True)
        ]

    def disambiguate_batch(
        self, tokens: Sequence[Sequence[str]], candidates: Sequence[Sequence[Sequence[Candidate]]]
    ) -> list[list[str]]:
        """Choose among given candidates.

        Args:
            tokens: Token lists.
            candidates: For every token its candidates, at least one; of more than ten the first ten are considered.

        Returns:
            The chosen analysis of every token.

        Raises:
            InputError: The lists do not match, or a token has no candidate.
        """
        sentences = _checked(tokens, candidates)
        chosen = self._choose(sentences, candidates)
        return [
            [_text(own[i]) for own, i in zip(row, choice, strict=True)]
            for row, choice in zip(candidates, chosen, strict=True)
        ]

    def predict_proba_batch(
        self, batch: Batch, candidates: Sequence[Sequence[Sequence[Candidate]]] | None = None
    ) -> list[Floats]:
        """Probabilities of the candidates of every token, ``(tokens, 10)`` float32 an item.

        Args:
            batch: Sentences, or token lists.
            candidates: Candidates to be used instead of ``self.candidates``.

        Raises:
            InputError: An item is neither, or the candidates do not match.
        """
        sentences = as_tokens(batch, TreebankWordTokenize)
        given = self._lookup(sentences) if candidates is None else candidates
        _checked(sentences, given)
        everywhere = [list(range(len(tokens))) for tokens in sentences]
        return self._score(sentences, given, everywhere)

    def _lookup(self, sentences: Sequence[Sequence[str]]) -> list[list[list[Analysis]]]:
        look = self._analyser.candidates
        return [[look(token) for token in tokens] for tokens in sentences]

    def _choose(
        self, sentences: Sequence[Sequence[str]], candidates: Sequence[Sequence[Sequence[Candidate]]]
    ) -> list[list[int]]:
        """Which candidate each token has; the network is asked only where there are several."""
        ambiguous = [[i for i, own in enumerate(row) if len(own) > 1] for row in candidates]
        scores = self._score(sentences, candidates, ambiguous)
        result = []
        for row, places, found in zip(candidates, ambiguous, scores, strict=True):
            choice = [0] * len(row)
            for place, probabilities in zip(places, found, strict=True):
                choice[place] = int(probabilities[: len(row[place])].argmax())
            result.append(choice)
        return result

    def _score(
        self,
        sentences: Sequence[Sequence[str]],
        candidates: Sequence[Sequence[Sequence[Candidate]]],
        positions: Sequence[Sequence[int]],
    ) -> list[Floats]:
        """Probabilities ``(len(positions), 10)`` of the tokens at given positions of every sentence."""
        network = self._parts.network
        read = _read_joined if self._compat else _read
        spell = str if self._compat else plain_spelling
        result: list[Floats] = [np.empty((0, network.candidates), np.float32)] * len(sentences)
        lengths = [len(tokens) if places else 0 for tokens, places in zip(sentences, positions, strict=True)]

        def run(group: list[int]) -> list[Floats]:
            places = [Place(row, position) for row, item in enumerate(group) for position in positions[item]]
            readings = [
                [
                    read(candidate[0], _hashable(candidate[2]))
                    for candidate in candidates[group[place.sentence]][place.position]
                ]
                for place in places
            ]
            words = [[spell(token) for token in sentences[item]] for item in group]
            found = network.run(words, places, readings)
            borders = np.cumsum([len(positions[item]) for item in group])[:-1]
            return np.split(found, borders)

        for item, found in map_groups(run, pack(lengths, _BUDGET, self._threads), self._threads):
            result[item] = found
        return result


class _Loaded(NamedTuple):
    analyser: LookupAnalyser
    faithful: LookupAnalyser
    network: Disambiguator


def _load(name: str, device: str) -> _Loaded:
    parts = Parts(name, device)
    tables = AnalyserTables.from_json(parts.file("analyser.json"))
    return _Loaded(LookupAnalyser(tables), LookupAnalyser(tables, compat=True), Disambiguator(parts))


def _text(candidate: Candidate) -> str:
    """A candidate as the public analysis string: derivation borders are marked with ``^``."""
    return _written(candidate[0], _hashable(candidate[2]))


def _hashable(tags: str | Sequence[str]) -> str | tuple[str, ...]:
    return tags if isinstance(tags, str | tuple) else tuple(tags)


def _write(root: str, tags: str | tuple[str, ...]) -> str:
    return root + "".join([f"+{tag}" for tag in _listed(tags)]).replace("+DB", "^DB")


_written = Remembered(_write, _REMEMBERED)


def _read(root: str, tags: str | tuple[str, ...]) -> Reading:
    return Reading(root, _listed(tags))


def _read_joined(root: str, tags: str | tuple[str, ...]) -> Reading:
    """Read a candidate through its joined string, as upstream: a root with a plus sign lends its rest to the tags."""
    stem, *rest = "+".join([root, *_listed(tags)]).split("+")
    return Reading(stem, tuple(rest))


def _listed(tags: str | tuple[str, ...]) -> tuple[str, ...]:
    return (tags,) if isinstance(tags, str) else tags


def _checked(tokens: Sequence[Sequence[str]], candidates: Sequence[Sequence[Sequence[Candidate]]]) -> list[list[str]]:
    sentences = as_tokens(tokens, TreebankWordTokenize)
    check_parallel("candidates", candidates, sentences)
    for row, own in enumerate(candidates):
        for position, found in enumerate(own):
            if not found:
                raise InputError(f"token {position} has no candidate analysis", row=row)
    return sentences
