"""The way from a right password to a session: the second step, and how long a session lasts."""

from __future__ import annotations

from datetime import timedelta

from django.conf import settings
from django.contrib.auth import get_user_model, login
from django.contrib.auth.models import User
from django.http import HttpRequest
from django.utils import timezone
from django.utils.crypto import constant_time_compare

from branch.people import actions, second_factor
from branch.people.models import Person
from branch.people.queries import person_for
from branch.people.throttle import address_of

PENDING, VERIFIED = "second_step", "second_factor"
PATIENCE = timedelta(minutes=5)
BACKEND = "branch.people.backends.ThrottledBackend"
SEEN_EVERY = 60  # seconds between two notes that a session is in use


def begin(request: HttpRequest, user: User, wanted: str) -> bool:
    """After a right password: sign in, or, where an authenticator is in use, wait for its code. Returns whether signed in."""
    person = person_for(user.get_username())
    if second_factor.enrolled(person) is None:
        _enter(request, user, person, verified=False)
        return True
    request.session.cycle_key()
    request.session[PENDING] = {
        "user": user.pk,
        "hash": user.get_session_auth_hash(),
        "at": timezone.now().timestamp(),
        "next": wanted,
    }
    return False


def waiting(request: HttpRequest) -> User | None:
    """Who gave the right password a moment ago and still owes the code. A password changed meanwhile owes it all again."""
    kept = request.session.get(PENDING)
    if not kept or timezone.now().timestamp() - kept["at"] > PATIENCE.total_seconds():
        request.session.pop(PENDING, None)
        return None
    user: User | None = get_user_model().objects.filter(pk=kept["user"], is_active=True).first()
    return user if user is not None and constant_time_compare(user.get_session_auth_hash(), kept["hash"]) else None


def finish(request: HttpRequest, user: User, code: str) -> str | None:
    """The second step. Returns where to go; None when the code doesn't open."""
    person = person_for(user.get_username())
    if not second_factor.verify(person, code, address=address_of(request)):
        return None
    wanted: str = request.session.pop(PENDING)["next"]
    _enter(request, user, person, verified=True)
    return wanted


def mark_verified(request: HttpRequest) -> None:
    """This session has shown the second factor; its key changes, as after every change of what it may do."""
    request.session.cycle_key()
    request.session[VERIFIED] = True


def _enter(request: HttpRequest, user: User, person: Person, *, verified: bool) -> None:
    login(request, user, backend=BACKEND)
    now = timezone.now().timestamp()
    device = request.headers.get("User-Agent", "")[:120]
    request.session.update({"entered_at": now, "seen_at": now, "address": address_of(request), "device": device})
    if verified:
        request.session[VERIFIED] = True
    actions.note_sign_in(by=person)


def expired(request: HttpRequest) -> bool:
    """Whether the session has lasted too long or lain idle too long; notes at most once a minute that it is in use.

    A page that only asks how far a job is doesn't keep a session awake.
    """
    entered, seen = request.session.get("entered_at"), request.session.get("seen_at")
    if entered is None or seen is None:
        return False
    now = timezone.now().timestamp()
    if now - entered > settings.SESSION_COOKIE_AGE or now - seen > settings.SESSION_IDLE_SECONDS:
        return True
    if now - seen >= SEEN_EVERY and not request.path.endswith("/progress/"):
        request.session["seen_at"] = now
    return False
