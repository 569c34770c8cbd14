"""The pages of what leavers are owed or owe, and of what was settled of it outside the pay run."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_GET, require_POST

from branch.files.responses import attachment
from branch.paging import page_of
from branch.people.access import holds
from branch.people.doors import PersonRequest, door
from branch.people.roles import Power
from kernel.refusals import Forbidden, Refusal, Unknown, allows
from payroll.corrections import access
from payroll.corrections.actions import settlements
from payroll.corrections.actions.evidence import open_settlement_evidence
from payroll.corrections.actions.settlements import Settling
from payroll.corrections.declaring import reckoned_for
from payroll.corrections.forms import LeaverFilter, SettlementForm
from payroll.corrections.leavers import Leaver, leaver_for, settlement_for, settlements_for
from payroll.corrections.models import OutsideSettlement
from payroll.corrections.proofs import proof_kept
from payroll.corrections.states import PROPOSED
from payroll.corrections.unpaid import unpaid_for
from payroll.runs.forms import ReasonForm

PLACE = "离职人员未结余额"


def _crumbs(*pages: tuple[str, str]) -> list[tuple[str, str]]:
    return [("薪酬与考核", ""), ("更正与冲销", reverse("payroll:correction-list")), *pages]


@require_GET
@door(Power.PAY_VIEW)
def leaver_list(request: PersonRequest) -> HttpResponse:
    """Who has left with deferral, adjustments or arrears, and how much of each is still open."""
    filters = LeaverFilter(request.GET, person=request.person)
    context = {
        "title": PLACE,
        "crumbs": _crumbs((PLACE, "")),
        "filters": filters,
        "page": page_of(request, filters.rows(request.person)),
        "may_export": holds(request.person, Power.PAY_EXPORT),
    }
    return render(request, "payroll/corrections/leaver_list.html", context)


@require_GET
@door(Power.PAY_VIEW)
def leaver_detail(request: PersonRequest, slip_id: int) -> HttpResponse:
    """One leaver's items, the plan of the lots, and all that was registered."""
    return _detail(request, leaver_for(request.person, slip_id))


@require_GET
@door(Power.PAY_VIEW)
def unpaid_detail(request: PersonRequest, adjustment_id: int) -> HttpResponse:
    """The same of who never had a slip, by an adjustment of theirs."""
    return _detail(request, unpaid_for(request.person, adjustment_id))


def _detail(
    request: PersonRequest, leaver: Leaver, *, form: SettlementForm | None = None, refusal: Refusal | None = None
) -> HttpResponse:
    may_settle = leaver.is_paid and any(item.left and not item.pending for item in leaver.items)
    if not (may_settle and allows(access.may_propose_settlement, request.person, leaver.branch)):
        form = None
    elif form is None:
        form = SettlementForm(leaver=leaver)
    rows = settlements_for(request.person).filter(person=leaver.person_id)
    context = {
        "title": f"{leaver.name}({leaver.staff_no})的未结余额",
        "crumbs": _crumbs((PLACE, reverse("payroll:leaver-list")), (leaver.name, "")),
        "leaver": leaver,
        "plan": [one for item in leaver.items for one in item.plan],
        "rows": [_row(request, row) for row in rows],
        "form": form,
        "refusal": refusal,
    }
    return render(request, "payroll/corrections/leaver_detail.html", context, status=409 if refusal is not None else 200)


def _row(request: PersonRequest, settlement: OutsideSettlement) -> dict[str, object]:
    pending = settlement.state == PROPOSED
    return {
        "settlement": settlement,
        "reckoned": reckoned_for(settlement) if pending else None,
        "may_confirm": pending and allows(access.may_confirm_settlement, request.person, settlement),
        "may_return": pending and allows(access.may_return_settlement, request.person, settlement),
    }


@require_POST
@door(Power.PAY_CORRECT)
def settlement_propose(request: PersonRequest, slip_id: int) -> HttpResponse:
    """登记线下结清."""
    return _propose(request, leaver_for(request.person, slip_id))


@require_POST
@door(Power.PAY_CORRECT)
def unpaid_settle(request: PersonRequest, adjustment_id: int) -> HttpResponse:
    """登记线下结清 of who never had a slip."""
    return _propose(request, unpaid_for(request.person, adjustment_id))


def _propose(request: PersonRequest, leaver: Leaver) -> HttpResponse:
    form = SettlementForm(request.POST, request.FILES, leaver=leaver)
    if not form.is_valid():
        return _detail(request, leaver, form=form)
    given = form.cleaned_data
    try:
        access.may_propose_settlement(request.person, leaver.branch)
        slip_id = leaver.slip.pk if leaver.slip else None
        with proof_kept(given["evidence"], by=request.person) as evidence:
            settling = Settling(
                amount=given["amount"],
                day=given["day"],
                how=given["how"],
                reason=given["reason"],
                voucher=given["voucher"],
                tax=given["tax"],
                evidence=evidence,
            )
            settlements.propose_settlement(slip_id=slip_id, key=given["item"], given=settling, by=request.person)
    except (Unknown, Forbidden):
        raise
    except Refusal as refusal:
        return _detail(request, leaver, form=form, refusal=refusal)
    messages.success(request, "已登记线下结清。下一步:请主办会计、副经理或经理中的另一人在本页确认,确认后不再由工资补发、扣回")
    return redirect(leaver.page)


@require_POST
@door(Power.PAY_SIGN)
def settlement_confirm(request: PersonRequest, settlement_id: int) -> HttpResponse:
    """确认."""
    found = settlement_for(request.person, settlement_id)
    settlements.confirm_settlement(settlement_id=found.pk, by=request.person)
    messages.success(request, f"已确认{found.person.name}的线下结清,以后的工资不再补发或扣回这一部分")
    return redirect(found)


@require_POST
@door(*access.SETTLEMENT_DOOR)
def settlement_reject(request: PersonRequest, settlement_id: int) -> HttpResponse:
    """退回或撤回."""
    found = settlement_for(request.person, settlement_id)
    form = ReasonForm(request.POST)
    reason = form.cleaned_data["reason"] if form.is_valid() else ""
    settlements.reject_settlement(settlement_id=found.pk, reason=reason, by=request.person)
    messages.success(request, f"{found.person.name}的这笔登记未采纳,余额照旧")
    return redirect(found)


@require_GET
@door(Power.PAY_VIEW)
def settlement_evidence(request: PersonRequest, settlement_id: int) -> HttpResponse:
    """The proof, always as an attachment; that it leaves is logged."""
    return attachment(*open_settlement_evidence(settlement_id=settlement_id, by=request.person))
