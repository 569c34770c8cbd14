"""Pages of targets: the tree with its gaps, one target, breaking it down, putting it in force, changing it."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from branch.overtaken import SEEN, confront
from branch.paging import page_of
from branch.people.choices import branches_of
from branch.people.doors import PersonRequest, door
from branch.people.roles import Power
from kernel.refusals import Refusal, allows
from kernel.seen import Overtaken, stamp
from teams.plans.targets import access, actions, queries, rules
from teams.plans.targets.actions.breaking import present_parts, shown_parts, shown_root
from teams.plans.targets.forms import ChangeForm, DecideForm, MonthGrid, TreeForm
from teams.plans.targets.metrics import METRICS, Level
from teams.plans.targets.models import Target, TargetChange
from teams.plans.targets.progress import Measured
from teams.plans.targets.queries import Months, Unit

TARGETS = ("目标", "plans:target-list")
CHANGED = "目标在您打开页面之后已被同事修改,还没有下达。下面是现在的内容,请核对后再下达"


def crumbs(*pages: tuple[str, str]) -> list[tuple[str, str]]:
    """Where the page is: 团队, then each label with its address or url name."""
    named = [(label, reverse(name) if name.startswith("plans:") else name) for label, name in pages]
    return [("团队", ""), *named]


def tree_url(target: Target) -> str:
    return f"{reverse('plans:target-list')}?branch={target.branch.code}&year={target.year}&metric={target.metric}"


def _metric_tabs(form: TreeForm) -> list[dict[str, Any]]:
    place = f"?branch={form.chosen_branch.code}&year={form.chosen_year}&metric="
    return [{"label": one.label, "url": place + code, "now": code == form.chosen_metric} for code, one in METRICS.items()]


@door(when=access.sees_targets)
@require_GET
def target_list(request: PersonRequest) -> HttpResponse:
    """The tree of one metric: every target with what of it is not yet broken down."""
    form = TreeForm(request.GET, person=request.person)
    branch, year, metric = form.chosen_branch, form.chosen_year, form.chosen_metric
    nodes = queries.tree(request.person, branch, year, metric)
    root = next((node for node in nodes if node.target.level == Level.BRANCH), None)
    whole = Unit(Level.BRANCH, branch).target(year, metric)
    context = {
        "title": f"{year}年{METRICS[metric].label}目标",
        "crumbs": crumbs(("目标", "")),
        "filters": form,
        "tabs": _metric_tabs(form),
        "branch": branch,
        "year": year,
        "metric": METRICS[metric],
        "nodes": nodes,
        "root": root,
        "months": range(1, rules.MONTHS + 1),
        "may_set": allows(access.require_may_set, request.person, whole),
        "may_import": access.imports_targets(request.person) and branch in branches_of(request.person, Power.TARGET_SET),
        "root_url": f"{reverse('plans:target-root')}?branch={branch.code}&year={year}&metric={metric}",
        "export_of": f"branch={branch.code}&year={year}&metric={metric}",
    }
    return render(request, "plans/targets/target_list.html", context)


@door(Power.TARGET_SET)
@require_http_methods(["GET", "POST"])
def target_root(request: PersonRequest) -> HttpResponse:
    """The branch's own target, while it is a draft."""
    place = TreeForm(request.GET, person=request.person)
    branch, year, metric = place.chosen_branch, place.chosen_year, place.chosen_metric
    unit = Unit(Level.BRANCH, branch)
    access.require_may_set(request.person, unit.target(year, metric))

    def grid(data: Any = None) -> MonthGrid:
        target = Target.objects.of_year(branch, year).filter(metric=metric, level=Level.BRANCH).first()
        months = {unit.key: queries.months_of([target.pk])[target.pk]} if target is not None else {}
        return _grid(MonthGrid, data, [unit], year, metric=metric, months=months, seen=shown_root(months.get(unit.key)))

    form = grid(request.POST or None)
    refusal: Refusal | None = None
    if request.method == "POST" and form.is_valid():
        try:
            months = form.parts[unit.key] or []
            seen = form.cleaned_data[SEEN]
            target = actions.set_root(branch=branch, year=year, metric=metric, months=months, by=request.person, seen=seen)
            return _saved(request, form, target, f"已保存{target}(草案)")
        except Overtaken as overtaken:
            refusal = confront(overtaken, form, grid(), subject=Target._meta.label, subject_id=_id_of(branch.pk, year, metric))
        except Refusal as refused:
            refusal = refused
    title = f"{branch.name}{year}年{METRICS[metric].label}目标"
    back = f"{reverse('plans:target-list')}?branch={branch.code}&year={year}&metric={metric}"
    return _grid_page(request, form, refusal, title=title, back=back, metric=metric)


