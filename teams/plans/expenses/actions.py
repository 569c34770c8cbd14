"""Every write of the expenses: added, voided; a note asked for where a month cost too much, and answered."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

from django.db import transaction
from django.utils import timezone

from branch.audit.actions import record
from branch.files.actions import Opened, hand_out, keep
from branch.notices.actions import tell
from branch.org.models import Branch, Team
from branch.people.models import Person
from branch.people.queries import leader_on
from clients.figures.queries import figures_month
from kernel.months import Month
from kernel.refusals import Refusal, Unknown
from kernel.seen import require_seen
from teams.plans.expenses import access, queries, rules, states
from teams.plans.expenses.models import Expense, ExpenseKind, ExpenseNote
from teams.plans.targets.evidence import require_proof
from teams.plans.targets.progress import Measured


def seed_kinds() -> int:
    """The kinds every installation begins with; those already listed stay. Returns how many are new."""
    return sum(add_kind(name=name, position=place) for place, name in enumerate(rules.KINDS, 1))


@transaction.atomic
def add_kind(*, name: str, position: int) -> bool:
    """List a kind of expense; one for gifts is refused. Returns whether it is new."""
    rules.require_lawful(name)
    _, new = ExpenseKind.objects.get_or_create(name=name.strip(), defaults={"position": position})
    return new


@transaction.atomic
def record_expense(
    *, team: Team, day: date, kind: ExpenseKind, activity: str, amount: Decimal, paper: bytes, paper_name: str, by: Person
) -> Expense:
    """Add an expense of the team, yuan. Refused for a month whose figures are locked, for gifts, and for the same one twice."""
    access.require_may_record(by, team)
    Team.objects.select_for_update(no_key=True).get(pk=team.pk)  # of two who add the same paper the second sees the first
    rules.require_entry(day=day, amount=amount, activity=activity, today=timezone.localdate())
    month = Month.of(day)
    _require_open(team.branch, month)
    content_type = require_proof(paper, what="费用凭据")
    file = keep(paper, name=paper_name, content_type=content_type, by=by)
    same = Expense.objects.counting().filter(team=team, day=day, kind=kind, amount=amount, paper__sha256=file.sha256)
    if same.exists():
        raise Refusal("这笔费用已经登记过:同一天、同一类别、同样的金额和凭据", code="twice")
    row = Expense.objects.create(
        branch=team.branch,
        team=team,
        month=month,
        day=day,
        kind=kind,
        activity=activity.strip()[:100],
        amount=amount,
        paper=file,
        made_by=by,
    )
    _record(by, "expenses.record", row, f"登记{row} {amount:,.2f} 元({kind})", paper=file.sha256)
    judge_month(team=team, month=month)
    return row


def _require_open(branch: Branch, month: Month) -> None:
    if figures_month(branch, month).is_locked:
        raise Refusal(
            f"{month.label}已月结(业务数据已复核锁定),不能再登记这个月的费用;请按报销日期记入未月结的月份,并在活动里写明发生日",
            code="month_closed",
        )


@transaction.atomic
def void_expense(*, expense_id: int, reason: str, by: Person) -> Expense:
    """Take an expense out of the sums, also after the month was closed; it stays with the reason and who voided it."""
    rows = Expense.objects.select_for_update(of=("self",)).select_related("team__branch", "kind")
    row = rows.filter(pk=expense_id).first()
    if row is None:
        raise Unknown("没有这笔费用")
    access.require_may_record(by, row.team)
    if row.voided:
        raise Refusal("这笔费用已经作废,不用再作废一次", code="already_voided")
    if not reason.strip():
        raise Refusal("请写明作废的原因", code="reason_missing")
    row.voided_by, row.voided_at, row.void_reason = by, timezone.now(), reason.strip()[:200]
    row.save(update_fields=["voided_by", "voided_at", "void_reason"])
    _record(by, "expenses.void", row, f"作废{row} {row.amount:,.2f} 元", reason=row.void_reason)
    judge_month(team=row.team, month=row.month)
    return row


@transaction.atomic
def open_paper(*, expense_id: int, by: Person) -> Opened:
    """The paper that shows the expense, for who may see it. Raises Unknown. Each opening is logged."""
    row = queries.expense_for(by, expense_id)
    return hand_out(row.paper, what=f"{row}的凭据", act="expenses.open", subject=row, branch_code=row.branch.code, by=by)


def judge_branch(branch: Branch, month: Month) -> None:
    """The month's figures were measured anew: judge every team that spent something in it."""
    ids = Expense.objects.filter(branch=branch, month=month).values("team")
    for team in Team.objects.filter(pk__in=ids).select_related("branch"):
        judge_month(team=team, month=month)


