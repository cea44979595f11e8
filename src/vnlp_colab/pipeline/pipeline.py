"""The pipeline: which models run, how, and how that is saved."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import partial
from pathlib import Path
from typing import Any

from vnlp_colab import __version__
from vnlp_colab.errors import InputError
from vnlp_colab.models import registry
from vnlp_colab.pipeline import saved
from vnlp_colab.pipeline.base import BasePipeline
from vnlp_colab.pipeline.columns import result_columns
from vnlp_colab.pipeline.fetching import fetch
from vnlp_colab.pipeline.gate import RAISE, Rules
from vnlp_colab.pipeline.identity import Loaded, loaded, models_of
from vnlp_colab.pipeline.limits import Limits
from vnlp_colab.pipeline.loaders import loader as loader_called
from vnlp_colab.pipeline.making import ModelFactory, annotator, made_by, made_of
from vnlp_colab.pipeline.options import RUNNING, SAVED, check_flag, check_models, check_options, check_path
from vnlp_colab.pipeline.plan import DEFAULT_TASKS, Stage, make_plan
from vnlp_colab.pipeline.runner import Runner
from vnlp_colab.pipeline.workers import WorkerRunner

DEFAULT_STYLE = "boun"


def read_config(path: str | Path, *, accept_changed: bool, progress: bool) -> saved.Configuration:
    """Read a configuration, and get its models; raises what ``VNLPipeline.from_config`` raises."""
    check_path("path", path)
    check_flag("accept_changed", accept_changed)
    found = saved.load(Path(path), SAVED)
    saved.check_models(found, Path(path), accept_changed=accept_changed, progress=progress)
    return found


class VNLPipeline(BasePipeline):
    """Annotates texts with tokens, tags, entities, syntax, morphology and sentiment.

    A model that another one needs (the parser needs the tagger and the stemmer) is loaded with it, runs once
    for both, and shows in the result only if it was asked for.

    Args:
        models_to_load: Tasks (``"stemmer"``, ``"pos"``, ``"ner"``, ``"dep"``, ``"sentiment"``), each
            optionally with a model: ``"pos:TreeStackPoS"``. ``"classic"`` and ``"spu"`` stand for all of them with
            the models of VNLP's older and newer generation. ``"lemma"`` and ``"feats"`` are tasks too, and
            ``"context"`` stands for all models that come with the package and need no network.
        device: ``"cpu"``, ``"cuda"``, or ``"auto"``: CUDA if it loads.
        loader: What prepares batches ahead of the models: ``"threads"``, ``"tf.data"`` (extra ``tf``), or
            ``"auto"``: the faster one, which is ``"threads"``. Results do not depend on it. ``"none"`` starts
            no thread, which is for few texts that are waited for. Worker processes prepare their own, so
            ``"tf.data"`` and ``workers`` exclude each other.
        on_long: What the parser does with a sentence too long for it: ``"window"`` parses it in parts,
            ``"error"`` raises.
        progress: Whether to show progress bars.
        tree: Whether parses are always trees with exactly one root: the best one by the parser's probabilities.
            ``False`` takes each token's most probable head, as upstream does, which need not form a tree.
        style: The treebank whose annotation the Context models imitate: ``"boun"``, ``"kenet"``, ``"penn"``, ... or
            ``"unk"`` for none in particular (docs/models.md). Other models know one style each.
        probabilities: Whether each sentence has the probabilities of its labels too. They come from a second pass,
            which takes about as long as the first.
        threads: How many threads the models use; ``None``: as many as this process has CPUs, or one in each
            worker process.
        workers: How many processes share the rows; ``None`` or 0: this one does all. They start with the pipeline,
            each loads the models and prepares its own batches, and they end with it or with ``close``. A script
            that uses them must do so under ``if __name__ == "__main__":``.
        on_error: What becomes of a row that cannot be annotated: ``"raise"`` ends the run with an error that names it,
            ``"skip"`` leaves it without results and lists it in a file beside the output (docs/reliability.md).
        limits: How large texts and batches may be; ``None``: ``Limits()``.
        model_factory: Makes the models: called with a name and the keywords of that model's class; with workers it
            must be picklable. Default: the classes of this package.

    Raises:
        ModelNotAvailable: If a name is not known; the message lists the known ones.
        InputError: If another argument has a value that it cannot have.
        MissingExtra: If the loader or the models need what is not installed.

    A pipeline can be pickled, for processes that are spawned: each loads the models itself, which must be the very same
    ones, and starts its own workers. A ``model_factory`` must be picklable then, as a class of a module is.

    Examples:
        >>> pipe = VNLPipeline(("pos", "sentiment"))  # doctest: +SKIP
        >>> next(pipe.annotate(["Çok güzel bir gün."])).pos  # doctest: +SKIP
        ('ADV', 'ADJ', 'DET', 'NOUN', 'PUNCT')
    """

    def __init__(
        self,
        models_to_load: str | Iterable[str] = DEFAULT_TASKS,
        device: str = "auto",
        loader: str = "auto",
        on_long: str = "window",
        progress: bool = True,
        *,
        tree: bool = True,
        style: str = DEFAULT_STYLE,
        probabilities: bool = False,
        threads: int | None = None,
        workers: int | None = None,
        on_error: str = RAISE,
        limits: Limits | None = None,
        model_factory: ModelFactory | None = None,
    ) -> None:
        check_models("models_to_load", models_to_load)
        plan = make_plan(models_to_load)
        own = {"on_long": on_long, "tree": tree, "style": style}
        running = {"device": device, "loader": loader, "progress": progress, "threads": threads, "workers": workers}
        treated = {"on_error": on_error, "limits": limits, "model_factory": model_factory}
        self._arguments: dict[str, Any] = {**own, "probabilities": probabilities, **running, **treated}
        check_options(self._arguments)
        load = loader_called(loader, workers)
        rules = Rules(on_error, limits or Limits())
        options: dict[str, Any] = {"device": device, "threads": 1 if workers and threads is None else threads}
        make = partial(annotator, plan, model_factory or registry.create, options, own, probabilities)
        self._configuration = partial(saved.configuration, plan, {**own, "probabilities": probabilities})
        self._made_elsewhere = model_factory is not None
        if model_factory is None:
            fetch(plan, progress)
            if workers:
                make = partial(make, models_of(plan))
        runner = WorkerRunner(workers, make, rules) if workers else Runner(make(), load, rules)
        found = made_by(model_factory, plan, device) if model_factory else _loaded(runner, plan, device)
        facts = {**rules.facts(), **own, "probabilities": probabilities}
        super().__init__(runner, result_columns(plan), partial(made_of, found, facts), progress)

    @classmethod
    def from_config(cls, path: str | Path, *, accept_changed: bool = False, **running: Any) -> VNLPipeline:
        """Make the pipeline of a configuration that ``save_config`` wrote.

        Nothing is left to the defaults of this version: tasks, models, style and all else that results depend on are
        the file's, and the models' files must be the very ones that it was saved with.

        Args:
            path: The configuration.
            accept_changed: Warn where a model's files are other ones, and use them, instead of raising an error.
            running: Where and how it runs: ``device``, ``threads``, ``workers``, ``loader``, ``progress``, and what
                becomes of rows that fail: ``on_error``, ``limits``.

        Raises:
            InputError: If the file is missing, is no configuration, or is contradicted by ``running``.
            ModelNotAvailable: If a model is not known, cannot be had, or has other files; the message names both.
            OfflineError: If a model is not cached, and the network may not or cannot be used.
        """
        if not running.keys() <= RUNNING.keys():
            raise InputError(
                f"from_config takes {', '.join(sorted(RUNNING))} besides the file, not "
                f"{', '.join(sorted(running.keys() - RUNNING.keys()))}: the file says what the results depend on"
            )
        check_options(running)
        found = read_config(path, accept_changed=accept_changed, progress=running.get("progress", True))
        return cls(found.names, **found.options, **running)

    def save_config(self, path: str | Path) -> None:
        """Write what this pipeline's results depend on as TOML, for ``from_config``.

        Raises:
            InputError: If its models were made by a ``model_factory``, which a file cannot name.
            StorageError: If the file cannot be written.
        """
        check_path("path", path)
        if self._made_elsewhere:
            raise InputError("a pipeline whose models come from a model_factory cannot be saved")
        saved.save(self._configuration(), Path(path))

    def __reduce__(self) -> tuple[Any, ...]:
        """Pickle what it is made of: sessions and processes cannot be handed on."""
        return _unpickled, (__version__, self._configuration(), self._made_elsewhere, self._arguments)


def _unpickled(
    version: str, found: saved.Configuration, made_elsewhere: bool, arguments: dict[str, Any]
) -> VNLPipeline:
    """Make a pipeline again, in another process; raises what ``Recipe.make`` raises."""
    saved.check_version(version)
    if not made_elsewhere:
        saved.check_models(found, Path("the pickled pipeline"), accept_changed=False, progress=arguments["progress"])
    return VNLPipeline(found.names, **arguments)


def _loaded(runner: Runner | WorkerRunner, plan: Sequence[Stage], device: str) -> Loaded:
    """Return what models a runner has, here or in its processes."""
    question = partial(loaded, plan, device)
    if isinstance(runner, WorkerRunner):
        found: Loaded = runner.call(question)
        return found
    return question()
