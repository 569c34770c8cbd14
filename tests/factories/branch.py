"""The demo branch as tests need it: organisation, posts, client managers from the roster, log-ins without a real password."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from functools import lru_cache
from pathlib import Path
from typing import Any

from django.contrib.auth import get_user_model

from branch.org.models import Branch, Company, Group, Team
from branch.people.models import Engagement, GradeHolding, Leadership, Person, Posting, RoleHolding
from branch.people.roles import POST_ROLES, STAFF_ROLES
from kernel.sheets import reading

CRM = Path(__file__).resolve().parents[2] / "demo" / "crm"
ROSTER = CRM / "客户经理名册.xlsx"
LONG_AGO = date(2020, 1, 1)


@lru_cache(maxsize=4)
def roster_rows(sheet: str) -> tuple[dict[str, Any], ...]:
    """The rows of a sheet of the demo roster, by header."""
    table = reading.read(ROSTER.read_bytes(), name=ROSTER.name, sheet=sheet, isolated=False)
    head = [str(cell) for cell in table.rows[0]]
    return tuple(dict(zip(head, row, strict=False)) for row in table.rows[1:])


def make_branch(code: str = "0755FT", name: str = "深圳福田营业部") -> Branch:
    """A company with one branch (made once)."""
    if not Company.objects.exists():
        Company.objects.create(name="展业证券股份有限公司", short_name="展业证券")
    return Branch.objects.get_or_create(code=code, defaults={"name": name, "document_prefix": "深营"})[0]


def make_person(staff_no: str, name: str, *, sign_in: bool = True) -> Person:
    """A person, with a log-in that a test client may force."""
    user = get_user_model().objects.create(username=staff_no) if sign_in else None
    return Person.objects.create(staff_no=staff_no, name=name, user=user)


def give_role(person: Person, role: str, **where: Any) -> RoleHolding:
    """Hold `role` since long ago; `where`: branch, team, group, department."""
    person.__dict__.pop("_holdings", None)
    return RoleHolding.objects.create(person=person, role=role, effective_from=LONG_AGO, **where)


@dataclass
class People:
    """The branch's people by staff number; `["600001"]` is 交易管理岗, `["600002"]` 营业部财务."""

    branch: Branch
    by_no: dict[str, Person]

    def __getitem__(self, staff_no: str) -> Person:
        return self.by_no[staff_no]


def load_roster_people(branch: Branch | None = None) -> People:
    """Everybody of the demo roster with engagement, posting, leadership and roles, as the roster has them."""
    branch = branch or make_branch()
    people: dict[str, Person] = {}
    for row in roster_rows("岗位人员"):
        person = people[row["工号"]] = make_person(row["工号"], row["姓名"])
        give_role(person, STAFF_ROLES[row["岗位"]], branch=branch)
    for row in roster_rows("客户经理"):
        people[row["工号"]] = _manager(branch, row)
    return People(branch, people)


def _manager(branch: Branch, row: dict[str, Any]) -> Person:
    person = make_person(row["工号"], row["姓名"])
    hired = date.fromisoformat(row["入职日期"])
    kind = Engagement.Kind.EMPLOYEE if row["用工性质"] == "员工" else Engagement.Kind.BROKER
    Engagement.objects.create(
        person=person,
        branch=branch,
        kind=kind,
        hired_on=hired,
        contract_from=date.fromisoformat(row["合同起"]),
        contract_to=date.fromisoformat(row["合同止"]),
        insurance_base=Decimal(row["社保基数"]) if row["社保基数"] else None,
    )
    team = Team.objects.get_or_create(branch=branch, name=row["团队"])[0]
    group = Group.objects.get_or_create(team=team, name=row["小组"])[0]
    Posting.objects.create(person=person, branch=branch, post=row["岗位"], team=team, group=group, effective_from=hired)
    if row["职级"]:
        GradeHolding.objects.create(person=person, grade=row["职级"], effective_from=hired)
    give_role(person, "client_manager", branch=branch)
    if row["岗位"] == "团队负责人":
        Leadership.objects.create(team=team, person=person, effective_from=hired)
        give_role(person, POST_ROLES[row["岗位"]], team=team)
    elif row["岗位"] == "小组长":
        give_role(person, POST_ROLES[row["岗位"]], group=group)
    return person
