# What the runner's forks execute. U is the fork with the program that nobody trusts; T, for tests that are
# code themselves, is the fork with the tests. Values cross by `send` and `receive` (codec.c): nothing that comes
# back is ever executed, and nothing that U says decides a verdict.
import builtins, json, os, sys, types


# Objects of the program that T knows by number: the same object, the same number.
class Handles:
    def __init__(self):
        self.objects, self.numbers = [], {}

    def put(self, value):
        if id(value) not in self.numbers:
            self.numbers[id(value)] = len(self.objects)
            self.objects.append(value)
        return self.numbers[id(value)]

    def get(self, number):
        return self.objects[number]


def describe(error):
    line = 0
    trace = error.__traceback__
    while trace is not None:
        if trace.tb_frame.f_code.co_filename == "<program>":
            line = trace.tb_lineno
        trace = trace.tb_next
    if isinstance(error, SyntaxError):
        line = error.lineno or 0
    return {"type": type(error).__name__, "message": str(error)[:500], "line": line}


sys.setrecursionlimit(10_000)
sys.set_int_max_str_digits(0)
builtins.exit = builtins.quit = sys.exit


# What is left of a program whose exception nobody caught: its exit status.
def judge_end(error):
    if isinstance(error, SystemExit):
        code = error.code
        if code is not None and not isinstance(code, int):
            print(code, file=sys.stderr)
            return 1
        return 0 if code is None else code & 255
    if isinstance(error, MemoryError):
        error.__traceback__ = None
        return 77
    print(json.dumps(describe(error)), file=sys.stderr)
    return status_of(error)


def status_of(error):
    if isinstance(error, SyntaxError) and error.filename == "<program>":
        return 78
    return 77 if isinstance(error, MemoryError) else 76


def find_function(scope, name):
    function = scope.get(name.split(".")[0])
    for part in name.split(".")[1:]:
        if isinstance(function, type):
            function = function()
        function = getattr(function, part, None)
    if function is None:
        raise NameError("name '%s' is not defined" % name)
    return function


def mutable(value):
    return value if isinstance(value, (list, dict, set)) else None


# U: answers T's questions about the program's objects. `error`: what became of the program, or None.
def serve(scope, error, fd):
    if error is not None and not isinstance(error, SystemExit):
        send(fd, {"e": describe(error), "status": status_of(error)}, None)
        raise error
    handles = Handles()
    put = handles.put
    names = [n for n, v in scope.items() if not n.startswith("__") and not isinstance(v, types.ModuleType)]
    modules = {n: v.__name__ for n, v in scope.items() if isinstance(v, types.ModuleType)}
    send(fd, {"names": names, "modules": modules}, None)
    while True:
        try:
            request = receive(fd, handles.get)
        except EOFError:
            return
        op, args, kwargs = request["op"], request["args"], request["kwargs"]
        try:
            target = scope[request["name"]] if "name" in request else handles.get(request["h"])
            extra = {}
            if op == "get":
                result = target
            elif op == "call":
                result = target(*args, **kwargs)
                extra = {"args": [mutable(a) for a in args], "kwargs": {k: mutable(a) for k, a in kwargs.items()}}
            elif op == "attr":
                result = getattr(target, request["key"])
            elif op == "setattr":
                result = setattr(target, request["key"], args[0])
            elif op == "item":
                result = target[args[0]]
            elif op == "list":
                result = list(target)
            elif op == "len":
                result = len(target)
            elif op == "str":
                result = str(target)
            else:
                raise ValueError("no such operation")
            send(fd, {"v": result, **extra}, put)
        except MemoryError:
            send(fd, {"e": {"type": "MemoryError", "message": "", "line": 0}, "status": 77}, None)
        except BaseException as error:
            send(fd, {"e": describe(error), "status": 76}, None)


class ProgramError(Exception):
    def __init__(self, details, status):
        super().__init__(details.get("message", ""))
        self.details, self.status = details, status


class Opaque(Exception):
    pass


# Tests raise it when they can't judge: the fault is theirs.
class Unusable(Exception):
    pass


