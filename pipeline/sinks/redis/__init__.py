"""Redis as a view: absolute, versioned, fenced publications of every brand."""

from pipeline.sinks.redis.address import RedisAddress
from pipeline.sinks.redis.check import Finding, check
from pipeline.sinks.redis.link import RedisObserver
from pipeline.sinks.redis.sink import RedisSink

__all__ = ["Finding", "RedisAddress", "RedisObserver", "RedisSink", "check"]
