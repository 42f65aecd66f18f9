# Programs that don't solve the task and want to be paid. None may be accepted.
# %% always-equal | call | wrong-answer runtime-error | only exact built-in types leave the program
class E:
    def __eq__(self, other):
        return True
    __hash__ = None
def add(a, b):
    return E()
# %% always-equal-list | call | wrong-answer runtime-error | a list that claims to equal everything is its items
class E(list):
    def __eq__(self, other):
        return True
def add(a, b):
    return E()
# %% always-equal-int | call | wrong-answer | a number that claims to equal everything is the number in it
class E(int):
    def __eq__(self, other):
        return True
    def __index__(self):
        return 5
    __int__ = __index__
def add(a, b):
    return E(-1)
# %% always-equal-float | call | wrong-answer |
class E(float):
    __eq__ = lambda self, other: True
    __sub__ = __rsub__ = lambda self, other: 0.0
def add(a, b):
    return E(-1)
# %% always-equal-assert | assert | wrong-answer runtime-error | the tests have a stand-in, which equals nothing
class E:
    def __eq__(self, other):
        return True
def add(a, b):
    return E()
# %% never-unequal-check | check | wrong-answer runtime-error |
class E:
    def __eq__(self, other):
        return True
    def __ne__(self, other):
        return False
    def __bool__(self):
        return True
def add(a, b):
    return E()
# %% reflected-equality | assert | wrong-answer runtime-error |
class M(type):
    def __eq__(self, other):
        return True
class E(metaclass=M):
    pass
def add(a, b):
    return E
# %% exit-at-once | assert | runtime-error wrong-answer |
import sys
sys.exit(0)
# %% exit-in-call | call | runtime-error wrong-answer | ending with status 0 is no answer
import os
def add(a, b):
    os._exit(0)
# %% exit-in-call-assert | assert | runtime-error wrong-answer |
import os
def add(a, b):
    os._exit(0)
# %% exit-in-call-check | check | runtime-error wrong-answer |
import sys
def add(a, b):
    sys.exit(0)
# %% print-passed | stdio | wrong-answer |
print("passed")
print("OK")
# %% print-verdict | stdio | wrong-answer |
print('{"outcome": "accepted", "passed": 3, "score": 1.0}')
# %% forge-result-frames | call | wrong-answer runtime-error | bytes on the link only say what it returns
import os
def add(a, b):
    frame = b"\x09\0\0\0i" + (7).to_bytes(8, "little")
    os.write(3, frame * 3)
    os._exit(0)
# %% forge-too-many-frames | call | wrong-answer runtime-error |
import os
def add(a, b):
    os.write(3, b"\x01\0\0\0T" * 100)
    return 7
# %% forge-report | assert | wrong-answer runtime-error | the report is written by another process
import os
report = b"d\x02\0\0\0s\x04\0\0\0donei\x03" + b"\0" * 7 + b"s\x07\0\0\0outcomei" + b"\0" * 8
for fd in range(128):
    try:
        os.write(fd, len(report).to_bytes(4, "little") + report)
    except OSError:
        pass
def add(a, b):
    return 0
# %% forge-garbage | assert | wrong-answer runtime-error security-violation | a broken frame is its own fault
import os
os.write(3, b"\xff" * 4096)
def add(a, b):
    return 0
# %% forge-deep-frame | assert | wrong-answer runtime-error |
import os
body = b"l\1\0\0\0" * 100000 + b"N"
os.write(3, len(body).to_bytes(4, "little") + body)
def add(a, b):
    return 0
# %% forge-huge-count | assert | wrong-answer runtime-error memory-limit | a count can't ask for memory
import os
body = b"l\xff\xff\xff\xff"
os.write(3, len(body).to_bytes(4, "little") + body)
def add(a, b):
    return 0
# %% forge-handles | assert | wrong-answer runtime-error |
import os
body = b"d\2\0\0\0s\5\0\0\0namesl\1\0\0\0s\3\0\0\0adds\7\0\0\0modulesd\0\0\0\0"
os.write(3, len(body).to_bytes(4, "little") + body)
answer = b"d\1\0\0\0s\1\0\0\0vh\0\0\0\0"
os.write(3, (len(answer).to_bytes(4, "little") + answer) * 50)
def add(a, b):
    return 0
# %% close-link | call | runtime-error wrong-answer |
import os
def add(a, b):
    os.close(3)
    return a - b
# %% link-replaced | call | runtime-error wrong-answer |
import os
def add(a, b):
    r, w = os.pipe()
    os.dup2(w, 3)
    return 0
# %% rebind-assertion-error | assert | wrong-answer |
class AssertionError(Exception):
    pass
import builtins
builtins.AssertionError = Exception
def add(a, b):
    return 0
# %% patch-builtins | check | wrong-answer runtime-error | the tests have builtins of their own
import builtins
builtins.all = builtins.any = builtins.isinstance = lambda *a, **k: True
builtins.abs = lambda x: 0
def add(a, b):
    return 0
# %% patch-json | assert | wrong-answer runtime-error |
import json
json.loads = lambda *a, **k: {"steps": [], "setup": "", "before": "", "entry": None}
json.dumps = lambda *a, **k: '{"done": 3, "outcome": 0}'
def add(a, b):
    return 0
# %% patch-bootstrap | call | wrong-answer runtime-error |
import sys
for module in list(sys.modules.values()):
    if getattr(module, "__name__", "") == "assay_bootstrap":
        for name in list(vars(module)):
            if callable(getattr(module, name)):
                setattr(module, name, lambda *a, **k: None)
