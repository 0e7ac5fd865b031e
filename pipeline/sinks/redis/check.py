"""What a person should know about the server before trusting it with the view."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal
from uuid import uuid4

import redis.asyncio as redis
from redis import exceptions

from pipeline.errors import Retry, Usage
from pipeline.sinks.redis.address import DRIVER_ERRORS, RedisAddress, mapped
from pipeline.sinks.redis.scripts import PUBLISH

OLDEST = (6, 2)
"""Oldest server version that serves: SET with GET, which the heartbeat uses."""


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing found: how bad, what, and how to mend it (empty where nothing is wrong)."""

    severity: Literal["ok", "warning", "error"]
    what: str
    mend: str = ""


async def check(address: RedisAddress | str) -> list[Finding]:
    """Look at the server and return what was found; never raises for what the server does."""
    if isinstance(address, str):
        address = RedisAddress(address)
    try:
        client = address.client()
    except Usage as error:
        return [Finding("error", error.what, error.mend)]
    try:
        return await _look(client, address)
    except DRIVER_ERRORS as error:
        trouble = mapped(error, address)
        if isinstance(trouble, Usage):
            return [Finding("error", trouble.what, trouble.mend)]
        return [Finding("error", str(trouble), "start it, or correct the URL")]
    finally:
        await client.aclose()


async def try_out(client: redis.Redis, address: RedisAddress) -> None:
    """Do all that publishing does, with a key of its own that is gone afterwards.

    Raises:
        redis.exceptions.RedisError: Something does not work or is not allowed.
    """
    key = f"{address.prefix}trial:{uuid4().hex}"  # workers may start at the same moment
    await client.script_load(PUBLISH[0])
    await client.time()
    for command in (
        ("HSET", key, "field", "1"),
        ("HGETALL", key),
        ("DEL", key),
        ("XADD", key, "MAXLEN", "~", "1", "*", "field", "1"),
        ("DEL", key),
        ("SADD", key, "member"),
        ("DEL", key),
        ("ZADD", key, "1", "member"),
        ("DEL", key),
        ("SET", key, "1", "EX", "1"),
        ("DEL", key),
    ):
        await client.execute_command(*command)  # type: ignore[no-untyped-call]


async def reach(address: RedisAddress) -> None:
    """Make sure that a worker can publish. Once it runs, it lives through the server's absence.

    Raises:
        Usage: Address, login or rights are wrong.
        Retry: Nobody answers there.
    """
    client = address.client()
    try:
        await try_out(client, address)
    except exceptions.OutOfMemoryError:
        pass  # publications wait until there is room, and say so
    except DRIVER_ERRORS as error:
        trouble = mapped(error, address)
        if isinstance(trouble, Usage):
            raise trouble from error
        raise Retry(f"{trouble}; start it or correct INFLUENCE_REDIS__URL") from error
    finally:
        await client.aclose()


async def _look(client: redis.Redis, address: RedisAddress) -> list[Finding]:
    await try_out(client, address)
    try:
        info = await client.info()
    except exceptions.NoPermissionError:
        return [
            Finding(
                "warning",
                f"Redis at {address} answers but its settings cannot be read",
                "grant the user +info",
            )
        ]
    findings = judge(info)
    version = info.get("valkey_version") or info.get("redis_version", "?")
    return findings or [Finding("ok", f"Redis at {address} answers, version {version}, noeviction")]


def judge(info: Mapping[str, object]) -> list[Finding]:
    """Return what is wrong by the server's own account (reply of ``INFO``)."""
    findings = []
    version = str(info.get("redis_version", ""))
    numbers = tuple(int(part) for part in version.split(".")[:2] if part.isdigit())
    if numbers and numbers < OLDEST:
        findings.append(Finding("error", f"Redis is version {version}", "use 6.2 or newer"))
    policy = str(info.get("maxmemory_policy", ""))
    if policy and policy != "noeviction":
        findings.append(
            Finding(
                "error" if int(str(info.get("maxmemory", 0))) else "warning",
                f"Redis may evict keys (maxmemory-policy {policy}): brands would vanish",
                "set maxmemory-policy noeviction",
            )
        )
    evicted = int(str(info.get("evicted_keys", 0)))
    if evicted:
        findings.append(
            Finding("warning", f"Redis has evicted {evicted} keys", "give it more memory")
        )
    if str(info.get("role", "master")) != "master":
        findings.append(
            Finding("error", "Redis is a replica and takes no writes", "name the primary's URL")
        )
    if int(str(info.get("cluster_enabled", 0))):
        findings.append(
            Finding("error", "Redis is a cluster: a brand's keys lie apart", "use a single server")
        )
    return findings
