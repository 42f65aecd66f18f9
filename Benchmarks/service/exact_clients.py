"""The clients of exact.py: what each sends, and what must come back for it."""
import array
import asyncio
import dataclasses
import itertools
import json
import random
import time
import zlib

from exact_connection import Connection, Mismatch

# Seconds until an answer counts as lost.
PATIENCE = 120
# A process that has seen so many stops.
MOST_MISMATCHES = 100
# Requests after which a client takes a new connection.
CONNECTION_REQUESTS = 2000
# What stands before an answer: mostly little, now and then more than a packet or a socket's buffer holds.
FILLERS = ["We think about it step by step. " * times for times in (0, 0, 1, 2, 5, 20, 100)]
LONG_FILLER, LONG_FILLER_SHARE = "We think about it step by step. " * 4000, 1 / 2000


@dataclasses.dataclass
class Counts:
    """What one process, or all, saw."""
    requests: int = 0
    rows: int = 0
    busy: int = 0
    cut_half: int = 0
    cut_unread: int = 0
    # Rows of requests that were sent in full, or line by line, and whose answer nobody read.
    unread_rows: int = 0
    connections: int = 0
    mismatches: list = dataclasses.field(default_factory=list)
    seconds: array.array = dataclasses.field(default_factory=lambda: array.array("f"))

    def __iadd__(self, other):
        for field in dataclasses.fields(self):
            setattr(self, field.name, getattr(self, field.name) + getattr(other, field.name))
        return self


