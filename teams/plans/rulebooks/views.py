"""Pages of rule documents: the list, one version with what it changes, writing, sending up, registering an approved paper."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.db.models import QuerySet
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from approvals.requests import access as approvals
from branch.files.responses import attachment
from branch.org.models import Branch, Team
from branch.overtaken import SEEN, confront
from branch.paging import page_of
from branch.people.access import holds
from branch.people.choices import branches_of
from branch.people.doors import PersonRequest, door
from branch.people.roles import Power
from clients.pages import chosen_branch
from kernel.refusals import Refusal, allows
from kernel.seen import Overtaken
from teams.plans.rulebooks import access, actions, queries, rules, states
from teams.plans.rulebooks.forms import DraftForm, RegisterForm, TextForm
from teams.plans.rulebooks.models import RuleDocument

RULES = ("实施细则", "plans:rule-list")


def _crumbs(*pages: tuple[str, str]) -> list[tuple[str, str]]:
    return [("团队", ""), *((label, reverse(name) if name.startswith("plans:") else name) for label, name in pages)]


@door(*access.DOOR)
@require_GET
def rule_list(request: PersonRequest) -> HttpResponse:
    """Every version, the newest of each first."""
    page, today = page_of(request, queries.documents_for(request.person)), timezone.localdate()
    context = {
        "title": "管理及薪酬标准实施细则",
        "crumbs": _crumbs(("实施细则", "")),
        "page": page,
        "rows": [{"rule": row, "standing": row.standing(today)} for row in page],
        "may_write": holds(request.person, Power.PLAN_EDIT),
        "may_register": holds(request.person, Power.FILING_RECEIVE),
    }
    return render(request, "plans/rulebooks/rule_list.html", context)


@door(*access.DOOR)
@require_GET
def rule_detail(request: PersonRequest, document_id: int) -> HttpResponse:
    """One version, and paragraph by paragraph what it changes against the one before."""
    return _detail(request, queries.document_for(request.person, document_id))


def _detail(request: PersonRequest, row: RuleDocument, refusal: Refusal | None = None) -> HttpResponse:
    former, me = queries.former_of(row), request.person
    may_write = row.state in states.OPEN and allows(access.require_may_write, me, row.branch, row.team)
    context = {
        "title": str(row),
        "crumbs": _crumbs(RULES, (str(row), "")),
        "rule": row,
        "paragraphs": rules.paragraphs(row.text),
        "standing": row.standing(timezone.localdate()),
        "former": former,
        "changes": list(rules.differences(former.text, row.text)) if former is not None else [],
        "may_edit": may_write,
        "may_send": may_write and row.state != states.REJECTED,
        "may_withdraw": row.approval is not None
        and row.state in (states.APPROVING, states.RETURNED)
        and allows(approvals.require_withdrawable, me, row.approval),
        "may_attach": allows(access.require_may_attach, me, row),
        "may_check": row.state == states.REGISTERED and allows(access.require_may_check, me, row),
        "refusal": refusal,
    }
    return render(request, "plans/rulebooks/rule_detail.html", context, status=409 if refusal else 200)


@door(Power.PLAN_EDIT)
@require_http_methods(["GET", "POST"])
def rule_new(request: PersonRequest) -> HttpResponse:
    """Draft a version for the branch named."""
    branches = branches_of(request.person, Power.PLAN_EDIT)
    branch = chosen_branch(request, branches)
    form, refusal = DraftForm(request.POST or None, teams=_teams_of(branch)), None
    if request.method == "POST" and form.is_valid():
        try:
            return redirect(actions.draft_document(branch=branch, **form.place, **form.given, by=request.person))
        except Refusal as refused:
            refusal = refused
    at = _at(branch, branches, "plans:rule-new")
    return _form(request, form, refusal, title="拟定实施细则", way=(RULES, ("拟定", "")), **at)


def _teams_of(branch: Branch) -> QuerySet[Team]:
    return Team.objects.filter(branch=branch, closed_on=None)


def _at(branch: Branch, branches: list[Branch], name: str) -> dict[str, Any]:
    """The tabs of a form's page, and where it is sent: to the branch that was chosen."""
    action = f"{reverse(name)}?branch={branch.code}"
    return {"branch": branch, "branches": branches, "action": action, "back": reverse("plans:rule-list")}


