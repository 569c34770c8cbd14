"""登录与验证: what one's own sign-in looks like, and how to change it."""

from __future__ import annotations

import io

import segno
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render, resolve_url
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_GET, require_POST

from branch.account.forms import EnrolForm
from branch.once.http import shown_once
from branch.people import actions, second_factor, signing_in
from branch.people.doors import PersonRequest, door
from branch.people.sessions import sessions_of
from branch.people.throttle import address_of
from kernel.refusals import Refusal

CRUMB = ("登录与验证", "/account/")
ONLY_THEN = "恢复码已经生成过,没有再换一组。恢复码只在当时显示一次,不能再看;没有抄下来的,请在这里“换一组恢复码”,旧的随之作废"


@door()
@never_cache
def account(request: PersonRequest) -> HttpResponse:
    """The password, the authenticator, the recovery codes left, and where one is signed in."""
    person = request.person
    context = {
        "title": CRUMB[0],
        "crumbs": [("工作台", resolve_url("home")), CRUMB],
        "factor": second_factor.enrolled(person),
        "codes_left": second_factor.codes_left(person),
        "required": second_factor.required(person),
        "sessions": sessions_of(person),
        "this_session": request.session.session_key,
    }
    return render(request, "branch/account/account.html", context)


@door()
@never_cache
@sensitive_post_parameters("code", "password")
def enrol(request: PersonRequest) -> HttpResponse:
    """Scan, type the first code, get the recovery codes."""
    form, refusal = EnrolForm(request.POST or None, request=request), None
    if request.method == "POST" and form.is_valid():
        try:
            keep = request.session.session_key or ""
            codes = second_factor.confirm(
                by=request.person, code=form.cleaned_data["code"], address=address_of(request), keep=keep
            )
            signing_in.mark_verified(request)
            return _codes(request, codes)
        except Refusal as refused:
            refusal = refused
    factor = second_factor.offered(request.person)
    context = {
        "title": "启用动态验证码",
        "crumbs": [("工作台", resolve_url("home")), CRUMB, ("启用动态验证码", "")],
        "form": form,
        "refusal": refusal,
        "secret": " ".join(factor.secret[start : start + 4] for start in range(0, len(factor.secret), 4)),
        "required": second_factor.required(request.person),
        "replaces": second_factor.enrolled(request.person) is not None,
        "back": "" if request.session.get(signing_in.VERIFIED) is None and second_factor.required(request.person) else CRUMB[1],
    }
    return render(request, "branch/account/enrol.html", context)


@door()
@require_GET
@never_cache
def qr(request: PersonRequest) -> HttpResponse:
    """The QR code of the authenticator that waits to be confirmed; one in use is never shown again."""
    out = io.BytesIO()
    segno.make(second_factor.address_for_app(second_factor.offered(request.person)), error="m").save(
        out, kind="svg", scale=5, border=4, light="white", xmldecl=False
    )
    return HttpResponse(out.getvalue(), content_type="image/svg+xml")


@door()
@require_POST
@never_cache
@sensitive_post_parameters("code")
def recovery_codes(request: PersonRequest) -> HttpResponse:
    """New recovery codes, for a code."""
    return _codes(
        request, second_factor.renew_codes(by=request.person, code=request.POST.get("code", "")[:40], address=address_of(request))
    )


def _codes(request: PersonRequest, codes: list[str]) -> HttpResponse:
    """The codes, for this once: whoever sends the form again is told so."""
    context = {
        "title": "恢复码",
        "crumbs": [("工作台", resolve_url("home")), CRUMB, ("恢复码", "")],
        "codes": codes,
        "copied": "\n".join(codes),
    }
    return shown_once(render(request, "branch/account/codes.html", context), back=CRUMB[1], sentence=ONLY_THEN)


@door()
@require_POST
def sessions_end(request: PersonRequest) -> HttpResponse:
    """退出其他设备."""
    ended = actions.end_other_sessions(by=request.person, keep=request.session.session_key or "")
    messages.success(request, f"已退出其他设备上的 {ended} 个登录" if ended else "没有其他设备上的登录")
    return redirect("account")
