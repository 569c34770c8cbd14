"""The demonstration's steps. Each looks first whether it is done, then acts as the person whose work it is."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import date
from functools import partial

from django.conf import settings
from django.db import transaction

from approvals.requests.actions import decide
from archives.actions import receive_filing
from branch.audit.actions import record
from branch.org.models import Branch, Department
from branch.people.actions import Place, hold, open_log_in
from branch.people.models import Engagement, Person
from branch.people.queries import branch_by_code, person_for
from branch.people.roles import STAFF_ROLES
from branch.people.rules import initials
from branch.roster.actions import import_roster
from clients.figures.actions import lock
from clients.figures.models import FiguresMonth
from clients.imports.actions import import_files
from clients.imports.sheets import Upload
from clients.registry.actions import confirm_relations
from config import demo, demo_division, demo_expenses, demo_logs, demo_marketing, demo_plans, demo_reports
from kernel.months import Month
from kernel.refusals import Refusal
from payroll.intake.actions.inputs import import_inputs
from payroll.intake.actions.openings import confirm_opening, propose_opening
from payroll.intake.models import MonthlyInput, OpeningSet
from payroll.runs import actions as runs
from payroll.runs import states
from payroll.runs.models import PayRun
from payroll.schemes.actions import seed_demo_scheme

TRADE, FINANCE, ACCOUNTANT, MANAGER, BROKERAGE = "600001", "600002", "600003", "600005", "100001"


@transaction.atomic
def branch_and_people() -> None:
    """The branch, head-office people and the branch's posts, each with a log-in and a role."""
    branch, new = Branch.objects.get_or_create(
        code=demo.BRANCH_CODE, defaults={"name": demo.BRANCH_NAME, "document_prefix": demo.DOCUMENT_PREFIX}
    )
    for staff_no, name, department_code, role in demo.HEAD_OFFICE:
        department = Department.objects.get(code=department_code)
        hold(_person(staff_no, name, department), role, Place(department=department), since=demo.SINCE, reason="演示数据")
    for staff_no, name, post in demo.BRANCH_POSTS:
        hold(_person(staff_no, name, None), STAFF_ROLES[post], Place(branch=branch), since=demo.SINCE, reason="演示数据")
    if new:
        record(by=None, act="demo.seed", subject=branch, summary=f"建立演示营业部 {branch}", branch_code=branch.code)


def _person(staff_no: str, name: str, department: Department | None) -> Person:
    person, _ = Person.objects.get_or_create(
        staff_no=staff_no, defaults={"name": name, "initials": initials(name), "department": department}
    )
    open_log_in(person, password=settings.DEMO_PASSWORD)
    return person


def roster() -> None:
    """交易管理岗 imports the roster."""
    branch = branch_by_code(demo.BRANCH_CODE)
    if Engagement.objects.filter(branch=branch).exists():
        return
    content = (demo.FILES / demo.ROSTER).read_bytes()
    password = settings.DEMO_PASSWORD
    import_roster(content=content, name=demo.ROSTER, branch=branch, effective=demo.SINCE, password=password, by=person_for(TRADE))


def scheme() -> None:
    """营业部财务 proposes the demo scheme, the manager puts it in force under its paper's number."""
    data = json.loads((demo.FILES / demo.SCHEME).read_text(encoding="utf-8"))
    branch = branch_by_code(demo.BRANCH_CODE)
    seed_demo_scheme(data=data, branch=branch, by=person_for(FINANCE), confirmed_by=person_for(MANAGER))


@transaction.atomic
def opening() -> None:
    """Finance hands in the opening balances, 主办会计 confirms them."""
    branch = branch_by_code(demo.BRANCH_CODE)
    if OpeningSet.objects.filter(branch=branch, state="confirmed").exists():
        return
    content = (demo.FILES / demo.OPENING).read_bytes()
    proposed = propose_opening(content=content, name=demo.OPENING, branch=branch, by=person_for(FINANCE)).opening
    if proposed.refused:
        raise Refusal("期初余额校验未通过", items=[str(item) for item in proposed.refused])
    confirm_opening(opening_id=proposed.pk, seen_digest=proposed.digest, by=person_for(ACCOUNTANT))


