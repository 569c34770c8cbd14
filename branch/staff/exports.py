"""The people's list, to take away: no identity, phone or account numbers."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from typing import Any

from django.db.models import QuerySet
from django.utils import timezone

from branch.exports.register import ExportKind, Listing, Prepared, Wanted, as_prepared, usable
from branch.people import queries
from branch.people.forms import PeopleFilter
from branch.people.models import Person
from branch.people.roles import Power
from kernel.sheets.writing import OutColumn

COLUMNS = (
    OutColumn("staff_no", "工号", width=10),
    OutColumn("name", "姓名", width=10),
    OutColumn("post", "岗位", width=14),
    OutColumn("branch", "营业部", width=16),
    OutColumn("team", "团队", width=14),
    OutColumn("group", "小组", width=10),
    OutColumn("department", "总部部门", width=14),
    OutColumn("kind", "用工性质", width=12),
    OutColumn("grade", "职级", width=8),
    OutColumn("hired_on", "入职日期", "day", 12),
    OutColumn("contract_to", "合同止", "day", 12),
    OutColumn("ended_on", "离职日期", "day", 12),
)
CHUNK = 500


def _rows(people: QuerySet[Person], today: date) -> Iterator[dict[str, Any]]:
    found = list(people)
    for start in range(0, len(found), CHUNK):
        for line in queries.lines(found[start : start + CHUNK], today):
            posting, engagement = line.posting, line.engagement
            yield {
                "staff_no": line.person.staff_no,
                "name": line.person.name,
                "post": posting.post if posting else line.duty,
                "branch": str(posting.branch) if posting else "",
                "team": str(posting.team or "") if posting else "",
                "group": str(posting.group or "") if posting else "",
                "department": line.department,
                "kind": engagement.get_kind_display() if engagement else "",
                "grade": line.grade,
                "hired_on": engagement.hired_on if engagement else None,
                "contract_to": engagement.contract_to if engagement else None,
                "ended_on": engagement.ended_on if engagement else None,
            }


def prepare(wanted: Wanted) -> Prepared:
    """The people as the list filters them."""
    form, today = usable(PeopleFilter(wanted.query)), timezone.localdate()
    people = queries.filtered(queries.people_visible_to(wanted.person), form.cleaned_data, today, by=wanted.person)
    return as_prepared(wanted, Listing("人员名单", COLUMNS, _rows(people, today), people.count()))


PEOPLE = ExportKind("people", "人员名单", prepare, takes=tuple(PeopleFilter.base_fields), powers=(Power.PEOPLE_VIEW,))
