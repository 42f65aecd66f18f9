"""Runs one Python reward function for Assay's host: verl's `compute_score`, or a TRL reward function.

Started with two descriptors (requests, answers), the function's file, and settings as JSON. Frames are a length
of four bytes, the least significant first, then JSON.
"""
import asyncio, importlib.util, inspect, json, math, os, struct, sys, traceback
requests, answers, path, settings = int(sys.argv[1]), int(sys.argv[2]), sys.argv[3], json.loads(sys.argv[4])


def read(count):
    parts = []
    while count:
        part = os.read(requests, min(count, 1 << 20))
        if not part:
            os._exit(0)  # the host has gone
        parts.append(part)
        count -= len(part)
    return b"".join(parts)


def write(value):
    body = json.dumps(value).encode()
    frame = memoryview(struct.pack("<I", len(body)) + body)
    while frame:
        frame = frame[os.write(answers, frame):]


class Failure(Exception):
    """What is wrong with the plugin: a reason, and a sentence that ends with what to do."""


def load():
    sys.path.insert(0, os.path.dirname(path))
    sys.argv = [path]
    spec = importlib.util.spec_from_file_location(os.path.basename(path)[:-3], path)
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module


def choose(module):
    """The function that judges, and its form."""
    named = settings.get("function")
    if named:
        function = getattr(module, named, None)
        if function is None:
            raise Failure("no-function", "there is no “%s” in %s. Mend the manifest's “function”." % (named, path))
        return function, form(function)
    found = []
    for name, value in vars(module).items():
        if name.startswith("_") or not callable(value) or inspect.isclass(value):
            continue
        if getattr(value, "__module__", module.__name__) != module.__name__:
            continue
        if form(value):
            found.append((name, value))
    first = [pair for pair in found if pair[0] == "compute_score"] or found
    if len(first) != 1:
        raise Failure("no-function", "%s has %s that take solution_str or completions (%s). Name one in the manifest's “function”." % (
            path, "several functions" if first else "no function", ", ".join(name for name, _ in first) or "none"))
    return first[0][1], form(first[0][1])


def form(function):
    try:
        names = inspect.signature(function).parameters
    except (TypeError, ValueError):
        return None
    for name, kind in (("solution_str", "verl"), ("solution_strs", "verl-batch"), ("completions", "trl")):
        if name in names:
            return kind
    return None


def fitting(function, given):
    """Those of the arguments that the function takes."""
    names = inspect.signature(function).parameters
    if any(p.kind is inspect.Parameter.VAR_KEYWORD for p in names.values()):
        return given
    return {key: value for key, value in given.items() if key in names}


class State:
    """TRL's trainer_state, as far as it is known here."""
    global_step = 0


def call(function, kind, sample, noted):
    metadata = sample.get("metadata") or {}
    options = settings.get("options") or {}
    reference = sample.get("reference")
    if kind == "trl":
        prompt = sample.get("prompt", "")
        completion = sample["completion"]
        if settings.get("conversational", isinstance(prompt, list)):
            completion = [{"role": "assistant", "content": completion}]
            if not isinstance(prompt, list):
                prompt = [{"role": "user", "content": prompt}]
        columns = {name: [reference] for name in ("answer", "solution", "ground_truth", "reference")}
        columns.update({key: [value] for key, value in metadata.items()})
        columns.update(id=[sample["id"]], domain=[sample["domain"]])
        given = dict(columns, prompts=[prompt], completions=[completion], completion_ids=[[]], trainer_state=State,
                     log_extra=lambda name, values: noted.__setitem__(name, values[0] if values else None),
                     log_metric=lambda name, value: noted.__setitem__(name, value), **options)
        result = function(**fitting(function, given))
    else:
        source = metadata.get("data_source") or sample["domain"]
        extra = dict(metadata, index=metadata.get("index", sample["id"]))
        if kind == "verl":
            given = dict(options, data_source=source, solution_str=sample["completion"], ground_truth=reference,
                         extra_info=extra)
        else:
            given = dict(options, data_sources=[source], solution_strs=[sample["completion"]],
                         ground_truths=[reference], extra_infos=[extra])
        result = function(**fitting(function, given))
    if inspect.isawaitable(result):
        result = loop.run_until_complete(result)
    return result if kind == "verl" else result[0]


def number(value):
    if hasattr(value, "item"):  # numpy, torch
        value = value.item()
    if isinstance(value, bool) or type(value) in (int, float):
        return float(value)
    raise Failure("bad-verdict", "it returned %.80r, which is no number. Mend the function." % (value,))


def text(value):
    return value if isinstance(value, str) else repr(value) if not isinstance(value, (bool, int, float)) else json.dumps(value)


def judge(function, kind, sample):
    noted = {}
    result = call(function, kind, sample, noted)
    if isinstance(result, dict):
        if "score" not in result:
            raise Failure("bad-verdict", "it returned a dictionary without “score”. Mend the function.")
        noted.update((key, value) for key, value in result.items() if key != "score")
        result = result["score"]
    details = {str(key)[:100]: text(value)[:1000] for key, value in noted.items()}
    if result is None:
        return {"status": "abstained", "score": 0, "reason": "none", "details": details}
    raw = number(result)
    low, high = settings.get("score_range") or (0, 1)
    if math.isnan(raw) or not low <= raw <= high:
        raise Failure("score-out-of-range", "it returned %r, and scores lie in [%g, %g]. Set the manifest's “score_range”." % (raw, low, high))
    score = (raw - low) / (high - low)
    if (low, high) != (0, 1):
        details["raw_score"] = repr(raw)
    accepted = score >= settings.get("accepted_from", 0.5)
    return {"status": "accepted" if accepted else "rejected", "score": score,
            "reason": "accepted" if accepted else "rejected", "details": details}


def explain(error):
    """Type, message and the last line of the plugin's own that it came through."""
    frames = [f for f in traceback.extract_tb(error.__traceback__) if f.filename != "<string>"]
    place = " (%s, line %d)" % (os.path.basename(frames[-1].filename), frames[-1].lineno) if frames else ""
    return "%s: %.300s%s. Mend the plugin." % (type(error).__name__, error, place)


loop = asyncio.new_event_loop()
try:
    module = load()
    function, kind = choose(module)
    if kind is None:
        raise Failure("no-function", "the function takes neither solution_str nor completions. Name another one.")
except BaseException as error:
    write({"failed": error.args[1] if isinstance(error, Failure) else explain(error)})
    os._exit(1)
summary = (inspect.getdoc(function) or inspect.getdoc(module) or "A Python reward function.").split("\n")[0]
write({"hello": {"name": settings["name"], "version": str(settings.get("version") or getattr(module, "__version__", "0")),
                 "domains": settings.get("domains") or [], "deterministic": settings.get("deterministic", True),
                 "cost": "millis", "licence": settings.get("licence") or "unknown",
                 "summary": settings.get("summary") or summary, "form": kind}})
while True:
    request = json.loads(read(struct.unpack("<I", read(4))[0]))
    answer = {"number": request["number"]}
    try:
        answer["verdict"] = judge(function, kind, request["sample"])
    except Failure as error:
        answer["fault"] = {"reason": error.args[0], "message": error.args[1]}
    except MemoryError:
        answer["fault"] = {"reason": "out-of-memory", "message": "it needs more than the manifest's memory_mb. Raise it, or mend the plugin."}
    except BaseException as error:  # SystemExit too: the function's end is not the worker's
        answer["fault"] = {"reason": "plugin-error", "message": explain(error)}
    write(answer)
