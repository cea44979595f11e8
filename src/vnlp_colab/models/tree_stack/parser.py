"""TreeStackDP: dependency heads and relations from words, morphological tags and parts of speech."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Protocol

from vnlp_colab import catalog
from vnlp_colab.errors import InputError
from vnlp_colab.models.inputs import Batch, as_tokens, check_parallel
from vnlp_colab.models.labelling import Labelled, label_sentences, own_probabilities
from vnlp_colab.models.loading import Parts, shared
from vnlp_colab.models.parsing import Arc, SentenceParser, check_on_long, check_one_window, parse_sentences
from vnlp_colab.models.registry import create
from vnlp_colab.models.tree_stack.features import TokenEncoder
from vnlp_colab.models.tree_stack.tagger import Stemmer
from vnlp_colab.runtime.context import ContextEngine
from vnlp_colab.runtime.recurrence import Floats
from vnlp_colab.runtime.session import resolve_threads
from vnlp_colab.text.tokenise import TreebankWordTokenize


class Tagger(Protocol):
    """What gives the parts of speech."""

    def predict_batch(self, batch: Batch, morph: Sequence[Sequence[str]] | None = None) -> list[list[tuple[str, str]]]:
        """``(token, UPOS)`` of every token of every item."""


class TreeStackDP(SentenceParser):
    """Dependency parses.

    Upstream hands the parser the sentence's characters where its words belong, so that word i becomes the i-th
    character of the text. Here it gets the words, as it was trained; ``compat=True`` reproduces the fault.

    Attributes:
        inference_session: The session of the autoregressive step.
        input_names: Its inputs.
        output_name: Its probabilities.
    """

    def __init__(
        self,
        device: str = "auto",
        threads: int | None = None,
        stemmer: Stemmer | None = None,
        tagger: Tagger | None = None,
        on_long: str = "window",
        tree: bool = False,
        compat: bool = False,
        precision: str | None = None,
    ) -> None:
        """Load the model, from the cache where it is there.

        Args:
            device: ``"auto"``, ``"cpu"`` or ``"cuda"``.
            threads: Worker threads; one a processor if not given.
            stemmer: Gives the analyses where they are not given; the project's own if not given.
            tagger: Gives the parts of speech where they are not given; TreeStackPoS if not given.
            on_long: For a sentence of more than 40 tokens: ``"window"`` parses it in windows cut at punctuation
                and joins them to one tree; ``"error"`` raises, as upstream does.
            tree: Give the best tree with exactly one root instead of the network's most probable head of each
                token, which need not form one.
            compat: Reproduce upstream's faults: this one, and those of ``TreeStackPoS(compat=True)``.
            precision: ``"fp16"`` for the variant whose weights are stored in 16 bits; then its own stemmer's and
                tagger's are too.

        Raises:
            InputError: Another value for ``on_long`` or ``precision``.
        """
        check_on_long(on_long)
        name = catalog.with_precision("TreeStackDP", precision)
        self._network = shared((name, device), lambda: _Network(name, device))
        self._threads = resolve_threads(threads)
        self._options = {"device": device, "threads": threads, "precision": precision, "compat": compat}
        self._stemmer, self._tagger = stemmer, tagger
        self._on_long, self._tree, self._compat = on_long, tree, compat
        decode = self._network.engine.decode
        self.inference_session: Any = decode.session
        self.input_names = decode.input_names
        self.output_name = decode.output_names[0]

    @property
    def labels(self) -> list[str]:
        """The relations, by column of the probabilities after those of the heads."""
        return list(self._network.labels)

    def _parsed(self, sentence: str) -> tuple[list[Arc], list[str]]:
        sentences = as_tokens([sentence], TreebankWordTokenize)
        _, morph, pos = self._prepare([sentence], sentences, None, None)
        return self.predict_batch([sentence], morph=morph, pos=pos)[0], list(pos[0])

    def predict_batch(
        self,
        batch: Batch,
        morph: Sequence[Sequence[str]] | None = None,
        pos: Sequence[Sequence[str]] | None = None,
    ) -> list[list[Arc]]:
        """``predict`` of every item, in order.

        Args:
            batch: Sentences, or token lists.
            morph: The analysis of every token, as the stemmer writes them; predicted if not given.
            pos: The UPOS tag of every token; predicted if not given.

        Raises:
            InputError: An item is neither a string nor a token list, ``morph`` or ``pos`` does not match, a tag is
                unknown, or a sentence is too long and ``on_long="error"``.
        """
        sentences = as_tokens(batch, TreebankWordTokenize)
        words, morph, pos = self._prepare(batch, sentences, morph, pos)

        def label(spans: Sequence[tuple[int, int, int]]) -> list[Labelled]:
            return self._label(spans, words, morph, pos)

        return parse_sentences(sentences, label, self._network.labels, self._network.window, self._on_long, self._tree)

    def predict_proba_batch(
        self,
        batch: Batch,
        morph: Sequence[Sequence[str]] | None = None,
        pos: Sequence[Sequence[str]] | None = None,
    ) -> list[Floats]:
        """Probabilities ``(tokens, 90)`` float32 of every item: 41 heads, then 49 relations.

        Raises:
            InputError: As ``predict_batch``; and for a sentence of more than 40 tokens, for which no such array is
                defined.
        """
        sentences = as_tokens(batch, TreebankWordTokenize)
        check_one_window(sentences, self._network.window)
        words, morph, pos = self._prepare(batch, sentences, morph, pos)
        spans = [(row, 0, len(tokens)) for row, tokens in enumerate(sentences)]
        return own_probabilities(self._label(spans, words, morph, pos))

    def _prepare(
        self,
        batch: Batch,
        sentences: Sequence[Sequence[str]],
        morph: Sequence[Sequence[str]] | None,
        pos: Sequence[Sequence[str]] | None,
    ) -> tuple[list[list[str]], Sequence[Sequence[str]], Sequence[Sequence[str]]]:
        """What the network reads as words, and the analyses and tags, predicted where they are missing."""
        if morph is None:
            if self._stemmer is None:
                self._stemmer = create("StemmerAnalyzer", **self._options)
            morph = self._stemmer.predict_batch(sentences)
        check_parallel("morph", morph, sentences)
        if pos is None:
            if self._tagger is None:
                self._tagger = create("TreeStackPoS", stemmer=self._stemmer, **self._options)
            tagged = self._tagger.predict_batch(sentences, morph=morph)
            pos = [[tag for _, tag in tokens] for tokens in tagged]
        check_parallel("pos", pos, sentences)
        if not self._compat:
            return [list(tokens) for tokens in sentences], morph, pos
        texts = [item if isinstance(item, str) else " ".join(item) for item in batch]
        return [list(text[: len(row)]) for text, row in zip(texts, sentences, strict=True)], morph, pos

    def _label(
        self,
        spans: Sequence[tuple[int, int, int]],
        words: Sequence[Sequence[str]],
        morph: Sequence[Sequence[str]],
        pos: Sequence[Sequence[str]],
    ) -> list[Labelled]:
        """Label runs of tokens, each given as sentence, start and stop."""
        network = self._network
        tokens = []
        for row, start, stop in spans:
            numbers = [network.pos_number(tag, row) for tag in pos[row][start:stop]]
            read = words[row][start:stop], morph[row][start:stop], numbers
            tokens.append(network.encoder.tokens(*read, compat=self._compat))
        return label_sentences(network.encoder, network.engine, tokens, self._threads)


class _Network:
    """The graphs and vocabularies."""

    def __init__(self, name: str, device: str) -> None:
        parts = Parts(name, device)
        self.encoder = TokenEncoder(parts)
        self.engine = ContextEngine(parts.graph, parts.json("config")["context"])
        self.window = self.engine.window
        self.labels = parts.vocabulary("labels").labels()
        self._pos = parts.vocabulary("pos_labels")

    def pos_number(self, tag: str, row: int) -> int:
        """Number of a UPOS tag; 0, padding, of the empty one: TreeStackPoS answers it where padding is most probable.

        Raises:
            InputError: There is no such tag; it names the row and lists those that there are.
        """
        if not tag:
            return 0
        if tag not in self._pos:
            raise InputError(f"unknown part of speech {tag!r}; known are {', '.join(self._pos.words)}", row=row)
        return self._pos.number(tag)
