"""What makes a secret, and that every page which tells one goes through `shown_once`, every endpoint keeps no answer of it.

Else the second press of one form, or its answer kept for a repeat, would tell it again (ADR 0020). Found in the source: a
function makes a secret that draws from `secrets` (itself or by a private one of its file) and gives text back. The key of an
authenticator is no such text: it waits for its first code, is shown until then, and opens nothing before.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

from django.conf import settings

ROOT = Path(settings.BASE_DIR)
APPS = ("branch", "approvals", "archives", "clients", "teams", "payroll")
MADE = {"make_token", "reset_password", "reset_password_on_server", "confirm", "renew_codes"}
ROOM = "branch/people"  # where log-ins, tokens and second factors are made
PAGES = {"token_list", "enrol", "recovery_codes", "password_reset"}
ENDPOINTS = {"password_reset"}

Functions = dict[str, ast.FunctionDef]


def functions_of(source: str) -> Functions:
    return {node.name: node for node in ast.parse(source).body if isinstance(node, ast.FunctionDef)}


def _called(function: ast.FunctionDef) -> set[str]:
    """What is called by a name, or by a name of one of our modules."""
    calls = [node.func for node in ast.walk(function) if isinstance(node, ast.Call)]
    return {ast.unparse(call).rsplit(".", maxsplit=1)[-1] for call in calls}


def _reached(name: str, functions: Functions) -> Iterator[ast.FunctionDef]:
    """The function and those of its file that it calls, directly or not."""
    seen, waiting = set(), [name]
    while waiting:
        one = waiting.pop()
        if one not in seen:
            seen.add(one)
            yield functions[one]
            waiting += _called(functions[one]) & set(functions)


def makers(functions: Functions) -> set[str]:
    """The public functions that draw a secret and give text back."""

    def draws(name: str) -> bool:
        return any(ast.unparse(node).startswith("secrets.") for one in _reached(name, functions) for node in ast.walk(one))

    told = {name for name, node in functions.items() if node.returns is not None and "str" in ast.unparse(node.returns)}
    return {name for name in told if not name.startswith("_") and draws(name)}


def tellers(functions: Functions) -> dict[str, bool]:
    """The views that tell a secret, and whether they guard it: a page by `shown_once`, an endpoint by `once=False`."""
    found = {}
    for name, node in functions.items():
        doors = [ast.unparse(one) for one in node.decorator_list]
        reached = list(_reached(name, functions))
        if doors and set().union(*(_called(one) for one in reached)) & MADE:
            guarded = any("shown_once" in _called(one) for one in reached) or any("once=False" in one for one in doors)
            found[name] = guarded
    return found


def _sources(pattern: str) -> Iterator[str]:
    for app in APPS:
        for path in sorted((ROOT / app).rglob(pattern)):
            text = path.read_text()
            if "branch.people" in text or path.is_relative_to(ROOT / ROOM):
                yield text


def test_what_makes_a_secret_is_known() -> None:
    found = set().union(*(makers(functions_of(path.read_text())) for path in (ROOT / ROOM).glob("*.py")))
    assert found == MADE


def test_every_view_that_tells_a_secret_tells_it_once() -> None:
    pages = {name: guarded for text in _sources("*views.py") for name, guarded in _telling(text).items()}
    assert {name for name, guarded in pages.items() if not guarded} == set()
    assert set(pages) == PAGES


def test_every_endpoint_that_tells_a_secret_keeps_no_answer() -> None:
    endpoints = {name: guarded for text in _sources("*api.py") for name, guarded in _telling(text).items()}
    assert {name for name, guarded in endpoints.items() if not guarded} == set()
    assert set(endpoints) == ENDPOINTS


def _telling(source: str) -> dict[str, bool]:
    """Of files that use the modules where secrets are made; `confirm` and others have namesakes elsewhere."""
    users = ("branch.people import", "branch.people.tokens", "branch.people.second_factor", "branch.people.actions")
    return tellers(functions_of(source)) if any(one in source for one in users) else {}


def test_the_rules_above_can_fail() -> None:
    made = functions_of(
        "def _new() -> str:\n    return secrets.token_hex()\n\ndef reset() -> str:\n    return _new()\n\ndef x() -> str: ...\n"
    )
    assert makers(made) == {"reset"}
    page = "@door()\ndef page(request):\n    made = make_token()\n    return render(request, 'x', {'made': made})\n"
    assert tellers(functions_of(page)) == {"page": False}
    by_helper = page.replace("render(", "_told(") + "\ndef _told(request, *more):\n    return shown_once(render(request))\n"
    assert tellers(functions_of(by_helper)) == {"page": True}
    assert tellers(functions_of(page.replace("make_token", "tokens_of"))) == {}
    assert tellers(functions_of(page.replace("@door()", "@post(Given, once=False)"))) == {"page": True}
