"""A process that only starts carries no library that few of its kind ever use."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
HEAVY = ("cn2an", "docx", "lxml", "openpyxl", "polars", "pypinyin", "redis")
START = f"""
import os, sys
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
import django
django.setup()
import config.wsgi
from django.urls import get_resolver
assert get_resolver().reverse_dict
print(*[name for name in {HEAVY!r} if name in sys.modules])
"""


def test_a_process_starts_without_the_heavy_libraries() -> None:
    done = subprocess.run([sys.executable, "-c", START], cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr[-2000:]
    assert done.stdout.split() == [], "loaded at the start: import it by way of kernel.heavy"


def test_only_kernel_heavy_imports_them() -> None:
    wanted = re.compile(rf"^\s*(?:import|from) (?:{'|'.join(HEAVY)})\b", re.MULTILINE)
    files = [path for path in ROOT.rglob("*.py") if path.relative_to(ROOT).parts[0] not in (".venv", "tests", "bench", "var")]
    assert len(files) > 300
    found = {str(path.relative_to(ROOT)) for path in files if wanted.search(path.read_text(encoding="utf-8"))}
    assert found == {"kernel/heavy.py"}
