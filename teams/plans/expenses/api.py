"""Expenses read, added and voided; a month's costs by team; why a month cost too much."""

from __future__ import annotations

from django import forms
from django.db.models import QuerySet
from django.http import HttpResponse
from django.utils import timezone

from branch.files.responses import attachment
from branch.people.choices import branches_of
from branch.people.roles import Power
from branch.rest.endpoints import get, post
from branch.rest.filters import BranchMonthQuery
from branch.rest.places import chosen
from branch.rest.requests import ApiRequest
from branch.rest.serializers import ReasonGiven
from kernel.months import Month
from kernel.refusals import Refusal, Unknown
from kernel.seen import stamp
from teams.plans.expenses import access, actions, queries
from teams.plans.expenses.models import Expense, ExpenseKind, ExpenseNote
from teams.plans.expenses.queries import CostBoard
from teams.plans.expenses.serializers import CostBoardOut, ExpenseGiven, ExpenseNoteGiven, ExpenseNoteOut, ExpenseOut
from teams.plans.targets.evidence import OFFICE


class ExpenseQuery(BranchMonthQuery):
    team = forms.IntegerField(label="团队编号", required=False)


def _month(request: ApiRequest) -> Month:
    return request.asked["month"] or Month.of(timezone.localdate())


@get(ExpenseOut, Power.EXPENSE_VIEW, many=True, query=ExpenseQuery)
def expense_list(request: ApiRequest) -> QuerySet[Expense]:
    """一个月的团队费用,作废的也在内,新的在前"""
    branch = chosen(branches_of(request.person, Power.EXPENSE_VIEW), request.asked["branch"])
    rows = queries.expenses_for(request.person, branch=branch, month=_month(request))
    team = request.asked["team"]
    return rows if team is None else rows.filter(team=team)


@post(ExpenseGiven, ExpenseOut, Power.EXPENSE_RECORD, status=201)
def expense_record(request: ApiRequest) -> Expense:
    """登记一笔费用,附凭据"""
    given = dict(request.given)
    team = queries.teams_of(request.person, Power.EXPENSE_RECORD).filter(pk=given.pop("team")).first()
    if team is None:
        raise Unknown("没有这个团队,或不在您的权限范围内")
    name, file = given.pop("kind"), given.pop("paper")
    kind = ExpenseKind.objects.filter(name=name).first()
    if kind is None:
        known = "、".join(ExpenseKind.objects.values_list("name", flat=True))
        raise Refusal(f"没有“{name}”这个费用类别,可用的有:{known}", code="unknown_kind")
    return actions.record_expense(team=team, kind=kind, paper=file.read(), paper_name=file.name, by=request.person, **given)


@post(ReasonGiven, ExpenseOut, Power.EXPENSE_RECORD)
def expense_void(request: ApiRequest, expense_id: int) -> Expense:
    """作废一笔费用,写明原因;原来的记录留着"""
    row = queries.expense_for(request.person, expense_id)
    access.require_may_record(request.person, row.team)
    actions.void_expense(expense_id=row.pk, reason=request.given["reason"], by=request.person)
    return queries.expense_for(request.person, expense_id)


@get(OFFICE, Power.EXPENSE_VIEW)
def expense_paper(request: ApiRequest, expense_id: int) -> HttpResponse:
    """费用凭据文件,取走记入审计日志"""
    return attachment(*actions.open_paper(expense_id=expense_id, by=request.person))


@get(CostBoardOut, Power.EXPENSE_VIEW, query=BranchMonthQuery)
def expense_costs(request: ApiRequest) -> CostBoard:
    """一个月各团队的费用、净收入、费用率和预算"""
    branch = chosen(branches_of(request.person, Power.EXPENSE_VIEW), request.asked["branch"])
    return queries.cost_board(request.person, branch, _month(request), list(ExpenseKind.objects.all()))


@get(ExpenseNoteOut, Power.EXPENSE_VIEW, many=True)
def expense_notes(request: ApiRequest) -> QuerySet[ExpenseNote]:
    """可见的费用超限说明"""
    return queries.notes_for(request.person)


@post(ExpenseNoteGiven, ExpenseNoteOut, Power.EXPENSE_VIEW)
def expense_note(request: ApiRequest, note_id: int) -> ExpenseNote:
    """写明超限的原因和压缩措施"""
    note = queries.note_for(request.person, note_id)
    access.require_may_answer(request.person, note)
    given = dict(request.given)
    seen = given.pop("seen") or stamp(actions.shown_note(None))
    return actions.answer_note(note_id=note.pk, **given, by=request.person, seen=seen)
