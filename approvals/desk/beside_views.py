"""What stands beside the signatures: comments, attachments, one's own phrases."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_GET, require_POST

from approvals.desk import actions, queries
from approvals.desk.forms import uploads
from approvals.desk.pages import beside, detail_page
from approvals.requests.queries import request_for
from branch.files.responses import attachment
from branch.people.doors import PersonRequest, door
from kernel.refusals import Forbidden, Refusal, Unknown


def _back(number: str, place: str) -> HttpResponse:
    return redirect(f"{reverse('approvals:request-detail', args=[number])}#{place}")


@door()
@require_GET
def request_beside(request: PersonRequest, number: str) -> HttpResponse:
    """Attachments, comments, own phrases: the page asks for them once it stands; a page of its own without JavaScript."""
    row = request_for(request.person, number)
    if request.headers.get("HX-Request"):
        return render(request, "approvals/desk/beside_part.html", beside(request, row))
    crumbs = [("审批中心", reverse("approvals:request-waiting")), (row.number, row.get_absolute_url()), ("附件与评论", "")]
    context = {"title": f"附件与评论:{row.title}", "crumbs": crumbs, **beside(request, row)}
    return render(request, "approvals/desk/request_beside.html", context)


@door()
def comment_add(request: PersonRequest, number: str) -> HttpResponse:
    """评论. A refusal shows the page again with what was typed."""
    if request.method != "POST":
        return redirect("approvals:request-detail", number=number)
    row = request_for(request.person, number)
    text = request.POST.get("comment", "")
    try:
        actions.comment(request_id=row.pk, text=text, by=request.person)
    except (Unknown, Forbidden):
        raise
    except Refusal as refusal:
        return detail_page(request, row, refusal=refusal, typed={"comment": text[:2000]})
    return _back(number, "comments")


@door()
@require_POST
def comment_strike(request: PersonRequest, number: str, comment_id: int) -> HttpResponse:
    """划去 one's own comment."""
    row = request_for(request.person, number)
    actions.strike(comment_id=comment_id, request_id=row.pk, by=request.person)
    return _back(number, "comments")


@door()
@require_GET
def people_part(request: PersonRequest, number: str) -> HttpResponse:
    """Whom a comment may mention, as chips; asked for when the box is entered."""
    people = queries.participants(request_for(request.person, number))
    others = [person for person in people if person.pk != request.person.pk]
    return render(request, "approvals/desk/people_part.html", {"people": others})


@door()
def attachment_add(request: PersonRequest, number: str) -> HttpResponse:
    """补充附件, by the applicant."""
    if request.method != "POST":
        return redirect("approvals:request-detail", number=number)
    row = request_for(request.person, number)
    try:
        added = actions.attach(request_id=row.pk, files=uploads(request.FILES), by=request.person)
    except (Unknown, Forbidden):
        raise
    except Refusal as refusal:
        return detail_page(request, row, refusal=refusal)
    messages.success(request, f"已上传 {len(added)} 个附件")
    return _back(number, "attachments")


@door()
@require_GET
def attachment_download(request: PersonRequest, number: str, attachment_id: int) -> HttpResponse:
    """One attachment, for whoever may see the request; that it leaves is logged."""
    return attachment(*actions.open_attachment(number=number, attachment_id=attachment_id, by=request.person))


@door()
def phrase_list(request: PersonRequest) -> HttpResponse:
    """One's own 常用语, one a line."""
    refusal, text = None, "\n".join(queries.phrases_of(request.person))
    if request.method == "POST":
        text = request.POST.get("texts", "")[:4000]
        try:
            actions.keep_phrases(texts=text.splitlines(), by=request.person)
            messages.success(request, "常用语已保存")
            return redirect("approvals:phrase-list")
        except Refusal as refused:
            refusal = refused
    context = {
        "title": "我的常用语",
        "crumbs": [("审批中心", reverse("approvals:request-waiting")), ("我的常用语", "")],
        "texts": text,
        "refusal": refusal,
        "most": actions.MOST_PHRASES,
    }
    return render(request, "approvals/desk/phrase_list.html", context, status=409 if refusal else 200)
