"""HTTP to one service: a kept connection per thread, bounded retries, errors that say what to do.

Scoring changes nothing on the service, so a request whose answer was lost is sent again. Proxies from the
environment are not used. The service is meant to stand in the same cluster.
"""

import http.client
import json
import os
import random
import socket
import ssl
import threading
import time
from typing import Any, Dict, Iterator, List, Optional, Tuple
from urllib.parse import urlsplit

from assay_rewards.errors import AssayError, Overloaded, Refused, Unreachable

LONGEST_WAIT = 60.0  # seconds; a longer Retry-After is cut to this
JSON = "application/json"
NDJSON = "application/x-ndjson"
NOBODY_BEHIND = (502, 503, 504)  # what a balancer says while its replicas restart

# A generator of its own: a trainer's seeded `random` must not move because a request was retried, and
# processes forked from one must not wait equally long.
jitter = random.SystemRandom()


class Kept:
    """A connection, closed when its thread ends or nobody holds it any longer."""

    def __init__(self, connection: http.client.HTTPConnection):
        self.connection = connection
        self.process = os.getpid()

    def __del__(self) -> None:
        self.connection.close()


class Transport:
    """Sends requests to `url`. Threads may share it; forked and unpickled copies connect anew.

    Args:
        url: `http://host:port`, or https; a path before the routes is kept.
        token: sent as `Authorization: Bearer`; None sends none.
        timeout: seconds without a byte before an attempt is given up.
        retries: further attempts after the first.
    """

    def __init__(self, url: str, token: Optional[str], timeout: float, retries: int):
        parts = urlsplit(url)
        if parts.scheme not in ("http", "https") or not parts.hostname:
            raise AssayError(f"“{url}” is no URL of a service. Write it as http://127.0.0.1:8080.")
        self.url = url.rstrip("/")
        self.host, self.port = parts.hostname, parts.port
        self.secure = parts.scheme == "https"
        self.prefix = parts.path.rstrip("/")
        self.token = token
        self.timeout = timeout
        self.retries = retries
        self._kept = threading.local()

    def __getstate__(self) -> Dict[str, Any]:
        return {key: value for key, value in self.__dict__.items() if key != "_kept"}

    def __setstate__(self, state: Dict[str, Any]) -> None:
        self.__dict__.update(state)
        self._kept = threading.local()

    def post(self, path: str, value: Any) -> Any:
        """Sends `value` as JSON, returns the answer's JSON."""
        body = encode(value)
        return decode(self.exchange("POST", path, body, JSON), self.url + path)

    def exchange(self, method: str, path: str, body: Optional[bytes], kind: str) -> bytes:
        """The body of a 200 answer.

        Raises: Unreachable, Overloaded, or Refused, each after what retries are left.
        """
        for attempt in range(self.retries + 1):
            is_last = attempt == self.retries
            try:
                response = self.open(method, path, body, kind)
                content = response.read()
            except (OSError, http.client.HTTPException) as error:
                self.drop()
                if is_last or is_read_timeout(error):
                    raise self.unreachable(path, error) from error
                time.sleep(backoff(attempt))
                continue
            if response.status == 200:
                return content
            if is_last or response.status not in (429, *NOBODY_BEHIND):
                raise self.refusal(path, response.status, content)
            time.sleep(pause(attempt, response.getheader("Retry-After")))
        raise AssertionError("unreachable: the last attempt returns or raises")

    def lines(self, path: str, rows: List[bytes]) -> Iterator[bytes]:
        """Sends `rows` as NDJSON and yields one line of answer for each, in order, as they come.

        Where the connection breaks, the rows that are not answered yet are sent again. The connection is one
        of its own: the caller may go on in another thread.
        """
        rest = list(rows)
        attempt = 0
        while rest:
            connection = None
            try:
                connection = self.connect()
                body = b"\n".join(rest) + b"\n"
                response = self.send(connection, "POST", path, body, NDJSON)
                if response.status == 200:
                    for line in response:
                        if not line.strip():
                            continue
                        if not rest:
                            raise Refused(f"{self.url}{path} answered more lines than it was sent rows. "
                                          "See whether its version is that of this package.")
                        del rest[0]
                        attempt = 0
                        yield line
                    if not rest:
                        return
                    raise http.client.HTTPException(f"the answer ended with {len(rest)} rows to go")
                if attempt >= self.retries or response.status not in (429, *NOBODY_BEHIND):
                    raise self.refusal(path, response.status, response.read())
                wait = pause(attempt, response.getheader("Retry-After"))
            except (OSError, http.client.HTTPException) as error:
                if attempt >= self.retries or is_read_timeout(error):
                    raise self.unreachable(path, error) from error
                wait = backoff(attempt)
            finally:
                if connection is not None:
                    connection.close()
            attempt += 1
            time.sleep(wait)

    def send(
        self, connection: http.client.HTTPConnection, method: str, path: str, body: Optional[bytes], kind: str
    ) -> http.client.HTTPResponse:
        """Sends, and reads the answer's head."""
        try:
            connection.request(method, self.prefix + path, body, self.headers(kind))
        except (BrokenPipeError, ConnectionResetError):
            pass  # the service may have answered before it read all, and its answer says why
        return connection.getresponse()

    def open(self, method: str, path: str, body: Optional[bytes], kind: str) -> http.client.HTTPResponse:
        """Sends on this thread's connection and reads the answer's head.

        A kept connection that the service closed meanwhile shows only now: then once more on a new one.
        """
        connection, is_kept = self.connection()
        try:
            return self.send(connection, method, path, body, kind)
        except (ConnectionError, http.client.RemoteDisconnected, http.client.CannotSendRequest):
            if not is_kept:
                raise
        self.drop()
        connection, _ = self.connection()
        return self.send(connection, method, path, body, kind)

    def connection(self) -> Tuple[http.client.HTTPConnection, bool]:
        """This thread's connection in this process, and whether it has been used before."""
        kept = getattr(self._kept, "value", None)
        if kept is not None and kept.process == os.getpid():
            return kept.connection, True
        self._kept.value = Kept(self.connect())
        return self._kept.value.connection, False

    def connect(self) -> http.client.HTTPConnection:
        if self.secure:
            context = ssl.create_default_context()
            connection = http.client.HTTPSConnection(
                self.host, self.port, timeout=self.timeout, context=context)
        else:
            connection = http.client.HTTPConnection(self.host, self.port, timeout=self.timeout)
        try:
            connection.connect()
        except socket.timeout as error:  # unlike a slow answer, worth another attempt
            raise ConnectionError(f"no connection within {self.timeout:g} s") from error
        return connection

    def drop(self) -> None:
        """Closes this thread's connection. A parent process's goes on: only this copy of it is closed."""
        self._kept.value = None

    def headers(self, kind: str) -> Dict[str, str]:
        headers = {"Content-Type": kind, "Accept": kind, "User-Agent": "assay-rewards"}
        if self.token:
            headers["Authorization"] = f"Bearer {self.token}"
        return headers

    def unreachable(self, path: str, error: Exception) -> Unreachable:
        if is_read_timeout(error):
            return Unreachable(
                f"{self.url}{path} did not answer within {self.timeout:g} s. Send fewer rows at once, or "
                "make a Client with a longer timeout.")
        return Unreachable(
            f"{self.url}{path} can't be reached after {self.retries + 1} attempts: {describe(error)}. Start "
            "`assay serve` there, or set ASSAY_URL to where it runs.")

    def refusal(self, path: str, status: int, content: bytes) -> AssayError:
        """The exception for an HTTP error."""
        code, message = error_object(content)
        said = f"{self.url}{path} answered {status}" + (f": {message.rstrip('.')}" if message else "")
        if status in (401, 403):
            advice = "Set ASSAY_TOKEN to the token that the service was started with."
        elif status == 404:
            advice = "Set ASSAY_URL to an `assay serve`, without a path."
        elif status == 413:
            advice = "Send fewer rows at once."
        elif status == 429:
            advice = "Start more replicas, lower the number of workers, or give the Client more retries."
            return Overloaded(f"{said}. {advice}", status, code)
        elif status in NOBODY_BEHIND:
            return Unreachable(f"{said}. See whether a replica of `assay serve` is ready (GET /ready).")
        elif status >= 500:
            advice = "See the service's log."
        else:
            advice = "Correct the request."
        return Refused(f"{said}. {advice}", status, code)


