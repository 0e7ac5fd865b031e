"""The transport that Faust makes its consumer and its producer from."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from faust.transport.drivers import aiokafka as driver
from faust.types import TP

from pipeline.transport.consumer import RecordBatchConsumer
from pipeline.transport.producer import DurableProducer


def transport_for(
    source_topics: Iterable[str], position_in_state: Callable[[TP], int], *, idempotent: bool
) -> type[driver.Transport]:
    """Return the transport class of an app that reads ``source_topics`` in batches.

    Made here because Faust creates consumer and producer from the classes that a transport names.

    Args:
        source_topics: Full names.
        position_in_state: Where to read a source partition from, once its state is recovered.
        idempotent: Whether the broker knows idempotent producers.
    """
    consumer = type(
        "SourceConsumer",
        (RecordBatchConsumer,),
        {
            "source_topics": frozenset(source_topics),
            "position_in_state": staticmethod(position_in_state),
            "logger": RecordBatchConsumer.logger,
        },
    )
    producer = type(
        "SourceProducer",
        (DurableProducer,),
        {"idempotent": idempotent, "logger": DurableProducer.logger},
    )
    return type(
        "SourceTransport", (driver.Transport,), {"Consumer": consumer, "Producer": producer}
    )