@transaction.atomic
def judge_month(*, team: Team, month: Month, today: date | None = None) -> ExpenseNote | None:
    """Once the month is over, ask the leader why it cost too much; one not answered yet lapses when it no longer did."""
    day = today or timezone.localdate()
    if day <= month.last:
        return None
    spent, limit = queries.spent(team, month), queries.expense_limit(month.first)
    note = ExpenseNote.objects.select_for_update().filter(team=team, month=month).first()
    income = queries.net_income(Measured(team.branch, month), team, month) if spent or note is not None else None
    if income is None:
        return note
    if not rules.is_over(spent, income, limit):
        if note is not None and note.state == states.ASKED:
            note.state = states.NOTE.after(note.state, "lapse")
            note.save(update_fields=["state"])
        return note
    return _ask(team, month, note, day, {"spent": spent, "income": income, "limit": limit})


def _ask(team: Team, month: Month, note: ExpenseNote | None, day: date, amounts: dict[str, Decimal]) -> ExpenseNote:
    if note is not None and note.state != states.LAPSED:
        return note
    asked = note or ExpenseNote(branch=team.branch, team=team, month=month)
    if note is not None:
        asked.state = states.NOTE.after(note.state, "ask")
    asked.spent, asked.income, asked.limit, asked.asked_on = amounts["spent"], amounts["income"], amounts["limit"], day
    asked.save()
    leader = leader_on(team.pk, day)
    if leader is not None:
        said = f"费用 {asked.spent:,.2f} 元,净收入 {asked.income:,.2f} 元,超过限额 {asked.limit:.0%}"
        text = f"{team.name}{month.label}{said},请写明原因和压缩措施"
        tell([leader], text, key=f"expenses.ask:{asked.pk}:{day}", link=asked.get_absolute_url())
    return asked


def shown_note(note: ExpenseNote | None) -> dict[str, str]:
    """What the page of a note shows of what was answered, for the stamp of two editors; None: nothing yet."""
    return {"cause": note.cause, "action": note.action} if note is not None else {"cause": "", "action": ""}


@transaction.atomic
def answer_note(*, note_id: int, cause: str, action: str, by: Person, seen: str = "") -> ExpenseNote:
    """Say why a month cost too much and what is done about it; may be said better later, every version is in the log. Raises
    Overtaken when somebody else answered since `seen` was shown."""
    note = ExpenseNote.objects.select_for_update(of=("self",)).select_related("branch", "team").filter(pk=note_id).first()
    if note is None:
        raise Unknown("没有这份费用超限说明")
    access.require_may_answer(by, note)
    after = states.NOTE.after(note.state, "answer")
    require_seen(seen, shown_note(note), what=str(note))
    if not cause.strip() or not action.strip():
        raise Refusal("原因和压缩措施都要写", code="incomplete")
    note.state, note.answered_by, note.answered_at = after, by, timezone.now()
    note.cause, note.action = cause.strip()[:400], action.strip()[:400]
    note.save()
    _record(by, "expenses.answer", note, f"填写{note}", cause=note.cause, action=note.action)
    return note


def _record(by: Person, act: str, subject: Expense | ExpenseNote, summary: str, **details: Any) -> None:
    record(by=by, act=act, subject=subject, summary=summary, branch_code=subject.branch.code, **details)
