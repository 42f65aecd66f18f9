# Programs that want more than they may have. Each is stopped, by its own limit, and nobody else feels it.
# %% busy-loop | call | time-limit |
def add(a, b):
    while True:
        pass
# %% busy-loop-at-load | stdio | time-limit |
while True:
    pass
# %% sleep | call | time-limit |
import time
def add(a, b):
    time.sleep(3600)
# %% sleep-shortly-forever | call | time-limit |
import time
def add(a, b):
    while True:
        time.sleep(0.001)
# %% wait-for-nothing | stdio | time-limit |
import threading
threading.Event().wait()
# %% wait-for-input | call | time-limit runtime-error wrong-answer |
import os
def add(a, b):
    return os.read(3, 1)
# %% ignore-signals | call | time-limit |
import signal
def add(a, b):
    for number in range(1, 65):
        try:
            signal.signal(number, signal.SIG_IGN)
        except (OSError, ValueError):
            pass
    while True:
        pass
# %% block-signals | call | time-limit |
import signal
def add(a, b):
    signal.pthread_sigmask(signal.SIG_BLOCK, range(1, 65))
    while True:
        pass
# %% stop-itself | call | time-limit runtime-error security-violation | a stopped process is ended all the same
import os, signal
def add(a, b):
    os.kill(os.getpid(), signal.SIGSTOP)
    while True:
        pass
# %% no-bytecode-boundary | call | time-limit | one call of C that never looks up
def add(a, b):
    return sum(iter(int, 1))
# %% big-power | call | time-limit memory-limit |
def add(a, b):
    return (7 ** 7 ** 9) % 10
# %% big-text-of-number | call | time-limit memory-limit |
def add(a, b):
    return len(str(3 ** 20_000_000))
# %% regular-expression | call | time-limit |
import re
def add(a, b):
    return re.match(r"(a+)+$", "a" * 60 + "b")
# %% threads-share-the-time | call | time-limit | the time of all threads counts
import threading
def burn():
    while True:
        pass
def add(a, b):
    threads = [threading.Thread(target=burn) for _ in range(4)]
    [t.start() for t in threads]
    [t.join() for t in threads]
# %% atexit-hangs | stdio | time-limit |
import atexit
print(sum(map(int, input().split())))
def forever():
    while True:
        pass
atexit.register(forever)
# %% destructor-hangs | call | time-limit wrong-answer runtime-error |
class Hang:
    def __del__(self):
        while True:
            pass
def add(a, b):
    Hang()
# %% thread-outlives-main | stdio | time-limit |
import threading, time
threading.Thread(target=lambda: time.sleep(3600)).start()
print(sum(map(int, input().split())))
# %% memory-list | call | memory-limit |
def add(a, b):
    data = []
    while True:
        data.append(bytearray(1 << 20))
# %% memory-at-once | call | memory-limit |
def add(a, b):
    return len(bytearray(8 << 30))
# %% memory-small-objects | call | memory-limit time-limit |
def add(a, b):
    data = []
    while True:
        data.append([data])
# %% memory-caught | call | wrong-answer memory-limit runtime-error | who catches the error still has no more
def add(a, b):
    data = []
    for _ in range(200):
        try:
            data.append(bytearray(1 << 24))
        except MemoryError:
            pass
# %% memory-mapped | call | memory-limit runtime-error |
import mmap
def add(a, b):
    space = mmap.mmap(-1, 4 << 30)
    for at in range(0, 4 << 30, 4096):
        space[at] = 1
# %% memory-text | call | memory-limit |
def add(a, b):
    text = "x"
    while True:
        text += text
# %% memory-recursion | call | runtime-error memory-limit |
def add(a, b):
    return add(a, b) + 1
# %% recursion-without-limit | call | runtime-error memory-limit time-limit |
import sys
sys.setrecursionlimit(2 ** 31 - 1)
def add(a, b):
    return add(a, [b])
# %% recursion-in-c | call | runtime-error memory-limit time-limit | a crash is its own
import sys
sys.setrecursionlimit(10 ** 9)
class A:
    def __repr__(self):
        return repr([self])
def add(a, b):
    return repr(A())
# %% parser-stack | call | runtime-error memory-limit syntax-error |
def add(a, b):
    return eval("(" * 100000 + ")" * 100000)
