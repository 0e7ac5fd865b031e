"""Frames are received as the client's own streams receive them, whatever pieces they come in."""

from __future__ import annotations

import asyncio
import struct
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from random import Random
from typing import Any

import pytest
from aiokafka import conn
from aiokafka.conn import AIOKafkaConnection

from pipeline.transport import frames
from pipeline.transport.frames import FrameProtocol, receive_whole_frames

Server = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]


@asynccontextmanager
async def connected(
    serve: Server,
) -> AsyncIterator[tuple[asyncio.StreamReader, asyncio.Transport, FrameProtocol]]:
    """A connection to a server, by the protocol as the client makes it."""
    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    loop = asyncio.get_running_loop()
    closed = loop.create_future()
    reader = asyncio.StreamReader(limit=conn.READER_LIMIT, loop=loop)
    protocol = FrameProtocol(closed, reader, loop=loop)
    port = server.sockets[0].getsockname()[1]
    transport, _ = await loop.create_connection(lambda: protocol, "127.0.0.1", port)
    try:
        yield reader, transport, protocol
    finally:
        transport.close()
        await closed
        server.close()
        await server.wait_closed()


def sending(contents: Sequence[bytes], pieces: Random) -> Server:
    """A server that sends frames with their sizes, in pieces of any size, and ends."""

    async def serve(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        left = b"".join(struct.pack(">i", len(each)) + each for each in contents)
        while left:
            size = pieces.choice([1, 3, 4, 5, 1_000, 65_535, 65_536, 65_540, 300_000])
            writer.write(left[:size])
            left = left[size:]
            await writer.drain()
            await asyncio.sleep(0)
        writer.close()

    return serve


SIZES = [0, 1, 10, 65_535, 65_536, 65_537, 200_000, 3_000_000]


@pytest.mark.parametrize("seed", range(8))
async def test_frames_are_what_was_sent(seed: int, monkeypatch: pytest.MonkeyPatch) -> None:
    random = Random(seed)
    monkeypatch.setattr(frames, "_LARGE", 250_000 + seed % 2 * 10_000_000)
    contents = [random.randbytes(random.choice(SIZES)) for _ in range(12)]
    async with connected(sending(contents, random)) as (reader, _, _):
        for content in contents:
            (size,) = struct.unpack(">i", await reader.readexactly(4))
            frame = await reader.readexactly(size)
            assert type(frame) is bytes
            assert frame == content
        with pytest.raises(asyncio.IncompleteReadError):
            await reader.readexactly(4)


@pytest.mark.parametrize("sent", [0, 1, 65_536, 999_999])
async def test_a_frame_that_is_cut_off_is_an_error(sent: int) -> None:
    content = Random(sent).randbytes(sent)

    async def serve(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(content)
        writer.close()

    async with connected(serve) as (reader, _, _):
        with pytest.raises(asyncio.IncompleteReadError) as error:
            await reader.readexactly(1_000_000)
        assert error.value.partial == content
        assert error.value.expected == 1_000_000


async def test_a_connection_that_breaks_is_an_error() -> None:
    async def serve(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(bytes(100_000))

    async with connected(serve) as (reader, _, protocol):
        waiting = asyncio.ensure_future(reader.readexactly(1_000_000))
        while len(protocol._left) in (0, 1_000_000):  # noqa: ASYNC110 - there is no event for it
            await asyncio.sleep(0)
        reader.set_exception(ConnectionResetError())
        with pytest.raises(ConnectionResetError):
            await waiting
        assert not len(protocol._left)


async def test_nobody_writes_to_a_frame_that_is_given_up() -> None:
    """What comes after a reader was cancelled is kept for the next, as ever."""
    go_on = asyncio.Event()

    async def serve(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(bytes(100_000))
        await go_on.wait()
        writer.write(b"later")

    async with connected(serve) as (reader, _, protocol):
        waiting = asyncio.ensure_future(reader.readexactly(1_000_000))
        while len(protocol._left) in (0, 1_000_000):  # noqa: ASYNC110 - as above
            await asyncio.sleep(0)
        waiting.cancel()
        await asyncio.gather(waiting, return_exceptions=True)
        assert not len(protocol._left)
        go_on.set()
        assert b"later" in await reader.read(1_000_000)


async def test_whoever_waits_is_woken_once() -> None:
    content = bytes(3_000_000)
    async with connected(sending([content], Random(1))) as (reader, _, _):
        woken = 0
        wake = reader._wakeup_waiter  # type: ignore[attr-defined]

        def count() -> None:
            nonlocal woken
            woken += 1
            wake()

        await reader.readexactly(4)
        reader._wakeup_waiter = count  # type: ignore[attr-defined]
        assert await reader.readexactly(len(content)) == content
        assert woken <= 2  # by the end of the connection as well


async def test_what_comes_when_nobody_is_left_is_dropped() -> None:
    loop = asyncio.get_running_loop()
    reader = asyncio.StreamReader(loop=loop)
    protocol = FrameProtocol(loop.create_future(), reader, loop=loop)
    del reader.readexactly, reader
    assert protocol._stream_reader is None
    protocol.get_buffer(-1)[:3] = b"abc"
    protocol.buffer_updated(3)


async def test_the_client_reads_by_it(monkeypatch: pytest.MonkeyPatch) -> None:
    """A large answer, from the socket to whoever sent the request, by the client's own code."""
    monkeypatch.setattr(conn, "AIOKafkaProtocol", conn.AIOKafkaProtocol)
    receive_whole_frames()
    content = Random(1).randbytes(1_000_000)
    received: list[bytes] = []

    async def look_nothing_up(_: AIOKafkaConnection) -> None:
        pass

    def handle(connection: AIOKafkaConnection, frame: bytes) -> None:
        received.append(frame)
        connection.close()

    monkeypatch.setattr(AIOKafkaConnection, "_do_version_lookup", look_nothing_up)
    monkeypatch.setattr(AIOKafkaConnection, "_handle_frame", handle)
    server = await asyncio.start_server(sending([content], Random(1)), "127.0.0.1", 0)
    connection: Any = AIOKafkaConnection("127.0.0.1", server.sockets[0].getsockname()[1])
    await connection.connect()
    assert type(connection._protocol) is FrameProtocol
    await connection._closed_fut
    assert received == [content]
    server.close()
    await server.wait_closed()
