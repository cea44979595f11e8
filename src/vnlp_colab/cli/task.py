"""``vnlp-colab task``: upstream's tasks by their names, over a text or the lines of stdin."""

from __future__ import annotations

import sys
from collections.abc import Callable
from enum import StrEnum
from typing import Annotated, Any

import typer

from vnlp_colab.cli import options, output, stdin
from vnlp_colab.cli.app import app
from vnlp_colab.cli.output import Format


class Task(StrEnum):
    """A task, by the name that vngrs-nlp's command has for it."""

    STEMMING_MORPH_ANALYSIS = "stemming_morph_analysis"
    NAMED_ENTITY_RECOGNITION = "named_entity_recognition"
    DEPENDENCY_PARSING = "dependency_parsing"
    PART_OF_SPEECH_TAGGING = "part_of_speech_tagging"
    SENTIMENT_ANALYSIS = "sentiment_analysis"
    SPLIT_SENTENCES = "split_sentences"
    CORRECT_TYPOS = "correct_typos"
    CONVERT_NUMBERS_TO_WORDS = "convert_numbers_to_words"
    DEASCIIFY = "deasciify"
    LOWER_CASE = "lower_case"
    REMOVE_PUNCTUATIONS = "remove_punctuations"
    REMOVE_ACCENT_MARKS = "remove_accent_marks"
    DROP_STOP_WORDS = "drop_stop_words"


# Tasks that a model does, as the pipeline names them; the others need none.
_MODELS = {
    Task.STEMMING_MORPH_ANALYSIS: "stemmer",
    Task.NAMED_ENTITY_RECOGNITION: "ner",
    Task.DEPENDENCY_PARSING: "dep",
    Task.PART_OF_SPEECH_TAGGING: "pos",
    Task.SENTIMENT_ANALYSIS: "sentiment",
}

Name = Annotated[Task, typer.Argument(metavar="TASK", help=f"One of {', '.join(Task)}.", show_default=False)]
Content = Annotated[
    str | None,
    typer.Argument(metavar="TEXT", help="The text; put it in quotes. Without it, every line of stdin is one."),
]
Form = Annotated[
    Format,
    typer.Option(
        "--format",
        "-f",
        help="table: for people, and of a text tool the plain result; jsonl: an object a text; conllu: a treebank's "
        "format (models only); tsv: cells parted by tabs.",
    ),
]
Model = Annotated[
    str | None,
    typer.Option(help="The model, as 'vnlp-colab models list' names it; the task's default if left out."),
]


@app.command()
def task(
    name: Name,
    content: Content = None,
    form: Form = Format.TABLE,
    model: Model = None,
    threads: options.Threads = None,
    device: options.RunsOn = options.Device.AUTO,
    on_long: options.LongSentences = options.OnLong.WINDOW,
) -> None:
    """Do one of VNLP's tasks on a text, or on every line of stdin as it comes.

    What runs is the task's model with its defaults; the command 'text' has options for all else, and --config.
    """
    if name in _MODELS:
        _run_model(f"{_MODELS[name]}:{model}" if model else _MODELS[name], content, form, threads, device, on_long)
        return
    if model is not None:
        raise typer.BadParameter(f"{name} needs no model", param_hint="--model")
    if form is Format.CONLLU:
        raise typer.BadParameter(f"{name} gives no tokens; choose table, jsonl or tsv", param_hint="--format")
    _run_tool(_tool(name), content, form)


def _run_model(models: str, content: str | None, form: str, threads: int | None, device: str, on_long: str) -> None:
    from vnlp_colab.cli.text import stream
    from vnlp_colab.pipeline.pipeline import VNLPipeline

    pipeline = VNLPipeline(
        models, device=device, loader="none", on_long=on_long, progress=sys.stderr.isatty(), threads=threads
    )
    stream(pipeline, content, form)


def _run_tool(tool: Callable[[str], Any], content: str | None, form: Format) -> None:
    write = {Format.TABLE: _plain, Format.JSONL: _json, Format.TSV: _tsv}[form]
    for batch in stdin.batches(content):
        output.write("".join(f"{line}\n" for text in batch for line in write(text, tool(text))))


def _plain(text: str, result: str | list[str]) -> list[str]:
    return [result] if isinstance(result, str) else result


def _json(text: str, result: str | list[str]) -> list[str]:
    return [output.json_line({"text": text, "result": result})]


def _tsv(text: str, result: str | list[str]) -> list[str]:
    return [output.tsv_line([text, line]) for line in _plain(text, result)]


def _tool(name: Task) -> Callable[[str], str | list[str]]:
    """The tool of that name as a function of a text: a result, or a list of sentences."""
    from vnlp_colab.tools.normalizer import Normalizer
    from vnlp_colab.tools.splitter import SentenceSplitter
    from vnlp_colab.tools.stopwords import StopwordRemover

    if name is Task.SPLIT_SENTENCES:
        return SentenceSplitter().split_sentences
    if name is Task.DROP_STOP_WORDS:
        return _of_words(StopwordRemover().drop_stop_words)
    if name in (Task.CONVERT_NUMBERS_TO_WORDS, Task.DEASCIIFY):
        return _of_words(getattr(Normalizer, name))
    found: Callable[[str], str] = getattr(Normalizer, name)
    return found


def _of_words(tool: Callable[[list[str]], list[str]]) -> Callable[[str], str]:
    """Let a tool of word lists take a text: words are what spaces part, as in upstream's command line."""
    return lambda text: " ".join(tool(text.split()))
