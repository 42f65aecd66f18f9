"""The peer: what one writes today to have rewards over HTTP. FastAPI on uvicorn, in the fastest form we know of.

    peer.py math --port PORT [--workers N]
        POST /score        {"gold", "pred"}      → {"reward"}
        POST /score_batch  [{"gold", "pred"}...] → {"rewards"}
    peer.py code --port PORT [--workers N]
        POST /run_code     {"code"}              → {"status", "return_code", "stdout", "stderr"}

Bodies are read and written by orjson, without a model of them for FastAPI to check. Math-Verify is called as its README
has it. Its time limits are left on, as they are by default: they are alarms, which work on the main thread alone, so
the routes are `async def` and judge on the event loop, a worker a processor. A pool of threads would have to switch
them off, and would not be faster: the interpreter has one lock.

Each worker listens on a socket of its own to the same port (SO_REUSEPORT). With `uvicorn --workers 2` both wait on one
socket, and whoever wakes up first takes all connections that are there: of 16 it had all, and one processor idled.
"""
import argparse
import asyncio
import multiprocessing
import os
import signal
import socket
import sys

import orjson
import uvicorn
from fastapi import FastAPI, Request, Response

# Not the virtual environment's: starting that one takes longer.
PYTHON = "/usr/bin/python3" if os.access("/usr/bin/python3", os.X_OK) else "python3"
PROGRAM_SECONDS = 10


def reply(value):
    return Response(orjson.dumps(value), media_type="application/json")


def service():
    app = FastAPI(openapi_url=None)

    @app.get("/ready")
    async def ready():
        return reply({"status": "ready"})

    return app


def math():
    from math_verify import parse, verify

    def reward(pair):
        return float(verify(parse(pair["gold"]), parse(pair["pred"])))

    app = service()

    @app.post("/score")
    async def score(request: Request):
        return reply({"reward": reward(orjson.loads(await request.body()))})

    @app.post("/score_batch")
    async def score_batch(request: Request):
        return reply({"rewards": [reward(pair) for pair in orjson.loads(await request.body())]})

    return app


def code():
    """Programs in a bare process each: no limits, no isolation. Math-Verify stays out, or forking would take longer."""
    app = service()

    @app.post("/run_code")
    async def run_code(request: Request):
        body = orjson.loads(await request.body())
        process = await asyncio.create_subprocess_exec(
            PYTHON, "-I", "-S", "-c", body["code"], stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE)
        try:
            output, errors = await asyncio.wait_for(process.communicate(), PROGRAM_SECONDS)
        except TimeoutError:
            process.kill()
            await process.wait()
            return reply({"status": "Failed", "return_code": None, "stdout": "", "stderr": ""})
        return reply({
            "status": "Success" if process.returncode == 0 else "Failed", "return_code": process.returncode,
            "stdout": output.decode(errors="replace"), "stderr": errors.decode(errors="replace")})

    return app


def serve(kind, port):
    listening = socket.socket()
    listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
    listening.bind(("127.0.0.1", port))
    app = {"math": math, "code": code}[kind]()  # before it listens: what is ready is warm
    config = uvicorn.Config(app, loop="uvloop", http="httptools", access_log=False, log_level="warning")
    uvicorn.Server(config).run(sockets=[listening])


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("kind", choices=["math", "code"])
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--workers", type=int, default=len(os.sched_getaffinity(0)))
    options = parser.parse_args()
    start = multiprocessing.get_context("spawn").Process
    workers = [start(target=serve, args=(options.kind, options.port)) for _ in range(options.workers)]
    for worker in workers:
        worker.start()
    signal.signal(signal.SIGTERM, lambda *_: [worker.terminate() for worker in workers])
    for worker in workers:
        worker.join()
    sys.exit(any(worker.exitcode not in (0, -signal.SIGTERM) for worker in workers))


if __name__ == "__main__":
    main()
