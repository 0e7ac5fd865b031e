"""The command line, console script ``influence``: one module for each group of commands.

Anything slow to import (Kafka, Redis, Faust, rich) is imported by the command that needs it, so
that ``influence --help`` answers at once.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from typing import cast

import typer

from pipeline.errors import InfluenceError, Usage

_UsageError = cast("type[Exception]", typer.BadParameter.__bases__[0])
"""The parser's error for wrong options; typer exports only this class of it."""

FAILURE = 1
USAGE = 2
INTERRUPTED = 130


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command and return the exit status: 0, 1 for a failure, 2 for usage.

    Whatever a person can mend is one line on stderr: what is wrong, and how to mend it. Ctrl-C and
    a reader that went away end quietly.

    Args:
        arguments: The command line without the program's name; None: this process's.
    """
    from pipeline.cli.commands import app

    words = list(sys.argv[1:] if arguments is None else arguments)
    try:
        status = app(words, prog_name="influence", standalone_mode=False)
        sys.stdout.flush()
    except Usage as error:
        return _fail(str(error), USAGE)
    except InfluenceError as error:
        return _fail(str(error), FAILURE)
    except _UsageError as error:
        return _fail(_one_line(error), USAGE)
    except (KeyboardInterrupt, typer.Abort):
        return INTERRUPTED
    except BrokenPipeError:
        # What is still buffered would fail again, loudly, when the interpreter ends.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return FAILURE
    return status if isinstance(status, int) else 0


def _one_line(error: BaseException) -> str:
    format_message = getattr(error, "format_message", error.__str__)
    message = " ".join(str(format_message()).split()).rstrip(".")
    context = getattr(error, "ctx", None)
    command = context.command_path if context else "influence"
    return f"{message}; see: {command} --help"


def _fail(message: str, status: int) -> int:
    sys.stderr.write(f"influence: {' '.join(message.split())}\n")
    return status
