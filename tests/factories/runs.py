"""A branch of five people whose month is ready to be computed, made in a moment: for tests of the run itself."""

from __future__ import annotations

import json
from collections.abc import Iterable
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from django.utils import timezone

from approvals.requests.actions import decide
from approvals.requests.models import Request
from approvals.routes.actions import seed_routes
from branch.files.actions import keep
from branch.org.models import Department, Group, Team
from branch.people.models import Engagement, GradeHolding, Person, Posting
from clients.figures.models import FiguresMonth, ManagerFigure
from clients.figures.states import LOCKED
from kernel.months import Month
from payroll.intake import states as intake
from payroll.intake.models import InputSheet, MonthlyInput, OpeningBalance, OpeningSet
from payroll.runs import actions
from payroll.runs.models import PayRun
from payroll.schemes.actions import seed_demo_scheme
from tests.factories.branch import CRM, People, give_role, make_branch, make_person
from tests.factories.close import committed, computed
from tests.factories.kept import kept
from tests.factories.payroll import seed_law

AUGUST, SEPTEMBER, OCTOBER = Month(2026, 8), Month(2026, 9), Month(2026, 10)
POSTS = {
    "600001": ("潘怡丽", "trade_admin"),
    "600002": ("杨静嘉", "branch_finance"),
    "600003": ("邓杰", "chief_accountant"),
    "600004": ("武兰晨", "deputy_manager"),
    "600005": ("曾艳", "branch_manager"),
}
# 工号: 姓名, 用工性质, 职级, 岗位, 入职
MANAGERS = {
    "600101": ("陆晨伟", "employee", "资深", "团队负责人", date(2019, 3, 1)),
    "600102": ("夏娜芳", "employee", "高级", "小组长", date(2021, 6, 1)),
    "600103": ("丁一凡", "employee", "中级", "客户经理", date(2022, 7, 4)),
    "600104": ("方小雨", "employee", "见习", "客户经理", date(2026, 8, 10)),
    "600105": ("马文涛", "broker", "", "客户经理", date(2023, 2, 1)),
}
NET = {"600101": "46000.00", "600102": "31000.00", "600103": "12000.50", "600104": "2500.00", "600105": "18000.00"}


@kept
def small_branch() -> People:
    """Posts, five managers, the law's parameters, the demo scheme in force, openings to August, the approval route."""
    seed_law()
    seed_routes()
    branch = make_branch()
    people = {no: make_person(no, name) for no, (name, _) in POSTS.items()}
    for no, (_, role) in POSTS.items():
        give_role(people[no], role, branch=branch)
    office = people["100001"] = make_person("100001", "宋雅琴")
    give_role(office, "brokerage_office", department=Department.objects.create(code="brokerage", name="经纪业务综合室"))
    team = Team.objects.create(branch=branch, name="营销一部")
    group = Group.objects.create(team=team, name="一组")
    for no in MANAGERS:
        people[no] = _manager(no, People(branch, people), group)
    found = People(branch, people)
    data = json.loads((CRM / "scheme_demo.json").read_text(encoding="utf-8"))
    seed_demo_scheme(data=data, branch=branch, by=people["600002"], confirmed_by=people["600005"])
    _openings(found)
    return found


@kept
def ready_small_branch() -> People:
    """The same, its August ready to be computed."""
    people = small_branch()
    make_ready(people, AUGUST)
    return people


def _manager(no: str, people: People, group: Group) -> Person:
    name, kind, grade, post, hired = MANAGERS[no]
    person = make_person(no, name)
    person.bank_name, person.bank_account = "招商银行深圳分行", f"62148300000{no}57"
    person.save()
    employee = kind == "employee"
    Engagement.objects.create(
        person=person,
        branch=people.branch,
        kind=kind,
        hired_on=hired,
        contract_from=hired,
        medical_tier="一档" if employee else "",
        insurance_base=Decimal("8000.00") if employee else None,
        housing_fund_rate=Decimal("0.05") if employee else None,
        additional_deductions={"子女教育": "2000.00"} if employee else {},
        additional_total=Decimal("2000.00") if employee else Decimal(0),
    )
    Posting.objects.create(person=person, branch=people.branch, post=post, team=group.team, group=group, effective_from=hired)
    if grade:
        GradeHolding.objects.create(person=person, grade=grade, effective_from=hired)
    give_role(person, "client_manager", branch=people.branch)
    return person


def _openings(people: People) -> None:
    """Balances after the payments of January to August, for everyone hired before."""
    finance, accountant = people["600002"], people["600003"]
    opening = OpeningSet.objects.create(
        branch=people.branch,
        first_month=AUGUST,
        file=keep(b"opening", name="期初.xlsx", content_type="x", by=finance),
        digest="0" * 64,
        people_count=4,
        state=intake.CONFIRMED,
        proposed_by=finance,
        confirmed_by=accountant,
    )
    for row, (no, (_, kind, *_rest, hired)) in enumerate(MANAGERS.items(), 2):
        if hired >= AUGUST.first:
            continue
        sums = {"income": 96000, "special": 10000, "additional": 16000} if kind == "employee" else {"income_amount": 90000}
        OpeningBalance.objects.create(
            opening=opening, person=people[no], kind=kind, row=row, started=Month(2026, 1), basic=40000, withheld=1200, **sums
        )


