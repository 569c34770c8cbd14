"""The password once more, for an act that must not be done by whoever finds the browser open."""

from __future__ import annotations

from django.contrib.auth import authenticate
from django.http import HttpRequest

from branch.people.queries import person_for
from branch.people.second_factor import DIGITS, enrolled, verify
from branch.people.throttle import address_of
from kernel.refusals import Refusal


def _is_code(text: str) -> bool:
    """Six digits can be no password here: those have ten characters at least."""
    return len(text.strip()) == DIGITS and text.strip().isdecimal()


def password_entered(request: HttpRequest, password: str, *, undone: str = "没有签署") -> bool:
    """Whether the password, or a code of the authenticator in use, was given again and is right.

    A wrong one is refused, and counts as a failed sign-in; `undone` is what the sentence says was not done. Nothing typed is no
    mistake here: the act is told so, and refuses where it asks for the password (`access.require_reentered`).
    """
    if not password:
        return False
    person = person_for(request.user.get_username())
    if _is_code(password) and enrolled(person) is not None:
        if not verify(person, password, address=address_of(request)):
            raise Refusal(f"动态验证码不正确或已用过,{undone},请等换出新的验证码再输入", code="wrong_password")
        return True
    user = authenticate(request=request, username=request.user.get_username(), password=password)
    if user is None or user.pk != request.user.pk:
        raise Refusal(f"登录密码不正确,{undone},请重新输入", code="wrong_password")
    return True
