"""``influence demo``: the whole pipeline on this machine, with brands made up for it.

An embedded broker and store and one real worker process; 26 weeks of history, then live events.
Nothing of it lasts, and no settings of this machine are used.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from typing import TYPE_CHECKING, Annotated, Any

import typer

from pipeline.cli.output import JsonOption, note, print_json, print_table, progress, table
from pipeline.cli.show import OVERVIEW, overview
from pipeline.errors import Retry
from pipeline.events.instants import SECOND

if TYPE_CHECKING:
    from pipeline.cli.demo_parts import Parts
    from pipeline.sources.produce import Loader

LOAD_SECONDS = 120.0
"""The worker may take this long for the history before the demo gives up."""

SETTLE_SECONDS = 20.0
"""And this long for the last live events at the end."""

QUIET_SECONDS = 3.0
"""Several flushes: what is not published after so long will not change any more."""

_POLL_SECONDS = 0.25
_TICK_SECONDS = 0.2
_DRAW_SECONDS = 1.0


def demo(
    stop_after: Annotated[
        float | None,
        typer.Option("--for", min=0, help="Stop so many seconds after loading [default: Ctrl-C]."),
    ] = None,
    rate: Annotated[float, typer.Option(min=0.1, max=200, help="Live events a second.")] = 5.0,
    seed: Annotated[int, typer.Option(help="Another seed, other people.")] = 1,
    weeks: Annotated[int, typer.Option(min=1, max=56, help="How much history.")] = 26,
    as_json: JsonOption = False,
) -> None:
    """Run everything here: embedded servers, a worker, simulated brands, a live table."""
    from pipeline.cli import logging
    from pipeline.cli.demo_parts import parts

    logging.quiet()
    with parts() as running:
        _load(running, seed, weeks)
        try:
            produced = _live(running, seed, rate, stop_after, draw=not as_json)
        except KeyboardInterrupt:
            if stop_after is not None:
                raise
            return
        _settle(running, produced, SETTLE_SECONDS)
        if as_json:
            print_json(_final(running))
        else:
            print_table("At the end", ("brand", *OVERVIEW), overview(running.brands()))


def _load(running: Parts, seed: int, weeks: int) -> None:
    """Produce the history and wait until the worker has published all of it."""
    from pipeline.sources.simulate import history

    started = time.monotonic()
    note(f"loading {weeks} weeks of three simulated brands …")
    with progress("loading") as step, running.loader() as loader:
        for number, arrival in enumerate(history(seed, weeks, running.clock.now()), 1):
            loader.send(arrival.record)
            if number % 1_000 == 0:
                running.check_worker()
                if step:
                    step(number)
        running.produced = loader.finish().produced
    _settle(running, running.produced, LOAD_SECONDS)
    note(f"{running.produced} events loaded in {time.monotonic() - started:.0f} s")
    note(f"Redis:   {running.redis.url} (keys {running.redis.prefix}*)")
    note(f"metrics: http://{running.metrics.host}:{running.metrics.port}/metrics")


def _settle(running: Parts, produced: int, seconds: float) -> None:
    """Wait until every record has its outcome and what follows from them is in Redis.

    Raises:
        Retry: It takes longer, or the worker ended.
    """
    deadline = time.monotonic() + seconds
    taken_at: float | None = None
    while time.monotonic() < deadline:
        running.check_worker()
        reading = running.machine()
        if reading is not None and reading.taken >= produced:
            now = running.clock.now() / SECOND
            taken_at = taken_at or now
            # A publication begun after the last record holds it; without changes none may come.
            if reading.published_at > taken_at or now - taken_at > QUIET_SECONDS:
                return
        time.sleep(_POLL_SECONDS)
    raise Retry(
        f"the worker did not keep up within {seconds:.0f} s; try again on a quieter machine"
    )


def _live(running: Parts, seed: int, rate: float, stop_after: float | None, *, draw: bool) -> int:
    """Produce live events until it is time; return how many records there are in all."""
    terminal = draw and sys.stdout.isatty()
    note("live now" + ("" if stop_after is not None else "; Ctrl-C stops"))
    end = None if stop_after is None else time.monotonic() + stop_after
    drawn = 0.0
    with running.loader() as loader, _live_table() if terminal else nullcontext() as screen:
        feed = _feed(running, loader, seed, rate)
        while end is None or time.monotonic() < end:
            next(feed)
            running.check_worker()
            if screen is not None and time.monotonic() - drawn >= _DRAW_SECONDS:
                drawn = time.monotonic()
                rows = overview(running.brands())
                screen.update(table("Live (Ctrl-C stops)", ("brand", *OVERVIEW), rows))
            time.sleep(_TICK_SECONDS)
        return running.produced + loader.finish().produced


def _feed(running: Parts, loader: Loader, seed: int, rate: float) -> Iterator[None]:
    """Send what has arrived by now; yields after each round."""
    from pipeline.sources.simulate import live

    for arrival in live(seed, running.clock.now(), rate):
        while arrival.at > running.clock.now():
            yield
        loader.send(arrival.record)


@contextmanager
def _live_table() -> Iterator[Any]:
    from rich.live import Live

    with Live(auto_refresh=False) as screen:

        class Screen:
            """Draws at once what it is given."""

            def update(self, drawing: Any) -> None:
                screen.update(drawing, refresh=True)

        yield Screen()


def _final(running: Parts) -> dict[str, Any]:
    """Return the state in the shape of ``influence replay --json``."""
    brands = running.brands()
    reading = running.machine()
    if reading is None:
        raise Retry("the worker's /metrics do not answer; try again")
    return {
        "as_of": max((fields["as_of"] for fields in brands.values()), default=None),
        "brands": brands,
        "alerts": [],
        "records": dict(reading.records),
        "dead_letters": dict(sorted(reading.dead_letters.items())),
    }
