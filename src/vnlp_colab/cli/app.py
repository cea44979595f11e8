"""The command-line application, and how errors leave it.

Exit codes: 0 done, 1 bad input or any other error that this package raises on purpose, 2 wrong usage.
"""

from __future__ import annotations

import io
import os
import sys
from typing import Annotated, Any

import typer
from typer.core import TyperGroup

from vnlp_colab import __version__
from vnlp_colab.errors import VNLPError


class _Group(TyperGroup):
    """Turns the package's errors into a line on stderr, and a reader that stops reading into success.

    This happens here and not around ``app()`` because typer itself would exit with 1 on a broken pipe.
    """

    def invoke(self, ctx: Any) -> Any:
        try:
            result = super().invoke(ctx)
            sys.stdout.flush()
            return result
        except VNLPError as error:
            typer.echo(f"error: {error}", err=True)
            raise typer.Exit(1) from error
        except BrokenPipeError as error:
            _silence_stdout()
            raise typer.Exit(0) from error


def _silence_stdout() -> None:
    """Point stdout to nowhere, or Python would complain of the broken pipe once more when it exits."""
    try:
        descriptor = sys.stdout.fileno()
    except io.UnsupportedOperation:  # not a real file: nothing to flush at exit
        return
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, descriptor)
    os.close(nowhere)


app = typer.Typer(
    cls=_Group,
    name="vnlp-colab",
    help="Annotate Turkish text with VNGRS's VNLP models on ONNX Runtime.",
    no_args_is_help=True,
    # Tracebacks of bugs stay plain text, without the values of variables, which may hold users' texts.
    pretty_exceptions_enable=False,
)


_EXAMPLES = """\
$ vnlp-colab task stemming_morph_analysis "Üniversite sınavlarına canla başla çalışıyorlardı."
$ vnlp-colab task correct_typos "kassıtlı yaezım hatasssı ekliyorumm"
$ vnlp-colab task named_entity_recognition --format jsonl < lines.txt
$ vnlp-colab --task sentiment_analysis --text "Çok güzel bir gün." """


def _print_version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"vnlp-colab {__version__}")
        raise typer.Exit()


def _print_tasks(wanted: bool) -> None:
    if wanted:
        from vnlp_colab.cli.task import Task

        typer.echo("\n".join(Task))
        raise typer.Exit()


def _print_examples(wanted: bool) -> None:
    if wanted:
        typer.echo(_EXAMPLES)
        raise typer.Exit()


@app.callback(invoke_without_command=True)
def _options(
    context: typer.Context,
    version: Annotated[
        bool, typer.Option("--version", callback=_print_version, is_eager=True, help="Print the version.")
    ] = False,
    task: Annotated[
        str | None, typer.Option(metavar="TASK", help="Do this task, as the command 'task'; for users of vnlp.")
    ] = None,
    text: Annotated[
        str | None, typer.Option(metavar="TEXT", help="The text for --task; the lines of stdin if left out.")
    ] = None,
    list_tasks: Annotated[
        bool, typer.Option("--list_tasks", "--list-tasks", callback=_print_tasks, is_eager=True, help="List the tasks.")
    ] = False,
    example_usage: Annotated[
        bool,
        typer.Option(
            "--example_usage", "--example-usage", callback=_print_examples, is_eager=True, help="Show examples."
        ),
    ] = False,
) -> None:
    """Annotate Turkish text with VNGRS's VNLP models on ONNX Runtime."""
    if context.invoked_subcommand is not None:
        if task is not None or text is not None:
            raise typer.BadParameter(f"leave out --task and --text, or the command {context.invoked_subcommand!r}")
        return
    if task is None:
        raise typer.BadParameter("name a command, or a task with --task; 'vnlp-colab --help' lists them")
    from vnlp_colab.cli import task as tasks

    if task not in tuple(tasks.Task):
        raise typer.BadParameter(f"there is no task {task!r}; known: {', '.join(tasks.Task)}", param_hint="--task")
    tasks.task(tasks.Task(task), text)
