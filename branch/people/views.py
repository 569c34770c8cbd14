"""Signing in and out, and what a person meets when a door stays shut."""

from __future__ import annotations

import sys

from django.conf import settings
from django.contrib import messages
from django.contrib.auth import logout, update_session_auth_hash
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render, resolve_url
from django.template.loader import render_to_string
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_POST

from branch.people import actions, queries, signing_in
from branch.people.doors import PersonRequest, door, public
from branch.people.forms import OwnPasswordForm, SignInForm
from kernel import disk


@public
def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    """The form was too old or came from elsewhere."""
    return render(request, "403.html", {"sentence": "页面已过期,请返回上一页刷新后再提交"}, status=403)


@public
def not_found(request: HttpRequest, exception: Exception) -> HttpResponse:
    """No such page, or not one this person may know of; of the API in its own shape."""
    if request.path.startswith("/api/"):
        return JsonResponse({"code": "unknown", "message": "没有这个地址", "items": []}, status=404)
    return render(request, "404.html", status=404)


@public
def broken(request: HttpRequest) -> HttpResponse:
    """The page of a fault. A full disk, met while an upload was still being read or a row written, is said to be one."""
    full = disk.is_full(sys.exc_info()[1])
    status, sentence = (507, disk.SENTENCE) if full else (500, "系统出了故障,请稍后再试")
    if request.path.startswith("/api/"):
        return JsonResponse({"code": "disk_full" if full else "broken", "message": sentence, "items": []}, status=status)
    return HttpResponse(
        render_to_string(f"{status}.html", {"sentence": sentence}), status=status
    )  # nothing that asks the database


@public
@sensitive_post_parameters("password")
@never_cache
def sign_in(request: HttpRequest) -> HttpResponse:
    """工号 and password; afterwards to the page one came for."""
    if getattr(request, "person", None) is not None:
        return redirect(_next(request))
    form = SignInForm(request, request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        entered = signing_in.begin(request, form.get_user(), _next(request))
        return redirect(_next(request) if entered else "login-code")
    demo = queries.demo_logins() if settings.SHOW_DEMO_LOGINS else []
    context = {"form": form, "demo_logins": demo, "demo_password": settings.DEMO_PASSWORD}
    return render(request, "registration/login.html", context)


@public
@sensitive_post_parameters("code")
@never_cache
def sign_in_code(request: HttpRequest) -> HttpResponse:
    """The second step: six digits from the phone, or a recovery code."""
    user = signing_in.waiting(request)
    if user is None:
        return redirect("login")
    failed = False
    if request.method == "POST":
        wanted = signing_in.finish(request, user, request.POST.get("code", "")[:40])
        if wanted is not None:
            return redirect(wanted)
        failed = True
    return render(request, "registration/code.html", {"failed": failed})


@door()
@require_POST
def sign_out(request: PersonRequest) -> HttpResponse:
    """The end of the session."""
    actions.note_sign_out(by=request.person)
    logout(request)
    messages.success(request, "您已退出登录")
    return redirect(settings.LOGOUT_REDIRECT_URL)


@door()
@sensitive_post_parameters()
@never_cache
def password(request: PersonRequest) -> HttpResponse:
    """The own password. All other sessions of the person end with it."""
    form = OwnPasswordForm(request.user, request.POST or None)
    if request.method == "POST" and form.is_valid():
        user = actions.change_password(by=request.person, new=form.cleaned_data["new_password1"])
        update_session_auth_hash(request, user)
        messages.success(request, "密码已修改,其他设备上的登录已全部退出")
        return redirect("home")
    crumbs = [("工作台", resolve_url("home")), ("修改密码", "")]
    return render(request, "branch/people/password.html", {"title": "修改密码", "form": form, "crumbs": crumbs})


def _next(request: HttpRequest) -> str:
    """Where to go after signing in; never another site."""
    wanted = request.POST.get("next") or request.GET.get("next") or ""
    if url_has_allowed_host_and_scheme(wanted, allowed_hosts={request.get_host()}, require_https=request.is_secure()):
        return wanted
    return resolve_url(settings.LOGIN_REDIRECT_URL)
