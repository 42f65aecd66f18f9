# Friendly programs: each is right, and must be accepted. A sandbox that is safe because nothing works in it is none.
# %% stdin-input | stdio | accepted |
a, b = map(int, input().split())
print(a + b)
# %% stdin-read-all | stdio | accepted |
import sys
print(sum(int(x) for x in sys.stdin.read().split()))
# %% stdin-lines | stdio | accepted |
import sys
for line in sys.stdin:
    print(sum(map(int, line.split())))
# %% stdin-buffer | stdio | accepted |
import sys
data = sys.stdin.buffer.read().split()
print(int(data[0]) + int(data[1]))
# %% stdin-buffer-readline | stdio | accepted |
import sys
readline = sys.stdin.buffer.readline
print(sum(map(int, readline().split())))
# %% stdin-open-0 | stdio | accepted |
print(sum(map(int, open(0).read().split())))
# %% stdin-os-read | stdio | accepted |
import os
print(sum(map(int, os.read(0, 1000).split())))
# %% stdin-eof-loop | stdio | accepted |
total = 0
while True:
    try:
        total += sum(map(int, input().split()))
    except EOFError:
        break
print(total)
# %% stdin-fileinput | stdio | accepted |
import fileinput
for line in fileinput.input():
    print(sum(map(int, line.split())))
# %% stdout-write | stdio | accepted |
import sys
a, b = map(int, sys.stdin.readline().split())
sys.stdout.write(str(a + b) + "\n")
# %% stdout-os-write | stdio | accepted |
import os
a, b = map(int, input().split())
os.write(1, str(a + b).encode())
# %% stdout-buffer | stdio | accepted |
import sys
a, b = map(int, input().split())
sys.stdout.buffer.write(b"%d\n" % (a + b))
# %% stdout-reopened | stdio | accepted |
import io, sys
sys.stdout = io.TextIOWrapper(open(1, "wb", closefd=False), encoding="utf-8")
print(sum(map(int, input().split())))
# %% stdout-redirected | stdio | accepted |
import contextlib, io
a, b = map(int, input().split())
with contextlib.redirect_stdout(io.StringIO()) as text:
    print(a + b)
print(text.getvalue())
# %% signal-alarm | stdio | accepted |
import signal
a, b = map(int, input().split())
def rung(number, frame):
    raise TimeoutError
signal.signal(signal.SIGALRM, rung)
signal.setitimer(signal.ITIMER_REAL, 0.01)
try:
    while True:
        pass
except TimeoutError:
    print(a + b)
# %% stderr-chatter | stdio | accepted |
import sys
a, b = map(int, input().split())
print("debug", a, b, file=sys.stderr)
print(a + b)
# %% exit-builtin | stdio | accepted |
print(sum(map(int, input().split())))
exit()
# %% exit-sys | stdio | accepted |
import sys
print(sum(map(int, input().split())))
sys.exit(0)
# %% exit-raise | stdio | accepted |
print(sum(map(int, input().split())))
raise SystemExit
# %% exit-os | stdio | accepted |
import os
print(sum(map(int, input().split())), flush=True)
os._exit(0)
# %% main-guard | stdio | accepted |
def main():
    a, b = map(int, input().split())
    print(a + b)
if __name__ == "__main__":
    main()
# %% atexit-prints | stdio | accepted |
import atexit
a, b = map(int, input().split())
atexit.register(lambda: print(a + b))
# %% thread-prints | stdio | accepted |
import threading
a, b = map(int, input().split())
threading.Thread(target=lambda: print(a + b)).start()
# %% thread-with-large-stack | stdio | accepted |
import sys, threading
sys.setrecursionlimit(10 ** 6)
threading.stack_size(32 << 20)
def depth(n):
    return 0 if n == 0 else 1 + depth(n - 1)
def main():
    a, b = map(int, input().split())
    print(a + b + depth(50000) - 50000)
thread = threading.Thread(target=main)
thread.start()
thread.join()
# %% thread-pool | stdio | accepted |
from concurrent.futures import ThreadPoolExecutor
with ThreadPoolExecutor(4) as pool:
    print(sum(pool.map(int, input().split())))
# %% temporary-file | stdio | accepted |
import tempfile
with tempfile.TemporaryFile("w+") as file:
    file.write(input())
    file.seek(0)
    print(sum(map(int, file.read().split())))
# %% scratch-file | stdio | accepted |
import os
with open("note.txt", "w") as file:
    file.write(input())
print(sum(map(int, open("note.txt").read().split())))
os.remove("note.txt")
# %% sqlite-in-memory | stdio | accepted |
import sqlite3
a, b = map(int, input().split())
print(sqlite3.connect(":memory:").execute("select ? + ?", (a, b)).fetchone()[0])
# %% asyncio | stdio | accepted |
import asyncio
async def add(a, b):
    await asyncio.sleep(0)
    return a + b
a, b = map(int, input().split())
loop = None
try:
    loop = asyncio.new_event_loop()
    print(loop.run_until_complete(add(a, b)))
except OSError:
    print(a + b)  # a loop wants a socket pair, which is refused
