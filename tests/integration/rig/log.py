"""What lies on topics, read without the product's code."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from typing import Any

from kafka import KafkaConsumer, TopicPartition

from tests.integration.rig.waiting import eventually


def partitions(bootstrap: str, topics: Collection[str]) -> list[TopicPartition]:
    """Return every partition of some topics."""
    with _consumer(bootstrap) as consumer:
        return [
            TopicPartition(topic, number)
            for topic in topics
            for number in sorted(consumer.partitions_for_topic(topic) or ())
        ]


def ends(bootstrap: str, wanted: Collection[TopicPartition]) -> dict[TopicPartition, int]:
    """Return the offset after the last record of each partition.

    Asked for end offsets the embedded broker answers with that of the second record of the last
    batch. The answer to a fetch tells the true end.
    """
    with _consumer(bootstrap) as consumer:
        listed: dict[TopicPartition, int] = consumer.end_offsets(list(wanted))
        filled = [each for each, end in listed.items() if end]
        consumer.assign(filled)
        for each in filled:
            consumer.seek(each, listed[each] - 1)

        def fetched() -> bool:
            consumer.poll(timeout_ms=200)
            return all(consumer.highwater(each) is not None for each in filled)

        eventually(fetched, what="an answer for every partition", every=0.0)
        return listed | {each: consumer.highwater(each) for each in filled}


def records(bootstrap: str, topics: Collection[str]) -> Iterator[Any]:
    """Yield the records of some topics up to their present ends."""
    wanted = partitions(bootstrap, topics)
    assert wanted, f"no partitions of {topics}"
    last = ends(bootstrap, wanted)
    with _consumer(bootstrap) as consumer:
        consumer.assign(wanted)
        consumer.seek_to_beginning(*wanted)
        while any(consumer.position(each) < end for each, end in last.items()):
            for found in consumer.poll(timeout_ms=200).values():
                yield from found


def _consumer(bootstrap: str) -> KafkaConsumer:
    return KafkaConsumer(
        bootstrap_servers=bootstrap,
        enable_auto_commit=False,
        max_partition_fetch_bytes=8 * 1024 * 1024,
    )
