"""Signing in and out, and what a person meets when a door stays shut."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from branch.people.doors import public


@public
def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    """The form was too old or came from elsewhere."""
    return render(request, "403.html", {"sentence": "页面已过期,请返回上一页刷新后再提交"}, status=403)


@public
def locked_out(request: HttpRequest, credentials: dict[str, Any], *args: Any, **kwargs: Any) -> HttpResponse:
    """Too many failures: the same words as for a wrong password, so that nothing is told about the account."""
    return render(request, "registration/login.html", {"form": None, "failed": True}, status=403)


@public
def not_found(request: HttpRequest, exception: Exception) -> HttpResponse:
    """No such page, or not one this person may know of."""
    return render(request, "404.html", status=404)
