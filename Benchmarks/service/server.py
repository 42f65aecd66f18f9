"""A service that a benchmark starts, asks and ends."""
import contextlib
import http.client
import json
import os
import pathlib
import signal
import socket
import subprocess
import sys
import tempfile
import time

START_SECONDS = 60


class Server:
    """A service in processes of its own, started and found ready on entering, ended on leaving."""

    def __init__(self, name, command, ready, cwd=None):
        with socket.create_server(("127.0.0.1", 0)) as free:
            self.port = free.getsockname()[1]
        self.name, self.ready, self.cwd = name, ready, cwd
        self.url = f"http://127.0.0.1:{self.port}"
        self.command = [str(word).replace("PORT", str(self.port)) for word in command]

    def __enter__(self):
        self.log = tempfile.TemporaryFile()
        self.process = subprocess.Popen(
            self.command, cwd=self.cwd, stdout=self.log, stderr=self.log, start_new_session=True)
        end = time.monotonic() + START_SECONDS
        while True:
            with contextlib.suppress(OSError, http.client.HTTPException):
                if self.ask("GET", self.ready)[0] == 200:
                    return self
            if self.process.poll() is not None or time.monotonic() > end:
                self.__exit__()
                self.log.seek(0)
                sys.exit(f"{self.name} does not start: {self.log.read().decode(errors='replace')[-2000:]}")
            time.sleep(0.1)

    def __exit__(self, *_):
        self.process.terminate()
        try:
            self.process.wait(10)
        except subprocess.TimeoutExpired:
            pass
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait()

    def ask(self, method, path, body=None):
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=600)
        try:
            connection.request(method, path, body, {"Content-Type": "application/json"} if body else {})
            answer = connection.getresponse()
            return answer.status, answer.read()
        finally:
            connection.close()

    def post(self, path, body):
        status, answer = self.ask("POST", path, body)
        if status != 200:
            sys.exit(f"{self.name} answers {status} to POST {path} {body[:300]}: {answer[:300]}")
        return json.loads(answer)

    def cpu_seconds(self):
        """Of its processes and of those that they have waited for."""
        parents, seconds = {}, {}
        for file in pathlib.Path("/proc").glob("[0-9]*/stat"):
            with contextlib.suppress(OSError):
                fields = file.read_text().rsplit(")", 1)[1].split()
                parents[int(file.parent.name)] = int(fields[1])
                seconds[int(file.parent.name)] = sum(map(int, fields[11:15])) / os.sysconf("SC_CLK_TCK")

        def belongs(pid):
            while pid > 1 and pid != self.process.pid:
                pid = parents.get(pid, 0)
            return pid == self.process.pid

        return sum(spent for pid, spent in seconds.items() if belongs(pid))

    def memory(self):
        """Resident megabytes of its first process."""
        pages = pathlib.Path(f"/proc/{self.process.pid}/statm").read_text().split()[1]
        return int(pages) * os.sysconf("SC_PAGE_SIZE") / 1e6

    def settle(self):
        """Until it has done what wrk left unanswered, so that the next one's turn is not disturbed."""
        before, end = self.cpu_seconds(), time.monotonic() + 60
        while time.monotonic() < end:
            time.sleep(0.3)
            now = self.cpu_seconds()
            if now - before < 0.03:
                return
            before = now
