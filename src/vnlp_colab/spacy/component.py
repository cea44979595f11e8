"""The component: docs in, annotated docs out."""

from __future__ import annotations

import json
import warnings
from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import islice
from pathlib import Path
from typing import Any

from spacy.tokens import Doc
from spacy.util import raise_error

from vnlp_colab.catalog import Task
from vnlp_colab.errors import InputError
from vnlp_colab.pipeline.identity import models_of
from vnlp_colab.pipeline.options import check_models
from vnlp_colab.pipeline.pipeline import VNLPipeline
from vnlp_colab.pipeline.plan import make_plan
from vnlp_colab.pipeline.runner import check_batch_size
from vnlp_colab.results import Sentence
from vnlp_colab.spacy.sentences import Piece, pieces_of, splitter_for
from vnlp_colab.spacy.writing import write

ErrorHandler = Callable[[str, "VnlpComponent", list[Doc], Exception], object]


class VnlpComponent:
    """Annotates docs, whose tokens stay as they are.

    Args:
        name: The component's name in its pipeline.
        models: What runs, as ``VNLPipeline`` takes it.
        batch_size: How many sentences the models are handed at once. Results do not depend on it.
        abbreviations: What does not end a sentence, where docs come without sentences: as ``splitter_for`` takes it.
        options: More keywords of ``VNLPipeline``.

    Raises:
        ModelNotAvailable: If a model is not known or cannot be had.
        InputError: If another argument has a value that it cannot have.
    """

    def __init__(
        self, name: str, models: str | Sequence[str], *, batch_size: int, abbreviations: str, **options: Any
    ) -> None:
        check_batch_size(batch_size)
        check_models("models", models)
        if not models:
            raise InputError("models must name a task or a model at least, such as 'pos' or 'context'")
        self.name = name
        self._batch_size = batch_size
        self._abbreviations = abbreviations
        self._options = options
        self._plan = make_plan(models)
        self._handler: ErrorHandler = raise_error
        self._load()

    def _load(self) -> None:
        def pipeline(whole: bool) -> VNLPipeline | None:
            stages = [stage for stage in self._plan if stage.wanted and (stage.task == Task.SENTIMENT) == whole]
            names = [f"{stage.task}:{stage.name}" for stage in stages]
            # Without threads of its own, so that it works on in the processes of nlp.pipe(n_process=...).
            return VNLPipeline(names, loader="none", progress=False, **self._options) if names else None

        self._splitter = splitter_for(self._abbreviations)
        self._sentences, self._texts = pipeline(False), pipeline(True)

    def __getstate__(self) -> dict[str, Any]:
        """What another process needs: not the models, which it opens by itself."""
        return {name: value for name, value in self.__dict__.items() if name not in _LOADED}

    def __setstate__(self, state: dict[str, Any]) -> None:
        self.__dict__.update(state)
        self._load()

    def __call__(self, doc: Doc) -> Doc:
        """Annotate one doc."""
        self._annotate([doc])
        return doc

    def pipe(self, stream: Iterable[Doc], *, batch_size: int = 128) -> Iterator[Doc]:
        """Annotate docs, ``batch_size`` of them at a time, whose sentences go through the models together.

        A doc that fails is left to spaCy's error handler, and the others do not suffer from it.

        Raises:
            InputError: If ``batch_size`` is not a whole number above 0; raised when the first doc is asked for.
        """
        check_batch_size(batch_size)
        rest = iter(stream)
        while docs := list(islice(rest, batch_size)):
            try:
                self._annotate(docs)
            except Exception:
                # Whatever a model raises: one of the docs is to blame.
                yield from self._one_by_one(docs)
            else:
                yield from docs

    def _one_by_one(self, docs: Iterable[Doc]) -> Iterator[Doc]:
        for doc in docs:
            try:
                self._annotate([doc])
            except Exception as error:
                # spaCy's users choose what becomes of errors of any kind.
                self._handler(self.name, self, [doc], error)
            else:
                yield doc

    def _annotate(self, docs: Sequence[Doc]) -> None:
        """Annotate docs; where one fails, none has been changed."""
        pieces = [pieces_of(doc, self._splitter) for doc in docs]
        sentences = iter(self._annotated([piece for of_doc in pieces for piece in of_doc]))
        found = [list(islice(sentences, len(of_doc))) for of_doc in pieces]
        scores = None if self._texts is None else self._found(self._texts, [doc.text for doc in docs])
        columns = self._sentences.columns if self._sentences is not None else ()
        for place, doc in enumerate(docs):
            write(doc, pieces[place], found[place], columns)
            if scores is not None:
                doc._.sentiment = scores[place].sentiment

    def _annotated(self, pieces: Sequence[Piece]) -> list[Sentence]:
        if self._sentences is None:
            return [Sentence(piece.text, ()) for piece in pieces]
        try:
            return self._found(self._sentences, [piece.text for piece in pieces])
        except InputError as error:
            if error.row is None:
                raise
            raise InputError(
                f"the sentence that begins with {pieces[error.row].text[:40]!r}: {error.reason}; docs may come with "
                "sentence starts that make it shorter"
            ) from error

    def _found(self, pipeline: VNLPipeline, texts: Sequence[str]) -> list[Sentence]:
        return list(pipeline.annotate(texts, self._batch_size))

    def set_error_handler(self, error_handler: ErrorHandler) -> None:
        """Set what is called for a doc that fails: spaCy's protocol."""
        self._handler = error_handler

    def get_error_handler(self) -> ErrorHandler:
        """Return what is called for a doc that fails."""
        return self._handler

    def to_disk(self, path: str | Path, *, exclude: Iterable[str] = ()) -> None:
        """Write which models there are, by their files: the configuration of the pipeline has all else."""
        _file_of(path).write_text(json.dumps(models_of(self._plan), indent=1), encoding="utf-8")

    def from_disk(self, path: str | Path, *, exclude: Iterable[str] = ()) -> VnlpComponent:
        """Warn where a model has other files than when it was saved.

        Raises:
            InputError: If the file that says which ones it had is damaged.
        """
        file = _file_of(path)
        if file.exists():
            saved = _saved(file)
            here = models_of(self._plan)
            changed = sorted(name for name in {*saved} & {*here} if saved[name] != here[name])
            if changed:
                warnings.warn(
                    f"{', '.join(changed)}: not the files that this pipeline was saved with, so that results may "
                    "differ; install the version of vnlp-colab of that time for the same ones",
                    stacklevel=2,
                )
        return self


def _file_of(path: str | Path) -> Path:
    # Not with_suffix: a component's name may have a dot in it.
    return Path(f"{path}.json")


def _saved(file: Path) -> dict[str, Any]:
    try:
        saved = json.loads(file.read_text(encoding="utf-8"))
    except (ValueError, RecursionError) as error:
        raise InputError(f"no JSON, so that it is damaged; save the pipeline again: {error}", path=file) from error
    if not isinstance(saved, dict):
        raise InputError("not the files of models by their names, so that it is damaged", path=file)
    return saved


_LOADED = frozenset(("_splitter", "_sentences", "_texts"))
