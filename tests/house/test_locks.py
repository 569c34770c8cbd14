"""A person's row is locked without its key: whatever refers to the person (messages, audit rows) doesn't wait (ADR 0107)."""

from __future__ import annotations

import re
from pathlib import Path

from django.conf import settings

LOCK = re.compile(r"\bPerson\.objects\.select_for_update\(.*")
APPS = ("approvals", "archives", "branch", "clients", "payroll", "teams")


def test_every_lock_of_a_person_leaves_the_key() -> None:
    files = [path for app in APPS for path in (Path(settings.BASE_DIR) / app).rglob("*.py")]
    locks = [f"{path}: {line}" for path in files for line in LOCK.findall(path.read_text(encoding="utf-8"))]
    assert len(locks) >= 9, "they are written in another way now, which is not looked for here"
    assert [lock for lock in locks if "no_key=True" not in lock] == []
