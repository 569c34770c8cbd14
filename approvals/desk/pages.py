"""The page of one request, as every act of it shows the page again with a refusal."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.http import HttpResponse
from django.shortcuts import render
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import timezone

from approvals.desk import access as desk_access
from approvals.desk import queries
from approvals.desk.rules import KINDS, KINDS_SAID, LARGEST, MOST_FILES
from approvals.requests import access
from approvals.requests.kinds import Document, kind_of
from approvals.requests.models import Request, Stage
from approvals.requests.queries import choices_for, seats_with_decisions, signable_seats
from approvals.requests.states import UNSIGNED
from approvals.routes.rules import Task
from branch.people.doors import PersonRequest
from branch.people.models import Person
from kernel.refusals import Refusal, allows

FILES = {
    "files_accept": ",".join(ending for found in KINDS for ending in found.endings),
    "files_hint": f"可收 {KINDS_SAID},每个不超过 {LARGEST // 1024 // 1024} MB,一次最多 {MOST_FILES} 个。",
}


def detail_page(
    request: PersonRequest, row: Request, *, refusal: Refusal | None = None, typed: Mapping[str, Any] | None = None
) -> HttpResponse:
    """The request with its document, timeline and the acts open to this person; `typed` is what a refused form said.

    What stands beside (attachments, comments, own phrases) is asked for once the page stands, except where a form was refused.
    """
    kind, stages = kind_of(row.kind), queries.stages_of(row)
    document = kind.describe(row)
    context: dict[str, Any] = {
        **document_context(row, document),
        "title": row.title,
        "crumbs": [("审批中心", reverse("approvals:request-waiting")), (row.number, "")],
        "document_url": document.url if kind.may_open(request.person, row) else "",
        "refusal": refusal,
        "typed": typed or {},
        **_standing(request.person, row, stages),
        **_acts(request, row, stages),
        **(beside(request, row) if refusal else FILES),
    }
    return render(request, "approvals/desk/request_detail.html", context, status=409 if refusal else 200)


def document_context(row: Request, document: Document) -> dict[str, Any]:
    """What `approvals/desk/document.html` shows: the content that is signed, as its kind describes it."""
    return {**document.context, "approval": row, "kind": kind_of(row.kind), "document": document}


def document_html(request: PersonRequest, row: Request) -> str:
    """The content that is signed as the page shows it, by the same template, for who reads the page."""
    context = document_context(row, kind_of(row.kind).describe(row))
    return render_to_string("approvals/desk/document.html", context, request=request)


def _standing(person: Person, row: Request, stages: list[Stage]) -> dict[str, Any]:
    """Where the request stands: timeline, progress, the drawn route, what the round changes."""
    seats, events = seats_with_decisions(row), queries.events_of(row)
    unsigned = [seat for seat in seats if seat.round == row.round and seat.state in UNSIGNED]
    return {
        "may_drop": any(seat.added_by_id == person.pk for seat in unsigned),
        "entries": queries.timeline(row, seats, events, stages),
        "progress": queries.progress_words(seats, row.round),
        "steps": queries.request_steps(row, stages),
        "differences": queries.differences(row, events) if row.round > 1 else [],
    }


def _acts(request: PersonRequest, row: Request, stages: list[Stage]) -> dict[str, Any]:
    """What this person may do now."""
    person, kind = request.person, kind_of(row.kind)
    signable = signable_seats(person, row)
    signing = {seat.stage_id: seat.stage for seat in signable}
    return {
        "kind": kind,
        "signable": signable,
        "choosing": [choosing for stage in signing.values() for choosing in choices_for(row, stage)],
        "targets": queries.targets(stages, signing),
        "summary_asked": any(queries.task_of(row, stage) == Task.RETURN for stage in signing.values()),
        "phrases": kind.phrases,
        "movable": bool(signable) and kind.transferable,
        "own": row.applicant_id == person.pk,
        "may_take_over": allows(access.require_takeable, person, row),
        "may_withdraw": allows(access.require_withdrawable, person, row),
        "may_remind": allows(access.require_remindable, person, row, timezone.now()),
    }


def beside(request: PersonRequest, row: Request) -> dict[str, Any]:
    """Attachments, comments and one's own phrases."""
    now, person = timezone.now(), request.person
    copies = list(queries.copies_of(row))
    comments = [(one, allows(desk_access.require_strikable, person, one, now)) for one in queries.comments_of(row)]
    return {
        "beside": True,
        "approval": row,
        "comments": comments,
        "copies": copies,
        "unread": any(copy.person_id == person.pk and copy.read_at is None for copy in copies),
        "own_phrases": queries.phrases_of(request.person),
        "attachments": list(queries.attachments_of(row)),
        "may_attach": allows(desk_access.require_attachable, request.person, row),
        **FILES,
    }
