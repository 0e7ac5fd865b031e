"""What lies on topics, read without the product's code."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from typing import Any

from kafka import KafkaConsumer, TopicPartition

from tests.integration.rig.waiting import eventually


def partitions(bootstrap: str, topics: Collection[str]) -> list[TopicPartition]:
    """Return every partition of some topics."""
    with consumer(bootstrap) as asked:
        return [
            TopicPartition(topic, number)
            for topic in topics
            for number in sorted(asked.partitions_for_topic(topic) or ())
        ]


def ends(asked: KafkaConsumer, wanted: Collection[TopicPartition]) -> dict[TopicPartition, int]:
    """Return the offset after the last record of each partition.

    Asked for end offsets the embedded broker answers with that of the second record of the last
    batch. The answer to a fetch tells the true end.

    Args:
        asked: May be used again and again; what it reads otherwise is given up.
        wanted: The partitions.
    """
    listed: dict[TopicPartition, int] = asked.end_offsets(list(wanted))
    filled = [each for each, end in listed.items() if end]
    # What it was told before is forgotten with the assignment.
    asked.assign([])
    asked.assign(list(wanted))
    for each, end in listed.items():
        asked.seek(each, max(0, end - 1))

    def fetched() -> bool:
        asked.poll(timeout_ms=200)
        return all(asked.highwater(each) is not None for each in filled)

    eventually(fetched, what="an answer for every partition", every=0.0)
    return listed | {each: asked.highwater(each) for each in filled}


def records(bootstrap: str, topics: Collection[str]) -> Iterator[Any]:
    """Yield the records of some topics up to their present ends."""
    wanted = partitions(bootstrap, topics)
    assert wanted, f"no partitions of {topics}"
    with consumer(bootstrap) as asked:
        last = ends(asked, wanted)
        asked.assign(wanted)
        asked.seek_to_beginning(*wanted)
        while any(asked.position(each) < end for each, end in last.items()):
            for found in asked.poll(timeout_ms=200).values():
                yield from found


def consumer(bootstrap: str) -> KafkaConsumer:
    """Return a new consumer that is in no group; close it."""
    return KafkaConsumer(
        bootstrap_servers=bootstrap,
        enable_auto_commit=False,
        # A fetch that nobody wants any longer holds up what is asked next.
        fetch_max_wait_ms=50,
        max_partition_fetch_bytes=8 * 1024 * 1024,
    )
