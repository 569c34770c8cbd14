"""Pages of what waits: the list by kind, and the bulk acts on it."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_GET, require_POST

from branch.org.models import Branch
from branch.paging import page_of
from branch.people.doors import PersonRequest, door
from branch.people.roles import Power
from clients.imports import resolving
from clients.imports.access import require_may_resolve
from clients.imports.forms import ExceptionFilter, ResolveForm
from clients.imports.kinds import CHANGED, CORRECT, EXCLUDE, KEEP, KINDS, RESOLUTIONS, SHARED, UNKNOWN_PRODUCT
from clients.imports.queries import branches_with_exceptions, employed_choices, months_of, sale_exceptions_of, waiting_counts
from clients.imports.sharing import said, twice_of
from clients.pages import chosen_branch, chosen_month
from clients.products.queries import listed_products
from kernel.months import Month
from kernel.refusals import allows
from kernel.ticked import ticked


def _branch(request: PersonRequest) -> Branch:
    return chosen_branch(request, branches_with_exceptions(request.person))


@require_GET
@door(Power.EXCEPTION_RESOLVE, Power.FIGURES_LOCK)
def exception_list(request: PersonRequest) -> HttpResponse:
    """Rows that count for nobody until somebody decides."""
    branches = branches_with_exceptions(request.person)
    branch = chosen_branch(request, branches)
    months = months_of(branch)
    month = chosen_month(request, months)
    form = ExceptionFilter(request.GET or None)
    context = {
        "title": "异常处理",
        "crumbs": [("客户", ""), ("异常处理", "")],
        "branch": branch,
        "branches": branches,
        "months": months,
        "month": month,
        "filters": form,
    }
    if month is not None:
        twice = twice_of(branch, month)
        sales = [(sale, KINDS[sale.exception]) for sale in sale_exceptions_of(branch, month, open_only=form.open_only)]
        page, words = page_of(request, form.rows(branch, month), size=50), said(branch, twice)
        for row in page:
            row.shared_with = words.get(row.client_id, "")
        context |= {
            "export_of": f"branch={branch.code}&month={month}",
            "counts": waiting_counts(branch, month) | {"shared": len(twice)},
            "page": page,
            "sales": sales,
            "listed": listed_products() if any(sale.exception == UNKNOWN_PRODUCT for sale, _ in sales) else {},
            "people": employed_choices(branch, month),
            "ways": [
                (how, RESOLUTIONS[how])
                for how in (KEEP, CHANGED, CORRECT, EXCLUDE, SHARED)
                if allows(require_may_resolve, request.person, branch, how)
            ],
            "may_review": allows(require_may_resolve, request.person, branch, KEEP),
        }
    return render(request, "clients/imports/exceptions.html", context)


def _back(branch: Branch, month: Month) -> HttpResponse:
    return redirect(f"{reverse('clients:exception-list')}?branch={branch.code}&month={month}")


@require_POST
@door(Power.EXCEPTION_RESOLVE, Power.FIGURES_LOCK)
def exception_resolve(request: PersonRequest, month: Month) -> HttpResponse:
    """One way for all the chosen client rows."""
    form = ResolveForm(request.POST)
    wanted = form.cleaned_data if form.is_valid() else {}
    branch = _branch(request)
    count = resolving.resolve_rows(
        branch=branch,
        month=month,
        ids=ticked(request.POST.getlist("ids")),
        how=wanted.get("how", ""),
        reason=wanted.get("reason", ""),
        staff_no=wanted.get("staff_no", ""),
        by=request.person,
    )
    messages.success(request, f"已处理 {count} 行:{RESOLUTIONS[wanted['how']]}")
    return _back(branch, month)


@require_POST
@door(Power.EXCEPTION_RESOLVE, Power.FIGURES_LOCK)
def exception_resolve_sales(request: PersonRequest, month: Month) -> HttpResponse:
    """One way for all the chosen sales."""
    form = ResolveForm(request.POST)
    wanted = form.cleaned_data if form.is_valid() else {}
    branch = _branch(request)
    count = resolving.resolve_sales(
        branch=branch,
        month=month,
        ids=ticked(request.POST.getlist("ids")),
        how=wanted.get("how", ""),
        reason=wanted.get("reason", ""),
        staff_no=wanted.get("staff_no", ""),
        by=request.person,
    )
    messages.success(request, f"已处理 {count} 笔销售:{RESOLUTIONS[wanted['how']]}")
    return _back(branch, month)


@require_POST
@door(Power.EXCEPTION_RESOLVE)
def exception_review(request: PersonRequest, month: Month) -> HttpResponse:
    """Look at everything that waits once more."""
    branch = _branch(request)
    freed, proposed = resolving.review_waiting(branch=branch, month=month, by=request.person)
    told = [f"{freed} 项不再等待"] * bool(freed) + [f"补开 {proposed} 张确认单,请到“确认单”确认"] * bool(proposed)
    messages.success(request, f"重新核对完成,{','.join(told) or '没有变化'}")
    return _back(branch, month)


@require_POST
@door(Power.EXCEPTION_RESOLVE, Power.FIGURES_LOCK)
def exception_reopen(request: PersonRequest, row_id: int) -> HttpResponse:
    """Take one resolution back."""
    branch = _branch(request)
    row = resolving.reopen_row(row_id=row_id, branch=branch, by=request.person)
    messages.success(request, f"已撤销第 {row.source_row} 行的处理,该行重新等待")
    return _back(branch, row.month)
