"""An act that wants the password again asks for it itself, and each page and endpoint hands it what `password_entered` found.

An act refuses unless it is told that the password was given (`require_reentered`), so nobody can forget it; what is looked for
here is a page or an endpoint that says so without having asked.
"""

from __future__ import annotations

import ast
import inspect
from collections.abc import Iterator
from types import ModuleType

from branch.staff import views
from tests.house.test_acts_api import is_verb, modules, named

ASKED = {
    "approvals.desk.actions.sign",
    "approvals.routes.actions.confirm_route",
    "branch.people.actions.end_role",
    "branch.people.actions.grant_role",
    "branch.people.actions.reset_password",
    "branch.people.second_factor.reset",
    "branch.people.tokens.make_token",
}
ONLY_PAGES = {"branch.people.tokens.make_token"}  # no token makes another


def handed(source: str, module: ModuleType) -> Iterator[tuple[str, bool]]:
    """The acts called in the source that want the password, and whether what they are told was asked for."""
    tree = ast.parse(source)
    asked = {
        target.id
        for node in ast.walk(tree)
        if isinstance(node, ast.Assign) and _asks(node.value)
        for target in node.targets
        if isinstance(target, ast.Name)
    }
    for call in (node for node in ast.walk(tree) if isinstance(node, ast.Call)):
        act = named(call.func, module)
        told = next((word.value for word in call.keywords if word.arg == "reentered"), None)
        if is_verb(act) and (told is not None or "reentered" in inspect.signature(act).parameters):
            yield f"{act.__module__}.{act.__name__}", _asks(told) or (isinstance(told, ast.Name) and told.id in asked)


def _asks(node: ast.expr | None) -> bool:
    return isinstance(node, ast.Call) and ast.unparse(node.func) == "password_entered"


def _found(ending: str) -> dict[str, bool]:
    """Act → whether everybody who calls it has asked."""
    found: dict[str, bool] = {}
    for module in modules(ending):
        for act, asked in handed(inspect.getsource(module), module):
            found[act] = asked and found.get(act, True)
    return found


def test_every_page_asks_for_the_password_where_the_act_wants_it() -> None:
    assert _found("views") == dict.fromkeys(ASKED, True)


def test_every_endpoint_asks_for_the_password_where_the_act_wants_it() -> None:
    assert _found("api") == dict.fromkeys(ASKED - ONLY_PAGES, True)


def test_the_rules_above_can_fail() -> None:
    act = "branch.people.actions.reset_password"
    call = "actions.reset_password(person=person, by=by, reentered={})"
    told = {
        call.format("True"): False,
        call.format("password_entered(request, given)"): True,
        f"asked = password_entered(request, given)\n{call.format('asked')}": True,
        f"asked = True\n{call.format('asked')}": False,
        "actions.reset_password(person=person, by=by)": False,
    }
    assert {source: list(handed(source, views)) for source in told} == {source: [(act, ok)] for source, ok in told.items()}
