"""One bench in this process: `python -m bench.one NAME FILE [--reduced]` writes its rows to FILE as JSON."""

from __future__ import annotations

import importlib
import json
import os
import sys
from pathlib import Path

import django
from django.core.management import call_command


def main() -> None:
    name, reduced = sys.argv[1], "--reduced" in sys.argv
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
    django.setup()
    if name == "ground":
        call_command("migrate", verbosity=0)
        importlib.import_module("bench.worlds").ground()
        return
    module = importlib.import_module(f"bench.{name}")
    if getattr(module, "NEEDS_DATABASE", False):
        call_command("migrate", verbosity=0)
    rows = module.run(reduced)
    Path(sys.argv[2]).write_text(json.dumps([row.as_dict() for row in rows], ensure_ascii=False), encoding="utf-8")


if __name__ == "__main__":
    main()
