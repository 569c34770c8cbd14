"""How often one person, and one address, may ask. Rates: settings.API_RATES."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from rest_framework.request import Request
from rest_framework.throttling import SimpleRateThrottle

from branch.people.throttle import address_of


class _Rate(SimpleRateThrottle):
    def get_rate(self) -> str:
        rate: str = settings.API_RATES[str(self.scope)]
        return rate


class AddressRate(_Rate):
    """Asked before anybody is known, so that tokens can't be guessed at leisure."""

    scope = "address"

    def get_cache_key(self, request: Request, view: Any) -> str:
        return f"api:address:{address_of(request._request)}"


class PersonRate(_Rate):
    """All tokens and sessions of a person together."""

    scope = "person"

    def get_cache_key(self, request: Request, view: Any) -> str:
        return f"api:person:{request._request.person.pk}"  # type: ignore[attr-defined]