# T's stand-in for an object that lives in U. U's word decides no comparison: an object of the program that
# claims to equal everything equals nothing here.
class Proxy:
    __slots__ = ("_link", "_handle", "_name")

    def __init__(self, link, handle, name):
        object.__setattr__(self, "_link", link)
        object.__setattr__(self, "_handle", handle)
        object.__setattr__(self, "_name", name)

    def _ask(self, op, **more):
        get = object.__getattribute__
        return get(self, "_link").ask(op, get(self, "_handle"), **more)

    def __call__(self, *args, **kwargs):
        return Proxy._ask(self, "call", args=args, kwargs=kwargs)

    def __getattribute__(self, key):
        if key in ("__class__", "__dict__", "_link", "_handle", "_name", "_ask"):
            return object.__getattribute__(self, key)
        return Proxy._ask(self, "attr", key=key)

    def __setattr__(self, key, value):
        Proxy._ask(self, "setattr", key=key, args=(value,))

    def __getitem__(self, key):
        return Proxy._ask(self, "item", args=(key,))

    def __iter__(self):
        return iter(Proxy._ask(self, "list"))

    def __len__(self):
        return Proxy._ask(self, "len")

    def __str__(self):
        return Proxy._ask(self, "str")

    def __eq__(self, other):
        return self is other

    def __ne__(self, other):
        if not isinstance(other, Proxy):
            raise Opaque("an object of the program stands where a value is compared")
        return self is not other

    def __hash__(self):
        return id(self)

    def _no(self, *_):
        raise Opaque("an object of the program stands where a value is compared")

    __bool__ = __lt__ = __le__ = __gt__ = __ge__ = __contains__ = _no


class Link:
    def __init__(self, fd):
        self.fd = fd
        self.proxies = {}

    # A stand-in goes back as what it stands for; nothing else crosses unencoded.
    def put(self, value):
        if type(value) is Proxy:
            return object.__getattribute__(value, "_handle")
        raise Unencodable("a value of type " + type(value).__name__)

    def reference(self, handle):
        return self.proxies.setdefault(handle, Proxy(self, handle, "object"))

    def ask(self, op, handle, key=None, args=(), kwargs=None, name=None):
        request = {"op": op, "args": list(args), "kwargs": kwargs or {}}
        if name is not None:
            request["name"] = name
        else:
            request["h"] = handle
        if key is not None:
            request["key"] = key
        send(self.fd, request, self.put)
        answer = receive(self.fd, self.reference)
        if "e" in answer:
            details, status = answer["e"], answer.get("status", 76)
            known = getattr(builtins, str(details.get("type")), None)
            # Tests may expect an exception of the standard kinds.
            if isinstance(known, type) and issubclass(known, Exception) and status == 76:
                if issubclass(known, (StopIteration, StopAsyncIteration)):
                    known = RuntimeError  # would end a loop of the tests as if all were well
                error = known(details.get("message", ""))
                error.from_program = details
                raise error
            raise ProgramError(details, status)
        for given, new in zip(args, answer.get("args", ())):
            update(given, new)
        for key, new in answer.get("kwargs", {}).items():
            update(kwargs[key], new)
        return answer["v"]


# What the program did to an argument is done to the test's own object, and to the lists and dictionaries in it as
# far as they stand where they stood.
def update(given, new):
    if type(given) is not type(new):
        return
    if type(given) is list:
        if len(given) == len(new):
            new = [replaced(old, value) for old, value in zip(given, new)]
        given[:] = new
    elif type(given) is dict:
        new = {key: replaced(given.get(key), value) for key, value in new.items()}
        given.clear()
        given.update(new)
    elif type(given) is set:
        given.clear()
        given.update(new)


def replaced(old, new):
    if type(old) is not type(new) or type(old) not in (list, dict, set):
        return new
    update(old, new)
    return old


# Names that a piece of test code mentions, in its functions too.
def used_names(code):
    names = set(code.co_names)
    for constant in code.co_consts:
        if isinstance(constant, types.CodeType):
            names |= used_names(constant)
    return names


# T: judges a program's output by a function of the problem's author.
def check(spec):
    scope = {"__builtins__": builtins, "__name__": "checker"}
    try:
        exec(compile(spec["checker"], "<checker>", "exec", dont_inherit=True), scope)
        result = scope["check"](spec["input"], spec["expected"], spec["output"])
        accepted, message = result if type(result) is tuple and len(result) == 2 else (result, "")
        return {"accepted": bool(accepted), "message": str(message)[:500]}
    except BaseException as error:
        return {"fault": "%s: %s" % (type(error).__name__, error)}


