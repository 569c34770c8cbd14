from __future__ import annotations

from itertools import groupby

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render, resolve_url
from django.utils import timezone
from django.views.decorators.http import require_POST

from branch.parameters import actions, queries, rules
from branch.parameters.forms import DecisionForm, ProposalForm
from branch.people.access import holds
from branch.people.doors import PersonRequest, door
from branch.people.roles import Power
from kernel.refusals import Refusal, Unknown


@door(Power.PARAMETER_VIEW)
def parameter_list(request: PersonRequest) -> HttpResponse:
    """Every parameter with the value in force today, by group; what waits for a second person on top."""
    lines = queries.in_force(timezone.localdate())
    if request.GET.get("doubt"):
        lines = [line for line in lines if line.row.confidence == queries.DOUBTFUL]
    lines.sort(key=lambda line: (rules.group_order(line.group), line.row.code))
    context = {
        "title": "参数",
        "crumbs": [("设置", ""), ("参数", "")],
        "groups": [(label, list(rows)) for label, rows in groupby(lines, key=lambda line: line.group)],
        "proposals": queries.proposals(),
        "doubt": bool(request.GET.get("doubt")),
        "may_confirm": holds(request.person, Power.PARAMETER_CONFIRM),
    }
    return render(request, "branch/parameters/list.html", context)


@door(Power.PARAMETER_VIEW)
def parameter_detail(request: PersonRequest, code: str) -> HttpResponse:
    """One parameter: every value it had, has and is proposed to have."""
    history = queries.history(code)
    if not history:
        raise Unknown("没有这个参数")
    context = {
        "title": history[0].row.name,
        "crumbs": [("设置", ""), ("参数", resolve_url("parameter-list")), (history[0].row.name, "")],
        "code": code,
        "history": history,
        "today": timezone.localdate(),
        "may_propose": holds(request.person, Power.PARAMETER_PROPOSE),
        "may_confirm": holds(request.person, Power.PARAMETER_CONFIRM),
        "decision": DecisionForm(),
    }
    return render(request, "branch/parameters/detail.html", context)


@door(Power.PARAMETER_PROPOSE)
def parameter_propose(request: PersonRequest, code: str) -> HttpResponse:
    """Propose a new value; a second person confirms it."""
    history = queries.history(code)
    if not history:
        raise Unknown("没有这个参数")
    former = history[0].row
    form = ProposalForm(request.POST or None, initial={"value": rules.written(former.value)})
    refusal = None
    if request.method == "POST" and form.is_valid():
        try:
            value = rules.read_value(form.cleaned_data.pop("value"), former.value)
            actions.propose(code=code, value=value, by=request.person, **form.cleaned_data)
            messages.success(request, f"已提议修改“{former.name}”,待第二人填写文号确认后生效")
            return redirect("parameter-detail", code=code)
        except Refusal as refused:
            refusal = refused
    context = {
        "title": f"提议修改:{former.name}",
        "crumbs": [
            ("参数", resolve_url("parameter-list")),
            (former.name, resolve_url("parameter-detail", code)),
            ("提议修改", ""),
        ],
        "form": form,
        "refusal": refusal,
        "former": history[0],
        "back": resolve_url("parameter-detail", code),
    }
    return render(request, "branch/parameters/propose.html", context)


@door(Power.PARAMETER_CONFIRM)
@require_POST
def parameter_confirm(request: PersonRequest, value_id: int) -> HttpResponse:
    """Put a proposal in force, with the paper's number."""
    row = actions.confirm(value_id=value_id, paper_no=request.POST.get("paper_no", ""), by=request.person)
    messages.success(request, f"“{row.name}”的新数值自 {row.effective_from} 起生效")
    if row.effective_from < timezone.localdate():
        messages.warning(request, "生效日在今天以前:已批准的薪酬不会重算,差额请在以后月份调整")
    return redirect("parameter-detail", code=row.code)


@door(Power.PARAMETER_CONFIRM, Power.PARAMETER_PROPOSE)
@require_POST
def parameter_reject(request: PersonRequest, value_id: int) -> HttpResponse:
    """Decline a proposal, or withdraw the own one."""
    row = actions.reject(value_id=value_id, reason=request.POST.get("reason", ""), by=request.person)
    messages.success(request, f"“{row.name}”的提议已不采纳")
    return redirect("parameter-detail", code=row.code)
