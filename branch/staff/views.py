from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render, resolve_url
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST

from branch.paging import page_of
from branch.people import access, actions, queries
from branch.people.doors import PersonRequest, door
from branch.people.forms import DelegationForm, LeavingForm, PeopleFilter, RegisterForm
from branch.people.models import Engagement, Person
from branch.people.roles import Power
from branch.staff import actions as staff
from branch.staff.access import may_register_leaving, require_leaving
from kernel.refusals import Refusal, Unknown


@door(Power.PEOPLE_VIEW)
def person_list(request: PersonRequest) -> HttpResponse:
    """The people one may see, with posting, grade and contract."""
    form = PeopleFilter(request.GET or None)
    today = timezone.localdate()
    people = queries.people_visible_to(request.person)
    if form.is_valid():
        people = queries.filtered(people, form.cleaned_data, today, by=request.person)
    page = page_of(request, people)
    context = {
        "title": "人员",
        "crumbs": [("设置", ""), ("人员", "")],
        "form": form,
        "page": page,
        "lines": queries.lines(list(page.object_list), today),
        "today": today,
        "may_import": access.holds(request.person, Power.ROSTER_IMPORT),
        "may_register": access.holds(request.person, Power.ROLE_GRANT),
    }
    return render(request, "branch/people/list.html", context)


@door(Power.ROLE_GRANT)
def person_register(request: PersonRequest) -> HttpResponse:
    """登记人员; it goes on where the person gets roles and the first password."""
    form, refusal = RegisterForm(request.POST or None), None
    if request.method == "POST" and form.is_valid():
        try:
            person = actions.register_person(by=request.person, **form.cleaned_data)
            messages.success(request, f"已登记{person}。请授予角色,并“重置密码”,把新密码当面交给本人")
            return redirect("person-roles", staff_no=person.staff_no)
        except Refusal as refused:
            refusal = refused
    back = resolve_url("person-list")
    context = {
        "title": "登记人员",
        "crumbs": [("人员", back), ("登记人员", "")],
        "form": form,
        "refusal": refusal,
        "back": back,
    }
    return render(request, "branch/people/register.html", context)


@door()
def me(request: PersonRequest) -> HttpResponse:
    """One's own page."""
    return redirect("person-detail", staff_no=request.person.staff_no)


@door()
def person_detail(request: PersonRequest, staff_no: str) -> HttpResponse:
    """One person: engagement, postings, grades, leaderships, masked personal data."""
    viewer, person = request.person, queries.person_visible_to(request.person, staff_no)
    may_reveal = queries.may_reveal(viewer, person)
    engagements = list(person.engagements.select_related("branch").order_by("-hired_on"))
    context = {
        "title": person.name,
        "crumbs": [("人员", resolve_url("person-list")), (person.name, "")],
        "person": person,
        "line": queries.lines([person], timezone.localdate())[0],
        "engagements": engagements,
        "postings": person.postings.select_related("branch", "team", "group", "outlet").order_by("-effective_from"),
        "grades": person.grades.order_by("-effective_from"),
        "leaderships": person.leaderships.select_related("team__branch", "group").order_by("-effective_from"),
        "holdings": access.holdings_on(person),
        "secrets": _secrets(person) if may_reveal else [],
        "masked": [] if may_reveal else _secrets(person),
        "with_terms": [row.pk for row in engagements if access.sees_terms(viewer, row)],
        "may_see_roles": access.holds(viewer, Power.ROLE_VIEW),
        "is_me": viewer.pk == person.pk,
        **_leaving(viewer, person, engagements),
    }
    return render(request, "branch/people/detail.html", context)


def _leaving(viewer: Person, person: Person, engagements: list[Engagement]) -> dict[str, Any]:
    """What the person's page offers and says about leaving; the open engagement counts, else the last one."""
    today = timezone.localdate()
    engagement = next((one for one in engagements if one.ended_on is None), engagements[0] if engagements else None)
    last_day = engagement.ended_on if engagement else None
    may = engagement is not None and may_register_leaving(viewer, person, engagement.branch)
    return {
        "has_left": getattr(person, "has_left", False),
        "leaves_on": last_day if last_day is not None and last_day >= today else None,
        "may_leave": may and last_day is None,
        "may_stay": may and last_day is not None and last_day >= today,
    }


