"""A worker that closes branches: `python -m bench.lane FILE`, where FILE holds a `Work`, pickled.

It closes the branch to warm up with, says `ready`, and then, for each month that is written to it, closes all its branches one
after the other and answers with what that took, as a line of JSON.
"""

from __future__ import annotations

import json
import os
import pickle
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import django

if __name__ == "__main__":
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
    django.setup()

from django.db import connection

from bench.closing import LATER, OPENING, Office, Spent, close_branch
from bench.measure import Clock, counted
from kernel.months import Month


@dataclass
class Work:
    """`warm`: closed before the clock starts, it pays for what is loaded once; `offices`: the lane's branches."""

    warm: Office
    offices: list[Office]


class Lane:
    """Such a worker, seen from the process that started it."""

    def __init__(self, work: Work, file: Path) -> None:
        file.write_bytes(pickle.dumps(work))
        command = [sys.executable, "-m", "bench.lane", str(file)]
        self._process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        self._answer()

    def begin(self, month: Month) -> None:
        assert self._process.stdin is not None
        self._process.stdin.write(f"{month}\n")
        self._process.stdin.flush()

    def ended(self) -> Spent:
        """What the month took, once it is over."""
        return Spent(**json.loads(self._answer()))

    def stop(self) -> None:
        self._process.communicate()

    def _answer(self) -> str:
        assert self._process.stdout is not None
        if line := self._process.stdout.readline():
            return line
        raise RuntimeError(f"a lane ended with {self._process.wait()}")


def main() -> None:
    work: Work = pickle.loads(Path(sys.argv[1]).read_bytes())  # written by the process that started this one
    clock = Clock(connection)
    for month in (OPENING, LATER):
        close_branch(work.warm, month, Spent(), clock)
    print("ready", flush=True)
    for line in sys.stdin:
        spent = Spent()
        with counted(connection) as counter:
            for office in work.offices:
                close_branch(office, Month.parse(line.strip()), spent, clock)
        print(json.dumps({"took": spent.took, "statements": counter.statements}), flush=True)


if __name__ == "__main__":
    main()