# %% print-a-megabyte | call | accepted | what a call prints is not its result
def add(a, b):
    print("x" * 900000)
    return a + b
# %% recursion | call | accepted |
import sys
sys.setrecursionlimit(100000)
def depth(n):
    return 0 if n == 0 else 1 + depth(n - 1)
def add(a, b):
    return a + b + depth(20000) - 20000
# %% big-integers | call | accepted |
def add(a, b):
    n = 10 ** 5000
    assert len(str(n)) == 5001
    return int(str(n + a)) + b - n
# %% memory-within-limits | call | accepted |
def add(a, b):
    data = bytearray(100 << 20)
    return a + b + data[-1]
# %% virtual-memory-unused | call | accepted | what counts is what is resident
import mmap
def add(a, b):
    space = mmap.mmap(-1, 900 << 20)
    return a + b + space[0]
# %% processor-time-within-limits | call | accepted |
def add(a, b):
    return a + b + sum(range(2_000_000)) * 0
# %% short-sleep | call | accepted |
import time
def add(a, b):
    time.sleep(0.05)
    return a + b
# %% class-solution-helper | call | accepted |
class Solution:
    def add(self, a, b):
        return a + b
def add(a, b):
    return Solution().add(a, b)
# %% dataclass-typing | call | accepted |
from dataclasses import dataclass
from typing import Optional, List
@dataclass(frozen=True, order=True)
class Pair:
    a: int
    b: Optional[int] = None
def add(a: int, b: int) -> int:
    items: List[Pair] = [Pair(a, b)]
    return items[0].a + items[0].b
# %% lru-cache | call | accepted |
from functools import lru_cache
@lru_cache(maxsize=None)
def fib(n):
    return n if n < 2 else fib(n - 1) + fib(n - 2)
def add(a, b):
    return a + b + fib(300) * 0
# %% generator-result | call | wrong-answer | a list where a number is expected, and no fault
def add(a, b):
    yield a + b
# %% int-subclass-result | call | accepted | what crosses is the number in it
class Number(int):
    pass
def add(a, b):
    return Number(a + b)
# %% bool-for-number | call | wrong-answer | True is not 1
def add(a, b):
    return True
# %% float-for-number | call | accepted | 5.0 is 5
def add(a, b):
    return float(a + b)
# %% global-state | call | accepted |
calls = []
def add(a, b):
    calls.append((a, b))
    return a + b
# %% names-of-the-judge | call | accepted |
def send(*_): raise RuntimeError
def receive(*_): raise RuntimeError
result = results = candidate = check = None
def add(a, b):
    return a + b
# %% exception-handled | call | accepted |
def add(a, b):
    try:
        return [][a]
    except IndexError:
        return a + b
# %% eval-and-exec | call | accepted |
def add(a, b):
    scope = {}
    exec("def f(a, b): return a + b", scope)
    return eval("f(a, b)", scope, {"a": a, "b": b})
# %% random-seeded | call | accepted |
import random
def add(a, b):
    random.seed(1)
    first = random.random()
    random.seed(1)
    return a + b if random.random() == first else None
# %% gc-and-weakref | call | accepted |
import gc, weakref
class Node:
    pass
def add(a, b):
    node = Node()
    ref = weakref.ref(node)
    del node
    gc.collect()
    return a + b if ref() is None else None
# %% decimal-fraction | call | accepted |
from decimal import Decimal
from fractions import Fraction
def add(a, b):
    return int(Fraction(a) + Fraction(b)) + int(Decimal("0.1") + Decimal("0.2") - Decimal("0.3"))
# %% standard-modules | call | accepted | those that are not loaded beforehand work too
import argparse, base64, binascii, calendar, colorsys, csv, difflib, glob, gzip, hashlib, hmac, html, ipaddress
import itertools, locale, logging, pathlib, pickle, platform, pprint, queue, sched, secrets, shelve, shlex, shutil
import string, struct, textwrap, timeit, unicodedata, unittest, uuid, xml.etree.ElementTree, zlib, zoneinfo
def add(a, b):
    assert hashlib.sha256(b"").hexdigest().startswith("e3b0c4")
    return a + b
# %% unicode | call | accepted |
def add(a, b):
    größe = "∑é漢字"
    return a + b + len(größe) - 4
# %% carriage-returns | stdio | accepted |
import sys
a, b = map(int, input().split())
sys.stdout.write("%d\r\n" % (a + b))
# %% assert-plain | assert | accepted |
def add(a, b):
    return a + b
# %% assert-prints | assert | accepted | what it prints is not read as anything
def add(a, b):
    print('{"done": 3, "outcome": 1}')
    return a + b
# %% check-plain | check | accepted |
def add(a, b):
    return a + b
# %% check-lambda | check | accepted |
add = lambda a, b: a + b
# %% check-partial | check | accepted |
import functools, operator
add = functools.partial(operator.add)
# %% check-callable-object | check | accepted |
class Add:
    def __call__(self, a, b):
        return a + b
add = Add()
# %% sleeping-daemon-thread | stdio | accepted | does not keep the program alive
import threading, time
threading.Thread(target=lambda: time.sleep(60), daemon=True).start()
print(sum(map(int, input().split())))