@door(Power.ROSTER_IMPORT)
def person_leave(request: PersonRequest, staff_no: str) -> HttpResponse:
    """登记离职: the last day and the reason, with what ends then."""
    person = queries.person_visible_to(request.person, staff_no)
    engagement, today = queries.engagement_of(person), timezone.localdate()
    if engagement is None:
        raise Unknown("此人没有聘用记录,没有离职可登记")
    require_leaving(request.person, person, engagement.branch)
    form, refusal = LeavingForm(request.POST or None, initial={"last_day": today}), None
    if request.method == "POST" and form.is_valid():
        try:
            staff.register_leaving(person=person, by=request.person, **form.cleaned_data)
            messages.success(request, f"已登记{person}离职,最后工作日 {form.cleaned_data['last_day']}")
            return redirect("person-detail", staff_no=staff_no)
        except Refusal as refused:
            refusal = refused
    back = resolve_url("person-detail", staff_no)
    context = {
        "title": f"登记{person.name}离职",
        "crumbs": [("人员", resolve_url("person-list")), (person.name, back), ("登记离职", "")],
        "person": person,
        "engagement": engagement,
        "line": queries.lines([person], today)[0],
        "holdings": access.holdings_on(person),
        "leads": person.leaderships.filter(queries.current(today)).select_related("team", "group"),
        "form": form,
        "refusal": refusal,
        "back": back,
    }
    return render(request, "branch/people/leave.html", context)


@door(Power.ROSTER_IMPORT)
@require_POST
def person_stay(request: PersonRequest, staff_no: str) -> HttpResponse:
    """撤销离职, while the last day is not over."""
    person = queries.person_visible_to(request.person, staff_no)
    staff.cancel_leaving(person=person, by=request.person)
    messages.success(request, f"已撤销{person}的离职登记,岗位、职级和角色照旧")
    return redirect("person-detail", staff_no=staff_no)


def _secrets(person: Person) -> list[dict[str, str]]:
    masked = {"id_number": person.masked_id_number, "phone": person.masked_phone, "bank_account": person.masked_bank_account}
    return [
        {"what": label, "value": masked[name], "url": resolve_url("person-reveal", person.staff_no, name)}
        for name, label in actions.REVEALABLE.items()
        if masked[name]
    ]


@door()
@require_POST
@never_cache
def person_reveal(request: PersonRequest, staff_no: str, what: str) -> HttpResponse:
    """One personal number in clear, for a reason that is logged."""
    person = queries.person_visible_to(request.person, staff_no)
    clear = actions.reveal(person=person, what=what, reason=request.POST.get("reason", ""), by=request.person)
    return render(request, "parts/masked.html", {"clear": clear, "what": actions.REVEALABLE[what]})


@door()
def delegation(request: PersonRequest) -> HttpResponse:
    """Lend one's own role for a while, and see what one has lent."""
    today = timezone.localdate()
    form = DelegationForm(request.POST or None, person=request.person, initial={"since": today})
    refusal = None
    if request.method == "POST" and form.is_valid():
        given = form.cleaned_data
        try:
            to = queries.person_for(given["to"])
            actions.delegate(
                holding_id=given["holding"].pk,
                to=to,
                since=given["since"],
                until=given["until"],
                reason=given["reason"],
                by=request.person,
            )
            messages.success(request, f"已委托{to}")
            return redirect("delegation")
        except Refusal as refused:
            refusal = refused
    context = {
        "title": "委托代理",
        "crumbs": [("工作台", resolve_url("home")), ("委托代理", "")],
        "form": form,
        "refusal": refusal,
        "lent": queries.lent_by(request.person),
        "today": today,
        "back": resolve_url("home"),
    }
    return render(request, "branch/people/delegation.html", context)
