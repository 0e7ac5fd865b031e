"""Calls of scripts, sent to the server together, and what it replied.

The driver has pipelines for this, which take twice as long.
"""

from __future__ import annotations

from collections.abc import Sequence

import redis.asyncio as redis
from redis import exceptions

from pipeline.sinks.redis.scripts import Call

Reply = list[str] | exceptions.ResponseError
"""An outcome with the version that is stored, or the error with which a call was refused."""


async def run_calls(client: redis.Redis, calls: Sequence[Call]) -> list[Reply]:
    """Run calls in one round trip, two where the server doesn't know a script yet.

    Returns what each replied, or the error with which this one call was refused.

    Raises:
        redis.exceptions.RedisError: The connection failed; any number of calls may have run.
    """
    replies = await _sent(client, calls)
    unknown = [i for i, reply in enumerate(replies) if isinstance(reply, exceptions.NoScriptError)]
    if unknown:
        for source in {calls[i].source for i in unknown}:
            await client.script_load(source)
        again = await _sent(client, [calls[i] for i in unknown])
        for i, reply in zip(unknown, again, strict=True):
            replies[i] = reply
    return replies


async def _sent(client: redis.Redis, calls: Sequence[Call]) -> list[Reply]:
    pool = client.connection_pool
    connection = await pool.get_connection()  # type: ignore[no-untyped-call]  # the driver's
    try:
        await connection.send_packed_command(b"".join([packed(call.words()) for call in calls]))
        replies: list[Reply] = []
        for _ in calls:
            # Whatever else fails closes the connection, on which there may be more to read.
            try:
                reply = await connection.read_response()
            except exceptions.ResponseError as error:
                replies.append(error)
            else:
                replies.append(reply.split(" ") if isinstance(reply, str) else reply)
        return replies
    finally:
        await pool.release(connection)


def packed(words: Sequence[str | bytes]) -> bytes:
    r"""Return a command as the server reads it.

    >>> packed(["GET", b"a"])
    b'*2\r\n$3\r\nGET\r\n$1\r\na\r\n'
    """
    parts = [b"*%d\r\n" % len(words)]
    for word in words:
        # As the driver does with a lone surrogate.
        raw = word.encode("utf-8", "replace") if isinstance(word, str) else word
        parts.append(b"$%d\r\n%b\r\n" % (len(raw), raw))
    return b"".join(parts)
