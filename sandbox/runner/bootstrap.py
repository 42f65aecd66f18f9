# What the runner's forks execute. U is the fork with the program that nobody trusts; T, for tests that are
# code themselves, is the fork with the tests. Values cross as JSON with a tag for each type: nothing that
# comes back is ever executed, and nothing that U says decides a verdict.
# One module with values.py, which is read before it and holds the imports.

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


def load(source):
    sys.setrecursionlimit(10_000)
    sys.set_int_max_str_digits(0)
    builtins.exit = builtins.quit = sys.exit
    module = types.ModuleType("__main__")
    module.__dict__["__builtins__"] = builtins
    sys.modules["__main__"] = module
    code = compile(source, "<program>", "exec", dont_inherit=True)
    exec(code, module.__dict__)
    return module.__dict__


def leave(status):
    import threading, atexit
    try:
        threading._shutdown()
        atexit._run_exitfuncs()
    finally:
        for stream in (sys.stdout, sys.stderr):
            try:
                stream.flush()
            except BaseException:
                pass
        os._exit(status)


def guarded(body):
    status = 0
    try:
        body()
    except SystemExit as error:
        code = error.code
        status = 0 if code is None else code & 255 if isinstance(code, int) else 1
        if isinstance(code, str):
            print(code, file=sys.stderr)
    except SyntaxError as error:
        status = 78 if error.filename == "<program>" else 1
        print(json.dumps(describe(error)), file=sys.stderr)
    except MemoryError as error:
        error.__traceback__ = None
        status = 77
    except BaseException as error:
        status = 76
        print(json.dumps(describe(error)), file=sys.stderr)
    leave(status)


# U: a whole program on standard input and output.
def run_stdio(source):
    guarded(lambda: load(source))


# U: calls, one frame of result for each.
def run_call(source, name, cases, fd):
    def body():
        scope = load(source)
        function = scope.get(name.split(".")[0])
        for part in name.split(".")[1:]:
            if isinstance(function, type):
                function = function()
            function = getattr(function, part, None)
        if function is None:
            raise NameError("name '%s' is not defined" % name)
        for arguments in json.loads(cases):
            result = function(*arguments)
            if isinstance(result, (types.GeneratorType, map, filter, zip)):
                result = list(result)
            try:
                message = {"v": encode(result)}
            except Unencodable as error:
                message = {"u": str(error)}
            send(fd, message)
    guarded(body)


# U: answers T's questions about the program's objects.
def serve(source, fd):
    handles = Handles()

    def body():
        try:
            scope = load(source)
        except SystemExit:
            scope = sys.modules["__main__"].__dict__
        except BaseException as error:
            status = 78 if isinstance(error, SyntaxError) and error.filename == "<program>" else 77 if isinstance(error, MemoryError) else 76
            send(fd, {"e": describe(error), "status": status})
            raise
        names = [n for n, v in scope.items() if not n.startswith("__") and not isinstance(v, types.ModuleType)]
        modules = {n: v.__name__ for n, v in scope.items() if isinstance(v, types.ModuleType)}
        send(fd, {"names": names, "modules": modules})
        while True:
            try:
                request = receive(fd)
            except EOFError:
                return
            op = request["op"]
            try:
                get = lambda h: handles[h]
                args = [decode(a, get) for a in request.get("args", [])]
                kwargs = {k: decode(v, get) for k, v in request.get("kwargs", {}).items()}
                target = scope[request["name"]] if "name" in request else handles[request["h"]]
                extra = {}
                if op == "get":
                    result = target
                elif op == "call":
                    result = target(*args, **kwargs)
                    extra = {"args": [encode(a, handles) if isinstance(a, (list, dict, set)) else None for a in args]}
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
                send(fd, {"v": encode(result, handles), **extra})
            except MemoryError:
                send(fd, {"e": {"type": "MemoryError", "message": "", "line": 0}, "status": 77})
            except BaseException as error:
                send(fd, {"e": describe(error), "status": 76})
    guarded(body)


class ProgramError(Exception):
    def __init__(self, details, status):
        super().__init__(details.get("message", ""))
        self.details, self.status = details, status


class Opaque(Exception):
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

    def reference(self, handle):
        if type(handle) is not int:
            raise ValueError("a handle that is no number")
        return self.proxies.setdefault(handle, Proxy(self, handle, "object"))

    def ask(self, op, handle, key=None, args=(), kwargs=None, name=None):
        request = {"op": op, "args": [encode(a) for a in args]}
        if name is not None:
            request["name"] = name
        else:
            request["h"] = handle
        if key is not None:
            request["key"] = key
        if kwargs:
            request["kwargs"] = {k: encode(v) for k, v in kwargs.items()}
        send(self.fd, request)
        answer = receive(self.fd)
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
        for given, after in zip(args, answer.get("args") or []):
            if after is None:
                continue
            new = decode(after, self.reference)
            if type(given) is list and type(new) is list:
                given[:] = new
            elif type(given) in (dict, set) and type(new) is type(given):
                given.clear()
                given.update(new)
        return decode(answer["v"], self.reference)


# Names that a piece of test code mentions, in its functions too.
def used_names(code):
    names = set(code.co_names)
    for constant in code.co_consts:
        if isinstance(constant, types.CodeType):
            names |= used_names(constant)
    return names


# T: runs the tests; its report is the verdict.
def run_tests(spec, link_fd, report_fd):
    spec = json.loads(spec)
    done = 0

    def report(**fields):
        send(report_fd, {"done": done, **fields})
        os._exit(0)

    sys.setrecursionlimit(10_000)
    sys.set_int_max_str_digits(0)
    link = Link(link_fd)
    # The tests' own code is compiled first: what is wrong with it is no fault of the program.
    try:
        steps = [compile(text, "<tests>", "exec", dont_inherit=True) for text in spec["steps"]]
        setup = compile(spec["setup"], "<tests>", "exec", dont_inherit=True)
        before = compile(spec["before"], "<tests>", "exec", dont_inherit=True)
    except BaseException as error:
        report(fault="the tests do not compile: %s: %s" % (type(error).__name__, error))
    try:
        hello = receive(link_fd)
        if "e" in hello:
            report(outcome=hello.get("status", 76), error=hello["e"])
        scope = {"__builtins__": builtins, "__name__": "tests"}
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
                report(outcome=76, error={"type": "NameError", "message": "%s is not defined" % spec["entry"], "line": 0})
            scope["candidate"] = scope[spec["entry"]]
        exec(setup, scope)
        for step in steps:
            exec(step, scope)
            done += 1
    except ProgramError as error:
        report(outcome=error.status, error=error.details)
    except AssertionError as error:
        report(outcome=1, error={"type": "AssertionError", "message": str(error)[:500], "line": 0})
    except EOFError:
        report(outcome=2, error={"type": "EOFError", "message": "the program ended before its tests did", "line": 0})
    except Unencodable as error:
        report(fault="a test hands over what can't cross to the program: %s" % error)
    except Opaque as error:
        report(outcome=1, error={"type": "Opaque", "message": str(error), "line": 0})
    except BaseException as error:
        report(outcome=76, error=getattr(error, "from_program", None) or describe(error))
    report(outcome=0)
