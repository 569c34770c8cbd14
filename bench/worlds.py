"""Branches of any size, put straight into the database: what a close needs, without the files a branch would hand in.

Called in a process whose settings name the database. Everything is the same for the same numbers.
"""

from __future__ import annotations

import io
import json
import random
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management import call_command
from django.utils import timezone

from bench.data import SEED, Maker, name
from branch.files.actions import keep
from branch.org.models import Branch, Group, Team
from branch.people.models import Engagement, GradeHolding, Person, Posting, RoleHolding
from branch.people.rules import initials
from clients.figures.models import FiguresMonth, ManagerFigure
from clients.figures.rules import COUNTS, MONEY
from clients.figures.states import LOCKED
from config import demo
from kernel.months import Month
from payroll.intake import states as intake
from payroll.intake.models import InputSheet, MonthlyInput, OpeningBalance, OpeningSet
from payroll.schemes.actions import seed_demo_scheme

FIRST = Month(2026, 8)
GRADES = ("见习", "初级", "中级", "高级", "资深")
TEAM_SIZE = 12
BATCH = 1000
SCHEME = Path(settings.BASE_DIR) / "demo" / "crm" / "scheme_demo.json"


def posts() -> dict[str, Person]:
    """The branch's posts and head office by 工号."""
    return {person.staff_no: person for person in Person.objects.filter(staff_no__lt="700000")}


def ground() -> None:
    """Reference data and the demonstration's log-ins: what each world starts from. Done once."""
    if Branch.objects.filter(code=demo.BRANCH_CODE).exists():
        return
    for command, options in (("seed_reference", {}), ("seed_demo", {"stage": "blank"})):
        call_command(command, stdout=io.StringIO(), **options)


@dataclass
class World:
    """A branch, its people in order of 工号, and who works in it."""

    branch: Branch
    people: list[Person]
    importer: Person
    finance: Person
    accountant: Person
    manager: Person


def known() -> list[World]:
    """The branches that an earlier process has filled."""
    posted = posts()
    four = [posted[number] for number in ("600001", "600002", "600003", "600005")]
    found: dict[Branch, list[Person]] = {}
    for posting in (
        Posting.objects.filter(person__staff_no__gte="700000").select_related("branch", "person").order_by("person__staff_no")
    ):
        found.setdefault(posting.branch, []).append(posting.person)
    return [World(branch, people, *four) for branch, people in found.items()]


def branch_with(people: int, *, code: str = demo.BRANCH_CODE, first_staff_no: int = 700001) -> World:
    """A branch with so many client managers: three of four 员工, teams of twelve, hired before the first month."""
    known = posts()
    branch, fresh = Branch.objects.get_or_create(code=code, defaults={"name": f"演示营业部{code}", "document_prefix": "深营"})
    maker = Maker(0, people, code, first_staff_no=first_staff_no)
    Person.objects.bulk_create(
        [Person(staff_no=number, name=who, initials=initials(who), bank_name="演示银行") for number, who in maker.staff()],
        batch_size=BATCH,
    )
    members = list(Person.objects.filter(staff_no__in=[number for number, _ in maker.staff()]).order_by("staff_no"))
    _engage(branch, members)
    if fresh:  # another branch than the demonstration's has the same posts, held by the same people
        for person, role in (
            ("600001", "trade_admin"),
            ("600002", "branch_finance"),
            ("600003", "chief_accountant"),
            ("600005", "branch_manager"),
        ):
            RoleHolding.objects.create(person=known[person], role=role, branch=branch, effective_from=demo.SINCE)
    return World(branch, members, known["600001"], known["600002"], known["600003"], known["600005"])