def _id_of(branch_id: int, year: int, metric: str) -> str:
    found = Target.objects.filter(branch=branch_id, year=year, metric=metric, level=Level.BRANCH).values_list("pk", flat=True)
    return str(found.first() or "")


def _grid(
    kind: type[MonthGrid],
    data: Any,
    units: list[Unit],
    year: int,
    *,
    metric: str,
    months: Mapping[str, Months],
    seen: dict[str, Any],
    locked: list[str] | None = None,
) -> Any:
    """A grid of these units. Last year's shapes are read only where a form asks to be filled by them."""
    shapes: dict[str, list[Decimal]] = {}
    if data and data.get("way") == "shape" and units:
        measured = Measured(units[0].branch, queries.year_months(year - 1)[-1])
        for unit in units:
            shapes[unit.key] = queries.former_shape(unit, year, metric, measured.months(unit.target(year - 1, metric)))
    return kind(
        data,
        units=units,
        metric=METRICS[metric],
        months=months,
        locked=locked or [],
        shapes=shapes,
        initial={SEEN: stamp(seen)},
    )


def _saved(request: PersonRequest, form: MonthGrid, target: Target, said: str) -> HttpResponse:
    messages.success(request, said)
    if form.remainders:
        messages.info(request, form.remainder_words())
    return redirect("plans:target-detail", target.pk)


def _grid_page(
    request: PersonRequest, form: MonthGrid, refusal: Refusal | None, *, title: str, back: str, metric: str, **more: Any
) -> HttpResponse:
    context = {
        "title": title,
        "crumbs": crumbs(TARGETS, ("填写", "")),
        "form": form,
        "rows": list(form.rows()),
        "months": range(1, rules.MONTHS + 1),
        "metric": METRICS[metric],
        "refusal": refusal,
        "back": back,
    }
    return render(request, "plans/targets/target_grid.html", context | more)


@door(when=access.sees_targets)
@require_GET
def target_detail(request: PersonRequest, target_id: int) -> HttpResponse:
    """One target: its months, its parts with what they leave, who changed it and why."""
    target = queries.target_for(request.person, target_id)
    view = queries.view_of(target)
    me = request.person
    may_put = allows(access.require_may_put, me, target)
    may_break = allows(access.require_may_break_down, me, target)
    context = {
        "title": str(target),
        "crumbs": crumbs((f"{target.kind.label}目标", tree_url(target)), (target.unit_name, "")),
        "target": target,
        "view": view,
        "metric": target.kind,
        "months": range(1, rules.MONTHS + 1),
        "broken_down": rules.shown(view.year - view.year_gap, target.kind),
        "may_edit_root": not target.in_force and target.level == Level.BRANCH and allows(access.require_may_set, me, target),
        "may_put": not target.in_force and may_put,
        "may_break": may_break,
        "may_put_parts": bool(view.drafts)
        and target.in_force
        and all(allows(access.require_may_put, me, node.target) for node in view.drafts),
        "may_change": target.in_force and allows(access.require_may_set, me, target),
        "open_change": next((change for change in view.changes if change.state == "proposed"), None),
        "seen": stamp(shown_root(view.months)),
        "seen_parts": stamp(shown_parts({queries.key_of(node.target): node.months for node in view.parts})),
        "root_url": f"{reverse('plans:target-root')}?branch={target.branch.code}&year={target.year}&metric={target.metric}",
    }
    return render(request, "plans/targets/target_detail.html", context)


@door(Power.TARGET_SET)
@require_http_methods(["GET", "POST"])
def target_parts(request: PersonRequest, target_id: int) -> HttpResponse:
    """Break a target down: a row a unit, a column a month, the gap below."""
    target = queries.target_for(request.person, target_id)
    access.require_may_break_down(request.person, target)
    units = queries.units_below(target, timezone.localdate())

    def grid(data: Any = None) -> MonthGrid:
        months = present_parts(target)
        fixed = [queries.key_of(part) for part in target.parts.all() if part.in_force]
        return _grid(
            MonthGrid, data, units, target.year, metric=target.metric, months=months, seen=shown_parts(months), locked=fixed
        )

    form = grid(request.POST or None)
    refusal: Refusal | None = None
    if request.method == "POST" and form.is_valid():
        try:
            actions.set_parts(target_id=target.pk, parts=form.parts, by=request.person, seen=form.cleaned_data[SEEN])
            return _saved(request, form, target, f"已保存{target}的分解(草案)")
        except Overtaken as overtaken:
            refusal = confront(overtaken, form, grid(), subject=Target._meta.label, subject_id=str(target.pk))
        except Refusal as refused:
            refusal = refused
    back = reverse("plans:target-detail", args=[target.pk])
    whole = queries.months_of([target.pk])[target.pk]
    more = {
        "whole": whole,
        "gap": _typed_gap(form, whole),
        "target": target,
        "year_figure": rules.year_figure(whole, target.kind),
    }
    return _grid_page(request, form, refusal, title=f"分解{target}", back=back, metric=target.metric, **more)


