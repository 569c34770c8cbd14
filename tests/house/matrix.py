"""The machinery of the URL × role × scope matrix: a world with every kind of object, one person a role, here and elsewhere."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any
from unittest.mock import patch

from django.conf import settings
from django.db import transaction
from django.http import QueryDict
from django.template.backends.django import Template
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from approvals.desk import actions as desk
from approvals.requests.models import Request
from approvals.routes.models import Delegation, Route
from archives.models import Filing
from branch.exports.actions import ask as take
from branch.files.actions import keep
from branch.jobs.models import Job
from branch.notices.models import Notice
from branch.org.models import Branch, Group, Outlet, Team
from branch.parameters.models import ParameterValue
from branch.people.actions import Place, hold, open_log_in
from branch.people.models import Person
from branch.people.roles import ROLES, Scope
from branch.people.signing_in import BACKEND
from branch.people.tokens import make_token
from branch.roster.uploads import ROSTER
from clients.imports.models import ClientMonth, CompanyImport, ImportBatch
from clients.products.models import ProductSale
from clients.registry.models import Client as Customer
from clients.registry.models import ConfirmationSlip
from payroll.corrections.models import Correction, CorrectionLine, OutsideSettlement, PayAdjustment
from payroll.intake.models import InputSheet, OpeningSet, TaxMode
from payroll.runs import actions as runs
from payroll.runs.actions import FILING_KIND
from payroll.runs.models import PayRun, PaySlip
from payroll.schemes.models import SchemeVersion
from teams.plans.division.models import DivisionProposal, ProposedClient
from teams.plans.expenses.models import Expense, ExpenseKind, ExpenseNote
from teams.plans.logs.models import LogCheck, LogDraw, LogVersion, WorkLog
from teams.plans.marketing.models import CooperationAgreement, MarketingPlan
from teams.plans.moves.models import Handover, Leaving, Move
from teams.plans.reports.actions import draft_report
from teams.plans.rulebooks.models import RuleDocument
from teams.plans.targets.models import DeviationNote, IncomePlan, Milestone, TargetChange, TargetSheet
from tests.factories.branch import People
from tests.factories.close import AUGUST, computed, month_ready, settled_branch
from tests.factories.plans import chain

LONG_AGO = date(2020, 1, 1)
TARGETS_FILE = "工号,姓名,项目," + ",".join(f"{number}月" for number in range(1, 13)) + "\n"
OWNER = "600103"  # the 客户经理 whose own objects the matrix uses
PEOPLE = {
    "client_manager": OWNER,
    "group_leader": "600102",
    "team_leader": "600101",
    "trade_admin": "600001",
    "branch_finance": "600002",
    "chief_accountant": "600003",
    "deputy_manager": "600004",
    "branch_manager": "600005",
    "attendance_clerk": "600006",
    "asset_clerk": "600007",
    "return_visitor": "600008",
    "brokerage_office": "100001",
    "channel_department": "100002",
    "finance_department": "100003",
    "compliance": "100004",
    "human_resources": "100005",
    "executive": "100006",
    "risk": "100007",
    "legal": "100008",
    "administrator": "100009",
}


@dataclass
class World:
    """`here`: role → its person at the demo branch (or head office); `elsewhere`: the same roles at another branch."""

    here: dict[str, Client] = field(default_factory=dict)
    elsewhere: dict[str, Client] = field(default_factory=dict)
    things: dict[str, Any] = field(default_factory=dict)


def _browser(person: Person) -> Client:
    browser = Client(raise_request_exception=False)
    browser.force_login(person.user, backend=BACKEND)
    return browser


def build() -> World:
    """The demo branch with a closed August sent up for signature, and a second branch with nothing but people."""
    people = settled_branch()
    month_ready(people, AUGUST)
    run = computed(people, AUGUST)
    finance = people["600002"]
    world = World()
    world.here = {role: _browser(people[staff_no]) for role, staff_no in PEOPLE.items()}
    other = Branch.objects.create(code="0755LH", name="深圳罗湖营业部", document_prefix="罗营")
    team = Team.objects.create(branch=other, name="罗湖一队")
    group = Group.objects.create(team=team, name="第1组")
    for number, (code, role) in enumerate(ROLES.items()):
        if role.scope in (Scope.COMPANY, Scope.DEPARTMENT):
            continue
        person = Person.objects.create(staff_no=f"7000{number:02d}", name=f"罗湖{role.label}")
        open_log_in(person, password="x")
        places = {Scope.TEAM: Place(team=team), Scope.GROUP: Place(group=group)}
        hold(person, code, places.get(role.scope, Place(branch=other)), since=LONG_AGO, reason="测试")
        world.elsewhere[code] = _browser(person)
    world.things = (
        _things(people.branch, run, finance, people[OWNER], people["600001"]) | _plans(people) | _logs(people) | _moves(people)
    )
    return world


def _things(branch: Branch, run: PayRun, finance: Person, owner: Person, trade: Person) -> dict[str, Any]:
    """Every object an address may name, by the word the table uses."""
    runs.send_up(run_id=run.pk, by=finance)
    asked_for, boss = Request.objects.get(), Person.objects.get(staff_no=PEOPLE["branch_manager"])
    slip = PaySlip.objects.get(run=run, person=owner)
    batch = ImportBatch.objects.filter(branch=branch).latest("pk")
    scheme = SchemeVersion.objects.get()
    file = keep(b"x", name="x.xlsx", content_type=ROSTER, by=trade)
    value = ParameterValue.objects.create(
        code="wage.min_month", name="x", unit="元/月", value="1", effective_from=date(2030, 1, 1), source="x", proposed_by=trade
    )
    filing = Filing.objects.create(
        kind=FILING_KIND,
        title="x",
        branch=branch,
        month=AUGUST,
        file=file,
        sha256=file.sha256,
        submitted_by=finance,
        keep_until=date(2060, 1, 1),
    )
    mode = TaxMode.objects.create(person=owner, branch=branch, tax_year=2027, mode="lump", reason="x", proposed_by=finance)
    correction = Correction.objects.create(number="GZ-0755FT-2026-0001", branch=branch, month=AUGUST, reason="x", maker=finance)
    wrong = CorrectionLine.objects.create(
        correction=correction, person=owner, month=AUGUST, field="manual", new="1", reason="x", evidence=file, added_by=finance
    )
    settlement = OutsideSettlement.objects.create(
        branch=branch,
        person=owner,
        slip=slip,
        kind="lots",
        key="lots",
        label="x",
        amount="1",
        day=date(2026, 9, 30),
        how="cash",
        reason="x",
        evidence=file,
        proposed_by=finance,
    )
    left_out = Person.objects.create(staff_no="700099", name="漏发人")
    unpaid = PayAdjustment.objects.create(
        correction=correction, person=left_out, month=AUGUST, due_month=AUGUST.next, reason="x", gross="1"
    )
    return {
        "settlement": settlement.pk,
        "unpaid": unpaid.pk,
        "correction": correction.number,
        "correction_line": wrong.pk,
        "branch": branch.pk,
        "branch_kind": "branch",
        "kind_new": "department",
        "kind_team": "team",
        "team": Team.objects.filter(branch=branch).first().pk,  # type: ignore[union-attr]
        "job": Job.objects.create(kind="x", key="x", title="x", owner=trade, branch=branch).pk,
        "approval_batch": Job.objects.create(kind="approve_batch", key="x", title="x", owner=boss).pk,
        "signing_delegation": Delegation.objects.create(
            principal=boss,
            deputy=finance,
            effective_from=LONG_AGO,
            effective_to=LONG_AGO,
            reason="x",
        ).pk,
        "notice": Notice.objects.create(person=trade, text="x", key="x").pk,
        "file": file.pk,
        "token": make_token(name="x", expires_on=date.today(), by=trade)[0].pk,
        "owner": owner.staff_no,
        "export": take(kind="clients", query=QueryDict(""), by=trade).pk,
        "export_kind": "clients",
        "phone": "phone",
        "holding": owner.roles.first().pk,  # type: ignore[union-attr]
        "value": value.pk,
        "code": "wage.min_month",
        "year": 2026,
        "month": AUGUST,
        "request": asked_for.number,
        "seat": asked_for.seats.get(state="open").pk,
        "comment": desk.comment(request_id=asked_for.pk, text="请留意加班费", by=finance).pk,
        "attachment": desk.attach(request_id=asked_for.pk, files=[desk.Upload("说明.pdf", b"%PDF-1.7")], by=finance)[0].pk,
        "route": Route.objects.first().pk,  # type: ignore[union-attr]
        "stage": "chief_accountant",
        "filing": filing.pk,
        "client": Customer.objects.filter(relations__manager=owner).first().pk,  # type: ignore[union-attr]
        "slip": ConfirmationSlip.objects.filter(manager=owner).first().pk,  # type: ignore[union-attr]
        "sale": ProductSale.objects.filter(branch=branch).first().pk,  # type: ignore[union-attr]
        "batch": batch.pk,
        "batch_file": batch.files.first().pk,  # type: ignore[union-attr]
        "company_import": CompanyImport.objects.create(name="x.csv", stored=file, state="booking", created_by=trade).pk,
        "template": "clients",
        "client_month": ClientMonth.objects.filter(branch=branch).first().pk,  # type: ignore[union-attr]
        "opening": OpeningSet.objects.get().pk,
        "opening_kind": "employee",
        "tax_mode": mode.pk,
        "sheet": InputSheet.objects.first().pk,  # type: ignore[union-attr]
        "scheme": scheme.pk,
        "run": run.pk,
        "pay_slip": slip.pk,
    }


def _plans(people: People) -> dict[str, Any]:
    """A target of the owner's with those above it, a change to it, a note on it; an income plan, milestones, a file."""
    _, team, group, own = chain(people)
    manager, leader, owner, branch = people["600005"], people["600101"], people[OWNER], people.branch
    change = TargetChange.objects.create(target=own, before=["40.00"] * 12, after=["30.00"] * 12, reason="x", proposed_by=leader)
    note = DeviationNote.objects.create(target=own, month=AUGUST, completion="0.5", deviation="0.5", asked_on=date(2026, 8, 31))
    plan = IncomePlan.objects.create(branch=branch, year=2026, period="h1", version=1, total="1", made_by=manager)
    proof = keep(b"%PDF-", name="x.pdf", content_type="application/pdf", by=owner)
    due = {"branch": branch, "team": team.team, "due_on": date(2026, 8, 31), "responsible": owner, "made_by": leader}
    done = Milestone.objects.create(name="x", **due, done_on=date(2026, 8, 30), done_by=owner, evidence=proof)
    book = keep(TARGETS_FILE.encode(), name="x.csv", content_type="text/csv", by=leader)
    sheet = TargetSheet.objects.create(branch=branch, team=team.team, year=2026, file=book, imported_by=leader)
    return {
        "target": own.pk,
        "target_above": group.pk,
        "target_change": change.pk,
        "note": note.pk,
        "income_plan": plan.pk,
        "milestone": Milestone.objects.create(name="y", **due).pk,
        "milestone_done": done.pk,
        "target_sheet": sheet.pk,
        **_marketing(people),
        **_divisions(people),
    }