def _engage(branch: Branch, members: list[Person]) -> None:
    chance = random.Random(SEED)
    teams = [Team(branch=branch, name=f"营销{at + 1}队") for at in range(-(-len(members) // TEAM_SIZE))]
    Team.objects.bulk_create(teams)
    groups = [Group(team=team, name="一组") for team in teams]
    Group.objects.bulk_create(groups)
    engagements, postings, grades = [], [], []
    for at, person in enumerate(members):
        team, broker = at // TEAM_SIZE, at % 4 == 3
        since = date(2024, 1 + at % 12, 1)
        post = "团队负责人" if at % TEAM_SIZE == 0 else "小组长" if at % TEAM_SIZE == 1 else "客户经理"
        engagements.append(_engagement(branch, person, since, broker, chance))
        postings.append(
            Posting(person=person, branch=branch, post=post, team=teams[team], group=groups[team], effective_from=since)
        )
        if not broker:
            grades.append(GradeHolding(person=person, grade=GRADES[at % len(GRADES)], effective_from=since))
    for model, rows in ((Engagement, engagements), (Posting, postings), (GradeHolding, grades)):
        model.objects.bulk_create(rows, batch_size=BATCH)  # type: ignore[attr-defined]


def _engagement(branch: Branch, person: Person, since: date, broker: bool, chance: random.Random) -> Engagement:
    plain = Engagement(person=person, branch=branch, hired_on=since, contract_from=since, contract_to=date(2027, 12, 31))
    plain.kind = Engagement.Kind.BROKER if broker else Engagement.Kind.EMPLOYEE
    if not broker:
        plain.medical_tier, plain.housing_fund_rate = "一档", Decimal("0.05")
        plain.insurance_base, plain.additional_total = (
            Decimal(chance.randrange(4000, 30000)),
            Decimal(chance.randrange(0, 4) * 1000),
        )
    return plain


def scheme_and_opening(world: World) -> None:
    """The demonstration's scheme in force, and everybody's opening balances before the first month."""
    data = json.loads(SCHEME.read_text(encoding="utf-8"))
    seed_demo_scheme(data=data, branch=world.branch, by=world.finance, confirmed_by=world.manager)
    file = keep(b"opening", name="opening.xlsx", content_type="application/octet-stream", by=world.finance)
    opening = OpeningSet.objects.create(
        branch=world.branch,
        first_month=FIRST,
        file=file,
        digest="0" * 64,
        people_count=len(world.people),
        state=intake.CONFIRMED,
        proposed_by=world.finance,
        confirmed_by=world.accountant,
        decided_at=timezone.now(),
    )
    chance = random.Random(SEED + 2)
    kinds = dict(Engagement.objects.filter(branch=world.branch).values_list("person", "kind"))
    OpeningBalance.objects.bulk_create(
        [_balance(opening, person, kinds[person.pk], at, chance) for at, person in enumerate(world.people)], batch_size=BATCH
    )


def _balance(opening: OpeningSet, person: Person, kind: str, at: int, chance: random.Random) -> OpeningBalance:
    income = Decimal(chance.randrange(30_000, 400_000))
    row = OpeningBalance(opening=opening, person=person, kind=kind, row=at + 2, started=Month(2026, 1), basic=Decimal(40_000))
    if kind == Engagement.Kind.BROKER:
        row.net_income, row.income_amount = income, income * Decimal("0.8")
        row.development_cost = income * Decimal("0.2")
    else:
        row.income, row.special, row.additional = income, income // 10, Decimal(8000)
        row.deferral_balance, row.deferral_left, row.deferral_instalment = Decimal("1200.00"), 4, Decimal("300.00")
    return row


def month_ready(world: World, month: Month = FIRST) -> None:
    """The month's inputs and its locked figures."""
    chance = random.Random(SEED + month.number)
    inputs_ready(world, month, chance)
    ManagerFigure.objects.bulk_create(
        [ManagerFigure(branch=world.branch, month=month, person=person, **_figures(chance)) for person in world.people],
        batch_size=BATCH,
    )
    FiguresMonth.objects.update_or_create(
        branch=world.branch,
        month=month,
        defaults={"state": LOCKED, "digest": "0" * 64, "locked_by": world.finance, "locked_at": timezone.now()},
    )


def inputs_ready(world: World, month: Month, chance: random.Random) -> None:
    """核算输入 of the month as booked."""
    file = keep(b"inputs", name="inputs.xlsx", content_type="application/octet-stream", by=world.finance)
    sheet = InputSheet.objects.create(
        branch=world.branch, month=month, file=file, state=intake.BOOKED, imported_by=world.finance, booked_at=timezone.now()
    )
    kinds = dict(Engagement.objects.filter(branch=world.branch).values_list("person", "kind"))
    MonthlyInput.objects.bulk_create(
        [
            MonthlyInput(
                sheet=sheet, row=at + 2, person=person, branch=world.branch, month=month, **_inputs(kinds[person.pk], chance)
            )
            for at, person in enumerate(world.people)
        ],
        batch_size=BATCH,
    )


def _inputs(kind: str, chance: random.Random) -> dict[str, Any]:
    common = {
        "target": Decimal(chance.randrange(5_000, 60_000)),
        "duty_score": Decimal(chance.randrange(55, 101)),
        "complaints": int(chance.random() < 0.05),
        "serious_violation": chance.random() < 0.01,
        "other_allowance": Decimal(0),
        "other_deduction": Decimal(0),
    }
    if kind == Engagement.Kind.BROKER:
        return common | {"vat": Decimal(chance.randrange(0, 30000)).scaleb(-2)}
    leave = chance.choice((0, 0, 0, 1))
    return common | {
        "due_days": Decimal(21),
        "worked_days": Decimal(21 - leave),
        "personal_leave": Decimal(leave),
        "sick_leave": Decimal(0),
        "absence": Decimal(0),
        "overtime_weekday": Decimal(chance.choice((0, 0, 2))),
        "overtime_rest": Decimal(0),
        "overtime_statutory": Decimal(0),
        "damages_balance": Decimal(0),
    }


def _figures(chance: random.Random) -> dict[str, Any]:
    values: dict[str, Any] = {key: chance.randrange(0, 40) for key in COUNTS}
    values |= {key: Decimal(chance.randrange(0, 9_000_000)).scaleb(-2) for key in MONEY}
    return values


def ready_to_compute(people: int, *, codes: Iterable[str] = (demo.BRANCH_CODE,)) -> list[World]:
    """Branches whose first month only waits for 计算."""
    made = []
    for at, code in enumerate(codes):
        world = branch_with(people, code=code, first_staff_no=700001 + at * 20_000)
        scheme_and_opening(world)
        month_ready(world)
        made.append(world)
    return made


__all__ = [
    "FIRST",
    "World",
    "branch_with",
    "ground",
    "inputs_ready",
    "month_ready",
    "name",
    "ready_to_compute",
    "scheme_and_opening",
]
