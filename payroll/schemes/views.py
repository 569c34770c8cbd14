"""Pages of the pay schemes. One domain call each."""

from __future__ import annotations

import json
from difflib import unified_diff
from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_GET, require_POST

from branch.files.responses import attachment
from branch.overtaken import SEEN, confront
from branch.people.doors import PersonRequest, door
from branch.people.queries import branch_by_code, branches_visible_to
from branch.people.roles import Power
from kernel.months import Month
from kernel.refusals import Refusal, allows
from kernel.seen import Overtaken, stamp
from payroll.schemes import access, actions, queries, states, words
from payroll.schemes.basis import countersigning
from payroll.schemes.forms import ConfirmForm, CopyForm, SchemeForm, UploadForm
from payroll.schemes.models import SchemeVersion
from teams.plans.rulebooks.queries import pay_papers

LIST = ("薪酬方案", "payroll:scheme-list")


def _crumbs(*pages: tuple[str, str]) -> list[tuple[str, str]]:
    return [("薪酬与考核", ""), *((label, reverse(name) if ":" in name else name) for label, name in pages)]


@door(*access.SCHEME_DOOR)
@require_GET
def scheme_list(request: PersonRequest) -> HttpResponse:
    """Every version of the branches one may read, and which is in force now."""
    versions = SchemeVersion.objects.visible_to(request.person).select_related(
        "branch", "proposed_by", "confirmed_by", "drafted_by"
    )
    context = {
        "title": "薪酬方案",
        "crumbs": _crumbs(("薪酬方案", "")),
        "versions": versions[:200],
        "this_month": Month.of(timezone.localdate()),
        "may_draft": branches_visible_to(request.person, Power.SCHEME_PROPOSE).exists(),
    }
    return render(request, "payroll/schemes/scheme_list.html", context)


@door(*access.SCHEME_DOOR)
@require_GET
def scheme_detail(request: PersonRequest, version_id: int) -> HttpResponse:
    """The scheme as a person reads it, what the law asks of it, and the acts that are open."""
    return _detail(request, queries.version_for(request.person, version_id))


def _detail(request: PersonRequest, version: SchemeVersion, refusal: Refusal | None = None) -> HttpResponse:
    person, waits = request.person, version.state == states.PROPOSED
    drafting = allows(access.may_draft, person, version.branch)
    papers = [(row.paper_no, row.label) for row in pay_papers(version.branch, version.effective_from.first)] if waits else []
    context = {
        "title": f"{version.name} 第 {version.version} 版",
        "crumbs": _crumbs(LIST, (f"{version.code} 第 {version.version} 版", "")),
        "version": version,
        "sections": words.sections(version.scheme()),
        "warnings": queries.advice_on(version),
        "others": queries.versions_of(version),
        "may_edit": drafting and version.state == states.DRAFT,
        "may_copy": drafting and version.state != states.DROPPED,
        "may_confirm": waits and allows(access.may_decide, person, version),
        "may_return": waits and allows(access.may_return, person, version),
        "may_retire": version.state == states.IN_FORCE and allows(access.may_retire, person, version),
        "propose_title": f"提交 {version}",
        "drop_title": f"作废 {version}",
        "confirm_form": ConfirmForm(papers=papers, initial={"paper_no": _paper(version), "seen_digest": version.digest}),
        "papers": papers,
        "waiting_for": countersigning(version) if waits and not papers else "",
        "copy_form": CopyForm(initial={"effective_from": str(Month.of(timezone.localdate()).next)}),
        "seen": stamp(version.data),
        "refusal": refusal,
    }
    return render(request, "payroll/schemes/scheme_detail.html", context, status=409 if refusal else 200)


def _paper(version: SchemeVersion) -> str:
    paper: str = version.data.get("paper", "")
    return "" if paper == actions.PAPER_PENDING else paper


@door(Power.SCHEME_PROPOSE)
def scheme_upload(request: PersonRequest) -> HttpResponse:
    """A draft from a scheme's JSON file."""
    branches = [(b.code, b.name) for b in branches_visible_to(request.person, Power.SCHEME_PROPOSE)]
    posted = request.method == "POST"
    form = UploadForm(request.POST if posted else None, request.FILES if posted else None, branches=branches)
    refusal = None
    if posted and form.is_valid():
        try:
            branch = branch_by_code(form.cleaned_data["branch"])
            version = actions.draft_scheme(data=form.data_of_file(), branch=branch, by=request.person)
        except Refusal as error:
            refusal = error
        else:
            messages.success(request, f"{version.label}已存为草稿,核对无误后提交确认")
            return redirect("payroll:scheme-detail", version.pk)
    context = {"title": "上传薪酬方案", "crumbs": _crumbs(LIST, ("上传", "")), "form": form, "refusal": refusal}
    return render(request, "payroll/schemes/scheme_upload.html", context)


@door(Power.SCHEME_PROPOSE)
@require_POST
def scheme_copy(request: PersonRequest, version_id: int) -> HttpResponse:
    """A draft with this version's figures, opened for editing."""
    former = queries.version_for(request.person, version_id)
    form = CopyForm(request.POST)
    if not form.is_valid():
        raise Refusal("请写明新版本的生效月份,例如 2026-12")
    version = actions.copy_scheme(version_id=former.pk, effective_from=form.cleaned_data["effective_from"], by=request.person)
    return redirect("payroll:scheme-edit", version.pk)


