"""The room is pure: it needs neither Django nor a database nor the clock."""

from __future__ import annotations

import ast
import subprocess
import sys
from pathlib import Path

import pytest

ROOM = Path(__file__).resolve().parents[3] / "payroll" / "reckoning"
MODULES = sorted(ROOM.rglob("*.py"))


def test_all_of_it_imports_without_django():
    names = [".".join(("payroll", "reckoning", *path.relative_to(ROOM).with_suffix("").parts)) for path in MODULES]
    code = "\n".join(
        [*(f"import {name.removesuffix('.__init__')}" for name in names), "import sys", "assert 'django' not in sys.modules"]
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOM.parents[1], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize("path", MODULES, ids=lambda path: path.name)
def test_no_clock_no_float_no_rounding_of_its_own(path: Path):
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Attribute):
            assert node.attr not in {"today", "now", "quantize"}, f"{path.name}:{node.lineno} {node.attr}"
        if isinstance(node, ast.Constant):
            assert not isinstance(node.value, float), f"{path.name}:{node.lineno} {node.value}"
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
            assert node.func.id not in {"float", "round"}, f"{path.name}:{node.lineno} {node.func.id}"
