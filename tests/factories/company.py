"""A company of many small branches whose August is ready to be reckoned, put into the database by the table."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from django.utils import timezone

from approvals.routes.actions import seed_routes
from branch.files.actions import keep
from branch.org.models import Branch, Company, Department, Group, Team
from branch.people.models import Engagement, GradeHolding, Person, Posting, RoleHolding
from branch.people.roles import ROLES
from clients.figures.models import FiguresMonth, ManagerFigure
from clients.figures.rules import COUNTS, MONEY
from clients.figures.states import LOCKED
from kernel.months import Month
from payroll.intake import states as intake
from payroll.intake.models import InputSheet, MonthlyInput
from payroll.schemes.actions import seed_demo_scheme
from payroll.schemes.models import SchemeVersion
from tests.factories.branch import CRM, LONG_AGO, give_role, make_person
from tests.factories.kept import kept
from tests.factories.payroll import seed_law

AUGUST = Month(2026, 8)
HIRED = date(2026, 8, 3)  # in the first month: nobody needs an opening balance
KINDS = (("employee", "中级"), ("broker", ""))


@dataclass
class Office:
    """The company's branches by code, each with its finance; `starter` is of 渠道管理部, `finance` of 财务部."""

    branches: list[Branch]
    starter: Person
    finance: Person
    finance_of: dict[str, Person]

    def __getitem__(self, code: str) -> Branch:
        return next(branch for branch in self.branches if branch.code == code)


@kept
def company_of(sizes: Sequence[int], *, ready: Iterable[int] | None = None) -> Office:
    """Branches B001, B002, … with so many client managers each; all (or those at the places `ready`) may be reckoned."""
    seed_law()
    seed_routes()
    Company.objects.create(name="展业证券股份有限公司", short_name="展业证券")
    starter, finance = make_person("100002", "梁志远"), make_person("100003", "邹慧敏")
    for person, role, code in ((starter, "channel_department", "channel"), (finance, "finance_department", "finance")):
        give_role(person, role, department=Department.objects.create(code=code, name=code))
    branches = [Branch(code=f"B{at:03}", name=f"第{at}营业部") for at in range(1, len(sizes) + 1)]
    Branch.objects.bulk_create(branches)
    finance_of = _finance(branches)
    _schemes(branches, finance)
    people = {branch.code: _managers(branch, at, size) for at, (branch, size) in enumerate(zip(branches, sizes, strict=True))}
    places = range(len(branches)) if ready is None else ready
    for at in places:
        make_ready(branches[at], people[branches[at].code], finance_of[branches[at].code])
    return Office(branches, starter, finance, finance_of)


def _finance(branches: list[Branch]) -> dict[str, Person]:
    Person.objects.bulk_create([Person(staff_no=f"F{branch.code}", name="财务") for branch in branches])
    found = {person.staff_no[1:]: person for person in Person.objects.filter(staff_no__startswith="FB")}
    RoleHolding.objects.bulk_create(
        [
            RoleHolding(person=found[branch.code], role="branch_finance", branch=branch, effective_from=LONG_AGO)
            for branch in branches
        ]
    )
    return found


def _schemes(branches: list[Branch], confirmer: Person) -> None:
    """The demonstration's scheme in force at each branch: one made by its actions, the others its copies."""
    data = json.loads((CRM / "scheme_demo.json").read_text(encoding="utf-8"))
    first = branches[0]
    manager = make_person("MB001", "经理")
    give_role(manager, "branch_manager", branch=first)
    seed_demo_scheme(data=data, branch=first, by=Person.objects.get(staff_no=f"F{first.code}"), confirmed_by=manager)
    made = SchemeVersion.objects.get()
    kept = {field.attname: getattr(made, field.attname) for field in SchemeVersion._meta.concrete_fields if field.name != "id"}
    SchemeVersion.objects.bulk_create([SchemeVersion(**kept | {"branch_id": branch.pk}) for branch in branches[1:]])


