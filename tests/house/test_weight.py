"""A process that only starts carries no library that few of its kind ever use."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
HEAVY = ("docx", "lxml", "openpyxl", "polars", "pypinyin", "redis")
SETUP = """
import os, sys
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
import django
django.setup()
"""
ADDRESSES = """
import config.wsgi
from django.urls import get_resolver
assert get_resolver().reverse_dict
"""


def _loaded(program: str, names: tuple[str, ...]) -> list[str]:
    """Which of these modules a process has that ran the program."""
    asked = f"{program}\nprint(*[name for name in {names!r} if name in sys.modules])"
    done = subprocess.run([sys.executable, "-c", asked], cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr[-2000:]
    return done.stdout.split()


def test_a_process_starts_without_the_heavy_libraries() -> None:
    assert _loaded(SETUP + ADDRESSES, (*HEAVY, "python_calamine")) == [], "loaded at the start: import it by way of kernel.heavy"


def test_a_process_that_answers_no_address_starts_without_the_api() -> None:
    assert _loaded(SETUP, ("rest_framework.serializers", "branch.rest.errors")) == [], "only an api.py stands on branch.rest"


def test_only_kernel_heavy_imports_them() -> None:
    wanted = re.compile(rf"^\s*(?:import|from) (?:{'|'.join(HEAVY)})\b", re.MULTILINE)
    files = [path for path in ROOT.rglob("*.py") if path.relative_to(ROOT).parts[0] not in (".venv", "tests", "bench", "var")]
    assert len(files) > 300
    found = {str(path.relative_to(ROOT)) for path in files if wanted.search(path.read_text(encoding="utf-8"))}
    assert found == {"kernel/heavy.py"}
