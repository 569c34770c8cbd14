"""Moves and leavings, to take away: what the lists show."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from django.utils import timezone

from branch.exports.register import ExportKind, Listing, Prepared, Wanted, as_prepared, usable
from branch.people.roles import Power
from kernel.sheets.writing import OutColumn
from teams.plans.moves import queries
from teams.plans.moves.forms import LeavingFilter, MoveFilter
from teams.plans.moves.models import LeavingQuerySet, MoveQuerySet

CHUNK = 2000
WHO = (OutColumn("branch", "营业部", width=16), OutColumn("staff_no", "工号", width=10), OutColumn("name", "姓名", width=10))
MOVE_COLUMNS = (
    *WHO,
    OutColumn("from", "原团队小组网点", width=28),
    OutColumn("to", "新团队小组网点", width=28),
    OutColumn("planned", "调动日期", "day", 12),
    OutColumn("took_effect", "实际生效", "day", 12),
    OutColumn("state", "状态", width=8),
    OutColumn("reason", "原因", width=30),
    OutColumn("made_by", "拟调人", width=10),
    OutColumn("remark", "说明", width=30),
)
LEAVING_COLUMNS = (
    *WHO,
    OutColumn("team", "团队", width=14),
    OutColumn("kind", "离职类别", width=10),
    OutColumn("last_day", "最后工作日", "day", 12),
    OutColumn("state", "状态", width=8),
    OutColumn("reason", "原因", width=30),
    OutColumn("made_by", "提出人", width=10),
    OutColumn("closed", "办结时间", width=18),
)


def _move_rows(rows: MoveQuerySet) -> Iterator[dict[str, Any]]:
    today = timezone.localdate()
    for move in rows.iterator(chunk_size=CHUNK):
        yield {
            "branch": move.branch.name,
            "staff_no": move.person.staff_no,
            "name": move.person.name,
            "from": move.from_words,
            "to": move.to_words,
            "planned": move.effective_on,
            "took_effect": move.took_effect_on,
            "state": move.standing(today)[0],
            "reason": move.reason,
            "made_by": move.made_by.name,
            "remark": move.remark,
        }


def _leaving_rows(rows: LeavingQuerySet) -> Iterator[dict[str, Any]]:
    for leaving in rows.iterator(chunk_size=CHUNK):
        closed = timezone.localtime(leaving.closed_at) if leaving.closed_at else None
        yield {
            "branch": leaving.branch.name,
            "staff_no": leaving.person.staff_no,
            "name": leaving.person.name,
            "team": leaving.team.name if leaving.team else "",
            "kind": leaving.get_kind_display(),
            "last_day": leaving.last_day,
            "state": leaving.get_state_display(),
            "reason": leaving.reason,
            "made_by": leaving.made_by.name,
            "closed": f"{closed:%Y-%m-%d %H:%M}" if closed else "",
        }


def prepare_moves(wanted: Wanted) -> Prepared:
    """The moves as the list filters them."""
    rows = queries.moves_for(wanted.person, **usable(MoveFilter(wanted.query)).chosen)
    return as_prepared(wanted, Listing("调动", MOVE_COLUMNS, _move_rows(rows), rows.count()))


def prepare_leavings(wanted: Wanted) -> Prepared:
    rows = queries.leavings_for(wanted.person, **usable(LeavingFilter(wanted.query)).chosen)
    return as_prepared(wanted, Listing("离职", LEAVING_COLUMNS, _leaving_rows(rows), rows.count()))


_REACHES = (Power.PLAN_VIEW, Power.ROSTER_IMPORT)
MOVES = ExportKind("moves", "调动", prepare_moves, takes=tuple(MoveFilter.base_fields), reaches=_REACHES)
LEAVINGS = ExportKind("leavings", "离职", prepare_leavings, takes=tuple(LeavingFilter.base_fields), reaches=_REACHES)
