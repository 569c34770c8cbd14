"""Requests with a token (`once` in a form, `Idempotency-Key` of the API), and the answers they get again."""

from __future__ import annotations

import hashlib
import hmac
import re
from collections.abc import Callable
from typing import Any

from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseBase

from branch.once.actions import Answer, Sending, once
from kernel.refusals import Refusal

FIELD, HEADER = "once", "Idempotency-Key"
REPLAYED = "Idempotent-Replayed"  # set on an answer that was given before
UNSAID = {FIELD, "csrfmiddlewaretoken"}  # differ between two sendings of the same form
FORMS = ("application/x-www-form-urlencoded", "multipart/form-data")
TOKEN = re.compile(r"[A-Za-z0-9_.:-]{8,64}")
LONGEST = 64 * 1024  # an API's longer answer is not kept; its repeat is told where to look


def answer_once(request: HttpRequest, person_id: int, view: Callable[[], HttpResponseBase]) -> HttpResponseBase:
    """Ask `view`, once for each token; a request without one, or one that changes nothing, is simply asked."""
    token = token_of(request)
    if not token:
        return view()
    if not TOKEN.fullmatch(token):
        raise Refusal("表单的幂等号不完整,没有提交,请刷新页面后再试", code="once_bad")
    sending = Sending(person_id, token, request.path[:300], digest_of(request))
    given = once(sending, view, answer_of=lambda response: _kept(request, response))
    return given if isinstance(given, HttpResponseBase) else _again(request, given)


def token_of(request: HttpRequest) -> str:
    """The token that came with a writing request, '' without one."""
    if request.method not in ("POST", "PUT", "PATCH"):
        return ""
    header: str = request.headers.get(HEADER, "")
    return header or (request.POST.get(FIELD, "") if request.content_type in FORMS else "")


def digest_of(request: HttpRequest) -> str:
    """HMAC-SHA256 of what was sent: the query, then fields and files without the tokens, or the raw body of an API call."""
    mac = hmac.new(settings.LOOKUP_KEY.encode(), digestmod=hashlib.sha256)
    if query := request.META.get("QUERY_STRING", ""):
        mac.update(f"?{query}\0".encode())
    if request.content_type not in FORMS:
        mac.update(request.body)
        return mac.hexdigest()
    for name in sorted(name for name in set(request.POST) - UNSAID if "password" not in name):
        for value in request.POST.getlist(name):
            mac.update(f"{name}={value}\0".encode())
    for name in sorted(request.FILES):
        for file in request.FILES.getlist(name):
            mac.update(f"{name}:{file.name}:{file.size}\0".encode())
            for chunk in file.chunks():
                mac.update(chunk)
            file.seek(0)
    return mac.hexdigest()


def shown_once(response: HttpResponse, *, back: str, sentence: str) -> HttpResponse:
    """Say of a page that its act is done and its secret is told here alone: a repeat is led to `back` with the sentence.

    Of the page itself nothing is kept.
    """
    response.repeated = Answer(302, back, told=[[str(messages.WARNING), sentence, ""]])  # type: ignore[attr-defined]
    return response


def _kept(request: HttpRequest, response: HttpResponseBase) -> Answer | None:
    """What is kept of an answer: a page's redirect, an API's success, what is said after a page `shown_once`.

    Any other page is a form shown again (200, 422): nothing was done.
    """
    repeated: Answer | None = getattr(response, "repeated", None)
    if repeated is not None:
        return repeated
    if 300 <= response.status_code < 400:
        return Answer(response.status_code, response.headers["Location"], told=_told(request))
    if response.headers.get("HX-Redirect"):
        return Answer(response.status_code, response.headers["HX-Redirect"], told=_told(request))
    if request.headers.get(HEADER) and 200 <= response.status_code < 300:
        return _kept_content(response)
    return None


def _kept_content(response: HttpResponseBase) -> Answer:
    if not getattr(response, "is_rendered", True):
        response.render()  # type: ignore[attr-defined]
    content = getattr(response, "content", b"")
    short = content.decode() if len(content) <= LONGEST else ""
    return Answer(response.status_code, response.headers.get("Location", ""), [], response.headers.get("Content-Type", ""), short)


def _told(request: HttpRequest) -> list[list[str]]:
    """The sentences that wait for the next page."""
    queued: list[Any] = getattr(messages.get_messages(request), "_queued_messages", [])
    return [[str(message.level), str(message.message), message.extra_tags or ""] for message in queued]


def _again(request: HttpRequest, answer: Answer) -> HttpResponse:
    response = HttpResponse(answer.content, status=answer.status)
    if answer.content_type:
        response["Content-Type"] = answer.content_type
    if answer.location:
        response["Location" if 300 <= answer.status < 400 or request.headers.get(HEADER) else "HX-Redirect"] = answer.location
    for level, sentence, tags in answer.told:
        messages.add_message(request, int(level), sentence, extra_tags=tags)
    response[REPLAYED] = "true"
    return response