@door(Power.SCHEME_PROPOSE)
def scheme_edit(request: PersonRequest, version_id: int) -> HttpResponse:
    """The figures of a draft in a form; what is wrong is said by field and in the form's own words."""
    version = queries.version_for(request.person, version_id)
    access.may_draft(request.person, version.branch)
    states.SCHEME.after(version.state, "edit")
    form = SchemeForm(request.POST if request.method == "POST" else None, scheme=version.data)
    refusal = None
    if request.method == "POST" and form.is_valid():
        try:
            actions.edit_scheme(version_id=version.pk, data=form.scheme_data, by=request.person, seen=form.cleaned_data[SEEN])
            messages.success(request, "已保存,核对无误后提交确认")
            return redirect("payroll:scheme-detail", version.pk)
        except Overtaken as overtaken:
            present = SchemeForm(scheme=queries.version_for(request.person, version_id).data)
            refusal = confront(overtaken, form, present, subject=version._meta.label, subject_id=str(version.pk))
    context = {
        "title": f"修改 {version.name} 第 {version.version} 版",
        "crumbs": _crumbs(LIST, (f"第 {version.version} 版", reverse("payroll:scheme-detail", args=[version.pk])), ("修改", "")),
        "form": form,
        "refusal": refusal,
        "version": version,
    }
    return render(request, "payroll/schemes/scheme_edit.html", context)


@door(Power.SCHEME_PROPOSE)
@require_POST
def scheme_propose(request: PersonRequest, version_id: int) -> HttpResponse:
    version = queries.version_for(request.person, version_id)
    try:
        version = actions.propose_scheme(version_id=version.pk, by=request.person, seen=request.POST.get(SEEN, ""))
    except Overtaken:
        said = "同事在您打开页面之后修改了这份草稿,还没有提交。下面是现在的内容,请核对后再提交"
        return _detail(request, queries.version_for(request.person, version_id), Refusal(said, code="overtaken"))
    messages.success(request, "已提交。下一步:请另一位有确认权限的同事(经理或渠道管理部)选定依据的薪酬标准实施细则后确认生效")
    return redirect("payroll:scheme-detail", version.pk)


@door(Power.SCHEME_CONFIRM)
@require_POST
def scheme_confirm(request: PersonRequest, version_id: int) -> HttpResponse:
    version = queries.version_for(request.person, version_id)
    version = actions.confirm_scheme(
        version_id=version.pk,
        seen_digest=request.POST.get("seen_digest", ""),
        paper_no=request.POST.get("paper_no", ""),
        by=request.person,
    )
    messages.success(request, f"{version.label}已确认,自{version.effective_from.label}起生效")
    return redirect("payroll:scheme-detail", version.pk)


@door(Power.SCHEME_CONFIRM, Power.SCHEME_PROPOSE)
@require_POST
def scheme_return(request: PersonRequest, version_id: int) -> HttpResponse:
    version = queries.version_for(request.person, version_id)
    actions.return_scheme(version_id=version.pk, reason=request.POST.get("reason", ""), by=request.person)
    messages.success(request, "已退回为草稿")
    return redirect("payroll:scheme-detail", version.pk)


@door(Power.SCHEME_PROPOSE)
@require_POST
def scheme_drop(request: PersonRequest, version_id: int) -> HttpResponse:
    version = actions.drop_scheme(version_id=queries.version_for(request.person, version_id).pk, by=request.person)
    messages.success(request, f"{version.label}已作废")
    return redirect("payroll:scheme-list")


@door(Power.SCHEME_CONFIRM)
@require_POST
def scheme_retire(request: PersonRequest, version_id: int) -> HttpResponse:
    version = queries.version_for(request.person, version_id)
    actions.retire_scheme(version_id=version.pk, reason=request.POST.get("reason", ""), by=request.person)
    messages.success(request, f"{version.label}已停用")
    return redirect("payroll:scheme-detail", version.pk)


@door(*access.SCHEME_DOOR)
@require_GET
def scheme_compare(request: PersonRequest, version_id: int, other_id: int) -> HttpResponse:
    """What two versions say differently: in words, and line by line of their files."""
    new = queries.version_for(request.person, version_id)
    old = queries.version_for(request.person, other_id)
    context = {
        "title": f"对比:第 {old.version} 版 与 第 {new.version} 版",
        "crumbs": _crumbs(LIST, (str(new), reverse("payroll:scheme-detail", args=[new.pk])), ("对比", "")),
        "old": old,
        "new": new,
        "differences": words.differences(old.scheme(), new.scheme()),
        "text": list(
            unified_diff(_lines(old.data), _lines(new.data), f"第 {old.version} 版", f"第 {new.version} 版", lineterm="", n=1)
        ),
    }
    return render(request, "payroll/schemes/scheme_compare.html", context)


@door(*access.SCHEME_DOOR)
@require_GET
def scheme_file(request: PersonRequest, version_id: int) -> HttpResponse:
    """The version as a file that can be uploaded again."""
    version = queries.version_for(request.person, version_id)
    content = "\n".join(_lines(version.data)).encode()
    return attachment(content, f"{version.code}_第{version.version}版.json", "application/json")


def _lines(data: dict[str, Any]) -> list[str]:
    return json.dumps(data, ensure_ascii=False, indent=1).splitlines()
