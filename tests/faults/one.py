"""One part in this process: `python -m tests.faults.one NAME FOLDER [--reduced]` writes FOLDER/results.json."""

from __future__ import annotations

import importlib
import signal
import sys
from pathlib import Path

import django
from django.core.management import call_command


def main() -> None:
    name, folder, reduced = sys.argv[1], Path(sys.argv[2]), "--reduced" in sys.argv
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))  # so that what this part started ends with it
    django.setup()
    if name.startswith("make-"):
        _make(name, reduced, folder)
        return
    if name == "embedded":
        call_command("migrate", verbosity=0)
    from tests.faults.checks import Checks

    checks = Checks()
    try:
        importlib.import_module(f"tests.faults.{name}").run(checks, folder, reduced)
    except Exception as error:  # a part that breaks off has failed; what it found until then still counts
        checks.check(f"{name}: runs to its end", False, f"{type(error).__name__}: {error}")
    checks.write(folder / "results.json")


def _make(name: str, reduced: bool, folder: Path) -> None:
    """The databases the parts copy: bare tables, the ground, or branches that wait for 计算; and the odd files.

    The latter in a process of their own: making them is no part of the memory that reading them is allowed.
    """
    from bench import worlds
    from tests.faults.runs import PEOPLE

    if name == "make-odd":
        from tests.clients.imports.odd_files import ALL

        for number, odd in enumerate(ALL):
            (folder / str(number)).write_bytes(odd.make())
    elif name == "make-bare":
        call_command("migrate", verbosity=0)
    elif name == "make-ground":
        worlds.ground()
    else:
        worlds.ready_to_compute(PEOPLE, codes=[f"K{at:03d}" for at in range(7 if reduced else 50)])


if __name__ == "__main__":
    main()
