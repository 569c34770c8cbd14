"""审批流程: the versions, one drawn and compared, the draft with its stages, and its way into force. One domain call each."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_GET, require_POST

from approvals.routes import access, actions, queries, states
from approvals.routes.forms import ConfirmForm, NewRouteForm, ReasonForm, RouteFilter, RouteForm, StageForm
from approvals.routes.models import Route
from approvals.routes.readiness import examine
from approvals.routes.register import fact_labels, label_of
from approvals.routes.signer_rows import people_called
from approvals.routes.words import head_lines
from branch.overtaken import SEEN, confront
from branch.paging import page_of
from branch.people.access import holds
from branch.people.doors import PersonRequest, door
from branch.people.reentry import password_entered
from branch.people.roles import Power
from kernel.refusals import Forbidden, Refusal, Unknown, allows
from kernel.seen import Overtaken, stamp

LIST = ("审批流程", "approvals:route-list")


def _crumbs(*pages: tuple[str, str]) -> list[tuple[str, str]]:
    return [("审批中心", reverse("approvals:request-waiting")), (LIST[0], reverse(LIST[1])), *pages]


@door(*access.ROUTE_DOOR)
@require_GET
def route_list(request: PersonRequest) -> HttpResponse:
    """The versions by kind, with a warning where one in force can't be finished today."""
    person = request.person
    gaps = queries.gaps_seen_by(person, timezone.localdate())
    filters = RouteFilter(request.GET)
    rows = filters.narrow(queries.listed(person))
    if request.GET.get("short"):
        rows = rows.filter(pk__in=gaps)
    kinds = queries.kinds_known()
    page = page_of(request, rows, size=50)
    shown = [(route, kinds.get(route.kind, route.kind), gaps.get(route.pk, [])) for route in page]
    context = {
        "title": "审批流程",
        "filters": filters,
        "page": page,
        "rows": shown,
        "filtered": any(request.GET.get(name) for name in filters.fields),
        "short_count": len(gaps),
        "may_edit": holds(person, Power.ROUTE_EDIT),
    }
    return render(request, "approvals/routes/route_list.html", context)


@door(*access.ROUTE_DOOR)
@require_GET
def route_detail(request: PersonRequest, pk: int) -> HttpResponse:
    """One version, drawn, with the acts that are open."""
    return _detail(request, queries.route_for(request.person, pk))


def _detail(request: PersonRequest, route: Route, *, refusal: Refusal | None = None, status: int = 200) -> HttpResponse:
    person, today = request.person, timezone.localdate()
    writing, unsettled = holds(person, Power.ROUTE_EDIT), route.state in (states.DRAFT, states.PROPOSED)
    line = queries.line_of(route, person)
    former = line.former if unsettled else None
    names = queries.names_for(route, former) if former else queries.names_for(route)
    steps = queries.route_steps(route, names)
    context: dict[str, Any] = {
        "title": route.name,
        "crumbs": _crumbs((f"{route.name} 第 {route.version} 版", "")),
        "route": route,
        "kind_label": label_of(route.kind),
        "steps": steps,
        "stages": list(zip(steps, route.stages, strict=True)),
        "head": head_lines(route, names),
        "findings": examine(route, today) if writing and unsettled and route.stages else None,
        "gaps": [] if unsettled else queries.gaps_seen_by(person, today, route).get(route.pk, []),
        "open_requests": 0 if unsettled else route.requests.filter(ended_at=None).count(),
        "line": line,
        "former": former,
        "differences": queries.compared(former, route, names) if former and route.stages else [],
        "drafters": list(route.drafters.all()),
        **_open_acts(request, route, writing),
        "order": stamp(actions.order_of(route)),
        "confirm_form": ConfirmForm(initial={"seen_digest": route.digest}),
        "return_form": ReasonForm(),
        "refusal": refusal,
    }
    return render(request, "approvals/routes/route_detail.html", context, status=status)


def _open_acts(request: PersonRequest, route: Route, writing: bool) -> dict[str, bool]:
    waits = writing and route.state == states.PROPOSED
    return {
        "writing": writing,
        "may_edit": writing and route.state == states.DRAFT,
        "may_second": waits and allows(access.require_second, request.person, route),
        "may_withdraw": waits and allows(access.require_maker, request.person, route),
    }