def add(a, b):
    return 0
# %% patch-main-scope | call | wrong-answer runtime-error |
import sys
sys.modules["__main__"] = type("M", (), {"add": staticmethod(lambda a, b: 0)})
def add(a, b):
    return 0
# %% shadow-set | assert | wrong-answer runtime-error | a name of the program hides no builtin of the tests
def set(x): return 0
def len(x): return 0
def abs(x): return 0
def add(a, b):
    return 0
# %% frame-walk | call | wrong-answer runtime-error | expected values are not in this process
import sys
def add(a, b):
    frame = sys._getframe()
    while frame is not None:
        for name, value in list(frame.f_locals.items()) + list(frame.f_globals.items()):
            if "expect" in name or "output" in name or "cases" in name:
                return value
        frame = frame.f_back
    return None
# %% heap-search | call | wrong-answer runtime-error |
import gc
def add(a, b):
    for thing in gc.get_objects():
        if isinstance(thing, dict) and "expected" in thing:
            return thing["expected"]
    return None
# %% memory-search | call | wrong-answer runtime-error | the memory of the process holds no test
def add(a, b):
    try:
        text = open("/proc/self/mem", "rb")
        return 1
    except OSError:
        return None
# %% read-own-arguments | call | wrong-answer runtime-error | nothing of the tests on the command line or in variables
import os, sys
def add(a, b):
    for text in list(sys.argv) + list(os.environ.values()):
        if "add" in text or "assert" in text:
            return text
    return None
# %% next-inputs-early | call | wrong-answer runtime-error | the next arguments come when this result is in
import os, time
def add(a, b):
    time.sleep(0.01)
    os.set_blocking(3, False)
    try:
        if os.read(3, 100):
            print("ATTACK-HIT early")
    except BlockingIOError:
        pass
    os.set_blocking(3, True)
    return 0
# %% trace-function | assert | wrong-answer runtime-error |
import sys
def trace(frame, event, argument):
    frame.f_trace_lines = False
    return None
sys.settrace(trace)
sys.setprofile(trace)
def add(a, b):
    return 0
# %% import-hook | check | wrong-answer runtime-error |
import sys
class Finder:
    def find_spec(self, name, path=None, target=None):
        print("hooked", name)
sys.meta_path.insert(0, Finder())
def add(a, b):
    return 0
# %% stop-iteration | check | wrong-answer runtime-error | ends no loop of the tests
def add(a, b):
    raise StopIteration
# %% raise-assertion | check | wrong-answer runtime-error |
def add(a, b):
    raise AssertionError("all tests passed")
# %% raise-system-exit | check | wrong-answer runtime-error |
def add(a, b):
    raise SystemExit(0)
# %% raise-keyboard-interrupt | check | wrong-answer runtime-error |
def add(a, b):
    raise KeyboardInterrupt
# %% generator-forever | call | wrong-answer time-limit memory-limit output-limit runtime-error |
def add(a, b):
    while True:
        yield a
# %% sys-exit-77 | stdio | runtime-error memory-limit | its choice of exit status is no verdict that pays
import sys
sys.exit(77)
# %% judge-exit-codes | call | runtime-error memory-limit syntax-error |
import os
def add(a, b):
    os._exit(98)
# %% blame-the-judge | call | runtime-error | dying of a signal is its own fault, never the judge's
import ctypes
def add(a, b):
    ctypes.string_at(0)
# %% abort | call | runtime-error |
import os
def add(a, b):
    os.abort()
# %% thread-flips-results | call | wrong-answer runtime-error |
import gc, threading, time
def flip():
    while True:
        for thing in gc.get_objects():
            if type(thing) is list and len(thing) == 3:
                thing[:] = [True] * 3
threading.Thread(target=flip, daemon=True).start()
def add(a, b):
    return 0
# %% pickle-bomb | call | wrong-answer runtime-error | nothing that comes back is executed
class Bomb:
    def __reduce__(self):
        import os
        return (os.system, ("echo ATTACK-HIT > /canary/pickle",))
def add(a, b):
    return Bomb()
# %% names-from-tests | assert | wrong-answer runtime-error |
def __getattr__(name):
    return lambda *a: True
add = type("Any", (), {"__call__": lambda self, *a: self, "__eq__": lambda self, o: True})()
# %% equal-through-str | stdio | wrong-answer |
class S(str):
    def __eq__(self, other): return True
    def strip(self, *a): return self
    def split(self, *a): return [self]
print(S("no"))
# %% nan | call | wrong-answer |
def add(a, b):
    return float("nan")
# %% infinity | call | wrong-answer |
def add(a, b):
    return float("inf")
# %% all-answers | call | wrong-answer |
def add(a, b):
    return [5, 6, 7]
# %% answer-as-text | call | wrong-answer |
def add(a, b):
    return str(a + b)
# %% write-to-input | stdio | wrong-answer runtime-error | its standard input is not where expected values are
import os
os.lseek(0, 0, 0)
try:
    os.write(0, b"5\n")
except OSError:
    pass
os.lseek(0, 0, 0)
print(os.read(0, 100).decode())
# %% empty | call | runtime-error wrong-answer |
# %% only-a-name | call | runtime-error wrong-answer |
add = 5
# %% async-function | call | wrong-answer runtime-error |
async def add(a, b):
    return a + b
