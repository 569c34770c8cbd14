"""The application behind gunicorn, and requests that come at a steady rate whether or not the earlier ones are answered."""

from __future__ import annotations

import http.client
import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import cycle, islice

from django.conf import settings
from django.test import Client

from branch.people.actions import open_log_in
from branch.people.models import Person
from branch.people.signing_in import BACKEND

STARTUP = 60.0
AT_ONCE = 16


@dataclass(frozen=True)
class Answer:
    """One request: its address, seconds from when it was due until its last byte, and the status."""

    address: str
    seconds: float
    status: int


def cookie_of(person: Person) -> str:
    """A session of this person, as a browser would send it."""
    client = Client()
    user = person.user or open_log_in(person)
    client.force_login(user or Person.objects.get(pk=person.pk).user, backend=BACKEND)
    return f"{settings.SESSION_COOKIE_NAME}={client.cookies[settings.SESSION_COOKIE_NAME].value}"


@contextmanager
def served(workers: int = 2) -> Iterator[int]:
    """The port it listens on, for as long as the block lasts."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = int(free.getsockname()[1])
    command = [
        sys.executable,
        "-m",
        "gunicorn",
        "config.wsgi",
        "-w",
        str(workers),
        "-b",
        f"127.0.0.1:{port}",
        "--log-level",
        "error",
    ]
    env = {**os.environ, "ALLOWED_HOSTS": "127.0.0.1", "PYTHONPATH": str(settings.BASE_DIR)}
    process = subprocess.Popen(command, env=env, stdout=subprocess.DEVNULL)
    try:
        _wait(port)
        yield port
    finally:
        process.terminate()
        process.wait(timeout=30)


def _wait(port: int) -> None:
    until = time.monotonic() + STARTUP
    while time.monotonic() < until:
        try:
            if ask(port, "/healthz", "").status == 200:
                return
        except OSError:
            time.sleep(0.1)
    raise RuntimeError("gunicorn did not come up")


def ask(port: int, address: str, cookie: str, due: float | None = None) -> Answer:
    begun = time.perf_counter() if due is None else due
    link = http.client.HTTPConnection("127.0.0.1", port, timeout=300)
    try:
        link.request("GET", address, headers={"Cookie": cookie})
        answer = link.getresponse()
        answer.read()
        return Answer(address, time.perf_counter() - begun, answer.status)
    finally:
        link.close()


def ask_in_turn(port: int, addresses: Sequence[str], cookie: str, *, count: int) -> list[Answer]:
    """`count` requests, one after the other's answer, the addresses by turns."""
    return [ask(port, address, cookie) for address in islice(cycle(addresses), count)]


def ask_steadily(port: int, addresses: Sequence[str], cookie: str, *, rate: float, count: int) -> list[Answer]:
    """`count` requests, `rate` a second, the addresses by turns. One that had to wait counts from when it was due."""
    start = time.perf_counter() + 0.1

    def one(at: int, address: str) -> Answer:
        due = start + at / rate
        time.sleep(max(0.0, due - time.perf_counter()))
        return ask(port, address, cookie, due)

    with ThreadPoolExecutor(AT_ONCE) as pool:
        return list(pool.map(one, range(count), islice(cycle(addresses), count)))


def quantile(answers: Sequence[Answer], share: float) -> float:
    """Milliseconds that this share of the answers did not exceed."""
    times = sorted(answer.seconds for answer in answers)
    return times[min(int(len(times) * share), len(times) - 1)] * 1000
