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
from branch.people.roles import STAFF_ROLES
from kernel.sheets import reading
from tests.factories.kept import kept

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


@kept
def load_roster_people(branch: Branch | None = None) -> People:
    """Everybody of the demo roster with engagement, posting, leadership and roles, as the roster has them."""
    branch = branch or make_branch()
    staff, managers = roster_rows("岗位人员"), roster_rows("客户经理")
    people = _people([*staff, *managers])
    roles = [(people[row["工号"]], STAFF_ROLES[row["岗位"]], {"branch": branch}) for row in staff]
    teams = {name: Team.objects.create(branch=branch, name=name) for name in dict.fromkeys(row["团队"] for row in managers)}
    pairs = dict.fromkeys((row["团队"], row["小组"]) for row in managers)
    groups = {pair: Group.objects.create(team=teams[pair[0]], name=pair[1]) for pair in pairs}
    for row in managers:
        person, where = people[row["工号"]], {"team": teams[row["团队"]], "group": groups[row["团队"], row["小组"]]}
        roles.append((person, "client_manager", {"branch": branch}))
        if row["岗位"] == "团队负责人":
            roles.append((person, "team_leader", {"team": where["team"]}))
            Leadership.objects.create(team=where["team"], person=person, effective_from=_hired(row))
        elif row["岗位"] == "小组长":
            roles.append((person, "group_leader", {"group": where["group"]}))
    Engagement.objects.bulk_create(_engagement(branch, people[row["工号"]], row) for row in managers)
    Posting.objects.bulk_create(
        Posting(
            person=people[row["工号"]],
            branch=branch,
            post=row["岗位"],
            team=teams[row["团队"]],
            group=groups[row["团队"], row["小组"]],
            effective_from=_hired(row),
        )
        for row in managers
    )
    GradeHolding.objects.bulk_create(
        GradeHolding(person=people[row["工号"]], grade=row["职级"], effective_from=_hired(row)) for row in managers if row["职级"]
    )
    RoleHolding.objects.bulk_create(
        RoleHolding(person=person, role=role, effective_from=LONG_AGO, **where) for person, role, where in roles
    )
    return People(branch, people)


def _people(rows: list[dict[str, Any]]) -> dict[str, Person]:
    """Persons with log-ins, two statements for all."""
    user = get_user_model()
    user.objects.bulk_create(user(username=row["工号"]) for row in rows)
    users = {one.username: one for one in user.objects.filter(username__in=[row["工号"] for row in rows])}
    Person.objects.bulk_create(Person(staff_no=row["工号"], name=row["姓名"], user=users[row["工号"]]) for row in rows)
    return {person.staff_no: person for person in Person.objects.select_related("user").filter(staff_no__in=users)}


def _hired(row: dict[str, Any]) -> date:
    return date.fromisoformat(row["入职日期"])


def _engagement(branch: Branch, person: Person, row: dict[str, Any]) -> Engagement:
    return Engagement(
        person=person,
        branch=branch,
        kind=Engagement.Kind.EMPLOYEE if row["用工性质"] == "员工" else Engagement.Kind.BROKER,
        hired_on=_hired(row),
        contract_from=date.fromisoformat(row["合同起"]),
        contract_to=date.fromisoformat(row["合同止"]),
        insurance_base=Decimal(row["社保基数"]) if row["社保基数"] else None,
    )