# %% nested-lists-freed | call | wrong-answer runtime-error memory-limit |
def add(a, b):
    x = None
    for _ in range(500000):
        x = [x]
    del x
# %% print-forever | stdio | output-limit |
while True:
    print("x" * 1000)
# %% print-forever-call | call | output-limit |
def add(a, b):
    while True:
        print("x" * 1000)
# %% stderr-forever | call | output-limit |
import sys
def add(a, b):
    while True:
        sys.stderr.write("x" * 1000)
# %% write-descriptor-forever | call | output-limit |
import os
def add(a, b):
    while True:
        os.write(1, b"x" * 65536)
# %% one-long-line | stdio | output-limit memory-limit |
print("x" * (50 << 20))
# %% result-too-long | call | wrong-answer output-limit memory-limit |
def add(a, b):
    return "x" * (40 << 20)
# %% result-frames-forever | call | output-limit wrong-answer runtime-error |
import os
def add(a, b):
    while True:
        os.write(3, b"\1\0\0\0N" * 1000)
# %% result-too-deep | call | wrong-answer |
def add(a, b):
    x = []
    for _ in range(100000):
        x = [x]
    return x
# %% result-cyclic | call | wrong-answer |
def add(a, b):
    x = []
    x.append(x)
    return x
# %% result-huge-number | call | wrong-answer time-limit output-limit memory-limit |
def add(a, b):
    return 1 << (1 << 27)
# %% result-wide | call | wrong-answer output-limit memory-limit |
def add(a, b):
    return [0] * 3_000_000
# %% disk-fill | call | runtime-error wrong-answer output-limit | no more than the scratch folder holds
def add(a, b):
    with open("/scratch/big", "wb") as file:
        while True:
            file.write(b"x" * (1 << 20))
# %% disk-fill-many-files | call | runtime-error wrong-answer output-limit |
def add(a, b):
    for i in range(10 ** 6):
        with open("/scratch/%d" % i, "wb") as file:
            file.write(b"x" * 100000)
# %% inode-fill | call | runtime-error wrong-answer time-limit |
import os
def add(a, b):
    for i in range(10 ** 6):
        os.mkdir("/scratch/%d" % i)
# %% deep-folders | call | runtime-error wrong-answer time-limit |
import os
def add(a, b):
    os.chdir("/scratch")
    while True:
        os.mkdir("d")
        os.chdir("d")
# %% sparse-file | call | runtime-error wrong-answer output-limit |
import os
def add(a, b):
    fd = os.open("/scratch/sparse", os.O_CREAT | os.O_RDWR)
    os.ftruncate(fd, 1 << 40)
# %% memory-files | call | runtime-error wrong-answer memory-limit security-violation output-limit |
import os
def add(a, b):
    for i in range(50):
        fd = os.memfd_create("x")
        for _ in range(100):
            os.write(fd, b"x" * (1 << 20))
# %% descriptors | call | runtime-error wrong-answer |
import os
def add(a, b):
    while True:
        os.pipe()
# %% threads | call | runtime-error wrong-answer memory-limit time-limit |
import threading, time
def add(a, b):
    for _ in range(100000):
        threading.Thread(target=time.sleep, args=(60,), daemon=True).start()
# %% fork-bomb | call | security-violation runtime-error wrong-answer |
import os
def add(a, b):
    while True:
        os.fork()
# %% locked-memory | call | runtime-error wrong-answer security-violation |
import ctypes
def add(a, b):
    ctypes.CDLL(None).mlockall(3)
# %% hash-collisions | call | time-limit wrong-answer runtime-error |
class K:
    def __init__(self, n): self.n = n
    def __hash__(self): return 1
    def __eq__(self, other): return self.n == other.n
def add(a, b):
    return len({K(i) for i in range(100000)})
# %% import-everything | call | runtime-error wrong-answer time-limit memory-limit security-violation |
import pkgutil
def add(a, b):
    for module in pkgutil.iter_modules():
        if module.name not in ("antigravity", "this", "__main__"):
            try:
                __import__(module.name)
            except BaseException:
                pass
# %% long-source-line | call | runtime-error memory-limit wrong-answer syntax-error time-limit |
def add(a, b):
    return eval("+".join(["1"] * 200000))
