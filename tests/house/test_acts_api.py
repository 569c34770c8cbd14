"""What a page does a program can do (docs/api.md): an endpoint calls each verb that a page calls, but for those named here."""

from __future__ import annotations

import ast
import importlib
import inspect
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

from django.conf import settings

ROOT = Path(settings.BASE_DIR)
OURS = ("approvals", "archives", "branch", "clients", "payroll", "teams")
ONLY_PAGES = {
    "approvals.routes.actions.save_stage": "a program hands in a version whole",
    "approvals.routes.actions.move_stage": "a program hands in a version whole",
    "approvals.routes.actions.drop_stage": "a program hands in a version whole",
    "branch.people.actions.change_password": "signing in is a person's own, in a browser",
    "branch.people.actions.end_other_sessions": "a session is a browser's",
    "branch.people.actions.note_sign_out": "a session is a browser's",
    "branch.people.second_factor.confirm": "the second factor is shown to the person alone",
    "branch.people.second_factor.renew_codes": "the second factor is shown to the person alone",
    "branch.people.tokens.make_token": "no token makes another",
    "payroll.runs.actions.note_print": "a program takes the month as a file, which is recorded as an export",
}
"""Verb → why no endpoint calls it."""


def modules(*endings: str) -> Iterator[ModuleType]:
    for app in OURS:
        for path in sorted((ROOT / app).rglob("*.py")):
            if path.stem in endings or any(path.stem.endswith(f"_{ending}") for ending in endings):
                yield importlib.import_module(".".join(path.relative_to(ROOT).with_suffix("").parts))


def named(node: ast.expr, module: ModuleType) -> Any:
    """What a name, or a dotted name, of the module's source stands for."""
    if isinstance(node, ast.Name):
        return getattr(module, node.id, None)
    if isinstance(node, ast.Attribute):
        return getattr(named(node.value, module), node.attr, None)
    return None


def is_verb(found: Any) -> bool:
    """A write of ours is keyword-only and told who does it (docs/map.md)."""
    if not inspect.isfunction(found) or not found.__module__.startswith(OURS):
        return False
    by = inspect.signature(found).parameters.get("by")
    return by is not None and by.kind is by.KEYWORD_ONLY


def _verbs(*endings: str) -> set[str]:
    found = set()
    for module in modules(*endings):
        tree = ast.parse(inspect.getsource(module))
        called = (named(node, module) for node in ast.walk(tree) if isinstance(node, ast.Name | ast.Attribute))
        found |= {f"{verb.__module__}.{verb.__qualname__}" for verb in called if is_verb(verb)}
    return found


def test_every_verb_of_a_page_is_one_of_an_endpoint_or_named_with_its_reason() -> None:
    on_pages, by_program = _verbs("views"), _verbs("api")
    assert len(on_pages) > 150
    assert not sorted(on_pages - by_program - set(ONLY_PAGES)), "give it an endpoint, or say in ONLY_PAGES why it has none"
    assert not sorted(set(ONLY_PAGES) - on_pages), "no page calls it any more"
    assert not sorted(set(ONLY_PAGES) & by_program), "an endpoint calls it: take it out of ONLY_PAGES"
