"""Real processes: a Redis of our own on a free port, a Celery worker that is started again when it dies, a beat."""

from __future__ import annotations

import atexit
import contextlib
import os
import signal
import socket
import subprocess
import sys
import threading
from pathlib import Path

import redis

from tests.faults.checks import wait_for


def free_port() -> int:
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return int(one.getsockname()[1])


class Redis:
    """An in-memory Redis that forgets everything when it is killed."""

    def __init__(self, folder: Path) -> None:
        self.port, self._folder = free_port(), folder
        self._process: subprocess.Popen[bytes] | None = None
        atexit.register(self.kill)
        self.start()

    @property
    def url(self) -> str:
        return f"redis://127.0.0.1:{self.port}/0"

    @property
    def client(self) -> redis.Redis:
        return redis.Redis(port=self.port, socket_connect_timeout=1)

    def start(self) -> None:
        command = ["redis-server", "--port", str(self.port), "--bind", "127.0.0.1", "--save", "", "--appendonly", "no"]
        self._process = subprocess.Popen(command, cwd=self._folder, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        if not wait_for(self.answers, 10):
            raise RuntimeError("redis-server did not start")

    def answers(self) -> bool:
        try:
            return bool(self.client.ping())
        except redis.RedisError:
            return False

    def kill(self) -> None:
        if self._process is not None and self._process.poll() is None:
            self._process.send_signal(signal.SIGKILL)
            self._process.wait()


class Celery:
    """One celery process (`worker …` or `beat …`) in a process group of its own; `keep` starts it again whenever it dies."""

    def __init__(self, *arguments: str, env: dict[str, str], log: Path) -> None:
        self._command = [sys.executable, "-m", "celery", "-A", "tests.faults.worker", *arguments]
        self._env, self._log = {**os.environ, **env}, log
        self._ended = threading.Event()
        self.starts, self._orphaned = 0, list[int]()
        atexit.register(self.end)
        self._process = self._start()
        self._keeper = threading.Thread(target=self._keep, daemon=True)
        self._keeper.start()

    def _start(self) -> subprocess.Popen[bytes]:
        self.starts += 1
        with self._log.open("ab") as log:
            return subprocess.Popen(self._command, env=self._env, stdout=log, stderr=log, start_new_session=True)

    def _keep(self) -> None:
        while not self._ended.wait(0.3):
            if self._process.poll() is not None and not self._ended.is_set():
                self._process = self._start()

    def kill_group(self) -> None:
        """The machine dies: parent and children at the same moment."""
        os.killpg(self._process.pid, signal.SIGKILL)

    def kill_parent(self) -> None:
        self._orphaned.append(self._process.pid)
        os.kill(self._process.pid, signal.SIGKILL)

    def end(self) -> None:
        self._ended.set()
        self._keeper.join(timeout=2)
        for group in self._orphaned:  # what such a parent left behind
            with contextlib.suppress(ProcessLookupError):
                os.killpg(group, signal.SIGKILL)
        if self._process.poll() is None:
            os.killpg(self._process.pid, signal.SIGKILL)
            self._process.wait()


def worker(env: dict[str, str], folder: Path) -> Celery:
    flags = ("--pool", "prefork", "--concurrency", "3", "--loglevel", "warning", "--without-gossip", "--without-mingle")
    return Celery("worker", *flags, env=env, log=folder / "worker.log")


def beat(env: dict[str, str], folder: Path) -> Celery:
    schedule = ("--schedule", str(folder / "beat"), "--pidfile", "", "--loglevel", "warning")
    return Celery("beat", *schedule, env=env, log=folder / "beat.log")


def quit_on_exit(*processes: Redis | Celery) -> None:
    for process in processes:
        if isinstance(process, Celery):
            process.end()
        else:
            process.kill()
