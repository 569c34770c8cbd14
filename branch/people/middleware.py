"""Who is asking, and what happens when the answer is no."""

from __future__ import annotations

from collections.abc import Callable

from django.contrib import messages
from django.contrib.auth import logout
from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.http import url_has_allowed_host_and_scheme

from branch.audit.actions import source
from branch.people.models import Person
from branch.people.queries import with_left
from kernel.refusals import Forbidden, Refusal, Unknown

Handler = Callable[[HttpRequest], HttpResponseBase]


def _person(request: HttpRequest) -> Person | None:
    if not request.user.is_authenticated:
        return None
    people = with_left(Person.objects.select_related("department"), timezone.localdate())
    person = people.filter(user_id=request.user.pk).first()
    if person is not None and person.has_left:
        logout(request)  # the last day is over: the session ends with the first request after it
        return None
    found: Person | None = person
    return found


class CurrentPersonMiddleware:
    """Sets `request.person` (None when nobody is signed in) and marks the audit rows as coming from a page."""

    def __init__(self, get_response: Handler) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        request.person = _person(request)  # type: ignore[attr-defined]
        with source("api" if request.path.startswith("/api/") else "page"):
            return self.get_response(request)


class RefusalMiddleware:
    """Turns a refusal into what the person can use: the sentence on the page they came from, 403 or 404 where that is due."""

    def __init__(self, get_response: Handler) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        return self.get_response(request)

    def process_exception(self, request: HttpRequest, error: Exception) -> HttpResponseBase | None:
        if not isinstance(error, Refusal):
            return None
        if isinstance(error, Unknown):
            return render(request, "404.html", {"sentence": error.sentence}, status=404)
        if isinstance(error, Forbidden):
            return render(request, "403.html", {"sentence": error.sentence}, status=403)
        if request.headers.get("HX-Request"):
            return render(request, "parts/error_list.html", {"sentence": error.sentence, "items": error.items}, status=200)
        if request.method == "POST":
            messages.error(request, error.sentence, extra_tags="refusal")
            for item in error.items[:20]:
                messages.error(request, item, extra_tags="refusal-item")
            return redirect(_came_from(request))
        return render(request, "409.html", {"sentence": error.sentence, "items": error.items}, status=409)


def _came_from(request: HttpRequest) -> str:
    """The page a form was posted from, never another site."""
    referer = request.headers.get("Referer", "")
    if url_has_allowed_host_and_scheme(referer, allowed_hosts={request.get_host()}, require_https=request.is_secure()):
        return referer
    return "/"
