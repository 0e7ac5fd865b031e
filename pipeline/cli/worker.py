"""``influence worker``: the stream itself."""

from __future__ import annotations

from logging import getLogger

import typer


def worker() -> None:
    """Run a worker: Kafka in, state and metrics, Redis and /metrics out. SIGTERM ends it."""
    from aiokafka.errors import BrokerResponseError

    from pipeline import settings
    from pipeline.cli import logging

    loaded = settings.load()
    logging.configure(loaded.log, BrokerResponseError)

    for warning in loaded.warnings():
        getLogger(__name__).warning("%s", warning)

    from pipeline.app import run_worker

    raise typer.Exit(run_worker(loaded))
