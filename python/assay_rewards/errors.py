"""What can go wrong between a trainer and the service. Every message ends with what to do.

Each takes its message as the first argument and the rest by default, so that it survives pickling
(Ray and multiprocessing send exceptions from worker to driver).
"""

from typing import Optional


class AssayError(Exception):
    """Any failure of this package."""


class Unreachable(AssayError):
    """No answer: refused, reset, timed out, or a gateway that has nobody behind it."""


class Refused(AssayError):
    """The service answered with an HTTP error, or with something that is not its own form."""

    def __init__(self, message: str, status: Optional[int] = None, code: Optional[str] = None):
        super().__init__(message)
        self.status = status  # the HTTP status
        self.code = code  # the service's own word for it, such as "unauthorized"


class Overloaded(Refused):
    """429 on every attempt."""


class BadRow(AssayError):
    """A row that can't be written as JSON, or that the service took for no row."""


class Fault(AssayError):
    """A judge broke where the caller needs a number."""