@door(*access.ROUTE_DOOR)
@require_GET
def route_compare(request: PersonRequest, pk: int, other: int) -> HttpResponse:
    """What two versions say differently, stage by stage."""
    new, old = queries.route_for(request.person, pk), queries.route_for(request.person, other)
    if new.kind != old.kind:
        raise Unknown("只能对比同一类别的流程", code="unknown")
    context = {
        "title": f"对比:{old} 与 {new}",
        "crumbs": _crumbs((str(new), new.get_absolute_url()), ("对比", "")),
        "old": old,
        "new": new,
        "old_steps": queries.route_steps(old),
        "new_steps": queries.route_steps(new),
        "differences": queries.compared(old, new),
    }
    return render(request, "approvals/routes/route_compare.html", context)


@door(Power.ROUTE_EDIT)
def route_new(request: PersonRequest) -> HttpResponse:
    """Begin a draft."""
    source = request.GET.get("source", "")
    form = NewRouteForm(request.POST or None, initial=_offered(source))
    refusal = None
    if request.method == "POST" and form.is_valid():
        try:
            route = actions.draft_route(by=request.person, **form.cleaned_data)
        except Refusal as refused:
            refusal = refused
        else:
            messages.success(request, f"已建立草案 {route},改好后提交确认")
            return redirect(route)
    context = {"title": "拟定审批流程", "crumbs": _crumbs(("拟定", "")), "form": form, "refusal": refusal}
    return render(request, "approvals/routes/route_new.html", context)


def _offered(source: str) -> dict[str, Any]:
    found = Route.objects.select_related("branch").filter(pk=source).first() if source.isdecimal() else None
    tomorrow = timezone.localdate() + timedelta(days=1)
    if found is None:
        return {"effective_from": tomorrow}
    return {
        "kind": found.kind,
        "branch": found.branch.code if found.branch else "",
        "source": str(found.pk),
        "effective_from": tomorrow,
    }


@door(Power.ROUTE_EDIT)
def route_edit(request: PersonRequest, pk: int) -> HttpResponse:
    """What a draft says besides its stages."""
    route = _draft_for(request, pk)
    form = RouteForm(request.POST or None, route=route)
    refusal: Refusal | None = None
    if request.method == "POST" and "more" not in request.POST and form.is_valid():
        try:
            actions.edit_route(route_id=route.pk, by=request.person, seen=form.cleaned_data[SEEN], **form.head)
            messages.success(request, "已保存")
            return redirect(route)
        except Overtaken as overtaken:
            fresh = RouteForm(route=_draft_for(request, pk))
            refusal = confront(overtaken, form, fresh, subject=route._meta.label, subject_id=str(route.pk))
        except Refusal as refused:
            refusal = refused
    context = {
        "title": f"修改 {route}",
        "crumbs": _crumbs((str(route), route.get_absolute_url()), ("修改", "")),
        "form": form,
        "lists": [("copies", "办结后抄送", form.rows("copies")), ("chasers", "除发起人外,谁可以催办", form.rows("chasers"))],
        "refusal": refusal,
        "route": route,
    }
    return render(request, "approvals/routes/route_edit.html", context)


def _draft_for(request: PersonRequest, pk: int) -> Route:
    route = queries.route_for(request.person, pk)
    states.ROUTE.after(route.state, "edit")
    return route


@door(Power.ROUTE_EDIT)
def stage_new(request: PersonRequest, pk: int) -> HttpResponse:
    """A further stage, put at the end."""
    return _stage(request, _draft_for(request, pk), "")


@door(Power.ROUTE_EDIT)
def stage_edit(request: PersonRequest, pk: int, code: str) -> HttpResponse:
    """One stage of a draft."""
    return _stage(request, _draft_for(request, pk), code)


def _stage_form(request: PersonRequest, route: Route, code: str, *, fresh: bool = False) -> StageForm:
    kept = next((stage for stage in route.stages if stage["code"] == code), None)
    if code and kept is None:
        raise Unknown("没有这个环节,可能已被删除", code="unknown")
    return StageForm(None if fresh else request.POST or None, route=route, stage=kept, facts=fact_labels(route.kind))


