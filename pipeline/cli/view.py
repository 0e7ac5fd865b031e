"""Reading what the workers published in Redis."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterator
from typing import TYPE_CHECKING, Any, TypeVar

from pipeline.errors import Retry, Usage

if TYPE_CHECKING:
    from pipeline.settings import RedisSettings

Fields = dict[str, str]

_AT_ONCE = 1_000
_WAIT_MILLISECONDS = 2_000
Result = TypeVar("Result")


def brands(settings: RedisSettings, only: str | None = None) -> dict[str, Fields]:
    """Return the snapshot of every published brand, or of one, by brand id.

    Raises:
        Usage: The brand asked for is not published.
        Retry: Redis cannot be reached.
    """
    from pipeline.sinks.redis.keys import Keys

    keys = Keys(settings.prefix)

    async def read(client: Any) -> dict[str, Fields]:
        ids = [only] if only is not None else await _published(client, settings.prefix)
        found = {brand: await client.hgetall(keys.brand(brand)) for brand in ids}
        return {brand: fields for brand, fields in found.items() if fields}

    found = _ask(settings, read)
    if only is not None and only not in found:
        raise Usage(f"brand {only!r} is not published", "run: influence show")
    return found


def ledger(settings: RedisSettings, brand: str) -> dict[str, str]:
    """Return a brand's ledger, JSON by day, oldest first; raises as :func:`brands`."""
    from pipeline.sinks.redis.keys import Keys

    key = Keys(settings.prefix).ledger(brand)

    async def read(client: Any) -> dict[str, str]:
        lines: dict[str, str] = await client.hgetall(key)
        return lines

    found = _ask(settings, read)
    if not found:
        raise Usage(f"brand {brand!r} has no ledger", "run: influence show")
    return dict(sorted(found.items()))


def activities(settings: RedisSettings, kind: str, brand: str) -> list[Fields]:
    """Return a brand's launches or campaigns by their start; raises as :func:`brands`.

    ``kind`` is ``launch`` or ``campaign``.
    """
    from pipeline.sinks.redis.keys import Keys

    keys = Keys(settings.prefix)

    async def read(client: Any) -> list[Fields] | None:
        if not await client.exists(keys.brand(brand)):
            return None
        members = await client.zrange(keys.index(kind, brand), 0, -1)
        found = [await client.hgetall(keys.activity(kind, brand, each)) for each in members]
        return [fields for fields in found if fields]

    found = _ask(settings, read)
    if found is None:
        raise Usage(f"brand {brand!r} is not published", "run: influence show")
    return found


def alerts(settings: RedisSettings) -> tuple[str, list[Fields]]:
    """Return every published alert with its brand and kind, by brand; raises as :func:`brands`.

    With them comes the place in the stream of transitions from which to follow on.
    """
    from pipeline.alerting.kinds import Kind
    from pipeline.sinks.redis.keys import Keys

    keys = Keys(settings.prefix)

    async def read(client: Any) -> tuple[str, list[Fields]]:
        latest = await client.xrevrange(keys.alerts, count=1)
        found = []
        for brand in await _published(client, settings.prefix):
            for kind in Kind:
                fields = await client.hgetall(keys.alert(brand, kind))
                if fields:
                    found.append({"brand": brand, "kind": str(kind), **fields})
        return (latest[0][0] if latest else "0-0"), found

    return _ask(settings, read)


def follow_alerts(settings: RedisSettings, after: str) -> Iterator[Fields]:
    """Yield the transitions that come after a place in their stream; raises as :func:`brands`."""
    from pipeline.sinks.redis.keys import Keys

    stream = Keys(settings.prefix).alerts
    while True:

        async def read(client: Any, last: str = after) -> list[tuple[str, Fields]]:
            reply = await client.xread({stream: last}, count=_AT_ONCE, block=_WAIT_MILLISECONDS)
            # A list of streams, or under a newer protocol a mapping to lists of pages.
            pages = reply.values() if isinstance(reply, dict) else [page for _, page in reply or ()]
            entries = [entry for page in pages for entry in page]
            return [(entry[0], entry[1]) for entry in entries]

        for place, fields in _ask(settings, read):
            after = place
            yield fields


async def _published(client: Any, prefix: str) -> list[str]:
    sets: list[str] = [key async for key in client.scan_iter(match=f"{_literal(prefix)}brands:*")]
    return sorted(await client.sunion(sets)) if sets else []


def server_time(settings: RedisSettings) -> int:
    """Return the server's clock in microseconds since the epoch; raises as :func:`brands`."""

    async def read(client: Any) -> int:
        seconds, microseconds = await client.time()
        return int(seconds) * 1_000_000 + int(microseconds)

    return _ask(settings, read)


def _ask(settings: RedisSettings, read: Callable[[Any], Awaitable[Result]]) -> Result:
    from pipeline.sinks.redis.address import DRIVER_ERRORS, RedisAddress, mapped

    address = RedisAddress.of(settings)

    async def ask() -> Result:
        client = address.client()
        try:
            return await read(client)
        finally:
            await client.aclose()

    try:
        return asyncio.run(ask())
    except DRIVER_ERRORS as error:
        trouble = mapped(error, address)
        if isinstance(trouble, Usage):
            raise trouble from error
        raise Retry(
            f"{str(trouble).rstrip('.')}; start it or correct INFLUENCE_REDIS__URL"
        ) from error


def _literal(prefix: str) -> str:
    """Escape what a Redis pattern would read as a wildcard."""
    return "".join(f"\\{character}" if character in "*?[]\\" else character for character in prefix)
