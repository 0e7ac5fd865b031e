"""Receives what a broker answers where it is to lie, instead of in pieces that are put together.

asyncio's streams read a quarter of a megabyte at a time, copy each piece behind the others, stop
reading when there are too many of them, wake who waits for each, and copy the whole once more. A
fetch of some megabytes took more than twice as long by that.

This reaches into the client and into asyncio, and what it needs of both is tested in
``tests/unit/transport/test_frames.py``: ``aiokafka.conn`` makes its protocol by the name
``AIOKafkaProtocol`` and reads by ``readexactly`` alone; a stream reader has ``_buffer``,
``_wait_for_data`` and ``_wakeup_waiter``, and its protocol ``_stream_reader``.
"""

from __future__ import annotations

import asyncio
from io import BytesIO
from typing import Any

from aiokafka import conn

_SMALL = 1 << 16
"""Bytes of a frame that is left to the stream reader."""

_LARGE = 1 << 26
"""Bytes for which room is made before they are there; a fetch has fewer."""

_NOTHING = memoryview(bytearray())


class FrameProtocol(conn.AIOKafkaProtocol, asyncio.BufferedProtocol):  # type: ignore[misc]  # the client ships no types
    """The protocol of a connection, which reads large frames to where they stay."""

    _stream_reader: asyncio.StreamReader | None

    def __init__(
        self,
        closed: asyncio.Future[None],
        reader: asyncio.StreamReader,
        *,
        loop: asyncio.AbstractEventLoop,
    ) -> None:
        super().__init__(closed, reader, loop=loop)
        self._piece = memoryview(bytearray(_SMALL))
        self._left = _NOTHING
        reader.readexactly = self._read_exactly  # type: ignore[method-assign]  # the client made it

    def get_buffer(self, sizehint: int) -> memoryview:
        """Return where the next bytes go."""
        return self._left if len(self._left) else self._piece

    def buffer_updated(self, nbytes: int) -> None:
        """Take note of what was received."""
        reader: Any = self._stream_reader
        if not len(self._left):
            self.data_received(self._piece[:nbytes])
            return
        self._left = self._left[nbytes:]
        if reader is not None and not len(self._left):
            reader._wakeup_waiter()  # noqa: SLF001 - see above

    async def _read_exactly(self, n: int) -> bytes:
        """Return so many bytes: what the reader's own method does, which it replaces.

        Raises:
            asyncio.IncompleteReadError: The connection has ended before.
        """
        reader: Any = self._stream_reader
        if not _SMALL <= n <= _LARGE:
            return await asyncio.StreamReader.readexactly(reader, n)
        room = BytesIO()
        room.seek(n - 1)
        room.write(b"\0")
        here = min(n, len(reader._buffer))  # noqa: SLF001 - see above
        begun = await asyncio.StreamReader.readexactly(reader, here)
        try:
            room.getbuffer()[:here] = begun
            self._left = room.getbuffer()[here:]
            while left := len(self._left):
                if reader.at_eof():
                    self._left = _NOTHING
                    raise asyncio.IncompleteReadError(room.getvalue()[:-left], n)
                await reader._wait_for_data("readexactly")  # noqa: SLF001 - see above
        finally:
            self._left = _NOTHING
        return room.getvalue()  # without a copy, as nobody else looks at it by now


def receive_whole_frames() -> None:
    """Have all connections that are made from now on, in this process, receive frames so."""
    conn.AIOKafkaProtocol = FrameProtocol
