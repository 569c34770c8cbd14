"""`python -m bench.peak MODULE ARGUMENT…` calls the module's `peak` and prints this process's peak memory in MB."""

from __future__ import annotations

import importlib
import os
import sys
from pathlib import Path

import django


def main() -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
    django.setup()
    importlib.import_module(sys.argv[1]).peak(*sys.argv[2:])
    print(peak_mb())


def peak_mb() -> float:
    """The most this program has held. Not `ru_maxrss`: that goes on from the process that started this one, before `exec`."""
    status = Path("/proc/self/status").read_text(encoding="ascii", errors="replace")
    return next(int(line.split()[1]) for line in status.splitlines() if line.startswith("VmHWM")) / 1024


if __name__ == "__main__":
    main()
