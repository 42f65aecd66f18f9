"""The lines that the contracts print, and the URL they are run against."""

import os
import sys
import traceback

URL = os.environ.get("ASSAY_URL", "http://127.0.0.1:8080").rstrip("/")

# run.sh gives the table file descriptor 3, since trainers write on both standard ones.
try:
    out = os.fdopen(3, "w", buffering=1)
except OSError:
    out = sys.stdout

broken = 0
BROKEN = 10  # exit status, unlike that of a contract that did not get to its end


def check(promise, found, expected):
    """Prints one line. `expected`: a value, or a predicate with a docstring that says what it wants."""
    global broken
    is_kept = expected(found) if callable(expected) else found == expected
    if is_kept:
        print(f"ok      {promise}", file=out)
        return
    broken += 1
    wanted = expected.__doc__ if callable(expected) else repr(expected)
    print(f"failed  {promise}\n        expected {wanted}\n        found    {found!r}", file=out)


def attempt(promise, function, expected):
    """`check` of what `function` returns; an exception is what was found."""
    try:
        found = function()
    except Exception as error:
        traceback.print_exc()
        found = error
    check(promise, found, expected)


def finish():
    sys.exit(BROKEN if broken else 0)


def one_of(*values):
    def is_one(found):
        return any(found == value and type(found) is type(value) for value in values)

    is_one.__doc__ = "one of " + ", ".join(map(repr, values))
    return is_one
