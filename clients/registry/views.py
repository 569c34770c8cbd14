"""Pages of clients and confirmation slips."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from branch.paging import asks_total, keyset_of, rows_total
from branch.people.choices import branches_of
from branch.people.doors import PersonRequest, door
from branch.people.roles import Power
from clients.pages import chosen_branch, month_asked, named_branch
from clients.registry import actions
from clients.registry.access import require_may_confirm
from clients.registry.forms import ClientFilter, ReasonForm, SlipFilter
from clients.registry.queries import slip_for, slip_months, waiting_by_month
from clients.registry.states import PROPOSED, VALID
from kernel.months import Month
from kernel.refusals import allows
from kernel.ticked import ticked

SORTS = {"client_no", "name", "opened_on", "kind"}


@require_GET
@door()
def client_list(request: PersonRequest) -> HttpResponse:
    """Clients the person may see."""
    form = ClientFilter(request.GET or None)
    rows = form.rows(request.person)
    if asks_total(request):
        return rows_total(request, rows)
    sort = request.GET.get("sort", "")
    order = [sort] if sort.removeprefix("-") in SORTS else ["client_no"]
    page = keyset_of(request, rows, order=order)
    context = {
        "title": "客户名单",
        "crumbs": [("客户", ""), ("客户名单", "")],
        "filters": form,
        "page": page,
        "this_month": Month.of(timezone.localdate()),
    }
    return render(request, "clients/registry/list.html", context)


@require_GET
@door()
def slip_list(request: PersonRequest) -> HttpResponse:
    """《客户经理营销客户确认单》 in the order of their numbers; void ones keep theirs."""
    form = SlipFilter(request.GET or None, months=slip_months(request.person))
    rows = form.rows(request.person)
    if asks_total(request):
        return rows_total(request, rows)
    branches = branches_of(request.person, Power.RELATION_CONFIRM)
    context = {
        "title": "客户确认单",
        "crumbs": [("客户", ""), ("确认单", "")],
        "filters": form,
        "page": keyset_of(request, rows, order=["-month", "branch_id", "number"], size=50),
        "waiting": waiting_by_month(branches),
        "may_confirm": bool(branches),
    }
    return render(request, "clients/registry/slip_list.html", context)


@require_GET
@door()
def slip_detail(request: PersonRequest, slip_id: int) -> HttpResponse:
    """The slip as its paper form, to print on A4."""
    slip = slip_for(request.person, slip_id)
    context = {
        "title": "客户经理营销客户确认单",
        "slip": slip,
        "back_url": reverse("clients:slip-list"),
        "may_void": slip.state in (PROPOSED, VALID) and allows(require_may_confirm, request.person, slip.branch),
    }
    return render(request, "clients/registry/slip_detail.html", context)


@require_POST
@door(Power.RELATION_CONFIRM)
def slip_confirm(request: PersonRequest) -> HttpResponse:
    """Confirm a whole month's proposed slips, or the chosen ones: a slip says itself of which branch it is."""
    branches = branches_of(request.person, Power.RELATION_CONFIRM)
    chosen = ticked(request.POST.getlist("ids"))
    asked = branches if chosen and not named_branch(request) else [chosen_branch(request, branches)]
    month = month_asked(request.POST.get("month", ""))
    count = actions.confirm_chosen(branches=asked, month=month, slip_ids=chosen, by=request.person)
    messages.success(request, f"已确认客户关系 {count} 户" if count else "所选的确认单都不是待核状态,没有变化")
    return redirect("clients:slip-list")


@require_http_methods(["GET", "POST"])
@door(Power.RELATION_CONFIRM)
def slip_void(request: PersonRequest, slip_id: int) -> HttpResponse:
    """Void one slip, with a reason."""
    slip = slip_for(request.person, slip_id)
    form = ReasonForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        actions.void_slip(slip_id=slip.pk, reason=form.cleaned_data["reason"], by=request.person)
        messages.success(request, f"确认单 {slip.serial} 已作废,号码保留")
        return redirect("clients:slip-detail", slip_id)
    context = {
        "title": f"作废确认单 {slip.serial}",
        "crumbs": [("客户", ""), ("确认单", reverse("clients:slip-list")), (slip.serial, "")],
        "slip": slip,
        "form": form,
    }
    return render(request, "clients/registry/slip_void.html", context)
