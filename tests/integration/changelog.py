"""What lies on a stand's changelogs: every value with its applied offset, in the log's order."""

from __future__ import annotations

from collections import defaultdict
from typing import NamedTuple

from kafka import TopicPartition

from pipeline.events.records import Topic
from pipeline.state import encoding
from pipeline.state.row import ROW_KEY
from pipeline.transport import store
from tests.integration.rig import log
from tests.integration.stand import PARTITIONS, Stand


class Key(NamedTuple):
    """Changelog topic, partition and key of a value."""

    topic: str
    partition: int
    key: bytes


class Written(NamedTuple):
    """One record of a key: its applied offset, and its value; None is a deletion."""

    applied: int
    value: bytes | None


def read(stand: Stand) -> dict[Key, list[Written]]:
    """Return all records of each key."""
    found: dict[Key, list[Written]] = defaultdict(list)
    names = [stand.changelog(topic) for topic in Topic]
    for record in log.records(stand.broker.bootstrap, names):
        value = store._deletion(record) if record.value is None else record.value
        found[Key(record.topic, record.partition, record.key)].append(
            Written(encoding.applied_offset(value), record.value)
        )
    return found


def durable(stand: Stand) -> dict[TopicPartition, int]:
    """Return, for every source partition, the offset that its state ends before."""
    written = read(stand)
    ends = {}
    for topic in Topic:
        for partition in range(PARTITIONS):
            rows = written.get(Key(stand.changelog(topic), partition, ROW_KEY), [])
            ends[TopicPartition(stand.prefix + topic, partition)] = (
                max((row.applied for row in rows), default=encoding.NOTHING_APPLIED) + 1
            )
    return ends


def assert_work_remains(stand: Stand) -> None:
    """Assert that there are records which are not in the durable state, or not committed."""
    committed, contained = stand.committed(), durable(stand)
    behind = {
        tp: end - min(committed[tp], contained[tp])
        for tp, end in stand.ends().items()
        if min(committed[tp], contained[tp]) < end
    }
    assert behind, "nothing was left to do when the fault struck"


def regressed(stand: Stand) -> dict[Key, list[int]]:
    """Return the keys whose last record contains less than one before it: all applied offsets."""
    return {
        key: [each.applied for each in written]
        for key, written in read(stand).items()
        if written[-1].applied < max(each.applied for each in written)
    }


def ahead(stand: Stand) -> set[Key]:
    """Return the keys of values that contain more than their row speaks for."""
    written = read(stand)
    rows = {
        (key.topic, key.partition): max(each.applied for each in records)
        for key, records in written.items()
        if key.key == ROW_KEY
    }
    return {
        key
        for key, each in written.items()
        if each[-1].applied > rows.get((key.topic, key.partition), encoding.NOTHING_APPLIED)
    }


def regress(stand: Stand) -> set[Key]:
    """Write over every value with what it was first, as a worker does that was suspended.

    Rows are left alone: they speak for the values as they were. Returns the keys.
    """
    before = {
        key: written
        for key, written in read(stand).items()
        if key.key != ROW_KEY and written[0].applied < written[-1].applied
    }
    for key, written in before.items():
        stand.send(key.topic, written[0].value, key.key, key.partition)
    stand.flush()
    return set(before)
