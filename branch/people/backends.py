"""The gate in front of the password check, and who a session belongs to."""

from __future__ import annotations

from typing import Any

from django.contrib.auth import get_user_model
from django.contrib.auth.backends import ModelBackend
from django.contrib.auth.models import User
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest

from branch.people import throttle
from branch.people.queries import person_behind


class ThrottledBackend(ModelBackend):
    """Checks a password unless it was tried too often. A refused one costs the same work: the clock tells nothing."""

    def authenticate(
        self, request: HttpRequest | None, username: str | None = None, password: str | None = None, **kwargs: Any
    ) -> User | None:
        if username is None or password is None:
            return None
        entered = throttle.enter(throttle.PASSWORD, username, throttle.address_of(request))
        if entered is None:
            get_user_model()().set_password(password)
            raise PermissionDenied
        user = super().authenticate(request, username=username, password=password)
        if user is None:
            throttle.note_failure(entered)
            raise PermissionDenied
        throttle.forgive(entered)
        return user

    def get_user(self, user_id: int) -> User | None:
        """The session's user and, kept on it as `behind`, the person, in one statement: every page asks for both."""
        person = person_behind(user_id)
        if person is None:
            return super().get_user(user_id)
        user: User = person.user
        user.behind = person  # type: ignore[attr-defined]
        return user if self.user_can_authenticate(user) else None
