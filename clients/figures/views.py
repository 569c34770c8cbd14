"""Pages of the month's figures: by team, one manager's rows, locking and unlocking, the workbook."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import groupby

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from branch.org.models import Branch
from branch.paging import asks_total, keyset_of, rows_total
from branch.people.access import holds
from branch.people.doors import PersonRequest, door
from branch.people.models import Person
from branch.people.roles import Power
from clients.figures import actions
from clients.figures.access import (
    NOT_THERE,
    branches_for,
    opens_figures,
    require_may_lock,
    require_may_see,
    require_may_unlock,
    visible_people,
)
from clients.figures.counting import Counted, count
from clients.figures.queries import (
    Cell,
    FigureLine,
    cells,
    figures_month,
    line_of,
    lines_for,
    opened_from,
    part_of,
    rows_behind,
    sales_behind,
    total_of,
)
from clients.figures.rules import FIGURES, LABELS
from clients.imports.queries import latest_month, months_of, waiting_counts
from clients.imports.sharing import twice_of
from clients.pages import chosen_branch
from clients.registry.forms import ReasonForm
from kernel.money import grouped, yuan
from kernel.months import Month
from kernel.refusals import Unknown, allows


def _branch(request: PersonRequest) -> Branch:
    return chosen_branch(request, branches_for(request.person))


def _month_url(branch: Branch, month: Month) -> str:
    return f"{reverse('clients:figures-month', args=[month])}?branch={branch.code}"


@dataclass(frozen=True)
class _Row:
    """A manager's line with the address of the rows behind it."""

    line: FigureLine
    behind: str

    @property
    def cells(self) -> list[tuple[Cell, str]]:
        return [(cell, f"{self.behind}&figure={cell.name}") for cell in self.line.cells]


def _team_of(line: FigureLine) -> str:
    return line.team


def _teams(lines: Sequence[FigureLine], branch: Branch, month: Month) -> list[tuple[str, list[_Row], list[Cell]]]:
    teams = []
    for team, group in groupby(sorted(lines, key=_team_of), key=_team_of):
        found = list(group)
        addresses = [reverse("clients:figure-rows", args=[month, line.person.staff_no]) for line in found]
        rows = [_Row(line, f"{address}?branch={branch.code}") for line, address in zip(found, addresses, strict=True)]
        teams.append((team, rows, cells(total_of(found))))
    return teams


def _waiting(branch: Branch, month: Month, counted: Counted) -> dict[str, int]:
    """What keeps the month from being locked; asked one by one only where something does."""
    return ({} if counted.complete else waiting_counts(branch, month)) | {"shared": len(twice_of(branch, month))}


@require_GET
@door(when=opens_figures)
def figures(request: PersonRequest) -> HttpResponse:
    """The latest month."""
    branch = _branch(request)
    month = latest_month(branch)
    if month is not None:
        return redirect(_month_url(branch, month))
    context = {
        "title": "月度业务数据",
        "crumbs": [("客户", ""), ("业务数据", "")],
        "branch": branch,
        "branches": branches_for(request.person),
        "may_import": holds(request.person, Power.CRM_IMPORT),
    }
    return render(request, "clients/figures/none.html", context)


@require_GET
@door(when=opens_figures)
def figures_month_page(request: PersonRequest, month: Month) -> HttpResponse:
    """Everyone's figures the person may see, by team, with totals; live until locked."""
    branch = _branch(request)
    row = figures_month(branch, month)
    counted = None if row.is_locked else count(branch, month, opened_from(month))
    lines = lines_for(request.person, branch, month, row, counted)
    whole, total = visible_people(request.person, branch) is None, total_of(lines)
    context = {
        "title": f"{month.label}业务数据",
        "crumbs": [("客户", ""), ("业务数据", f"{reverse('clients:figures')}?branch={branch.code}"), (month.label, "")],
        "branch": branch,
        "branches": branches_for(request.person),
        "month": month,
        "export_of": f"branch={branch.code}&month={month}",
        "months": months_of(branch),
        "row": row,
        "teams": _teams(lines, branch, month),
        "total": total,
        "sums": cells(total),
        "people": len(lines),
        "own": lines[0] if len(lines) == 1 and lines[0].person.pk == request.person.pk else None,
        "whole": whole,
        "counts": _waiting(branch, month, counted) if whole and counted is not None else {},
        "may_lock": not row.is_locked and holds(request.person, Power.FIGURES_LOCK),
        "lock_allowed": allows(require_may_lock, request.person, branch, month),
        "may_unlock": row.is_locked and allows(require_may_unlock, request.person, branch),
    }
    return render(request, "clients/figures/month.html", context)


@require_GET
@door(when=opens_figures)
def figure_rows(request: PersonRequest, month: Month, staff_no: str) -> HttpResponse:
    """From a manager's figure down to the client rows that make it up."""
    branch = _branch(request)
    subject = Person.objects.filter(staff_no=staff_no).first()
    if subject is None:
        raise Unknown(NOT_THERE)
    require_may_see(request.person, branch, subject.pk)
    row, since = figures_month(branch, month), opened_from(month)
    line = line_of(subject, branch, month, row, since)
    if line is None:
        raise Unknown(NOT_THERE)
    figure = request.GET.get("figure", "")
    figure = figure if figure in FIGURES else ""
    of_sales = figure in ("product_sales_amount", "unsuitable_sales_amount")
    rows = rows_behind(branch, month, subject.pk, figure, since)
    if asks_total(request):
        return rows_total(request, rows)
    page = keyset_of(request, rows, order=["client__client_no"], size=50)
    context = {
        "title": f"{subject.name}{month.label}业务数据",
        "crumbs": [
            ("客户", ""),
            ("业务数据", _month_url(branch, month)),
            (f"{subject.name}({subject.staff_no})", ""),
        ],
        "subject": subject,
        "month": month,
        "branch": branch,
        "line": line,
        "row": row,
        "figure": figure,
        "figure_label": LABELS.get(figure, ""),
        "show_sales": of_sales,
        "sales": sales_behind(branch, month, subject.pk) if of_sales else [],
        "page": page,
        "rows": [(one, part_of(one)) for one in page],
    }
    return render(request, "clients/figures/rows.html", context)


@require_POST
@door(Power.FIGURES_LOCK)
def figures_lock(request: PersonRequest, month: Month) -> HttpResponse:
    """Finance has reviewed the month."""
    branch = _branch(request)
    row = actions.lock(branch=branch, month=month, by=request.person)
    commission = grouped(yuan(row.totals["net_commission"]))
    messages.success(request, f"{month.label}业务数据已复核锁定:{row.totals['people']} 人,净佣金 {commission} 元")
    return redirect(_month_url(branch, month))


@require_http_methods(["GET", "POST"])
@door(Power.FIGURES_LOCK)
def figures_unlock(request: PersonRequest, month: Month) -> HttpResponse:
    """Open a locked month again, with a reason."""
    branch, form = _branch(request), ReasonForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        actions.unlock(branch=branch, month=month, reason=form.cleaned_data["reason"], by=request.person)
        messages.success(request, f"{month.label}业务数据已解除锁定,更正后请重新复核")
        return redirect(_month_url(branch, month))
    context = {
        "title": f"解除{month.label}业务数据锁定",
        "crumbs": [("客户", ""), ("业务数据", _month_url(branch, month)), ("解除锁定", "")],
        "branch": branch,
        "month": month,
        "back": _month_url(branch, month),
        "form": form,
    }
    return render(request, "clients/figures/unlock.html", context)
