"""Who may ask for an export, and whether its owner may still have it."""

from __future__ import annotations

from typing import Any

from branch.exports.models import Export
from branch.exports.register import ExportKind
from branch.people.access import Reach, reach
from branch.people.models import Person
from branch.people.roles import Power
from kernel.refusals import Forbidden, Refusal


def require_may_ask(person: Person, kind: ExportKind) -> None:
    if not kind.admits(person):
        raise Forbidden(f"您没有导出“{kind.label}”的权限,如需要请联系系统管理员", code="forbidden")


def scope_of(person: Person, kind: ExportKind) -> dict[str, Any]:
    """How far each of the kind's powers reaches for the person now, as JSON keeps it."""
    return {power.value: _plain(reach(person, power)) for power in (*kind.powers, *kind.reaches) if reach(person, power)}


def _plain(scope: Reach) -> dict[str, Any]:
    lists = {name: sorted(getattr(scope, name)) for name in ("branches", "teams", "groups")}
    return {"company": scope.company, **lists}


def require_may_download(person: Person, export: Export, kind: ExportKind) -> None:
    """The owner, with at least the powers and the reach of the day it was made."""
    require_may_ask(person, kind)
    for power, kept in export.scope.items():
        now = reach(person, Power(power))
        shrunk = kept["company"] and not now.company
        if not now.company:
            shrunk |= any(set(kept[name]) - getattr(now, name) for name in ("branches", "teams", "groups"))
        if shrunk:
            raise Refusal("您的权限范围在导出之后有变化,这份文件不能再下载;请按现在的权限重新导出", code="scope_changed")
