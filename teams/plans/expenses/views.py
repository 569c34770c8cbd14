"""Pages of expenses: a month by team and kind against income, the ledger, adding, voiding, and why a month cost too much."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_GET, require_http_methods

from branch.files.responses import attachment
from branch.org.models import Branch
from branch.overtaken import SEEN, confront
from branch.paging import asks_total, keyset_of, rows_total
from branch.people.choices import branches_of
from branch.people.doors import PersonRequest, door
from branch.people.roles import Power
from clients.pages import chosen_branch
from kernel.months import Month
from kernel.refusals import Refusal, Unknown, allows
from kernel.seen import Overtaken
from teams.plans.expenses import access, actions, queries, states
from teams.plans.expenses.forms import ExpenseFilter, ExpenseForm, ExpenseNoteForm, VoidForm
from teams.plans.expenses.models import ExpenseKind, ExpenseNote

EXPENSES = ("团队费用", "plans:expense-list")


def crumbs(*pages: tuple[str, str]) -> list[tuple[str, str]]:
    """Where the page is: 团队, then each label with its url name."""
    return [("团队", ""), *((label, reverse(name) if name else "") for label, name in pages)]


def filter_of(request: PersonRequest) -> ExpenseFilter:
    """The page's filters with what the person may choose. Raises Unknown where there is no branch at all."""
    branches = branches_of(request.person, Power.EXPENSE_VIEW)
    if not branches:
        raise Unknown("您没有可以查看的营业部")
    teams = list(queries.teams_of(request.person, Power.EXPENSE_VIEW).filter(branch__in=branches))
    return ExpenseFilter(request.GET, branches=branches, teams=teams, kinds=list(ExpenseKind.objects.all()))


@door(Power.EXPENSE_VIEW)
@require_GET
def expense_list(request: PersonRequest) -> HttpResponse:
    """A month's costs by team, and below them the expenses one by one."""
    form, me = filter_of(request), request.person
    branch, month, team = form.branch_now, form.month_now, form.team_now
    form.data = {**request.GET.dict(), "month": str(month)}  # the field shows what the page shows
    rows = queries.expenses_for(me, branch=branch, month=month, team=team, kind=form.kind_now)
    if asks_total(request):
        return rows_total(request, rows)
    board = queries.cost_board(me, branch, month, form.kinds, team)
    context = {
        "title": f"{month.label}团队费用",
        "crumbs": crumbs(("团队费用", "")),
        "filters": form,
        "branch": branch,
        "month": month,
        "board": board,
        "pager": keyset_of(request, rows, order=("-day", "-pk")),
        "notes": list(queries.notes_for(me).asked().filter(branch=branch)[:10]),  # type: ignore[attr-defined]
        "may_record": branch in branches_of(me, Power.EXPENSE_RECORD),
    }
    return render(request, "plans/expenses/expense_list.html", context)


def _list_url(branch: Branch, month: Month | None = None) -> str:
    """Where the branch's expenses are listed, of that month."""
    return f"{reverse('plans:expense-list')}?branch={branch.code}" + (f"&month={month}" if month else "")


@door(Power.EXPENSE_RECORD)
@require_http_methods(["GET", "POST"])
def expense_new(request: PersonRequest) -> HttpResponse:
    """Add an expense of a team of the branch named."""
    branches, posted = branches_of(request.person, Power.EXPENSE_RECORD), request.method == "POST"
    branch = chosen_branch(request, branches)
    teams = queries.teams_of(request.person, Power.EXPENSE_RECORD).filter(branch=branch)
    initial = {"day": timezone.localdate(), "team": teams.first()}
    form = ExpenseForm(request.POST if posted else None, request.FILES if posted else None, teams=teams, initial=initial)
    refusal: Refusal | None = None
    if posted and form.is_valid():
        given = dict(form.cleaned_data)
        file = given.pop("paper")
        try:
            row = actions.record_expense(**given, paper=file.read(), paper_name=file.name, by=request.person)
            messages.success(request, f"已登记{row} {row.amount:,.2f} 元")
            return redirect(_list_url(row.branch, row.month))
        except Refusal as refused:
            refusal = refused
    context = {
        "title": "登记费用",
        "crumbs": crumbs(EXPENSES, ("登记", "")),
        "branch": branch,
        "branches": branches,
        "action": f"{reverse('plans:expense-new')}?branch={branch.code}",
        "form": form,
        "refusal": refusal,
        "back": _list_url(branch),
        "submit": "登记",
    }
    return render(request, "plans/expenses/expense_form.html", context, status=409 if refusal else 200)


@door(Power.EXPENSE_RECORD)
@require_http_methods(["GET", "POST"])
def expense_void(request: PersonRequest, expense_id: int) -> HttpResponse:
    """Void an expense, with the reason."""
    row = queries.expense_for(request.person, expense_id)
    access.require_may_record(request.person, row.team)
    form = VoidForm(request.POST or None)
    refusal: Refusal | None = None
    if request.method == "POST" and form.is_valid():
        try:
            actions.void_expense(expense_id=row.pk, reason=form.cleaned_data["reason"], by=request.person)
            messages.info(request, f"已作废{row},原来的记录和作废原因都留着")
            return redirect(_list_url(row.branch, row.month))
        except Refusal as refused:
            refusal = refused
    context = {
        "title": "作废费用",
        "crumbs": crumbs(EXPENSES, ("作废", "")),
        "row": row,
        "form": form,
        "refusal": refusal,
        "back": _list_url(row.branch, row.month),
        "submit": "作废这笔费用",
    }
    return render(request, "plans/expenses/expense_form.html", context, status=409 if refusal else 200)


@door(Power.EXPENSE_VIEW)
@require_GET
def expense_paper(request: PersonRequest, expense_id: int) -> HttpResponse:
    """The paper that shows the expense, always as an attachment; that it leaves is logged."""
    return attachment(*actions.open_paper(expense_id=expense_id, by=request.person))


@door(Power.EXPENSE_VIEW)
@require_http_methods(["GET", "POST"])
def expense_note(request: PersonRequest, note_id: int) -> HttpResponse:
    """Why a month cost too much: the leader writes, the managers read."""
    note = queries.note_for(request.person, note_id)
    form = ExpenseNoteForm(request.POST or None, note=note)
    refusal: Refusal | None = None
    if request.method == "POST":
        access.require_may_answer(request.person, note)
        if form.is_valid():
            try:
                given = form.cleaned_data
                words = {"cause": given["cause"], "action": given["action"]}
                actions.answer_note(note_id=note.pk, **words, by=request.person, seen=given[SEEN])
                messages.success(request, "已提交费用超限说明,经理和财务看得到")
                return redirect(note)
            except Overtaken as overtaken:
                present = ExpenseNoteForm(note=queries.note_for(request.person, note_id))
                refusal = confront(overtaken, form, present, subject=note._meta.label, subject_id=str(note.pk))
            except Refusal as refused:
                refusal = refused
    return _note(request, note, form, refusal)


def _note(request: PersonRequest, note: ExpenseNote, form: ExpenseNoteForm, refusal: Refusal | None) -> HttpResponse:
    context = {
        "title": str(note),
        "crumbs": crumbs(EXPENSES, ("费用超限说明", "")),
        "note": note,
        "form": form,
        "refusal": refusal,
        "may_answer": note.state != states.LAPSED and allows(access.require_may_answer, request.person, note),
    }
    return render(request, "plans/expenses/expense_note.html", context, status=409 if refusal else 200)
