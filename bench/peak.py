"""`python -m bench.peak MODULE ARGUMENT…` calls the module's `peak` and prints this process's peak memory in MB."""

from __future__ import annotations

import importlib
import os
import resource
import sys

import django


def main() -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
    django.setup()
    importlib.import_module(sys.argv[1]).peak(*sys.argv[2:])
    print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024)


if __name__ == "__main__":
    main()
