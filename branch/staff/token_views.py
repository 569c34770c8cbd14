"""我的 › 接口令牌: made, shown once, ended."""

from __future__ import annotations

from datetime import timedelta

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render, resolve_url
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_POST

from branch.once.http import shown_once
from branch.people import signing_in, tokens
from branch.people.doors import PersonRequest, door
from branch.people.forms import TokenForm
from branch.people.reentry import password_entered
from kernel.refusals import Refusal

USUAL = timedelta(days=90)
ONLY_THEN = "这个令牌已经生成过,没有再生成一个。明文只在当时显示一次,不能再看;没有保存下来的,请在下面终止它,再重新生成"


@door()
@never_cache
@sensitive_post_parameters("password")
def token_list(request: PersonRequest) -> HttpResponse:
    """The person's tokens; a new one is made for the password and shown on the page that answers its making, never again."""
    today = timezone.localdate()
    form, refusal, made = TokenForm(request.POST or None, initial={"expires_on": today + USUAL}), None, ""
    if request.method == "POST" and form.is_valid():
        given = form.cleaned_data
        try:
            reentered = password_entered(request, given.pop("password"), undone="没有生成令牌")
            _, made = tokens.make_token(by=request.person, reentered=reentered, second_factor=_verified(request), **given)
        except Refusal as refused:
            refusal = form.told(refused)
        else:
            form = TokenForm(initial={"expires_on": today + USUAL})
    context = {
        "title": "接口令牌",
        "crumbs": [("我的资料", resolve_url("me")), ("接口令牌", "")],
        "form": form,
        "refusal": refusal,
        "made": made,
        "tokens": tokens.tokens_of(request.person)[:50],
        "today": today,
        "back": resolve_url("me"),
    }
    page = render(request, "branch/people/tokens.html", context)
    return shown_once(page, back=resolve_url("token-list"), sentence=ONLY_THEN) if made else page


def _verified(request: PersonRequest) -> bool:
    return bool(request.session.get(signing_in.VERIFIED))


@door()
@require_POST
def token_end(request: PersonRequest, token_id: int) -> HttpResponse:
    """End one."""
    token = tokens.end_token(token_id=token_id, by=request.person)
    messages.success(request, f"令牌“{token.name}”已终止,使用它的程序不能再登录")
    return redirect("token-list")