def _typed_gap(form: MonthGrid, whole: Months) -> Months:
    """What is left by the form as typed, else as saved."""
    parts = dict(form.months)
    if form.is_bound and hasattr(form, "parts"):
        parts = {key: months for key, months in (parts | form.parts).items() if months is not None}
    return rules.gaps(whole, parts.values())


@door(Power.TARGET_SET)
@require_POST
def target_put(request: PersonRequest, target_id: int) -> HttpResponse:
    """下达 one target."""
    target = queries.target_for(request.person, target_id)
    try:
        target = actions.put_in_force(target_id=target.pk, by=request.person, seen=request.POST.get(SEEN, ""))
        messages.success(request, f"{target}已生效")
    except Overtaken:
        messages.warning(request, CHANGED)
    return redirect("plans:target-detail", target.pk)


@door(Power.TARGET_SET)
@require_POST
def target_put_parts(request: PersonRequest, target_id: int) -> HttpResponse:
    """下达 every draft part of a target."""
    target = queries.target_for(request.person, target_id)
    try:
        count = actions.put_parts(target_id=target.pk, by=request.person, seen=request.POST.get(SEEN, ""))
        messages.success(request, f"已下达 {count} 项目标,从现在起按它们看进度")
    except Overtaken:
        messages.warning(request, CHANGED)
    return redirect("plans:target-detail", target.pk)


@door(Power.TARGET_SET)
@require_http_methods(["GET", "POST"])
def target_change(request: PersonRequest, target_id: int) -> HttpResponse:
    """Want other months for a target in force; the superior agrees or doesn't."""
    target = queries.target_for(request.person, target_id)
    access.require_may_set(request.person, target)
    unit = queries.unit_of(target)

    def grid(data: Any = None) -> ChangeForm:
        months = queries.months_of([target.pk])[target.pk]
        found: ChangeForm = _grid(
            ChangeForm, data, [unit], target.year, metric=target.metric, months={unit.key: months}, seen=shown_root(months)
        )
        return found

    form = grid(request.POST or None)
    refusal: Refusal | None = None
    if request.method == "POST" and form.is_valid():
        given = form.cleaned_data
        try:
            months = form.parts[unit.key] or []
            actions.propose_change(
                target_id=target.pk, months=months, reason=given["reason"], by=request.person, seen=given[SEEN]
            )
            return _saved(request, form, target, "已提出变更,等上级同意后生效")
        except Overtaken as overtaken:
            refusal = confront(overtaken, form, grid(), subject=Target._meta.label, subject_id=str(target.pk))
        except Refusal as refused:
            refusal = refused
    back = reverse("plans:target-detail", args=[target.pk])
    return _grid_page(
        request, form, refusal, title=f"变更{target}", back=back, metric=target.metric, target=target, is_change=True
    )


@door(when=access.sees_targets)
@require_GET
def change_list(request: PersonRequest) -> HttpResponse:
    """Changes: those that wait for me first, then all I may see."""
    waiting = set(TargetChange.objects.waiting_for(request.person).values_list("pk", flat=True))
    rows = queries.changes_for(request.person)
    if request.GET.get("waiting"):
        rows = rows.filter(pk__in=waiting)
    context = {
        "title": "目标变更",
        "crumbs": crumbs(TARGETS, ("变更", "")),
        "page": page_of(request, rows),
        "waiting": waiting,
        "only_waiting": bool(request.GET.get("waiting")),
    }
    return render(request, "plans/targets/change_list.html", context)


@door(Power.TARGET_SET)
@require_POST
def change_decide(request: PersonRequest, change_id: int) -> HttpResponse:
    """Agree, refuse with a reason, or take back."""
    change = queries.change_for(request.person, change_id)
    form = DecideForm(request.POST)
    act = form.cleaned_data["act"] if form.is_valid() else ""
    note = request.POST.get("note", "")[:200]
    if act == "agree":
        actions.agree_change(change_id=change.pk, by=request.person, note=note)
        messages.success(request, f"已同意{change},新目标即时生效")
    elif act == "refuse":
        actions.refuse_change(change_id=change.pk, by=request.person, note=note)
        messages.success(request, f"没有同意{change},原目标不变")
    elif act == "withdraw":
        actions.withdraw_change(change_id=change.pk, by=request.person)
        messages.success(request, f"已撤回{change}")
    else:
        raise Refusal("请选择同意、不同意或撤回", code="no_act")
    return redirect("plans:target-detail", change.target_id)