def is_read_timeout(error: Exception) -> bool:
    """Whether an answer was awaited in vain. Asking again would double the load of a slow service."""
    return isinstance(error, socket.timeout)


def backoff(attempt: int) -> float:
    """Seconds before attempt `attempt + 2`: 0.25 to 0.5, doubling, to at most 30."""
    return min(30.0, 0.5 * 2**attempt) * jitter.uniform(0.5, 1)


def pause(attempt: int, retry_after: Optional[str]) -> float:
    """Seconds to wait after a 429: what it asked for and up to a quarter more, so that not all come back
    at once."""
    try:
        seconds = float(retry_after)
    except (TypeError, ValueError):
        return backoff(attempt)
    seconds = min(max(seconds, 0.0), LONGEST_WAIT) if seconds == seconds else 0.0
    return seconds + jitter.uniform(0, 0.25 * seconds + 0.1)


def describe(error: Exception) -> str:
    return str(error) or type(error).__name__


def error_object(content: bytes) -> Tuple[Optional[str], str]:
    """Code and message of `{"error": {"code", "message"}}`; of anything else, its first characters."""
    try:
        error = json.loads(content)["error"]
        return error.get("code"), str(error.get("message", ""))
    except (ValueError, KeyError, TypeError, AttributeError):
        return None, content[:200].decode("utf-8", "replace").strip()


def encode(value: Any) -> bytes:
    """JSON in UTF-8; arrays and scalars of numpy and torch as lists and numbers, lone surrogates as `?`.

    Raises: ValueError for NaN and infinities, TypeError for what JSON can't hold.
    """
    text = json.dumps(value, ensure_ascii=False, allow_nan=False, default=plain)
    return text.encode("utf-8", "replace")


def plain(value: Any) -> Any:
    if hasattr(value, "tolist"):
        return value.tolist()
    raise TypeError(f"a {type(value).__name__} has no form in JSON")


def decode(content: bytes, url: str) -> Any:
    try:
        return json.loads(content)
    except ValueError as error:
        start = content[:80].decode("utf-8", "replace")
        raise Refused(
            f"{url} answered with what is no JSON: “{start}”. Set ASSAY_URL to an `assay serve`.") from error