def _stage(request: PersonRequest, route: Route, code: str) -> HttpResponse:
    form = _stage_form(request, route, code)
    refusal: Refusal | None = None
    if request.method == "POST" and "more" not in request.POST and form.is_valid():
        try:
            given = {"stage": form.stage, "code": code, "seen": form.cleaned_data[SEEN]}
            actions.save_stage(route_id=route.pk, by=request.person, **given)
            messages.success(request, f"已保存环节“{form.stage['label']}”")
            return redirect(route)
        except Overtaken as overtaken:
            fresh = _stage_form(request, _draft_for(request, route.pk), code, fresh=True)
            refusal = confront(overtaken, form, fresh, subject=route._meta.label, subject_id=str(route.pk))
        except Refusal as refused:
            refusal = refused
    label = form.kept.get("label", "")
    context = {
        "title": f"环节:{label}" if code else "新增环节",
        "crumbs": _crumbs((str(route), route.get_absolute_url()), (label or "新增环节", "")),
        "form": form,
        "signers": form.rows("signers"),
        "told": form.rows("escalate_to"),
        "conditions": form.conditions(),
        "refusal": refusal,
        "route": route,
    }
    return render(request, "approvals/routes/stage_edit.html", context)


@door(Power.ROUTE_EDIT)
@require_POST
def stage_move(request: PersonRequest, pk: int, code: str) -> HttpResponse:
    """One place up or down."""
    route = queries.route_for(request.person, pk)
    up = request.POST.get("to") == "up"
    actions.move_stage(route_id=route.pk, code=code, up=up, by=request.person, seen=request.POST.get(SEEN, ""))
    return redirect(f"{route.get_absolute_url()}#stages")


@door(Power.ROUTE_EDIT)
@require_POST
def stage_drop(request: PersonRequest, pk: int, code: str) -> HttpResponse:
    """Take a stage out."""
    route = queries.route_for(request.person, pk)
    actions.drop_stage(route_id=route.pk, code=code, by=request.person, seen=request.POST.get(SEEN, ""))
    messages.success(request, "已删除环节")
    return redirect(f"{route.get_absolute_url()}#stages")


@door(Power.ROUTE_EDIT)
@require_GET
def route_people(request: PersonRequest) -> HttpResponse:
    """Whom 姓名, 拼音首字母 or 工号 finds, as options of a line; without JavaScript the line itself is looked up when saved."""
    typed = next((str(value) for name, value in request.GET.items() if name.endswith("_who")), "")
    found = people_called(typed.strip())[:20] if len(typed.strip()) > 1 else []
    return render(request, "approvals/routes/people_found.html", {"people": found})


@door(Power.ROUTE_EDIT)
@require_POST
def route_propose(request: PersonRequest, pk: int) -> HttpResponse:
    """Send a draft up to a second person."""
    route = queries.route_for(request.person, pk)
    try:
        actions.propose_route(route_id=route.pk, by=request.person, aware=bool(request.POST.get("aware")))
    except Refusal as refusal:
        return _detail(request, queries.route_for(request.person, pk), refusal=refusal, status=409)
    messages.success(request, "已提交。下一步:请渠道管理部的另一位同事核对后确认生效")
    return redirect(route)


@door(Power.ROUTE_EDIT)
@require_POST
@sensitive_post_parameters("password")
def route_confirm(request: PersonRequest, pk: int) -> HttpResponse:
    """The second person puts it in force, with the password again."""
    route = queries.route_for(request.person, pk)
    try:
        route = actions.confirm_route(
            route_id=route.pk,
            seen_digest=request.POST.get("seen_digest", ""),
            reentered=password_entered(request, request.POST.get("password", "")[:200], undone="没有生效"),
            by=request.person,
        )
    except (Unknown, Forbidden):
        raise
    except Refusal as refusal:
        return _detail(request, queries.route_for(request.person, pk), refusal=refusal, status=409)
    messages.success(request, f"{route} 已确认,自 {route.effective_from} 起生效")
    return redirect(route)


@door(Power.ROUTE_EDIT)
@require_POST
def route_return(request: PersonRequest, pk: int) -> HttpResponse:
    """The second person sends it back to a draft."""
    route = queries.route_for(request.person, pk)
    actions.return_route(route_id=route.pk, reason=request.POST.get("reason", ""), by=request.person)
    messages.success(request, f"{route} 已退回为草案")
    return redirect(route)


@door(Power.ROUTE_EDIT)
@require_POST
def route_withdraw(request: PersonRequest, pk: int) -> HttpResponse:
    """The makers take it back."""
    route = actions.withdraw_route(route_id=queries.route_for(request.person, pk).pk, by=request.person)
    messages.success(request, f"{route} 已撤回为草案,可以继续修改")
    return redirect(route)


@door(Power.ROUTE_EDIT)
@require_POST
def route_drop(request: PersonRequest, pk: int) -> HttpResponse:
    """A draft that is not wanted."""
    route = actions.drop_route(route_id=queries.route_for(request.person, pk).pk, by=request.person)
    messages.success(request, f"{route} 已作废")
    return redirect(LIST[1])