@door(Power.PLAN_EDIT)
@require_http_methods(["GET", "POST"])
def rule_edit(request: PersonRequest, document_id: int) -> HttpResponse:
    """Change one that is not on its way; the second of two editors sees both texts."""
    row = queries.document_for(request.person, document_id)
    access.require_may_write(request.person, row.branch, row.team)
    states.DOCUMENT.after(row.state, "edit")
    form = TextForm(request.POST or None, row=row)
    refusal: Refusal | None = None
    if request.method == "POST" and form.is_valid():
        try:
            seen = form.cleaned_data[SEEN]
            return redirect(actions.edit_document(document_id=row.pk, **form.given, by=request.person, seen=seen))
        except Overtaken as overtaken:
            present = TextForm(row=queries.document_for(request.person, document_id))
            refusal = confront(overtaken, form, present, subject=row._meta.label, subject_id=str(row.pk))
        except Refusal as refused:
            refusal = refused
    way = (RULES, (str(row), row.get_absolute_url()), ("修改", ""))
    return _form(request, form, refusal, title=f"修改{row}", way=way, back=row.get_absolute_url())


@door(Power.FILING_RECEIVE)
@require_http_methods(["GET", "POST"])
def rule_register(request: PersonRequest) -> HttpResponse:
    """已批准文件登记, for the branch named."""
    branches = list(Branch.objects.filter(closed_on=None).order_by("code"))
    branch = chosen_branch(request, branches)
    form, refusal = RegisterForm(request.POST or None, teams=_teams_of(branch)), None
    if request.method == "POST" and form.is_valid():
        given = {name: form.cleaned_data[name] for name in ("paper_no", "effective_from", "text")}
        try:
            row = actions.register_paper(branch=branch, **form.place, **given, by=request.person)
            messages.success(request, f"已登记{row.label},等另一位同事复核")
            return redirect(row)
        except Refusal as refused:
            refusal = refused
    at = _at(branch, branches, "plans:rule-register")
    return _form(request, form, refusal, title="已批准文件登记", way=(RULES, ("登记", "")), **at)


def _form(request: PersonRequest, form: Any, refusal: Refusal | None, *, title: str, way: Any, **more: Any) -> HttpResponse:
    context = {"title": title, "crumbs": _crumbs(*way), "form": form, "refusal": refusal, **more}
    return render(request, "plans/rulebooks/rule_form.html", context, status=409 if refusal else 200)


@door(Power.PLAN_EDIT)
@require_POST
def rule_send(request: PersonRequest, document_id: int) -> HttpResponse:
    """报送."""
    row = queries.document_for(request.person, document_id)
    try:
        sent = actions.send_up(document_id=row.pk, by=request.person)
    except Refusal as refused:
        return _detail(request, row, refused)
    messages.success(request, f"{row}已报送,可以随时查看审批进度")
    return redirect(sent.approval or row)


@door(Power.FILING_RECEIVE, Power.SCHEME_CONFIRM)
@require_POST
def rule_check(request: PersonRequest, document_id: int) -> HttpResponse:
    """复核登记."""
    row = queries.document_for(request.person, document_id)
    try:
        actions.check_paper(document_id=row.pk, by=request.person)
    except Refusal as refused:
        return _detail(request, row, refused)
    messages.success(request, f"{row.label}的登记已复核,自 {row.effective_from} 起可以引用")
    return redirect(row)


@door(Power.FILING_RECEIVE, Power.SCHEME_CONFIRM)
@require_POST
def rule_drop(request: PersonRequest, document_id: int) -> HttpResponse:
    """退回登记."""
    row = queries.document_for(request.person, document_id)
    try:
        actions.drop_paper(document_id=row.pk, reason=request.POST.get("reason", ""), by=request.person)
    except Refusal as refused:
        return _detail(request, row, refused)
    messages.info(request, f"已退回{row.label}的登记")
    return redirect(row)


@door(Power.PLAN_EDIT)
@require_POST
def rule_withdraw(request: PersonRequest, document_id: int) -> HttpResponse:
    """撤回."""
    row = queries.document_for(request.person, document_id)
    try:
        actions.take_back(document_id=row.pk, reason=request.POST.get("reason", ""), by=request.person)
    except Refusal as refused:
        return _detail(request, row, refused)
    messages.info(request, f"已撤回{row},改好后可以重新报送")
    return redirect(row)


@door(Power.PLAN_EDIT, Power.FILING_RECEIVE)
@require_POST
def rule_attach(request: PersonRequest, document_id: int) -> HttpResponse:
    """上传附件."""
    row, file = queries.document_for(request.person, document_id), request.FILES.get("file")
    try:
        if file is None:
            raise Refusal("请先选择文件", code="no_file")
        actions.attach_file(document_id=row.pk, content=file.read(), name=file.name or "", by=request.person)
    except Refusal as refused:
        return _detail(request, row, refused)
    messages.success(request, f"已上传附件“{file.name}”")
    return redirect(row)


@door()
@require_GET
def rule_file(request: PersonRequest, document_id: int) -> HttpResponse:
    """The attachment, always as a download; also for the signers of its request; that it leaves is logged."""
    return attachment(*actions.open_file(document_id=document_id, by=request.person))