def _divisions(people: People) -> dict[str, Any]:
    """A proposal of the leader's to share a client of the owner's, and one that was sent back."""
    leader, owner = people["600101"], people[OWNER]
    client = Customer.objects.filter(relations__manager=owner).first()
    given = {"branch": people.branch, "developer": owner, "service_person": leader, "developer_percent": "70", "reason": "x"}
    rows = [
        DivisionProposal(**given, from_month=AUGUST.next, made_by=leader, state=state) for state in ("consulting", "returned")
    ]
    DivisionProposal.objects.bulk_create(rows)
    ProposedClient.objects.create(proposal=rows[0], client=client)
    return {"proposal": rows[0].pk, "proposal_returned": rows[1].pk}


def _marketing(people: People) -> dict[str, Any]:
    """Of the owner's team a draft plan and August's draft report; an agreement of an outlet with its file; a draft of rules and a
    registered paper."""
    leader, branch = people["600101"], people.branch
    outlet = Outlet.objects.create(branch=branch, name="x")
    paper = keep(b"%PDF-", name="x.pdf", content_type="application/pdf", by=leader)
    days = {"valid_from": date(2026, 1, 1), "valid_to": date(2026, 12, 31)}
    agreement = CooperationAgreement.objects.create(
        branch=branch, outlet=outlet, bank="x", agreement_no="x", file=paper, made_by=leader, **days
    )
    team = Team.objects.get(branch=branch, name="营销一队")
    plan = MarketingPlan.objects.create(branch=branch, team=team, year=2027, made_by=leader)
    given = {"branch": branch, "team": team, "kind": "management", "effective_from": date(2026, 1, 1), "made_by": leader}
    rule = RuleDocument.objects.create(version=1, file=paper, **given)
    paper = RuleDocument.objects.create(version=2, **given, legacy=True, paper_no="深营〔2025〕1号", state="registered")
    report = draft_report(team=team, kind="month", month=AUGUST, by=leader)
    found = {"plan": plan.pk, "agreement": agreement.pk, "rule": rule.pk, "rule_paper": paper.pk, "report": report.pk}
    return found | _expenses(leader, team)


