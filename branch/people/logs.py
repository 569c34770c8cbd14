"""Logs: one line a request with its number, and no personal data in any line.

Identity numbers, phones and card numbers are masked last, in the finished text, so that a traceback is masked as well.
"""

from __future__ import annotations

import logging
import re
import time
import uuid
from collections.abc import Callable

import structlog
from django.conf import settings
from django.http import HttpRequest, HttpResponseBase

from kernel import masks

_ID = re.compile(r"(?<!\d)\d{17}[\dXx](?!\d)")
_CARD = re.compile(r"(?<!\d)\d{16,19}(?!\d)")
_PHONE = re.compile(r"(?<!\d)1[3-9]\d{9}(?!\d)")
_NUMBER = re.compile(r"[A-Za-z0-9-]{8,64}")
REQUEST_ID = "X-Request-ID"

log = structlog.get_logger(__name__)


def masked(text: str) -> str:
    """The text with identity numbers, card numbers and mobile numbers masked."""
    text = _ID.sub(lambda found: masks.id_number(found[0]), text)
    text = _CARD.sub(lambda found: masks.bank_account(found[0]), text)
    return _PHONE.sub(lambda found: masks.phone(found[0]), text)


class MaskingFormatter(structlog.stdlib.ProcessorFormatter):
    """Renders a record and masks what came out: message, fields and traceback."""

    def format(self, record: logging.LogRecord) -> str:
        return masked(super().format(record))


class RequestLogMiddleware:
    """Numbers each request, in every line logged meanwhile and in the answer; says who (pk), what, how it ended, how long.

    What is the view's name, never the address: addresses carry search words.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        began, number = time.monotonic(), _number_of(request)
        structlog.contextvars.clear_contextvars()
        structlog.contextvars.bind_contextvars(request_id=number)
        response = self.get_response(request)
        response.headers[REQUEST_ID] = number
        person = getattr(request, "person", None)
        log.info(
            "request",
            method=request.method,
            view=request.resolver_match.view_name if request.resolver_match else "",
            status=response.status_code,
            person=person.pk if person is not None else None,
            ms=round((time.monotonic() - began) * 1000),
        )
        structlog.contextvars.clear_contextvars()
        return response


def _number_of(request: HttpRequest) -> str:
    """The number our proxy gave, if there is a proxy and it looks like one; else a new one. One in a hundred has digits that
    would be masked as somebody's telephone, and could not be found in the log."""
    given: str = request.headers.get(REQUEST_ID, "") if settings.PROXY_COUNT else ""
    number = given if _NUMBER.fullmatch(given) else uuid.uuid4().hex
    while masked(number) != number:
        number = uuid.uuid4().hex
    return number
