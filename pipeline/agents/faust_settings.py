"""What Faust is set to, and which parts of it are replaced."""

from __future__ import annotations

from collections.abc import Callable, Collection

from faust.types import TP

from pipeline.agents import sources
from pipeline.agents.faust_app import InfluenceApp
from pipeline.settings import KafkaSettings
from pipeline.transport.batch_transport import transport_for
from pipeline.transport.client import MAX_MESSAGE_BYTES
from pipeline.transport.kafka import broker_urls, credentials
from pipeline.transport.store import StateTable

BATCH_BYTES = 512 * 1024
"""Size of the record batches that are produced."""


def faust_app(
    kafka: KafkaSettings, source_topics: Collection[str], position_in_state: Callable[[TP], int]
) -> InfluenceApp:
    """Return an app, with the batch transport in it.

    Args:
        kafka: Where Kafka is, and how to deal with it.
        source_topics: Full names.
        position_in_state: Where to read a source partition from, once its state is recovered.
    """
    urls = broker_urls(kafka)
    app = InfluenceApp(
        kafka.group_id,
        broker=urls,
        broker_credentials=credentials(kafka),
        store="memory://",
        web_enabled=False,
        topic_disable_leader=True,
        topic_partitions=kafka.partitions,
        topic_replication_factor=kafka.replication_factor,
        table_standby_replicas=0,
        # It compares what was read of a changelog with the end that the broker lists, which the
        # embedded one gets wrong. Nothing is kept on disk that could be ahead of a changelog.
        recovery_consistency_check=False,
        stream_wait_empty=False,
        stream_recovery_delay=0.0,
        stream_buffer_maxsize=sources.QUEUED_BATCHES,
        broker_commit_interval=kafka.commit_interval_seconds,
        broker_session_timeout=kafka.session_timeout_seconds,
        broker_heartbeat_interval=kafka.heartbeat_interval_seconds,
        broker_rebalance_timeout=kafka.rebalance_timeout_seconds,
        broker_request_timeout=max(90.0, kafka.session_timeout_seconds),
        broker_max_poll_records=kafka.max_poll_records,
        consumer_max_fetch_size=MAX_MESSAGE_BYTES,
        consumer_auto_offset_reset="earliest",
        consumer_group_instance_id=kafka.group_instance_id,
        producer_max_request_size=MAX_MESSAGE_BYTES,
        producer_max_batch_size=BATCH_BYTES,
        producer_linger=0,
        worker_redirect_stdouts=False,
    )
    transport = transport_for(
        source_topics, position_in_state, idempotent=kafka.idempotent_producer
    )
    app.transport = transport(urls, app)
    app.producer_transport = transport(urls, app)
    app.source_names = frozenset(source_topics)
    return app


def state_table(app: InfluenceApp, name: str, partitions: int) -> StateTable:
    """Add a table of state to an app."""
    table = StateTable(app, name=name, partitions=partitions, key_type=bytes, value_type=bytes)
    app.tables.add(table)
    return table
