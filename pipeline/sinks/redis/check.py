"""What a person should know about the server before trusting it with the view."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

import redis.asyncio as redis
from redis import exceptions

from pipeline.errors import Usage
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


async def _look(client: redis.Redis, address: RedisAddress) -> list[Finding]:
    await client.ping()
    # Loading the script shows that scripting is allowed, without touching any data.
    await client.script_load(PUBLISH[0])
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