def second_branch(people: People) -> People:
    """Another branch under the same scheme and the same posts, nobody engaged there yet."""
    branch = make_branch("0755NS", "深圳南山营业部")
    for no, (_, role) in POSTS.items():
        give_role(people[no], role, branch=branch)
    data = json.loads((CRM / "scheme_demo.json").read_text(encoding="utf-8"))
    seed_demo_scheme(data=data, branch=branch, by=people["600002"], confirmed_by=people["600005"])
    return People(branch, people.by_no)


def engage(people: People, no: str, since: date, kind: str = "employee", *, at: People | None = None) -> Engagement:
    """The person's last engagement and posting end the day before `since`; as `kind` they begin anew, here or `at`."""
    last_day, branch = since - timedelta(1), (at or people).branch
    old = Engagement.objects.filter(person=people[no]).latest("hired_on")
    if old.ended_on is None:
        Engagement.objects.filter(pk=old.pk).update(ended_on=last_day)
    Posting.objects.filter(person=people[no], effective_to=None).update(effective_to=last_day)
    Posting.objects.create(person=people[no], branch=branch, post="客户经理", effective_from=since)
    employee = kind == "employee"
    if employee and not GradeHolding.objects.filter(person=people[no]).exists():
        GradeHolding.objects.create(person=people[no], grade="初级", effective_from=since)
    return Engagement.objects.create(
        person=people[no],
        branch=branch,
        kind=kind,
        hired_on=since,
        contract_from=since,
        medical_tier="一档" if employee else "",
        insurance_base=Decimal("8000.00") if employee else None,
        housing_fund_rate=Decimal("0.05") if employee else None,
        additional_total=Decimal("2000.00") if employee else Decimal(0),
        additional_deductions={"子女教育": "2000.00"} if employee else {},
    )


def make_ready(
    people: People, month: Month, *, without: Iterable[str] = (), only: Iterable[str] = tuple(MANAGERS), **cells: Any
) -> None:
    """Locked figures and inputs for everybody, or `only` some (but not inputs of `without`); `cells` replace input cells of
    everyone."""
    finance = people["600002"]
    FiguresMonth.objects.create(
        branch=people.branch, month=month, state=LOCKED, digest="f" * 64, locked_by=finance, locked_at=timezone.now()
    )
    stored = keep(b"inputs", name="核算输入.xlsx", content_type="x", by=finance)
    sheet = InputSheet.objects.create(
        branch=people.branch, month=month, file=stored, state=intake.BOOKED, rows=5, imported_by=finance
    )
    for row, no in enumerate(only, 2):
        net = Decimal(NET[no])
        ManagerFigure.objects.create(
            branch=people.branch,
            month=month,
            person=people[no],
            clients_end=120,
            new_accounts=3,
            new_valid_accounts=2,
            turnover=0,
            gross_commission=net + 3000,
            net_commission=net,
            other_net_income=Decimal("88.80"),
            assets_end=Decimal("5600000.00"),
            net_new_assets_raw=Decimal("150000.00"),
            net_new_assets=Decimal("150000.00"),
            product_sales_amount=0,
            unsuitable_sales_amount=0,
        )
        if no not in without:
            MonthlyInput.objects.create(sheet=sheet, row=row, branch=people.branch, **_cells(people[no], no, month, cells))


def _cells(person: Person, no: str, month: Month, changes: dict[str, Any]) -> dict[str, Any]:
    employee = MANAGERS[no][1] == "employee"
    joins = MANAGERS[no][4] in month
    days = {
        "due_days": 21,
        "worked_days": 15 if joins else 21,
        **dict.fromkeys(("personal_leave", "sick_leave", "absence"), 0),
        **dict.fromkeys(("overtime_weekday", "overtime_rest", "overtime_statutory", "damages_balance"), 0),
    }
    cells = {
        "target": Decimal("20000.00"),
        "duty_score": Decimal("92.00"),
        "complaints": 0,
        "serious_violation": False,
        "vat": None if employee else Decimal("71.29"),
        "other_allowance": Decimal("200.00"),
        "other_deduction": Decimal("10.00"),
        **(days if employee else {}),
    }
    return {"person": person, "month": month, **cells, **changes}


def sign(request: Request, *signers: Person, act: str = "agree", opinion: str = "") -> None:
    """Each of `signers` decides in turn, having seen the request as it is."""
    for person in signers:
        person.__dict__.pop("_holdings", None)
        request.refresh_from_db()
        with committed():
            decide(request_id=request.pk, act=act, opinion=opinion, seen_digest=request.content_digest, by=person, reentered=True)


def three(people: People) -> tuple[Person, Person, Person]:
    """主办会计, 副经理, 经理."""
    return people["600003"], people["600004"], people["600005"]


def fresh(run: PayRun) -> PayRun:
    return PayRun.objects.shown().get(pk=run.pk)


def sent_up_run(people: People, month: Month) -> PayRun:
    """The month computed and handed to the three."""
    run = computed(people, month)
    assert not run.problems, run.problems
    with committed():
        return actions.send_up(run_id=run.pk, by=people["600002"])


def approved_run(people: People, month: Month) -> PayRun:
    """The month signed by the three."""
    run = sent_up_run(people, month)
    assert run.approval is not None
    sign(run.approval, *three(people))
    return fresh(run)


def paid_run(people: People, month: Month) -> PayRun:
    """The month signed and paid on the 7th of its month of payment."""
    run = approved_run(people, month)
    with committed():
        actions.issue(run_id=run.pk, issued_on=run.pay_month.first.replace(day=7), by=people["600002"])
    return fresh(run)
