"""How a row of the matrix's tables reads: who may, which objects it is tried on, and what a denial must look like."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from branch.people.doors import Door
from branch.people.roles import ROLES
from tests.house.matrix import NEXT_DOOR, World

LATER = {word: (f"{word}_paid", f"{word}_signed") for word in ("run", "pay_slip", "request")}
WORDS = {  # what an address says that is no object of anybody's
    *("branch_kind", "kind_new", "kind_team", "phone", "year", "month", "code", "template", "export_kind", "opening_kind"),
}
NO_ID, NO_NUMBER = 999_999_999, "699999"


def roles_of(row: dict[str, Any]) -> set[str]:
    return set(ROLES) if row["roles"] in ("all", "public") else set(row["roles"])


def elsewhere_of(row: dict[str, Any]) -> set[str]:
    return _allowed(row, row["elsewhere"])


def next_door_of(row: dict[str, Any]) -> set[str]:
    """Of another team of the branch: who may is said, or is as at another branch."""
    return _allowed(row, row.get("next_door", row["elsewhere"])) & set(NEXT_DOOR)


def _allowed(row: dict[str, Any], word: Any) -> set[str]:
    if isinstance(word, list):
        return set(word)
    return roles_of(row) if word == "same" else set()


ALLOWED = {"here": roles_of, "next_door": next_door_of, "elsewhere": elsewhere_of}


def variants(row: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """The row; where it names a branch the same without; and where it names a month's run, slip or request the same of a paid and
    of a signed month, with what is said of those under `paid` and `signed`."""
    yield row
    if row.get("names_branch"):
        yield {**row, "names_branch": False, "elsewhere": "same"}
    args = row.get("args", {})
    if not set(args.values()) & set(LATER) or {"comment", "attachment"} & set(args.values()):
        return
    for place, state in enumerate(("paid", "signed")):
        named = {word: LATER[thing][place] if thing in LATER else thing for word, thing in args.items()}
        query = re.sub(r"\$(\w+)", lambda found: f"${LATER[found[1]][place]}", row.get("query", ""))  # noqa: B023
        yield {**row, "args": named, "query": query, **row.get(state, {})}


def objects_of(row: dict[str, Any], world: World) -> dict[str, Any]:
    return {word: world.things[thing] for word, thing in row.get("args", {}).items()}


def nothing(value: Any) -> Any:
    """What names nothing in that one's place."""
    return NO_ID if isinstance(value, int) else NO_NUMBER


def nothing_like(row: dict[str, Any], world: World) -> dict[str, Any]:
    """The address's words with objects that are not there."""
    named = objects_of(row, world)
    return {word: value if row["args"][word] in WORDS else nothing(value) for word, value in named.items()}


def names_an_object(row: dict[str, Any]) -> bool:
    return bool(set(row.get("args", {}).values()) - WORDS)


def denial_of(row: dict[str, Any], place: str, role: str, *, admitted: bool) -> int:
    """403 at the door, and for who sees the object (`sees`: roles here, or by place) and may not do just this; 404 for who
    does not see it."""
    sees = row.get("sees", [])
    seen_by = sees.get(place, []) if isinstance(sees, dict) else sees if place == "here" else []
    named = names_an_object(row) or row.get("named_in_body") or row.get("names_branch")
    return 404 if admitted and named and role not in seen_by else 403


def admitted(world: World, door: Door, place: str, role: str) -> bool:
    return door.public or door.admits(world.people[place, role])
