"""``influence doctor``: whether everything that a worker needs is there and right."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Literal

import typer

from pipeline.cli.output import JsonOption, print_json
from pipeline.errors import InfluenceError, Usage

if TYPE_CHECKING:
    from pipeline.settings import Settings

OLDEST_PYTHON = (3, 11)
SKEW_SECONDS = 5.0
"""Redis' clock and this machine's may differ by this much; more delays what is published."""

_START = "start it or correct its address"


@dataclass(frozen=True, slots=True)
class Check:
    """One thing looked at: ``ok``, ``warning`` or ``fail``, what was found, and how to mend it."""

    name: str
    result: Literal["ok", "warning", "fail"]
    what: str
    mend: str = ""


def doctor(as_json: JsonOption = False) -> None:
    """Check Python, settings, brand book, Kafka, topics, Redis, clocks; exit 1 if any fails."""
    from pipeline.cli import logging

    logging.quiet()
    checks = []
    for check in examine():
        checks.append(check)
        if not as_json:
            mend = f"; {check.mend}" if check.mend else ""
            what = check.what.removesuffix(".")
            print(f"{check.result:7} {check.name}: {what}{mend}", flush=True)
    failed = any(check.result == "fail" for check in checks)
    if as_json:
        print_json({"ok": not failed, "checks": [asdict(check) for check in checks]})
    raise typer.Exit(1 if failed else 0)


def examine() -> Iterator[Check]:
    """Yield the checks one after the other; what cannot be looked at without settings is left."""
    found = ".".join(map(str, sys.version_info[:3]))
    if sys.version_info >= OLDEST_PYTHON:
        yield Check("python", "ok", found)
    else:
        yield Check("python", "fail", found, "install Python 3.11 or newer")
    from pipeline import settings

    try:
        loaded = settings.load()
    except Usage as error:
        yield Check("settings", "fail", error.what, error.mend)
        return
    yield Check("settings", "ok", "valid")
    for warning in loaded.warnings():
        what, _, mend = warning.partition("; ")
        yield Check("settings", "warning", what, mend)
    looks = (("brands", _brands), ("kafka", _kafka), ("redis", _redis))
    for name, look in looks if loaded.brands_file else looks[1:]:
        yield from _guarded(name, look, loaded)


def _guarded(
    name: str, look: Callable[[Settings], Iterator[Check]], settings: Settings
) -> Iterator[Check]:
    try:
        yield from look(settings)
    except Usage as error:
        yield Check(name, "fail", error.what, error.mend)
    except InfluenceError as error:
        what, _, mend = str(error).partition("; ")
        yield Check(name, "fail", what, mend or _START)


def _brands(settings: Settings) -> Iterator[Check]:
    from pipeline.wiring import book_of

    yield Check("brands", "ok", f"{len(book_of(settings))} in {settings.brands_file}")


def _kafka(settings: Settings) -> Iterator[Check]:
    from pipeline.sources import kafka_client, permissions, provision

    kafka = settings.kafka
    names = [kafka.topic_prefix + topic.name for topic in provision.plan(kafka)]
    with kafka_client.admin(kafka) as admin:
        existing = provision.partitions(admin, names)
        yield Check("kafka", "ok", f"answers at {kafka.bootstrap_servers}")
        permissions.check(admin, kafka, permissions.needs(kafka))
    missing = [name for name in names if name not in existing]
    try:
        provision.check(kafka, existing)
    except Usage as error:
        yield Check("topics", "fail", error.what, error.mend)
        return
    if missing:
        yield Check("topics", "fail", f"missing: {', '.join(missing)}", "run: influence topics")
    else:
        yield Check(
            "topics", "ok", f"{len(names)} there, sources with {kafka.partitions} partitions"
        )


def _redis(settings: Settings) -> Iterator[Check]:
    from pipeline.cli import view
    from pipeline.clock import WallClock
    from pipeline.events.instants import SECOND
    from pipeline.sinks.redis.address import RedisAddress
    from pipeline.sinks.redis.check import check

    results: dict[str, Literal["ok", "warning", "fail"]] = {"warning": "warning", "error": "fail"}
    broken = False
    for finding in asyncio.run(check(RedisAddress.of(settings.redis))):
        result = results.get(finding.severity, "ok")
        broken = broken or result == "fail"
        yield Check("redis", result, finding.what, finding.mend)
    if broken:
        return
    skew = (view.server_time(settings.redis) - WallClock().now()) / SECOND
    what = f"Redis' clock differs by {skew:+z.1f} s"
    if abs(skew) <= SKEW_SECONDS:
        yield Check("clock", "ok", what)
    else:
        yield Check("clock", "fail", what, "synchronise both machines' clocks (NTP)")
