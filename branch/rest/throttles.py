"""How often one person, and one address, may ask. Rates: settings.API_RATES.

Counted in the cache for all processes together; while that is away each process counts for itself, and the API goes on.
"""

from __future__ import annotations

from time import monotonic
from typing import Any

import structlog
from django.conf import settings
from django.core.cache import caches
from rest_framework.request import Request
from rest_framework.throttling import SimpleRateThrottle

from branch.people.throttle import address_of
from kernel.heavy import redis

log = structlog.get_logger(__name__)
PAUSE = 5.0  # seconds for which a cache that was away isn't asked again: each asking may cost its time-out


class _Away:
    """Since when the cache is known to be away, in this process."""

    until = 0.0

    def note(self, error: Exception) -> None:
        if not self.until:
            log.warning("cache_away", reason=type(error).__name__)
        self.until = monotonic() + PAUSE

    def note_back(self) -> None:
        if self.until:
            log.warning("cache_back")
        self.until = 0.0


away = _Away()


class _Rate(SimpleRateThrottle):
    def allow_request(self, request: Request, view: Any) -> bool:
        if monotonic() >= away.until:
            try:
                allowed: bool = super().allow_request(request, view)
            except (redis.RedisError, OSError) as error:
                away.note(error)
            else:
                away.note_back()
                return allowed
        self.cache = caches["process"]
        return bool(super().allow_request(request, view))

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
