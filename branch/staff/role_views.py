"""A person's roles, password and authenticator, as an administrator sees and changes them: each change for the own password."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render, resolve_url
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_POST

from branch.once.http import shown_once
from branch.people import access, actions, queries, second_factor
from branch.people.doors import PersonRequest, door
from branch.people.forms import EndForm, FactorResetForm, GrantForm, ReenteredForm, RenewForm
from branch.people.models import Person, RoleHolding
from branch.people.reentry import password_entered
from branch.people.roles import ROLES, Power
from kernel.refusals import Refusal


@door(Power.ROLE_VIEW)
def person_roles(request: PersonRequest, staff_no: str) -> HttpResponse:
    """A person's roles and powers, and which role gives each."""
    return _page(request, queries.person_visible_to(request.person, staff_no))


def _page(
    request: PersonRequest,
    person: Person,
    refusal: Refusal | None = None,
    ending: tuple[int, EndForm] | None = None,
    **sent: ReenteredForm,
) -> HttpResponse:
    """The page, with the one of its forms that was `sent` and refused as it was filled in (`ending`: of which holding)."""
    today = timezone.localdate()
    may_grant = access.holds(request.person, Power.ROLE_GRANT) and person.pk != request.person.pk
    holdings = queries.holdings_of(person)
    back = resolve_url("person-detail", person.staff_no)
    forms: dict[str, ReenteredForm | None] = {}
    if may_grant:
        has_factor = second_factor.enrolled(person) is not None
        forms = {
            "form": GrantForm(),
            "renew": RenewForm(auto_id="id_renew_%s") if person.user else None,
            "factor": FactorResetForm(auto_id="id_reset_%s") if person.user and has_factor else None,
        }
    context: dict[str, Any] = {
        "title": f"{person.name}的角色与权限",
        "crumbs": [("人员", resolve_url("person-list")), (person.name, back), ("角色与权限", "")],
        "person": person,
        "holdings": [(row, _end_form(row, today, ending) if may_grant else None) for row in holdings],
        "powers": access.why(person),
        "today": today,
        "may_grant": may_grant,
        "refusal": refusal,
        **forms,
        **sent,
    }
    return render(request, "branch/people/roles.html", context)


def _end_form(row: RoleHolding, today: date, ending: tuple[int, EndForm] | None) -> EndForm | None:
    """The form that ends the holding, as it was sent if it is the one; None where it has ended."""
    if row.effective_to is not None and row.effective_to < today:
        return None
    return ending[1] if ending is not None and ending[0] == row.pk else EndForm(auto_id=_ids(row.pk))


def _ids(holding_id: int) -> str:
    return f"id_end_{holding_id}_%s"


@door(Power.ROLE_GRANT)
@require_POST
@sensitive_post_parameters("password")
def role_grant(request: PersonRequest, staff_no: str) -> HttpResponse:
    """Hand out a role, for the password."""
    person = queries.person_visible_to(request.person, staff_no)
    form = GrantForm(request.POST)
    refusal = None
    if form.is_valid():
        given = form.cleaned_data
        try:
            reentered = password_entered(request, given["password"], undone="没有授予")
            where = {name: given[name] for name in ("branch", "team", "group", "department")}
            actions.grant_role(
                person=person,
                role=given["role"],
                place=actions.Place.for_role(given["role"], **where),
                since=given["since"],
                until=given["until"],
                reason=given["reason"],
                by=request.person,
                reentered=reentered,
            )
            messages.success(request, f"已授予{person.name}“{ROLES[given['role']].label}”")
            return redirect("person-roles", staff_no=person.staff_no)
        except Refusal as refused:
            refusal = form.told(refused)
    return _page(request, person, refusal, form=form)


@door()
@require_POST
@sensitive_post_parameters("password")
def role_end(request: PersonRequest, holding_id: int) -> HttpResponse:
    """End a role, at once or after a day, for the password; also the own delegation, without."""
    held = access.require_end(request.person, RoleHolding.objects.filter(pk=holding_id).first())
    own = held.delegated_by_id == request.person.pk
    form, refusal = EndForm(request.POST, own=own, auto_id=_ids(holding_id)), None
    if form.is_valid():
        given = form.cleaned_data
        try:
            holding = actions.end_role(
                holding_id=holding_id,
                last_day=given["last_day"] or timezone.localdate() - timedelta(1),
                reason=given["reason"],
                by=request.person,
                reentered=password_entered(request, given["password"], undone="没有终止"),
            )
            messages.success(request, f"“{holding}”已止于 {holding.effective_to}")
            return redirect("delegation") if own else redirect("person-roles", staff_no=holding.person.staff_no)
        except Refusal as refused:
            refusal = form.told(refused)
    if own:  # taken back by a press, on another page, which says why not
        raise refusal or Refusal("没有收回:请填写原因,最后一天须是日期或留空")
    person = queries.person_visible_to(request.person, held.person.staff_no)
    return _page(request, person, refusal, (holding_id, form))


@door(Power.ROLE_GRANT)
@require_POST
@never_cache
@sensitive_post_parameters("password")
def password_reset(request: PersonRequest, staff_no: str) -> HttpResponse:
    """A new random password, for the own one, shown once to the administrator who hands it over."""
    person = queries.person_visible_to(request.person, staff_no)
    form = RenewForm(request.POST, auto_id="id_renew_%s")
    if not form.is_valid():
        return _page(request, person, renew=form)
    try:
        reentered = password_entered(request, form.cleaned_data["password"], undone="没有重置")
        new = actions.reset_password(person=person, by=request.person, reentered=reentered)
    except Refusal as refused:
        return _page(request, person, form.told(refused), renew=form)
    back = resolve_url("person-detail", person.staff_no)
    context = {
        "title": "密码已重置",
        "crumbs": [(person.name, back), ("密码已重置", "")],
        "person": person,
        "new": new,
        "back": back,
    }
    said = f"{person}的密码已经重置过,没有再重置。新密码只在当时显示一次,不能再看;没有记下来的,请再点一次“重置密码”"
    page = render(request, "branch/people/reset.html", context)
    return shown_once(page, back=resolve_url("person-roles", person.staff_no), sentence=said)


@door(Power.ROLE_GRANT)
@require_POST
@sensitive_post_parameters("password")
def second_factor_reset(request: PersonRequest, staff_no: str) -> HttpResponse:
    """The phone is lost: an administrator takes the authenticator off."""
    person = queries.person_visible_to(request.person, staff_no)
    form, refusal = FactorResetForm(request.POST, auto_id="id_reset_%s"), None
    if form.is_valid():
        given = form.cleaned_data
        try:
            reentered = password_entered(request, given["password"], undone="没有重置")
            second_factor.reset(person=person, reason=given["reason"], by=request.person, reentered=reentered)
            messages.success(request, f"已重置{person}的动态验证码,此人所有登录已退出,下次登录时重新启用")
            return redirect("person-roles", staff_no=staff_no)
        except Refusal as refused:
            refusal = form.told(refused)
    return _page(request, person, refusal, factor=form)
