from __future__ import annotations

from typing import Any

from django import forms
from django.db.models import QuerySet

from branch.org.models import Branch
from branch.people.models import Person
from branch.people.roles import Power
from branch.rest.endpoints import get, post
from branch.rest.filters import BranchQuery
from branch.rest.places import chosen
from branch.rest.requests import ApiRequest
from clients.figures import actions
from clients.figures.access import NOT_THERE, branches_for, opens_figures, require_may_see, visible_people
from clients.figures.models import FiguresMonth
from clients.figures.queries import FigureLine, figures_month, lines_of, rows_behind, total_of
from clients.figures.rules import FIGURES, LABELS
from clients.figures.serializers import FigureRowOut, FiguresMonthOut, LockGiven, MonthFiguresOut, MonthsOut, UnlockGiven
from clients.imports.queries import months_of
from kernel.months import Month
from kernel.refusals import Unknown


class FigureQuery(BranchQuery):
    figure = forms.ChoiceField(label="哪一项数据", required=False, choices=[(name, LABELS[name]) for name in FIGURES])


def _branch(request: ApiRequest, code: str) -> Branch:
    return chosen(branches_for(request.person), code)


def _lines(request: ApiRequest, branch: Branch, month: Month) -> list[FigureLine]:
    seen = visible_people(request.person, branch)
    return [line for line in lines_of(branch, month) if seen is None or line.person.pk in seen]


@get(MonthsOut, when=opens_figures, query=BranchQuery)
def figures(request: ApiRequest) -> dict[str, Any]:
    """有业务数据的月份"""
    branch = _branch(request, request.asked["branch"])
    return {"branch": branch, "months": months_of(branch)}


@get(MonthFiguresOut, when=opens_figures, query=BranchQuery)
def figures_of_month(request: ApiRequest, month: Month) -> dict[str, Any]:
    """一个月可见人员的业务数据与合计;锁定前为实时数"""
    branch = _branch(request, request.asked["branch"])
    lines = _lines(request, branch, month)
    return {"standing": figures_month(branch, month), "people": lines, "sums": total_of(lines)}


@get(FigureRowOut, when=opens_figures, many=True, order=("client__client_no", "id"), query=FigureQuery)
def figure_rows(request: ApiRequest, month: Month, staff_no: str) -> QuerySet[Any]:
    """一位客户经理的数据由哪些客户行组成"""
    branch = _branch(request, request.asked["branch"])
    subject = Person.objects.filter(staff_no=staff_no).first()
    if subject is None:
        raise Unknown(NOT_THERE)
    require_may_see(request.person, branch, subject.pk)
    if not any(line.person.pk == subject.pk for line in lines_of(branch, month)):
        raise Unknown(NOT_THERE)
    rows = rows_behind(branch, month, subject.pk, request.asked["figure"])
    return rows.select_related("client", "manager", "expected", "settled_to", "resolved_by")


@post(LockGiven, FiguresMonthOut, Power.FIGURES_LOCK)
def figures_lock(request: ApiRequest, month: Month) -> FiguresMonth:
    """复核锁定一个月"""
    return actions.lock(branch=_branch(request, request.given["branch"]), month=month, by=request.person)


@post(UnlockGiven, FiguresMonthOut, Power.FIGURES_LOCK)
def figures_unlock(request: ApiRequest, month: Month) -> FiguresMonth:
    """解除一个月的锁定"""
    branch = _branch(request, request.given["branch"])
    return actions.unlock(branch=branch, month=month, reason=request.given["reason"], by=request.person)
