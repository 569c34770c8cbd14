"""Doing a thing once: the token's row and what the act writes commit together or not at all."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import timedelta
from typing import TypeVar

from django.conf import settings
from django.db import IntegrityError, transaction
from django.utils import timezone

from branch.fields import seal, unseal
from branch.once.models import OnceToken, place_of
from kernel.refusals import Refusal

T = TypeVar("T")


@dataclass(frozen=True)
class Sending:
    """What was sent: by whom, under which token, to where, and the digest of what it said."""

    person_id: int
    token: str
    path: str
    body_digest: str


@dataclass(frozen=True)
class Answer:
    """How it was answered: a redirect with the sentences that go with it, or an API's content."""

    status: int
    location: str = ""
    told: list[list[str]] = field(default_factory=list)
    content_type: str = ""
    content: str = ""


def once(sending: Sending, act: Callable[[], T], *, answer_of: Callable[[T], Answer | None]) -> T | Answer:
    """Do `act` for the first sending; give every further one the first one's Answer.

    Two at the same moment: the second waits at the unique row until the first has committed. An act that is refused, or of which
    `answer_of` says None (nothing was done: a form with a mistake), leaves the token free. What a refused act wrote on purpose (a
    failed password) stays; any other exception takes everything back. Raises Refusal where the same token says something else.
    """
    refusal: Refusal | None = None
    with transaction.atomic():
        row = _claim(sending)
        if row is None:
            return _former(sending)
        try:
            result = act()
        except Refusal as refused:
            refusal = refused
            row.delete()
        else:
            answer = answer_of(result)
            if answer is None:
                row.delete()
            else:
                _keep(row, answer)
    if refusal is not None:
        raise refusal
    return result


def _claim(sending: Sending) -> OnceToken | None:
    try:
        with transaction.atomic():
            return OnceToken.objects.create(
                person_id=sending.person_id, token=sending.token, path=sending.path, body_digest=sending.body_digest
            )
    except IntegrityError:
        return None


def _former(sending: Sending) -> Answer:
    row = OnceToken.objects.filter(person_id=sending.person_id, token=sending.token).first()
    if row is None or row.status is None:
        raise Refusal("刚才的提交没有办成,请再提交一次", code="once_gone")
    if (row.path, row.body_digest) != (sending.path, sending.body_digest):
        raise Refusal(
            "这张表单已经提交过,这一次的内容与上次不同,没有再办。请刷新页面看看上次的结果,需要时重新填写", code="once_differs"
        )
    content = unseal(row.content_sealed, place_of(row)) if row.content_sealed else ""
    return Answer(row.status, row.location, row.told, row.content_type, content)


def _keep(row: OnceToken, answer: Answer) -> None:
    row.status, row.location, row.told = answer.status, answer.location[:500], answer.told
    row.content_type = answer.content_type[:80]
    row.content_sealed = seal(answer.content, place_of(row)) if answer.content else ""
    row.save(update_fields=["status", "location", "told", "content_type", "content_sealed"])


def tidy() -> int:
    """Forget tokens older than ONCE_KEEP_DAYS: nobody presses the same button a week later. Returns how many went."""
    gone, _ = OnceToken.objects.filter(at__lt=timezone.now() - timedelta(settings.ONCE_KEEP_DAYS)).delete()
    return gone
