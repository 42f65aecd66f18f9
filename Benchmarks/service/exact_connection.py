"""One connection of a client of exact.py: HTTP/1.1 by hand, so that it can be cut anywhere."""
import asyncio
import socket
import struct
import time


class Mismatch(Exception):
    """What must not happen."""


class Connection(asyncio.Protocol):
    """HTTP/1.1 by hand: bytes out, answers in."""

    def __init__(self):
        self.buffer, self.waiter, self.is_open, self.since = bytearray(), None, True, None

    def connection_made(self, transport):
        self.transport = transport

    def data_received(self, data):
        self.buffer += data
        self.wake()

    def connection_lost(self, _):
        self.is_open = False
        self.wake()

    def wake(self):
        if self.waiter and not self.waiter.done():
            self.waiter.set_result(None)

    async def more(self):
        if not self.is_open:
            raise Mismatch(f"the connection ended before the answer; there was {bytes(self.buffer[:200])}")
        self.waiter = asyncio.get_running_loop().create_future()
        await self.waiter

    async def until(self, mark):
        """What stands before the mark, which goes too."""
        while (end := self.buffer.find(mark)) < 0:
            await self.more()
        found = bytes(self.buffer[:end])
        del self.buffer[:end + len(mark)]
        return found

    async def exactly(self, count):
        while len(self.buffer) < count:
            await self.more()
        found = bytes(self.buffer[:count])
        del self.buffer[:count]
        return found

    def send(self, data):
        """Only when no answer is under way."""
        if self.buffer:
            raise Mismatch(f"something came that nobody had asked for: {bytes(self.buffer[:200])}")
        self.since = time.monotonic()
        self.transport.write(data)

    async def head(self):
        """Status and headers."""
        status, *lines = (await self.until(b"\r\n\r\n")).split(b"\r\n")
        headers = {name.lower(): value.strip() for name, _, value in (line.partition(b":") for line in lines)}
        return int(status.split(b" ")[1]), headers

    async def answer(self):
        status, headers = await self.head()
        body = await self.exactly(int(headers[b"content-length"]))
        self.since = None
        return status, body

    async def chunks(self):
        """The body in pieces, as they come."""
        while size := int(await self.until(b"\r\n"), 16):
            yield await self.exactly(size)
            await self.until(b"\r\n")
        await self.until(b"\r\n")
        self.since = None

    async def end(self):
        """Closes it, after a while in which nothing more may come."""
        await asyncio.sleep(0.05)
        self.transport.close()
        if self.buffer:
            raise Mismatch(f"something came after the last answer: {bytes(self.buffer[:200])}")

    def cut(self, is_reset):
        """Closes it in the middle: in order, or with a reset."""
        if is_reset:
            linger = struct.pack("ii", 1, 0)
            self.transport.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)
            self.transport.abort()
        else:
            self.transport.close()
