"""Records under a wrong key or in a wrong partition find home, each once, whatever happens."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Sequence
from typing import Any, NamedTuple

import pytest

from pipeline.events.records import Topic
from tests.integration import changelog
from tests.integration.bad_records import JOINING, Bad, bad_records
from tests.integration.letters import SOURCES, Letter, Place, letters, sources, unique
from tests.integration.rig import eventually
from tests.integration.stand import PARTITIONS, MakeStand, Stand, first_on_kafka, on_kafka
from tests.oracle.calendar import DAY, HOUR, parse, rfc3339
from tests.oracle.partition import partition_of
from tests.oracle.worlds import Event, Rates, world

RATES = Rates(late=0.0, duplicate=0.0, far_repeat=0.0)
ALIASES = {"acme": "ACME Corp.", "b2b.tools": "@b2b", "cafe_noir": "Café Noir"}
BOOK: dict[str, Any] = {
    "brands": [{"id": brand, "aliases": [alias]} for brand, alias in ALIASES.items()]
}


class Placed(NamedTuple):
    """An event, and the key and partition that it is produced under."""

    event: Event
    key: bytes | None
    partition: int


def events(seed: int, *, launches: bool = True) -> list[Event]:
    return world(seed, days=20, mentions_a_day=15, tickets_a_day=2, launches=launches, rates=RATES)


def start(stand: Stand, *options: str) -> None:
    """Start a worker with the brand book."""
    book = stand.directory / "brands.toml"
    book.write_text(
        "".join(
            f'[[brands]]\nid = "{entry["id"]}"\naliases = {json.dumps(entry["aliases"])}\n'
            for entry in BOOK["brands"]
        )
    )
    stand.worker(*options, INFLUENCE_BRANDS_FILE=str(book))


def home(brand: str) -> int:
    return partition_of(brand, PARTITIONS)


def misplaced(event: Event, kind: int) -> Placed:
    """Return an event in one of six wrong ways; its brand is an alias in two of them."""
    brand = event["brand"]
    key, alias = brand.encode(), ALIASES[brand]
    other = next(each for each in ALIASES if each != brand)
    elsewhere = (home(brand) + 1 + kind % (PARTITIONS - 1)) % PARTITIONS
    by_alias = {**event, "brand": alias}
    return (
        Placed(event, other.encode(), home(other)),
        Placed(event, None, elsewhere),
        Placed(event, None, home(brand)),
        Placed(by_alias, alias.encode(), home(alias)),
        Placed(by_alias, key, elsewhere),
        Placed(event, key, elsewhere),
    )[kind % 6]


def produce(stand: Stand, placed: list[Placed]) -> None:
    for event, key, partition in placed:
        value = {name: content for name, content in event.items() if name != "topic"}
        stand.produce_raw(event["topic"], json.dumps(value).encode(), key, partition)
    stand.flush()


def assert_outcomes(stand: Stand, rerouted: int, dead_letters: int = 0) -> int:
    """Wait until every record is counted under its outcome; return how many reroutes came twice."""

    def counted() -> bool:
        found = stand.records()
        assert sum(found.values()) == sum(stand.ends().values()), "some are not counted yet"
        assert found.get("applied") == len(stand.events)
        assert found.get("rerouted") == rerouted
        assert found.get("dead_letter", 0) == dead_letters
        return True

    eventually(counted, 15, what="records counted by outcome")
    return stand.records().get("duplicate", 0)


def test_misplaced_records_are_applied_once_at_home(make_stand: MakeStand) -> None:
    # Nothing is launched: what is misplaced comes late, and may come after a launch is final.
    every = events(31, launches=False)
    placed = [
        misplaced(event, number // 2)
        if number % 2
        else Placed(event, event["brand"].encode(), home(event["brand"]))
        for number, event in enumerate(every)
    ]
    stand = make_stand([each.event for each in placed])
    start(stand)
    stand.workers[-1].wait_ready()
    produce(stand, placed)
    stand.wait_committed()
    stand.assert_exact(book=BOOK)
    assert assert_outcomes(stand, rerouted=len(every) // 2) == 0
    at_home = [place for place, record in sources(stand).items() if record.key == b"acme"]
    assert {partition for _, partition, _ in at_home} > {home("acme")}, "nothing was misplaced"
    assert letters(stand) == []


def _die_at(
    make_stand: MakeStand, point: str, *options: str, among: Sequence[str] = SOURCES
) -> tuple[Stand, list[Placed], list[Bad]]:
    """Kill a worker at a point, with reroutes and dead letters of some topics under way.

    Everything that is at home was applied before. So the misplaced mentions are older than the ids
    remembered against repeats: what is applied twice counts twice, unless its origin tells.
    Nothing is launched: mentions this late change no launch that is final, and the oracle knows no
    order.
    """
    every = events(32, launches=False)
    newest = max(parse(event["occurred_at"]) for event in every)
    stray = {
        number
        for number, event in enumerate(every)
        if number % 4 == 0
        and parse(event["occurred_at"]) < newest - DAY
        and event["topic"] in among
    }
    wrong = [misplaced(every[number], number) for number in sorted(stray)]
    right = [event for number, event in enumerate(every) if number not in stray]
    stand = make_stand([*right, *(each.event for each in wrong)])
    start(stand)
    stand.workers[-1].wait_ready()
    stand.produce(right)
    stand.wait_committed()
    stand.workers[-1].kill()
    bad = [
        each
        for each in bad_records("acme", rfc3339(stand.as_of - HOUR))
        if each.reason in {"not_json", "wrong_type", "tombstone"}
        and each.name not in JOINING
        and each.topic in among
    ]
    for number, each in enumerate(bad):
        share = -(-len(wrong) // len(bad))
        produce(stand, wrong[number * share : (number + 1) * share])
        stand.produce_raw(each.topic, each.value, b"acme")
    stand.flush()
    start(stand, "--kill-at", point, *options)
    stand.workers[-1].wait_killed(point)
    changelog.assert_work_remains(stand)
    return stand, wrong, bad


def _letters_of(stand: Stand, bad: list[Bad]) -> dict[Place, Letter]:
    """Return the dead letters there must be, from the bad records on the source topics."""
    reasons = {(each.topic, each.value): each.reason for each in bad}
    expected = {
        place: Letter(place, reasons[topic, record.value], record)
        for place, record in sources(stand).items()
        if (topic := place[0].removeprefix(stand.prefix), record.value) in reasons
    }
    assert len(expected) == len(bad)
    return expected


@pytest.mark.parametrize("point", ["after-reroute:20", "in-dead-letter:5"])
@first_on_kafka
def test_sigkill_at_a_point(make_stand: MakeStand, point: str) -> None:
    stand, wrong, bad = _die_at(make_stand, point)
    start(stand)
    stand.wait_committed()
    twice = assert_outcomes(stand, rerouted=len(wrong), dead_letters=len(bad))
    stand.assert_exact(book=BOOK)
    if point.startswith("after-reroute"):
        assert twice > 0, "the worker was killed before anything was rerouted"
    counts = Counter(letter.place for letter in letters(stand))
    assert max(counts.values()) <= 2
    assert unique(letters(stand)) == _letters_of(stand, bad)


@pytest.mark.faults
@on_kafka
def test_control_of_the_order_of_dead_letters_and_rows(make_stand: MakeStand) -> None:
    # Among mentions, so that a flush with dead letters has something else to lose with them.
    without = ("--without", "order")
    stand, _, bad = _die_at(make_stand, "in-dead-letter:1", *without, among=[Topic.MENTIONS])
    start(stand)
    stand.wait_committed()
    found, expected = unique(letters(stand)), _letters_of(stand, bad)
    assert found.items() < expected.items(), "none was lost"
    stand.assert_wrong(book=BOOK)


@pytest.mark.faults
@on_kafka
def test_control_of_origins(make_stand: MakeStand) -> None:
    # Of mentions alone: a ticket that comes again changes nothing, with or without its origin.
    stand, _, _ = _die_at(make_stand, "after-reroute:20", among=[Topic.MENTIONS])
    start(stand, "--without", "origins")
    stand.wait_committed()
    stand.assert_wrong(book=BOOK)
