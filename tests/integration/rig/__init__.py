"""Real servers for tests: each on free ports, ended by its own process id, or with pytest's.

The servers read the configuration files that ``docker-compose.yml`` mounts, with only addresses,
ports and directories replaced.
"""

from __future__ import annotations

from tests.integration.rig.alertmanager_server import AlertmanagerServer
from tests.integration.rig.broker import Broker
from tests.integration.rig.kafka.cluster import KafkaCluster
from tests.integration.rig.process import Process
from tests.integration.rig.prometheus_server import PrometheusServer
from tests.integration.rig.receiver import Notification, Receiver
from tests.integration.rig.redis_server import RedisServer
from tests.integration.rig.waiting import eventually
from tests.integration.rig.worker import Worker

__all__ = [
    "AlertmanagerServer",
    "Broker",
    "KafkaCluster",
    "Notification",
    "Process",
    "PrometheusServer",
    "Receiver",
    "RedisServer",
    "Worker",
    "eventually",
]
