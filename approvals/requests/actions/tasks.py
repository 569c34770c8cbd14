"""What a stage does besides signing: 签发编号, 收文登记, 回传会签意见."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from approvals.requests.actions import base
from approvals.requests.actions.base import Event
from approvals.requests.models import Request
from approvals.requests.progress import local_year
from approvals.routes.rules import StageRule, Task
from branch.notices.actions import tell
from branch.people.models import Person
from branch.serials.actions import draw
from kernel.refusals import Refusal

LONGEST_SUMMARY = 4000
RECEIVER = "经综收"


def require_data(task: str, data: dict[str, Any], opinion: str) -> dict[str, Any]:
    """What the decision keeps for its stage's task: of 回传会签意见 the summary, else the opinion as it. Refused without."""
    if task != Task.RETURN:
        return {}
    summary = str(data.get("summary") or opinion).strip()
    if not summary:
        raise Refusal("请写明回传营业部的会签意见", code="summary_required")
    if len(summary) > LONGEST_SUMMARY:
        raise Refusal(f"会签意见最多 {LONGEST_SUMMARY} 字,请精简", code="opinion_too_long")
    return {"summary": summary}


def carry_out(request: Request, rule: StageRule, data: dict[str, Any], by: Person, now: datetime) -> None:
    """Do the task of the stage that has just been agreed to. A number is drawn once and stays from round to round."""
    if rule.task == Task.RETURN:
        base.note(request, Event.ANSWERED, by, now, data["summary"], summary=data["summary"], stage=rule.code)
        text = f"会签意见已回传:{request.title}({request.number})"
        key = f"approval:{request.pk}:{request.round}:answered"
        tell([request.applicant], text, key=key, link=request.get_absolute_url())
    elif rule.task == Task.NUMBER and not request.document_number:
        request.document_number = _document_number(request, now)
        request.save(update_fields=["document_number"])
        base.note(request, Event.NUMBERED, by, now, request.document_number, stage=rule.code)
    elif rule.task == Task.RECEIVE and not request.receipt_number:
        year = local_year(now)
        request.receipt_number = f"{RECEIVER}〔{year}〕{draw('receipt', period=str(year))[0]}号"
        request.save(update_fields=["receipt_number"])
        base.note(request, Event.RECEIVED, by, now, request.receipt_number, stage=rule.code)


def _document_number(request: Request, now: datetime) -> str:
    """E.g. 深营营销〔2026〕12号. Branches that share a prefix share its run, or two papers would bear one number."""
    assert request.branch is not None  # plan_round refuses a route that numbers without a branch
    series = f"{request.branch.document_prefix}营销"
    year = local_year(now)
    while True:
        number = f"{series}〔{year}〕{draw('document', scope=series, period=str(year))[0]}号"
        if not Request.objects.filter(document_number=number).exists():
            return number