def _expenses(leader: Person, team: Team) -> dict[str, Any]:
    """An expense of the owner's team with its paper, and a note that its leader owes."""
    kind, _ = ExpenseKind.objects.get_or_create(name="场地", defaults={"position": 1})
    paper = keep(b"%PDF-", name="x.pdf", content_type="application/pdf", by=leader)
    given = {"branch": team.branch, "team": team, "month": AUGUST}
    day = date(2026, 8, 31)
    row = Expense.objects.create(**given, day=day, kind=kind, activity="x", amount="1", paper=paper, made_by=leader)
    note = ExpenseNote.objects.create(**given, spent="1", income="1", limit="0.3", asked_on=day)
    return {"expense": row.pk, "expense_note": note.pk}


def _logs(people: People) -> dict[str, Any]:
    """A log of the owner's, drawn and waiting for the leader."""
    owner, noon = people[OWNER], timezone.make_aware(datetime(2026, 8, 31, 12))
    posted = owner.postings.get()
    place = {"branch": posted.branch, "team": posted.team, "group": posted.group}
    log = WorkLog.objects.create(person=owner, **place, day=date(2026, 8, 31), kind="log", submitted_at=noon)
    LogVersion.objects.create(log=log, number=1, plan_next="x", written_at=noon)
    draw = LogDraw.objects.create(team=posted.team, year=2026, week=36, seed=1, share="0.2", pool=[log.pk])
    return {"work_log": log.pk, "log_check": LogCheck.objects.create(draw=draw, log=log, version=1).pk}


