"""The objects that an address of the matrix may name: one of every kind, the owner's or of the owner's team."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.http import QueryDict
from django.utils import timezone

from approvals.desk import actions as desk
from approvals.routes.models import Delegation, Route
from branch.exports.actions import ask as take
from branch.files.actions import keep
from branch.jobs.models import Job
from branch.notices.models import Notice
from branch.org.models import Outlet, Team
from branch.parameters.models import ParameterValue
from branch.people.models import Person
from branch.people.tokens import make_token
from branch.roster.uploads import ROSTER
from clients.imports.models import ClientMonth, CompanyImport, ImportBatch
from clients.products.models import Product, ProductProposal, ProductSale
from clients.registry.models import Client as Customer
from clients.registry.models import ConfirmationSlip
from payroll.corrections.balances import adjustment_key
from payroll.corrections.models import Correction, CorrectionLine, OutsideSettlement, PayAdjustment
from payroll.intake.models import InputSheet, OpeningSet, TaxMode
from payroll.runs.models import PayRun, PaySlip
from payroll.schemes.models import SchemeVersion
from teams.plans.division.models import DivisionProposal, ProposedClient
from teams.plans.expenses.models import Expense, ExpenseKind, ExpenseNote
from teams.plans.logs.models import LogCheck, LogDraw, LogVersion, WorkLog
from teams.plans.marketing.models import AgreementCorrection, CooperationAgreement, MarketingPlan
from teams.plans.moves.models import Handover, Leaving, Move
from teams.plans.reports.actions import draft_report
from teams.plans.rulebooks.models import RuleDocument
from teams.plans.targets.models import DeviationNote, IncomePlan, Milestone, TargetChange, TargetSheet
from tests.factories.branch import People
from tests.factories.close import AUGUST
from tests.factories.plans import chain

LONG_AGO = date(2020, 1, 1)
TARGETS_FILE = "工号,姓名,项目," + ",".join(f"{number}月" for number in range(1, 13)) + "\n"
OWNER = "600103"  # the 客户经理 whose own objects the matrix uses


@dataclass(frozen=True)
class Months:
    """A month paid and filed, one signed and not paid yet, one on its way to the signers."""

    paid: PayRun
    signed: PayRun
    pending: PayRun


def all_things(people: People, months: Months) -> dict[str, Any]:
    """Every object an address may name, by the word the table uses."""
    return {**_things(people, months), **_paid(people, months), **_plans(people), **_logs(people), **_moves(people)}


def _things(people: People, months: Months) -> dict[str, Any]:
    branch, run, finance, owner, trade = people.branch, months.pending, people["600002"], people[OWNER], people["600001"]
    asked_for, boss = run.approval, people["600005"]
    assert asked_for is not None
    slip = PaySlip.objects.get(run=run, person=owner)
    client: Any = Customer.objects.filter(relations__manager=owner).first()
    batch = ImportBatch.objects.filter(branch=branch).latest("pk")
    scheme = SchemeVersion.objects.get()
    file = keep(b"x", name="x.xlsx", content_type=ROSTER, by=trade)
    value = ParameterValue.objects.create(
        code="wage.min_month", name="x", unit="元/月", value="1", effective_from=date(2030, 1, 1), source="x", proposed_by=trade
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
        "unpaid_item": adjustment_key(unpaid.pk),
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
        "token": make_token(name="x", expires_on=date.today(), by=trade, reentered=True)[0].pk,
        "owner": owner.staff_no,
        "colleague": people["600104"].staff_no,
        "export": take(kind="clients", query=QueryDict(""), by=trade).pk,
        "export_kind": "clients",
        "phone": "phone",
        "holding": owner.roles.first().pk,  # type: ignore[union-attr]
        "value": value.pk,
        "code": "wage.min_month",
        "year": 2026,
        "month": AUGUST,
        "request": asked_for.number,
        "digest": asked_for.content_digest,
        "seat": asked_for.seats.get(state="open").pk,
        "comment": desk.comment(request_id=asked_for.pk, text="请留意加班费", by=finance).pk,
        "attachment": desk.attach(request_id=asked_for.pk, files=[desk.Upload("说明.pdf", b"%PDF-1.7")], by=finance)[0].pk,
        "route": Route.objects.first().pk,  # type: ignore[union-attr]
        "stage": "chief_accountant",
        "client": client.pk,
        "client_no": client.client_no,
        "slip": ConfirmationSlip.objects.filter(manager=owner).first().pk,  # type: ignore[union-attr]
        "sale": ProductSale.objects.filter(branch=branch).first().pk,  # type: ignore[union-attr]
        "product": ProductProposal.objects.create(branch=branch, code="X2", name="x", risk="R2", proposed_by=trade).pk,
        "listed_product": Product.objects.first().pk,  # type: ignore[union-attr]
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


def _paid(people: People, months: Months) -> dict[str, Any]:
    """What there is only once a month is signed: slips to read and confirm, the filed report, a finished request."""
    found: dict[str, Any] = {}
    for word, run in (("paid", months.paid), ("signed", months.signed)):
        assert run.approval is not None
        slip = PaySlip.objects.get(run=run, person=people[OWNER])
        found |= {f"run_{word}": run.pk, f"pay_slip_{word}": slip.pk, f"request_{word}": run.approval.number}
    return found | {"filing": months.paid.filing_id}


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
    """Of the owner's team a draft plan and August's draft report; an agreement of an outlet with its file, a signed one, and one
    whose correction waits; a draft of rules and a registered paper."""
    leader, branch = people["600101"], people.branch
    outlet = Outlet.objects.create(branch=branch, name="x")
    paper = keep(b"%PDF-", name="x.pdf", content_type="application/pdf", by=leader)
    days = {"valid_from": date(2026, 1, 1), "valid_to": date(2026, 12, 31)}
    agreement = CooperationAgreement.objects.create(
        branch=branch, outlet=outlet, bank="x", agreement_no="x", file=paper, made_by=leader, **days
    )
    signed = CooperationAgreement.objects.create(
        branch=branch, outlet=outlet, bank="x", agreement_no="y", signed_on=date(2026, 1, 1), file=paper, made_by=leader, **days
    )
    corrected = CooperationAgreement.objects.create(
        branch=branch, outlet=outlet, bank="x", agreement_no="z", signed_on=date(2026, 1, 1), file=paper, made_by=leader, **days
    )
    words = {"before": corrected.content, "after": {**corrected.content, "bank": "y"}, "former_file": paper, "file": paper}
    correction = AgreementCorrection.objects.create(agreement=corrected, **words, reason="x", proposed_by=leader)
    team = Team.objects.get(branch=branch, name="营销一队")
    plan = MarketingPlan.objects.create(branch=branch, team=team, year=2027, made_by=leader)
    given = {"branch": branch, "team": team, "kind": "management", "effective_from": date(2026, 1, 1), "made_by": leader}
    rule = RuleDocument.objects.create(version=1, file=paper, **given)
    paper = RuleDocument.objects.create(version=2, **given, legacy=True, paper_no="深营〔2025〕1号", state="registered")
    report = draft_report(team=team, kind="month", month=AUGUST, by=leader)
    found = {
        "outlet": outlet.pk,
        "plan": plan.pk,
        "agreement": agreement.pk,
        "agreement_signed": signed.pk,
        "agreement_correction": correction.pk,
        "rule": rule.pk,
        "rule_paper": paper.pk,
        "report": report.pk,
    }
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
