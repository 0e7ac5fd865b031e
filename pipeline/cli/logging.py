"""Logging to stderr through structlog: text for people or one JSON object a line."""

from __future__ import annotations

import logging
import sys
from functools import partial

import structlog

from pipeline.errors import InfluenceError
from pipeline.settings import LogSettings


def configure(settings: LogSettings, *answers: type[Exception]) -> None:
    """Send what every library logs to stderr, in the form and from the level that are set.

    Args:
        settings: Form and level.
        answers: Errors that are what a server answered; where they were raised tells nobody more.
    """
    shared: list[structlog.typing.Processor] = [
        partial(_without_tracebacks, (InfluenceError, *answers)),
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        structlog.stdlib.ExtraAdder(),
        structlog.processors.format_exc_info,
    ]
    renderer: structlog.typing.Processor = (
        structlog.processors.JSONRenderer()
        if settings.format == "json"
        else structlog.dev.ConsoleRenderer(
            colors=sys.stderr.isatty(),
            # The default shows local variables, among them secrets.
            exception_formatter=structlog.dev.plain_traceback,
        )
    )
    if settings.format == "console":
        shared.remove(structlog.processors.format_exc_info)  # the console renders exceptions itself
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=shared,
            processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, renderer],
        )
    )
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(settings.level)
    # Used for a few short questions at start; what goes wrong with them is raised, and said once.
    logging.getLogger("kafka").setLevel(logging.CRITICAL)
    # It prints every request when debugging, that with the password among them.
    logging.getLogger("aiokafka.conn").setLevel(max(logging.INFO, root.level))


def _without_tracebacks(
    plain: tuple[type[Exception], ...],
    _logger: object,
    _method: str,
    event: structlog.typing.EventDict,
) -> structlog.typing.EventDict:
    """Leave out where an error was raised that says in its own words what is wrong."""
    if isinstance(event.get("exc_info"), tuple) and isinstance(event["exc_info"][1], plain):
        del event["exc_info"]
    return event


def quiet() -> None:
    """For commands that answer a person: errors are raised and said once, libraries keep still."""
    logging.getLogger().handlers[:] = [logging.NullHandler()]
