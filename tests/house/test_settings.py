"""Production never starts on a fallback secret: it stops and names what is missing."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
SECRETS = {"SECRET_KEY": "s" * 60, "FIELD_KEYS": "k:MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIzNDU2Nzg5MDE=", "LOOKUP_KEY": "l" * 40}


@pytest.mark.parametrize("missing", SECRETS)
def test_a_missing_secret_stops_a_production_start_by_name(missing: str) -> None:
    given = {name: value for name, value in SECRETS.items() if name != missing}
    outside = {name: value for name, value in os.environ.items() if name not in SECRETS}
    started = subprocess.run(
        [sys.executable, "-c", "import config.settings"],
        cwd=ROOT,
        env=outside | given | {"ZHANYE_ENV": "production"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert started.returncode != 0
    assert f"生产环境必须设置环境变量 {missing}" in started.stderr
