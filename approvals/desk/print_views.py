"""A request on A4: 会签单 with every signature, and the 请示 itself."""

from __future__ import annotations

from typing import Any

from django.http import HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_GET

from approvals.desk import queries
from approvals.requests.kinds import kind_of
from approvals.requests.models import Request
from approvals.requests.queries import request_for, returned_opinion, seats_with_decisions
from branch.people.doors import PersonRequest, door

URGENCY = ("urgency", "secrecy")
"""Facts that a kind may give: 紧急程度 and 密级."""


@door()
@require_GET
def request_sheet(request: PersonRequest, number: str) -> HttpResponse:
    """会签单 on A4."""
    row = request_for(request.person, number)
    seats = seats_with_decisions(row)
    context = {
        **_head(row),
        "title": "请示与会签单",
        "rounds": queries.sheet_rounds(row, seats, queries.stages_of(row)),
        "returned": returned_opinion(row),
        "conclusion": queries.conclusion(row, seats),
        "attachments": list(queries.attachments_of(row)),
        "urgency": " / ".join(str(row.facts[name]) for name in URGENCY if row.facts.get(name)) or "普通",
        "sent_to": row.facts.get("sent_to", "") or "经纪业务综合室",
        "printed_at": timezone.now(),
    }
    return render(request, "approvals/desk/sheet_print.html", context)


@door()
@require_GET
def request_paper(request: PersonRequest, number: str) -> HttpResponse:
    """The 请示 itself as its kind prints it; else what signers see of it."""
    row = request_for(request.person, number)
    kind = kind_of(row.kind)
    given = kind.paper(row) if kind.paper is not None else kind.describe(row)
    context = {**given.context, **_head(row), "title": row.title, "document": given, "has_paper": kind.paper is not None}
    return render(request, "approvals/desk/paper_print.html", context)


def _head(row: Request) -> dict[str, Any]:
    return {"approval": row, "kind": kind_of(row.kind), "back_url": row.get_absolute_url()}
