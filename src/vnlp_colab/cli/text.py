"""``vnlp-colab text``: the analysis of one text, or of the lines of stdin."""

from __future__ import annotations

import os
import shlex
import sys
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from vnlp_colab.cli import options, output, pipelines, stdin
from vnlp_colab.cli.app import app
from vnlp_colab.cli.output import PageFormat
from vnlp_colab.errors import InputError, StorageError

if TYPE_CHECKING:
    from vnlp_colab.pipeline.pipeline import VNLPipeline
    from vnlp_colab.results import Sentence

_DRAWN = "pos,ner,dep"
_PICTURES = (PageFormat.HTML, PageFormat.SVG)
_AT_ONCE = 64

Content = Annotated[
    str | None,
    typer.Argument(metavar="TEXT", help="The text; put it in quotes. Without it, every line of stdin is one."),
]
Models = Annotated[
    str | None,
    typer.Option(
        help=f"What to run, as in run; {pipelines.DEFAULT_MODELS} if left out, {_DRAWN} for a picture.",
        show_default=False,
    ),
]
Form = Annotated[
    PageFormat | None,
    typer.Option(
        "--format",
        "-f",
        help="table: aligned columns; jsonl: an object a text; conllu: a treebank's format; tsv: a line a token; html: "
        "a page with parse and entities drawn; svg: the parse drawn. What the suffix of --output says if left out; "
        "table without a file or a suffix.",
        show_default=False,
    ),
]
File = Annotated[Path | None, typer.Option("--output", "-o", metavar="FILE", help="Write there instead of to stdout.")]


@app.command()
def text(
    context: typer.Context,
    content: Content = None,
    models: Models = None,
    style: pipelines.Style = "boun",
    config: pipelines.Config = None,
    accept_changed: pipelines.AcceptChanged = False,
    form: Form = None,
    file: File = None,
    threads: options.Threads = None,
    device: options.RunsOn = options.Device.AUTO,
    on_long: options.LongSentences = options.OnLong.WINDOW,
    tree: options.Tree = True,
    probabilities: options.Probabilities = False,
) -> None:
    """Show the analysis of a text, or of every line of stdin as it comes.

    The text, or the line, is taken as one sentence.
    Split longer texts first: 'vnlp-colab task split_sentences', which prints a line a sentence, or in Python
    SentenceSplitter().split_sentences(text).
    """
    form = form or _by_suffix(file)
    _hint_at_files(content)
    if form in _PICTURES:
        from vnlp_colab.rendering import load_displacy

        load_displacy()
    pipeline = pipelines.make_pipeline(
        context,
        config,
        accept_changed,
        models or (_DRAWN if form in _PICTURES else pipelines.DEFAULT_MODELS),
        {"style": style, "on_long": on_long, "tree": tree, "probabilities": probabilities},
        device=device,
        loader="none",
        progress=sys.stderr.isatty(),
        threads=threads,
    )
    _write(pipeline, content, form, file)


def _write(pipeline: VNLPipeline, content: str | None, form: PageFormat, file: Path | None) -> None:
    """Annotate the texts, and write them as a picture, line by line, or into a file that is whole when it is there."""
    if form is PageFormat.HTML and not {"dep", "ner"} & set(pipeline.columns):
        raise InputError("html draws parses and entities, and there is no model for either; add dep or ner to --models")
    if form in _PICTURES:
        sentences = [found for batch in stdin.batches(content) for found in pipeline.annotate(batch)]
        _put(_picture(sentences, form), file)
    elif file is None:
        stream(pipeline, content, form)
    else:
        writer = output.Writer(form, pipeline.columns)
        _put("".join(writer.text(pipeline.annotate(batch)) for batch in stdin.batches(content)), file)


def stream(pipeline: VNLPipeline, content: str | None, form: str) -> None:
    """Print the analysis of a text, or of the lines of stdin as they come."""
    writer = output.Writer(form, pipeline.columns)
    for batch in stdin.batches(content):
        sentences = iter(pipeline.annotate(batch))
        # Whoever reads the first lines only should not wait for thousands.
        while some := list(islice(sentences, _AT_ONCE)):
            output.write(writer.text(some))


def _by_suffix(file: Path | None) -> PageFormat:
    """Return the form that a file's name stands for.

    Raises:
        InputError: If its suffix is that of another one. JSON among them: several texts are several objects.
    """
    suffix = file.suffix.lower() if file else ""
    known = {f".{form}": form for form in PageFormat}
    known |= {".htm": PageFormat.HTML, ".txt": PageFormat.TABLE, "": PageFormat.TABLE}
    if suffix not in known:
        names = ", ".join(name for name in known if name)
        raise InputError(f"files of type {suffix!r} are not written; known: {names}; or name a --format", path=file)
    return known[suffix]


def _hint_at_files(content: str | None) -> None:
    """Say how a file is annotated where the text is the name of one; it is annotated nevertheless."""
    if not content or not os.path.isfile(content):
        return
    from vnlp_colab.pipeline.files import READABLE

    name = shlex.quote(content)
    tabular = Path(content).suffix.lower() in READABLE
    command = f"vnlp-colab run {name} -o ..." if tabular else f"vnlp-colab text < {name}"
    typer.echo(f"hint: this annotates the file's name; to annotate the file: {command}", err=True)


def _picture(sentences: list[Sentence], form: PageFormat) -> str:
    from vnlp_colab.rendering import drawable, html_page, render

    if form is PageFormat.HTML:
        return html_page(render(sentence, style) for sentence in sentences for style in drawable(sentence))
    drawn = [sentence for sentence in sentences if sentence.tokens]
    if len(drawn) != 1:
        raise InputError(f"svg is one parse, and there are {len(drawn)} texts to draw; use --format html")
    return render(drawn[0]) + "\n"


def _put(content: str, file: Path | None) -> None:
    if file is None:
        output.write(content)
        return
    from vnlp_colab.store.atomic import publish_file, remove_quietly, write_synced

    partial = file.with_name(f".{file.name}.{os.getpid()}.partial")
    try:
        write_synced(partial, content.encode("utf-8", "backslashreplace"))
        publish_file(partial, file)
    except OSError as error:
        remove_quietly(partial)
        raise StorageError(f"{file}: cannot be written: {error.strerror or error}") from error
    typer.echo(f"{file}: {file.stat().st_size:,} bytes", err=True)