def figures(month: Month) -> None:
    """The month's CRM files, its relations, and finance's lock."""
    branch = branch_by_code(demo.BRANCH_CODE)
    locked = FiguresMonth.objects.filter(branch=branch, month=month).first()
    if locked is not None and locked.is_locked:
        return
    uploads = [Upload.of(path.name, path.read_bytes()) for path in demo.client_files(month)]
    import_files(files=uploads, branch=branch, by=person_for(TRADE))
    confirm_relations(branch=branch, month=month, by=person_for(TRADE))
    lock(branch=branch, month=month, by=person_for(FINANCE))


def inputs(month: Month) -> None:
    """The month's 核算输入."""
    branch = branch_by_code(demo.BRANCH_CODE)
    if MonthlyInput.objects.filter(branch=branch, month=month).exists():
        return
    path = demo.FILES / f"核算输入_{month}.xlsx"
    import_inputs(content=path.read_bytes(), name=path.name, branch=branch, by=person_for(FINANCE))


def close(month: Month, issued_on: date) -> None:
    """The month's run from its computation to 已备案, from wherever it stands."""
    branch, finance = branch_by_code(demo.BRANCH_CODE), person_for(FINANCE)
    run = PayRun.objects.filter(branch=branch, month=month, state__in=states.LIVE).first()
    if run is None or not run.is_computed:
        run = _fresh(runs.compute(branch=branch, month=month, by=finance))
    if not run.is_computed:
        raise Refusal(f"{month.label}没有算完", items=[str(problem) for problem in run.problems])
    if run.state == states.REVIEW:
        run = _fresh(runs.send_up(run_id=run.pk, by=finance))
    if run.state == states.APPROVING:
        run = _signed(run)
    if run.state == states.APPROVED:
        run = _fresh(runs.issue(run_id=run.pk, issued_on=issued_on, by=finance))
    if run.state == states.ISSUED:
        run = _filed(run, finance)


def _signed(run: PayRun) -> PayRun:
    """The three signatures, each by who holds the seat; one already given is not given again."""
    assert run.approval is not None
    request = run.approval
    already = set(request.decisions.filter(round=request.round).values_list("signer__staff_no", flat=True))
    for staff_no in demo.SIGNERS:
        if staff_no not in already:
            decide(
                request_id=request.pk,
                act="agree",
                opinion="",
                seen_digest=request.content_digest,
                by=person_for(staff_no),
                reentered=True,
            )
    return _fresh(run)


def _filed(run: PayRun, finance: Person) -> PayRun:
    if run.filing_id is None:
        run = _fresh(runs.file(run_id=run.pk, by=finance))
    assert run.filing_id is not None
    receive_filing(filing_id=run.filing_id, by=person_for(BROKERAGE))
    return _fresh(run)


def _fresh(run: PayRun) -> PayRun:
    return PayRun.objects.get(pk=run.pk)


Step = tuple[str, Callable[[], object]]


def _month_steps(month: Month, issued_on: date) -> tuple[Step, ...]:
    return (
        (f"{month.label}业务数据、关系确认、复核", partial(figures, month)),
        (f"{month.label}核算输入", partial(inputs, month)),
        (f"{month.label}核算、三级签字、发放、备案", partial(close, month, issued_on)),
    )


BLANK: tuple[Step, ...] = (("营业部与登录账号", branch_and_people),)
OCTOBER: tuple[Step, ...] = (
    ("客户经理名册", roster),
    ("薪酬方案", scheme),
    ("期初余额", opening),
    *(step for month, issued_on in demo.CLOSED for step in _month_steps(month, issued_on)),
    ("目标分解到人", demo_plans.targets),
    ("部门收入目标", demo_plans.income),
    ("里程碑", demo_plans.milestones),
    ("目标进度", demo_plans.progress),
    ("年度营销方案与银行合作方案", demo_marketing.plans),
    ("工作日志", demo_logs.logs),
    ("团队费用", demo_expenses.expenses),
    ("客户分工", demo_division.divisions),
    ("业务分析报告", demo_reports.reports),
)