def _managers(branch: Branch, at: int, size: int) -> list[Person]:
    """So many people, every other one a broker, in one team."""
    numbers = [f"{at + 1:03}{number:04}" for number in range(1, size + 1)]
    Person.objects.bulk_create([Person(staff_no=number, name=f"员{number[-4:]}") for number in numbers])
    people = list(Person.objects.filter(staff_no__in=numbers).order_by("staff_no"))
    team = Team.objects.create(branch=branch, name="一队")
    group = Group.objects.create(team=team, name="一组")
    Engagement.objects.bulk_create([_engagement(branch, person, *KINDS[i % 2]) for i, person in enumerate(people)])
    Posting.objects.bulk_create(
        [Posting(person=p, branch=branch, post="客户经理", team=team, group=group, effective_from=HIRED) for p in people]
    )
    GradeHolding.objects.bulk_create([GradeHolding(person=p, grade="中级", effective_from=HIRED) for p in people[::2]])
    return people


def _engagement(branch: Branch, person: Person, kind: str, grade: str) -> Engagement:
    own = {"medical_tier": "一档", "insurance_base": Decimal(8000), "housing_fund_rate": Decimal("0.05")} if grade else {}
    return Engagement(person=person, branch=branch, kind=kind, hired_on=HIRED, contract_from=HIRED, **own)


def make_ready(branch: Branch, people: Sequence[Person], by: Person, month: Month = AUGUST) -> None:
    """Reviewed figures and booked inputs of everybody."""
    lock(branch, month, by, clients=120 * len(people))
    stored = keep(b"inputs", name="核算输入.xlsx", content_type="x", by=by)
    sheet = InputSheet.objects.create(
        branch=branch, month=month, file=stored, state=intake.BOOKED, rows=len(people), imported_by=by
    )
    figures = [ManagerFigure(branch=branch, month=month, person=p, **_figures(at)) for at, p in enumerate(people)]
    ManagerFigure.objects.bulk_create(figures)
    MonthlyInput.objects.bulk_create(
        [
            MonthlyInput(sheet=sheet, row=at + 2, person=p, branch=branch, month=month, **_inputs(at % 2 == 1))
            for at, p in enumerate(people)
        ]
    )


def lock(branch: Branch, month: Month, by: Person, *, clients: int = 0) -> FiguresMonth:
    """The month's figures reviewed, as finance leaves them."""
    return FiguresMonth.objects.create(
        branch=branch,
        month=month,
        state=LOCKED,
        digest="f" * 64,
        locked_by=by,
        locked_at=timezone.now(),
        totals={"clients_end": clients},
    )


def with_signers(branch: Branch) -> None:
    """The three seats of the branch's route are filled."""
    for role in ("chief_accountant", "deputy_manager", "branch_manager"):
        give_role(make_person(f"{branch.code}-{role[:3]}", ROLES[role].label), role, branch=branch)


def _figures(at: int) -> dict[str, object]:
    values: dict[str, object] = dict.fromkeys(COUNTS, 3) | dict.fromkeys(MONEY, Decimal("88.80"))
    return values | {"net_commission": Decimal("12000.50") + at, "gross_commission": Decimal("15000.50") + at}


def _inputs(broker: bool) -> dict[str, object]:
    common: dict[str, object] = {
        "target": Decimal(10000),
        "duty_score": Decimal(92),
        "complaints": 0,
        "serious_violation": False,
        "other_allowance": Decimal(200),
        "other_deduction": Decimal(10),
    }
    if broker:
        return common | {"vat": Decimal("71.29")}
    zero = (
        "personal_leave",
        "sick_leave",
        "absence",
        "overtime_weekday",
        "overtime_rest",
        "overtime_statutory",
        "damages_balance",
    )
    return common | {"due_days": 21, "worked_days": 20} | dict.fromkeys(zero, 0)
