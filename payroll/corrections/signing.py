"""Reversals and corrections as kinds of approval: what the signers see, and what follows from each of their acts."""

from __future__ import annotations

from typing import Any

from django.urls import reverse

from approvals.requests.kinds import Document, Kind
from approvals.requests.models import Request
from branch.people.models import Person
from kernel.money import grouped
from kernel.refusals import Unknown
from payroll.corrections import access
from payroll.corrections.actions import corrections, reversals
from payroll.corrections.models import Correction, Reversal
from payroll.corrections.queries import differences_of, other_years, oversettled, wrongs_of
from payroll.corrections.states import SIGNING
from payroll.runs.signing import may_see, seen_rows
from payroll.runs.states import REVERSING


def reversal_of(request: Request) -> Reversal:
    """The latest try that this request is about."""
    found = Reversal.objects.filter(approval=request).select_related("run", "run__branch", "run__maker", "asked_by").first()
    if found is None:
        raise Unknown("这份申请没有对应的冲销")
    return found


def _describe(request: Request) -> Document:
    reversal = reversal_of(request)
    run = reversal.run
    facts: list[tuple[str, Any]] = [
        ("冲销的月报", f"{run.number} 第 {run.version} 版"),
        ("原因", reversal.reason),
        ("所属月份", run.month.label),
        ("发放月份", f"{run.pay_month.label}(尚未发放)"),
        ("人数", f"{run.headcount} 人"),
        ("应发合计(元)", grouped(run.gross_total)),
        ("实发合计(元)", grouped(run.net_total)),
        ("申请人", reversal.asked_by.name),
        ("冲销之后", "这一版和它的工资单不再有效,仍可查阅;本月可以解锁数据、改正后重新计算,作为新的一版再送审"),
    ]
    page = reverse("payroll:run-detail", args=[run.pk])
    return Document(facts, page, "payroll/corrections/reversal_document.html", {"run": run})


def _digest(request: Request) -> str:
    reversal = reversal_of(request)
    return reversal.run.digest if reversal.state == SIGNING and reversal.run.state == REVERSING else ""


def _may_sign(person: Person, request: Request) -> None:
    access.may_sign_reversal(person, reversal_of(request))


def _may_act_for_reversal(person: Person, request: Request) -> None:
    access.may_correct(person, reversal_of(request).run.branch)


def _done(request: Request, by: Person) -> None:
    reversals.finish_reversal(reversal=reversal_of(request), by=by)


def _dropped(request: Request, by: Person) -> None:
    reversals.drop_reversal(reversal=reversal_of(request), by=by)


PAY_REVERSAL = Kind(
    code=reversals.KIND,
    label="薪酬月报表冲销",
    describe=_describe,
    on_approved=_done,
    on_returned=_dropped,
    on_rejected=_dropped,
    on_withdrawn=_dropped,
    may_act_for=_may_act_for_reversal,
    may_sign=_may_sign,
    may_see=may_see,
    seen_rows=seen_rows,
    digest=_digest,
    confidential=True,
    reentry=True,
    fact_labels={
        "number": "单号",
        "version": "版本",
        "month": "所属月份",
        "headcount": "人数",
        "net_total": "实发合计(元)",
        "reason": "原因",
    },
)


def correction_of(request: Request) -> Correction:
    """The correction that this request is about."""
    found = Correction.objects.filter(approval=request).shown().first()
    if found is None:
        raise Unknown("这份申请没有对应的更正单")
    return found


def _describe_correction(request: Request) -> Document:
    correction = correction_of(request)
    through = correction.through.label if correction.through else ""
    facts: list[tuple[str, Any]] = [
        ("更正单", correction.number),
        ("原因", correction.reason),
        ("更正的月份", f"{correction.month.label},重算至 {through}"),
        ("涉及", f"{correction.people} 人"),
        ("应发差额合计(元)", grouped(correction.gross_total)),
        ("补发补扣", f"批准后计入 {correction.through.next.label}" if correction.through else ""),
        ("经办", correction.maker.name),
    ]
    context = {
        "correction": correction,
        "wrongs": wrongs_of(correction),
        "differences_by_person": differences_of(correction),
        "other_years": other_years(correction),
        "oversettled": oversettled(correction),
    }
    page = reverse("payroll:correction-detail", args=[correction.number])
    return Document(facts, page, "payroll/corrections/approval_document.html", context)


def _correction_digest(request: Request) -> str:
    correction = correction_of(request)
    return correction.digest if correction.state == SIGNING else ""


def _may_sign_correction(person: Person, request: Request) -> None:
    access.may_sign_correction(person, correction_of(request))


def _may_act_for_correction(person: Person, request: Request) -> None:
    access.may_correct(person, correction_of(request).branch)


def _corrected(request: Request, by: Person) -> None:
    corrections.approve_correction(number=correction_of(request).number, by=by)


def _correction_back(request: Request, by: Person) -> None:
    corrections.send_back_correction(number=correction_of(request).number, by=by)


def _correction_refused(request: Request, by: Person) -> None:
    corrections.send_back_correction(number=correction_of(request).number, by=by, rejected=True)


PAY_CORRECTION = Kind(
    code=corrections.KIND,
    label="薪酬更正",
    describe=_describe_correction,
    on_approved=_corrected,
    on_returned=_correction_back,
    on_rejected=_correction_refused,
    on_withdrawn=_correction_back,
    may_act_for=_may_act_for_correction,
    may_sign=_may_sign_correction,
    may_see=may_see,
    seen_rows=seen_rows,
    digest=_correction_digest,
    confidential=True,
    reentry=True,
    fact_labels={
        "number": "单号",
        "month": "更正的月份",
        "through": "重算至",
        "people": "涉及人数",
        "gross_total": "应发差额合计(元)",
        "reason": "原因",
    },
)