# T: runs the tests; its report is the verdict.
def judge(spec, link_fd):
    done = 0

    def report(**fields):
        return {"done": done, **fields}

    link = Link(link_fd)
    # The tests' own code is compiled first: what is wrong with it is no fault of the program.
    try:
        steps = [compile(text, "<tests>", "exec", dont_inherit=True) for text in spec["steps"]]
        setup = compile(spec["setup"], "<tests>", "exec", dont_inherit=True)
        before = compile(spec["before"], "<tests>", "exec", dont_inherit=True)
    except BaseException as error:
        return report(fault="the tests do not compile: %s: %s" % (type(error).__name__, error))
    try:
        hello = receive(link_fd, None)
        if "e" in hello:
            return report(outcome=hello.get("status", 76), error=hello["e"])
        scope = {"__builtins__": builtins, "__name__": "tests", "Unusable": Unusable}
        exec(before, scope)
        for alias, name in hello.get("modules", {}).items():
            # The standard library's own modules, T's copies of them; the program's names hide no builtin.
            if not hasattr(builtins, alias) and str(name).split(".")[0] in sys.stdlib_module_names:
                scope[alias] = __import__(name, fromlist=["*"])
        used = set().union(*(used_names(step) for step in steps + [setup]))
        defined = [n for n in hello["names"] if type(n) is str and n in used or n == spec.get("entry")]
        defined = [n for n in defined if n not in scope or n == spec.get("entry")]
        plain = [n for n in defined if not hasattr(builtins, n) and n not in sys.stdlib_module_names]
        # What the prompt defines stays. `sum` or `math` is the program's only where the tests call nothing
        # else of it: otherwise a program could replace `set`, and with it what the tests compare.
        for name in plain or defined:
            scope[name] = link.ask("get", None, name=name)
        if spec.get("entry") is not None:
            if spec["entry"] not in hello["names"]:
                missing = {"type": "NameError", "message": "%s is not defined" % spec["entry"], "line": 0}
                return report(outcome=76, error=missing)
            scope["candidate"] = scope[spec["entry"]]
        exec(setup, scope)
        for step in steps:
            exec(step, scope)
            done += 1
        return report(outcome=0)
    except ProgramError as error:
        return report(outcome=error.status, error=error.details)
    except AssertionError as error:
        return report(outcome=1, error={"type": "AssertionError", "message": str(error)[:500], "line": 0})
    except EOFError:
        ended = {"type": "EOFError", "message": "the program ended before its tests did", "line": 0}
        return report(outcome=2, error=ended)
    except Unencodable as error:
        return report(fault="a test hands over what can't cross to the program: %s" % error)
    except Unusable as error:
        return report(fault=str(error))
    except Opaque as error:
        return report(outcome=1, error={"type": "Opaque", "message": str(error), "line": 0})
    except BaseException as error:
        return report(outcome=76, error=getattr(error, "from_program", None) or describe(error))


def run_tests(spec, link_fd, report_fd):
    spec = json.loads(spec)
    send(report_fd, check(spec) if "checker" in spec else judge(spec, link_fd), None)
    os._exit(0)


# The runner itself does once, with a program of ours, what its forks will do: each side against a fork with the
# other. What CPython learns from it (where the methods of a type are, which code is hot) would cost every fork the
# copy of a page.
def rehearse(program, tests, links):
    spec = json.dumps({"before": "", "setup": tests, "steps": ["check(candidate)"], "entry": "f"})
    scope, stdout = {"__builtins__": builtins, "__name__": "__main__"}, sys.stdout
    with open(os.devnull, "w") as sys.stdout:
        exec(compile(program, "<program>", "exec", dont_inherit=True), scope)
        for (here, there), judging in zip(links, (True, False)):
            pid = os.fork()
            os.close(there if pid else here)
            if bool(pid) == judging:
                report = judge(json.loads(spec), here if pid else there)
            else:
                report = serve(scope, None, here if pid else there)
            if pid == 0:
                os._exit(0)
            if judging and report.get("outcome") != 0:
                raise RuntimeError("the rehearsal fails: %s" % report)
            os.close(here)
            os.waitpid(pid, 0)
    sys.stdout = stdout