class Client:
    """One of the clients of a process; a role is one of its methods, and goes on until all requests are taken."""

    def __init__(self, crew, number):
        self.crew, self.counts, self.number = crew, crew.counts, number
        self.random = random.Random(f"{crew.process} {number}")
        self.connection = None

    async def run(self):
        role = ROLES[self.number % len(ROLES)]
        while self.crew.left > 0:
            try:
                await role(self)
                if self.connection:
                    await self.connection.end()
            except Exception as error:  # also an answer that this file does not understand, a refused connection
                self.counts.mismatches.append(f"{role.__name__}: {type(error).__name__}: {error}")
                if len(self.counts.mismatches) == MOST_MISMATCHES:
                    self.crew.left = 0
                if self.connection:
                    self.connection.transport.abort()
            self.connection = None

    # Roles

    async def singly(self):
        """One row a request, the next after the answer."""
        await self.connect()
        for _ in self.take(CONNECTION_REQUESTS):
            await self.ask(1)

    async def pipelined(self):
        """Several requests sent at once; the answers have their order."""
        await self.connect()
        while self.connection.is_open and (count := len(list(self.take(self.random.randint(2, 8))))):
            requests = [self.rows(1) for _ in range(count)]
            began = time.perf_counter()
            self.connection.send(b"".join(self.request(body) for _, body in requests))
            for ids, body in requests:
                status, answer = await self.connection.answer()
                if status == 429:
                    self.counts.busy += 1
                    self.crew.left += 1
                else:
                    self.check(ids, status, answer, began)
            if self.random.random() < count / CONNECTION_REQUESTS:
                return

    async def in_batches(self):
        """Up to 64 rows a request."""
        await self.connect()
        for _ in self.take(CONNECTION_REQUESTS // 10):
            await self.ask(self.random.randint(1, 64))

    async def as_lines(self):
        """A stream of rows, cut into chunks anywhere; answers come while it is sent."""
        await self.connect()
        for _ in self.take(20):
            ids, lines = self.lines(self.random.randint(1, 300))
            began = time.perf_counter()
            self.connection.send(self.stream_head)
            sending = asyncio.create_task(self.send_chunks(lines))
            status, headers = await self.connection.head()
            if status != 200 or headers.get(b"transfer-encoding") != b"chunked":
                raise Mismatch(f"a stream is answered {status}, {headers}")
            rest, seen = b"", 0
            async for chunk in self.connection.chunks():
                *whole, rest = (rest + chunk).split(b"\n")
                for line in whole:
                    if seen == len(ids):
                        raise Mismatch(f"a stream of {seen} rows has more answers: {line[:200]}")
                    self.check_result(ids[seen], json.loads(line))
                    seen += 1
            await sending
            if rest or seen < len(ids):
                raise Mismatch(f"a stream of {len(ids)} rows has {seen} answers, and then {rest[:200]}")
            self.note(len(ids), began)

    async def cut_off(self):
        """Requests that end half-way, or whose answer is not read; between them one that must be answered."""
        await self.connect()
        if self.random.random() < 0.5 and list(self.take(1)):
            await self.ask(1)
        kind = self.random.choice(["head", "body", "body", "unread", "unread", "stream"])
        pause, is_reset = self.random.choice([0, 0, 0.002, 0.02]), self.random.random() < 0.5
        count = self.random.choice([1, 1, self.random.randint(2, 64)])
        ids, body = self.rows(count)
        request = self.request(body)
        head = len(request) - len(body)
        if kind == "stream":
            self.connection.send(self.stream_head)
            await self.send_chunks(self.lines(count)[1], is_whole=False)
        elif kind == "unread":
            self.connection.send(request)
        else:
            end = self.random.randrange(1, head) if kind == "head" else self.random.randrange(head, len(request))
            self.connection.send(request[:end])
        await asyncio.sleep(pause)
        self.connection.cut(is_reset)
        self.connection = None
        if kind in ("unread", "stream"):
            self.counts.cut_unread += 1
            self.counts.unread_rows += count
        else:
            self.counts.cut_half += 1

    # Steps

    async def connect(self):
        loop = asyncio.get_running_loop()
        _, self.connection = await loop.create_connection(Connection, self.crew.host, self.crew.port)
        self.counts.connections += 1

    def take(self, most):
        """As many requests as are left, one at a time."""
        for _ in range(most):
            if self.crew.left <= 0:
                return
            self.crew.left -= 1
            yield

    async def ask(self, count):
        ids, body = self.rows(count)
        request = self.request(body)
        began = time.perf_counter()
        if self.random.random() < 0.02:  # in two pieces
            end = self.random.randrange(1, len(request))
            self.connection.send(request[:end])
            await asyncio.sleep(0.001)
            self.connection.transport.write(request[end:])
        else:
            self.connection.send(request)
        status, answer = await self.connection.answer()
        if status == 429:
            self.counts.busy += 1
            self.crew.left += 1
            await asyncio.sleep(0.1)
        else:
            self.check(ids, status, answer, began)

    def row(self):
        id = f"{self.crew.process}.{next(self.crew.ids)}"
        reference, answer = expected(id)
        filler = LONG_FILLER if self.random.random() < LONG_FILLER_SHARE else self.random.choice(FILLERS)
        return id, (f'{{"id":"{id}","domain":"math","reference":"{reference}",'
                    f'"completion":"{filler}Answer: {answer}"}}')

    def rows(self, count):
        """Ids, and the body that holds their rows."""
        ids, rows = zip(*(self.row() for _ in range(count)))
        return ids, f'{{"rows":[{",".join(rows)}]}}'.encode()

    def lines(self, count):
        ids, rows = zip(*(self.row() for _ in range(count)))
        return ids, "".join(row + "\n" for row in rows).encode()

    def request(self, body):
        return self.crew.head % len(body) + body

    @property
    def stream_head(self):
        return self.crew.stream_head

    async def send_chunks(self, data, is_whole=True):
        connection, at = self.connection, 0
        while at < len(data) and connection.is_open:
            size = self.random.choice([1, 7, 100, 1000, 5000, 5000, 50000])
            part = data[at:at + size]
            at += size
            connection.transport.write(b"%x\r\n%b\r\n" % (len(part), part))
            if self.random.random() < 0.2:
                await asyncio.sleep(self.random.choice([0, 0.001, 0.005]))
        if is_whole and connection.is_open:
            connection.transport.write(b"0\r\n\r\n")

    def check(self, ids, status, answer, began):
        if status != 200:
            raise Mismatch(f"{ids[0]} and {len(ids) - 1} more are answered {status}: {answer[:200]}")
        results = json.loads(answer)["results"]
        if len(results) != len(ids):
            raise Mismatch(f"{len(ids)} rows from {ids[0]} have {len(results)} answers: {answer[:200]}")
        for id, result in zip(ids, results):
            self.check_result(id, result)
        self.note(len(ids), began)

    def check_result(self, id, result):
        reference, answer = expected(id)
        if result.get("id") != id or result.get("reward") != (reference == answer):
            raise Mismatch(f"{id}, reference {reference}, answer {answer}, is answered {result}")

    def note(self, rows, began):
        self.counts.requests += 1
        self.counts.rows += rows
        self.counts.seconds.append(time.perf_counter() - began)
        if self.counts.requests % 100 == 0:
            self.crew.progress.value = self.counts.requests


def expected(id):
    """Reference and answer of a row: equal, or one apart."""
    digest = zlib.crc32(id.encode())
    return digest >> 8, (digest >> 8) + (digest & 1)


# Dealt out to the clients in turn.
ROLES = [
    Client.singly, Client.in_batches, Client.singly, Client.cut_off, Client.singly, Client.as_lines, Client.singly,
    Client.pipelined, Client.singly, Client.cut_off, Client.singly, Client.singly, Client.in_batches, Client.singly,
    Client.pipelined, Client.singly,
]


class Crew:
    """The clients of one process."""

    def __init__(self, process, url, requests, progress):
        self.process, self.left, self.progress = process, requests, progress
        self.host, self.port = url.hostname, url.port or 80
        self.ids, self.counts = itertools.count(), Counts()
        head = f"POST /v1/score HTTP/1.1\r\nHost: {url.netloc}\r\n"
        self.head = f"{head}Content-Type: application/json\r\nContent-Length: %d\r\n\r\n".encode()
        self.stream_head = f"{head}Content-Type: application/x-ndjson\r\nTransfer-Encoding: chunked\r\n\r\n".encode()

    async def run(self, numbers):
        clients = [Client(self, number) for number in numbers]
        watch = asyncio.create_task(self.watch(clients))
        await asyncio.gather(*(client.run() for client in clients))
        watch.cancel()
        return self.counts

    async def watch(self, clients):
        """Ends connections whose answer does not come."""
        while True:
            await asyncio.sleep(1)
            for client in clients:
                since = client.connection and client.connection.since
                if since and time.monotonic() - since > PATIENCE:
                    client.connection.transport.abort()