def _moves(people: People) -> dict[str, Any]:
    """The owner's move and leaving, drafted by the leader, and a list of clients to hand over."""
    owner, leader, branch = people[OWNER], people["600101"], people.branch
    posted = owner.postings.get()
    places = {"from_team": posted.team, "to_team": posted.team, "from_group": posted.group, "to_group": posted.group}
    move = Move.objects.create(branch=branch, person=owner, **places, effective_on=date(2026, 9, 10), reason="x", made_by=leader)
    leaving = Leaving.objects.create(
        branch=branch, team=posted.team, person=owner, kind="resigned", last_day=date(2026, 9, 30), reason="x", made_by=leader
    )
    handover = Handover.objects.create(move=move, branch=branch, team=posted.team, giver=owner, witness=leader)
    return {"move": move.pk, "leaving": leaving.pk, "handover": handover.pk}


@contextmanager
def unrendered(quickly: bool) -> Iterator[None]:
    """While `quickly`: templates give nothing. A page is rendered for the first role that may see it; doors need no more."""
    if not quickly:
        yield
        return
    with patch.object(Template, "render", lambda *_, **__: ""):
        yield


def ask(browser: Client, name: str, args: dict[str, Any], *, query: str = "", method: str = "get") -> int:
    """The status of the address for that browser; what it does is undone. A POST-only address gets an empty POST.

    A redirect to the sign-in page counts as 401.
    """
    address = reverse(name, kwargs=args) + query
    session = browser.cookies[settings.SESSION_COOKIE_NAME].value
    with transaction.atomic():
        answer = browser.get(address) if method == "get" else browser.post(address)
        if answer.status_code == 405:
            answer = browser.post(address)
        transaction.set_rollback(True)
    browser.cookies[settings.SESSION_COOKIE_NAME] = session  # signing out is undone as well
    if answer.status_code == 302 and answer["Location"].startswith("/login/?"):
        return 401
    return int(answer.status_code)
