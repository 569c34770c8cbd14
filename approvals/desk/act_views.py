"""Acts beside signing, a page each: 接办, 转交, 加签, 减签, 抄送, 已阅, and one's own 委托."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_POST

from approvals.desk import queries
from approvals.desk.act_forms import AddSignerForm, CopyForm, DelegationForm, DropSignerForm, TakeOverForm, TransferForm
from approvals.requests import access, actions
from approvals.requests.models import Request
from approvals.requests.queries import request_for, signable_seats
from branch.people.doors import PersonRequest, door
from kernel.refusals import Refusal

CENTRE = "审批中心"


def _act_page(
    request: PersonRequest, row: Request, form: forms.Form, act: Callable[[forms.Form], Any], *, verb: str, hint: str
) -> HttpResponse:
    """The form of one act, or the way back to the request once it is done. A refusal keeps what was typed."""
    refusal = None
    if request.method == "POST" and form.is_valid():
        try:
            act(form)
            messages.success(request, f"已{verb}:{row.title}({row.number})")
            return redirect("approvals:request-detail", number=row.number)
        except Refusal as refused:
            refusal = refused
    crumbs = [(CENTRE, reverse("approvals:request-waiting")), (row.number, row.get_absolute_url()), (verb, "")]
    context = {"title": f"{verb}:{row.title}", "crumbs": crumbs, "approval": row, "form": form, "verb": verb, "hint": hint}
    failed = refusal is not None or bool(form.is_bound and form.errors)
    return render(request, "approvals/desk/act.html", {**context, "refusal": refusal}, status=409 if failed else 200)


def _own_seats(request: PersonRequest, row: Request) -> list[Any]:
    seats = signable_seats(request.person, row)
    if not seats:
        raise Refusal("当前没有由您签署的席位,请回到申请页面查看进度", code="not_your_seat")
    return seats


@door()
def request_take_over(request: PersonRequest, number: str) -> HttpResponse:
    """接办."""
    row = request_for(request.person, number)
    access.require_takeable(request.person, row)

    def act(given: forms.Form) -> None:
        actions.take_over(request_id=row.pk, reason=given.cleaned_data["reason"], by=request.person)

    hint = f"{row.applicant.name}不能办理时,由您接着办:修改、再次提交、催办、撤回。你们两位都不能再审批这份申请。"
    return _act_page(request, row, TakeOverForm(request.POST or None), act, verb="接办", hint=hint)


@door()
def request_transfer(request: PersonRequest, number: str) -> HttpResponse:
    """转交."""
    row = request_for(request.person, number)
    form = TransferForm(request.POST or None, seats=_own_seats(request, row))

    def act(given: forms.Form) -> None:
        (to,) = given.cleaned_data["to"]
        reason = given.cleaned_data["reason"]
        actions.transfer(request_id=row.pk, to=to, reason=reason, seat_id=form.seat_id, by=request.person)

    return _act_page(request, row, form, act, verb="转交", hint="把您这一席交给另一个人签署,审批记录里写明原因。")


@door()
def request_add_signer(request: PersonRequest, number: str) -> HttpResponse:
    """加签."""
    row = request_for(request.person, number)
    form = AddSignerForm(request.POST or None, seats=_own_seats(request, row))

    def act(given: forms.Form) -> None:
        told = {name: given.cleaned_data[name] for name in ("people", "how", "reason")}
        actions.add_signer(request_id=row.pk, seat_id=form.seat_id, by=request.person, **told)

    return _act_page(request, row, form, act, verb="加签", hint="请别人一起签您这一席;全部签完,这一席才算签完。")


@door()
def request_drop_signer(request: PersonRequest, number: str) -> HttpResponse:
    """减签."""
    row = request_for(request.person, number)
    seats = queries.droppable_seats(request.person, row)
    if not seats:
        raise Refusal("没有您加签或选定、尚未签署的席位", code="not_yours")
    form = DropSignerForm(request.POST or None, seats=seats)

    def act(given: forms.Form) -> None:
        seat_id = form.seat_id or seats[0].pk
        actions.drop_signer(request_id=row.pk, seat_id=seat_id, reason=given.cleaned_data["reason"], by=request.person)

    return _act_page(request, row, form, act, verb="减签", hint="只能减去您加签或选定、还没有签署的席位。")


@door()
def request_copy(request: PersonRequest, number: str) -> HttpResponse:
    """抄送."""
    row = request_for(request.person, number)

    def act(given: forms.Form) -> None:
        actions.copy(request_id=row.pk, people=given.cleaned_data["people"], by=request.person)

    return _act_page(request, row, CopyForm(request.POST or None), act, verb="抄送", hint="对方无须签署,可以查看全部内容。")


@door()
@require_POST
def request_read(request: PersonRequest, number: str) -> HttpResponse:
    """已阅."""
    row = request_for(request.person, number)
    actions.mark_read(request_id=row.pk, by=request.person)
    messages.success(request, f"已阅:{row.title}({row.number})")
    return redirect("approvals:request-detail", number=number)


@door()
def delegation_list(request: PersonRequest) -> HttpResponse:
    """One's own 委托代签, given and received, and a new one."""
    form, refusal = DelegationForm(request.POST or None), None
    if request.method == "POST" and form.is_valid():
        given = form.cleaned_data
        try:
            (to,) = given["to"]
            told = {name: given[name] for name in ("kinds", "since", "until", "reason")}
            actions.delegate(to=to, by=request.person, **told)
            messages.success(request, f"已委托{to.name}代签,{given['since']} 至 {given['until']}")
            return redirect("approvals:delegation-list")
        except Refusal as refused:
            refusal = refused
    context = {
        "title": "审批委托",
        "crumbs": [(CENTRE, reverse("approvals:request-waiting")), ("审批委托", "")],
        "rows": queries.delegations_of(request.person),
        "form": form,
        "refusal": refusal,
    }
    failed = refusal is not None or bool(form.is_bound and form.errors)
    return render(request, "approvals/desk/delegation_list.html", context, status=409 if failed else 200)


@door()
@require_POST
def delegation_end(request: PersonRequest, delegation_id: int) -> HttpResponse:
    """终止 a delegation, by either of the two."""
    row = actions.end_delegation(delegation_id=delegation_id, by=request.person)
    messages.success(request, f"已终止:{row}")
    return redirect("approvals:delegation-list")
