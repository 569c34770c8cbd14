"""What happens to people's log-ins and powers. Every act leaves its audit row."""

from __future__ import annotations

import secrets

from django.contrib.auth import SESSION_KEY, get_user_model
from django.contrib.auth.models import User
from django.contrib.sessions.models import Session
from django.db import transaction
from django.utils import timezone

from branch.audit.actions import record
from branch.people import access
from branch.people.models import Person
from branch.people.roles import Power
from kernel.refusals import Refusal


def note_sign_in(*, by: Person) -> None:
    """Log that the person signed in."""
    record(by=by, act="session.sign_in", subject=by, summary="登录")


def note_sign_out(*, by: Person) -> None:
    """Log that the person signed out."""
    record(by=by, act="session.sign_out", subject=by, summary="退出登录")


@transaction.atomic
def change_password(*, by: Person, new: str) -> User:
    """Set the own password, already validated by the form. Returns the log-in, so that this session can be kept."""
    user = _user_of(by)
    user.set_password(new)
    user.save(update_fields=["password"])
    record(by=by, act="people.change_password", subject=by, summary="修改了自己的密码")
    return user


@transaction.atomic
def reset_password(*, person: Person, by: Person) -> str:
    """Give the person a new random password, to be handed over once, and end all their sessions. Returns it."""
    access.require(by, Power.ROLE_GRANT, to="重置密码")
    if person.pk == by.pk:
        raise Refusal("不能重置自己的密码,请在“修改密码”中凭原密码修改")
    new = secrets.token_urlsafe(12)
    user = _user_of(person)
    user.set_password(new)
    user.save(update_fields=["password"])
    end_sessions(person)
    record(by=by, act="people.reset_password", subject=person, summary=f"重置了{person}的密码")
    return new


def open_log_in(person: Person, *, password: str | None = None) -> None:
    """Give a person without one a log-in named by 工号. Without `password` it is random and known to nobody until a reset."""
    if person.user_id:
        return
    user = User(username=person.staff_no)
    user.set_password(password or secrets.token_urlsafe(24))
    user.save()
    person.user = user
    person.save(update_fields=["user"])


def end_sessions(person: Person) -> int:
    """End every session of the person, on whatever device. Returns how many."""
    if not person.user_id:
        return 0
    now = timezone.now()
    live = Session.objects.filter(expire_date__gte=now)
    theirs = [row.pk for row in live if row.get_decoded().get(SESSION_KEY) == str(person.user_id)]
    return Session.objects.filter(pk__in=theirs).delete()[0]


def _user_of(person: Person) -> User:
    if person.user_id is None:
        raise Refusal(f"{person}还没有登录账号")
    user: User = get_user_model().objects.select_for_update().get(pk=person.user_id)
    return user
