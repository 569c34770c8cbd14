"""Who is asking, and what happens when the answer is no."""

from __future__ import annotations

from collections.abc import Callable

from django.contrib import messages
from django.contrib.auth import logout
from django.http import HttpRequest, HttpResponse, HttpResponseBase, JsonResponse
from django.shortcuts import redirect, render, resolve_url
from django.utils.http import url_has_allowed_host_and_scheme

from branch.audit.actions import source
from branch.people import second_factor, signing_in
from branch.people.models import Person
from branch.people.queries import person_behind
from kernel.refusals import Forbidden, Unknown, refusal_of

Handler = Callable[[HttpRequest], HttpResponseBase]


def _person(request: HttpRequest) -> Person | None:
    if not request.user.is_authenticated:
        return None
    if signing_in.expired(request):
        logout(request)
        messages.info(request, "您有一段时间没有操作或已登录太久,为安全起见已退出,请重新登录")
        return None
    person = getattr(request.user, "behind", None) or person_behind(request.user.pk)
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


OPEN_WITHOUT_SECOND_FACTOR = {"second-factor-enrol", "second-factor-qr", "logout", "login", "health", "ready", "metrics"}


class SecondFactorMiddleware:
    """Whose role asks for a second factor goes nowhere without: to set one up, or back to sign in with the one there is."""

    def __init__(self, get_response: Handler) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        return self.get_response(request)

    def process_view(self, request: HttpRequest, view: object, args: object, kwargs: object) -> HttpResponseBase | None:
        person: Person | None = getattr(request, "person", None)
        name = request.resolver_match.url_name if request.resolver_match else ""
        if person is None or name in OPEN_WITHOUT_SECOND_FACTOR or request.session.get(signing_in.VERIFIED):
            return None
        if not second_factor.required(person):
            return None
        if request.path.startswith("/api/"):
            told = "您的角色须用动态验证码登录后再使用接口"
            return JsonResponse({"code": "second_factor", "message": told, "items": []}, status=403)
        if second_factor.enrolled(person) is None:
            return _lead(request, "second-factor-enrol")
        logout(request)
        return _lead(request, "login")


def _lead(request: HttpRequest, url_name: str) -> HttpResponseBase:
    """To another page, the whole page even when only a part was asked for."""
    if request.headers.get("HX-Request"):
        return HttpResponse(status=204, headers={"HX-Redirect": resolve_url(url_name)})
    return redirect(url_name)


PERMISSIONS = "camera=(), geolocation=(), microphone=(), payment=(), usb=(), browsing-topics=()"


class HeadersMiddleware:
    """What Django doesn't send by itself: no device of the reader is used, no other site may embed what is answered here,

    and a shared computer keeps nothing of what somebody saw behind the door.
    """

    def __init__(self, get_response: Handler) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        response = self.get_response(request)
        response.headers.setdefault("Permissions-Policy", PERMISSIONS)
        response.headers.setdefault("Cross-Origin-Resource-Policy", "same-origin")
        if getattr(request, "person", None) is not None:
            response.headers.setdefault("Cache-Control", "no-store")
        return response


class RefusalMiddleware:
    """Turns a refusal into what the person can use: the sentence on the page they came from, 403 or 404 where that is due."""

    def __init__(self, get_response: Handler) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        return self.get_response(request)

    def process_exception(self, request: HttpRequest, fault: Exception) -> HttpResponseBase | None:
        error = refusal_of(fault)
        if error is None:
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
