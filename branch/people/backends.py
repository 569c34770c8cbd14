"""The gate in front of the password check."""

from __future__ import annotations

from typing import Any

from axes.backends import AxesStandaloneBackend
from django.contrib.auth import get_user_model
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest


class EvenHandedBackend(AxesStandaloneBackend):
    """Refuses a locked account after the time a password check takes, so that the clock doesn't tell locked from wrong."""

    def authenticate(self, request: HttpRequest, username: str | None = None, password: str | None = None, **kwargs: Any) -> Any:
        try:
            return super().authenticate(request, username=username, password=password, **kwargs)
        except PermissionDenied:
            get_user_model()().set_password(password)
            raise
