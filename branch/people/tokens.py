"""接口令牌: made and ended by the person alone, shown once, known to us by its hash only."""

from __future__ import annotations

import hashlib
import secrets
from datetime import date, timedelta

from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone

from branch.audit.actions import record
from branch.people.access import require_reentered
from branch.people.models import ApiToken, Person
from branch.people.queries import with_left
from kernel.refusals import Refusal, Unknown

PREFIX = "zy_"
LONGEST = timedelta(days=366)
MOST = 10
USED_EVERY = timedelta(minutes=1)


def _digest(text: str) -> str:
    """A plain hash is enough for 256 random bits: there is nothing to guess."""
    return hashlib.sha256(text.encode()).hexdigest()


def tokens_of(person: Person) -> QuerySet[ApiToken]:
    """The person's own, newest first; nobody sees another's."""
    return ApiToken.objects.filter(person=person)


@transaction.atomic
def make_token(
    *, name: str, expires_on: date, by: Person, reentered: bool = False, second_factor: bool = False
) -> tuple[ApiToken, str]:
    """A new token and its text, which is told this once."""
    require_reentered(reentered, to="生成接口令牌")
    today = timezone.localdate()
    Person.objects.select_for_update(of=("self",), no_key=True).get(pk=by.pk)
    if not name.strip():
        raise Refusal("请写明令牌的用途,例如:总部报表系统")
    if not today <= expires_on <= today + LONGEST:
        raise Refusal(f"到期日应在今天与 {today + LONGEST} 之间")
    if ApiToken.objects.live(today).filter(person=by).count() >= MOST:
        raise Refusal(f"每人最多同时有 {MOST} 个有效令牌,请先终止不再使用的")
    text = PREFIX + secrets.token_urlsafe(32)
    token = ApiToken.objects.create(
        person=by,
        name=name.strip()[:60],
        digest=_digest(text),
        tail=text[-4:],
        expires_on=expires_on,
        second_factor=second_factor,
    )
    record(by=by, act="token.make", subject=token, summary=f"生成接口令牌“{token.name}”,到期日 {expires_on}")
    return token, text


@transaction.atomic
def end_token(*, token_id: int, by: Person) -> ApiToken:
    """The person's own token opens nothing from now on."""
    token = ApiToken.objects.select_for_update().filter(pk=token_id, person=by).first()
    if token is None:
        raise Unknown("没有这个接口令牌")
    if token.ended_at is not None:
        raise Refusal("这个令牌已经终止")
    token.ended_at = timezone.now()
    token.save(update_fields=["ended_at"])
    record(by=by, act="token.end", subject=token, summary=f"终止接口令牌“{token.name}”")
    return token


def token_of(text: str) -> ApiToken | None:
    """The live token of that text, of somebody who still works here and may sign in. Notes its use, at most once a minute."""
    now, today = timezone.now(), timezone.localdate()
    rows = ApiToken.objects.live(today).filter(digest=_digest(text), person__user__is_active=True)
    token = rows.select_related("person__user", "person__department").first()
    if token is None or with_left(Person.objects.all(), today).filter(pk=token.person_id, has_left=True).exists():
        return None
    if token.last_used_at is None or token.last_used_at < now - USED_EVERY:
        ApiToken.objects.filter(pk=token.pk).update(last_used_at=now)
    return token
