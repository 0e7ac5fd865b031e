"""``influence demo``: the whole pipeline on this machine, with brands made up for it.

An embedded broker and store and one real worker process; 26 weeks of history, then live events.
Nothing of it lasts, and no settings of this machine are used.
"""

from __future__ import annotations

import signal
import time
from collections.abc import Iterator
from typing import TYPE_CHECKING, Annotated, Any

import typer

from pipeline.cli.output import JsonOption, note, print_json, progress
from pipeline.errors import Retry

if TYPE_CHECKING:
    from pipeline.cli.demo_parts import Parts
    from pipeline.sources.produce import Loader

LOAD_SECONDS = 120.0
"""The worker may take this long for the history before the demo gives up."""

SETTLE_SECONDS = 20.0
"""And this long for the last live events at the end."""

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
    from pipeline.cli import demo_table, logging
    from pipeline.cli.demo_parts import parts

    logging.quiet()
    # Whoever ends it, nothing of it is to last.
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    note("starting an embedded broker, an embedded store and a worker")
    with parts() as running:
        _load(running, seed, weeks)
        try:
            _live(running, seed, rate, stop_after, draw=not as_json)
        except KeyboardInterrupt:
            if stop_after is not None:
                raise
            note("stopped")
            if as_json:
                print_json(_final(running))
            return
        _settle(running, SETTLE_SECONDS, "the last events")
        if as_json:
            print_json(_final(running))
        else:
            demo_table.print_final(running.brands(), running.episodes(), running.machine())


def _load(running: Parts, seed: int, weeks: int) -> None:
    """Produce the history and wait until all of it is applied and published."""
    from pipeline.sources.simulation.feed import WEEK, history
    from pipeline.sources.simulation.scenario import scenario

    started = time.monotonic()
    simulated = scenario()
    past = "a week" if weeks == 1 else f"{weeks} weeks"
    note(f"loading {past} of {len(simulated.brands)} simulated brands")
    until = running.clock.now()
    begin = until - weeks * WEEK
    with progress("history", total=weeks * WEEK) as step, running.loader() as loader:
        for number, arrival in enumerate(history(simulated, seed, weeks, until), 1):
            loader.send(arrival.record)
            if number % 1_000 == 0:
                running.check_worker()
                if step:
                    step(max(0, arrival.at - begin))
        running.produced = loader.finish().produced
    running.expected = {profile.id for profile in simulated.brands}
    _settle(running, LOAD_SECONDS, "applied")
    took = time.monotonic() - started
    host, port = running.metrics.host, running.metrics.port
    note(f"{running.produced:,} events loaded, applied and published in {took:.0f} s")
    note(f"Kafka    {running.kafka.bootstrap_servers}")
    note(f"Redis    {running.redis.url} (keys {running.redis.prefix}*)")
    note(f"metrics  http://{host}:{port}/metrics (health: /ready, /live)")


def _settle(running: Parts, seconds: float, what: str) -> None:
    """Wait until every record has its outcome and Redis shows what follows from them.

    Raises:
        Retry: It takes longer, or the worker ended.
    """
    deadline = time.monotonic() + seconds
    with progress(what, total=running.produced) as step:
        while time.monotonic() < deadline:
            running.check_worker()
            reading = running.machine()
            taken = reading.taken if reading is not None else 0
            if step:
                step(taken)
            # A scrape of its own: one that is rendered during a publication may show the new
            # totals beside old snapshots.
            if taken >= running.produced and running.shows_all():
                return
            time.sleep(_POLL_SECONDS)
    raise Retry(
        f"the worker did not keep up within {seconds:.0f} s; try again on a quieter machine"
    )


def _live(running: Parts, seed: int, rate: float, stop_after: float | None, *, draw: bool) -> None:
    """Produce live events until it is time."""
    from pipeline.cli.demo_table import live_table

    drawn = 0.0
    loaded = running.produced
    with running.loader() as loader:
        # Not before: while it connects, a Ctrl-C can be taken for the end of that alone.
        until = "; Ctrl-C stops" if stop_after is None else f" for {stop_after:g} s"
        note(f"live now, {rate:g} events a second{until}")
        end = None if stop_after is None else time.monotonic() + stop_after
        with live_table(wanted=draw, keep=end is None) as show:
            feed = _feed(running, loader, seed, rate)
            while end is None or time.monotonic() < end:
                next(feed)
                running.check_worker()
                if show is not None and time.monotonic() - drawn >= _DRAW_SECONDS:
                    drawn = time.monotonic()
                    show(running.brands(), running.episodes(), running.machine())
                time.sleep(_TICK_SECONDS)
            running.produced = loaded + loader.finish().produced


def _feed(running: Parts, loader: Loader, seed: int, rate: float) -> Iterator[None]:
    """Send what has arrived by now; yields after each round."""
    from pipeline.sources.simulation.feed import live
    from pipeline.sources.simulation.scenario import scenario

    for arrival in live(scenario(), seed, running.clock.now(), rate):
        while arrival.at > running.clock.now():
            yield
        loader.send(arrival.record)


def _final(running: Parts) -> dict[str, Any]:
    """Return the state in the shape of ``influence replay --json``.

    Of each alert Redis holds the latest episode alone.
    """
    brands = running.brands()
    reading = running.machine()
    if reading is None:
        raise Retry("the worker's /metrics do not answer; try again")
    return {
        "as_of": max(fields["as_of"] for fields in brands.values()),
        "brands": brands,
        "alerts": running.episodes(),
        "records": dict(reading.records),
        "dead_letters": {reason: n for reason, n in sorted(reading.dead_letters.items()) if n},
    }
