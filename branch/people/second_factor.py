"""The second factor: six digits from an authenticator (TOTP, RFC 6238), or a recovery code.

The library reckons the digits (`django_otp.oath`); the device is our own, so that its secret is encrypted at rest (ADR 0040).
"""

from __future__ import annotations

import base64
import secrets
from collections.abc import Callable
from urllib.parse import quote

from django.conf import settings
from django.contrib.auth.hashers import check_password, make_password
from django.db import transaction
from django.utils import timezone
from django.utils.crypto import constant_time_compare
from django_otp.oath import hotp

from branch.audit.actions import record
from branch.people import access, throttle
from branch.people.actions import end_sessions
from branch.people.models import Person, RecoveryCode, SecondFactor
from branch.people.roles import ROLES, Power
from kernel.refusals import Refusal

STEP, DIGITS, TOLERANCE = 30, 6, 1  # seconds; one step early or late is let pass
RECOVERY_CODES = 10
LETTERS = "ABCDEFGHJKMNPQRSTVWXYZ23456789"  # no I, L, O, U, 0, 1: read from paper
ISSUER = "展业"
WRONG = "验证码不对,或者尝试次数过多。请等手机上换出新的验证码再试,或联系系统管理员"


def required(person: Person) -> bool:
    """Whether a role held today, one's own or lent, asks for a second factor here."""
    return settings.SECOND_FACTOR_REQUIRED and any(ROLES[held.role].second_factor for held in access.holdings_on(person))


def enrolled(person: Person) -> SecondFactor | None:
    """The authenticator in use, if any."""
    return SecondFactor.objects.filter(person=person).exclude(confirmed_at=None).first()


def codes_left(person: Person) -> int:
    """How many recovery codes are unused."""
    return RecoveryCode.objects.filter(person=person, used_at=None).count()


@transaction.atomic
def offered(person: Person) -> SecondFactor:
    """The authenticator that waits to be confirmed; made when there is none. The one in use stays in use until then."""
    found = SecondFactor.objects.filter(person=person, confirmed_at=None).first()
    if found is None:
        found = SecondFactor(person=person)
        found.secret = base64.b32encode(secrets.token_bytes(20)).decode()
        found.save()
    return found


def address_for_app(factor: SecondFactor) -> str:
    """What the QR code says: an otpauth:// address."""
    label = quote(f"{ISSUER}:{factor.person.staff_no}")
    return f"otpauth://totp/{label}?secret={factor.secret}&issuer={quote(ISSUER)}&digits={DIGITS}&period={STEP}"


def confirm(*, by: Person, code: str, address: str, keep: str = "") -> list[str]:
    """Put the offered authenticator into use in place of the former one. Returns the recovery codes, for this once.

    All sessions of the person end but `keep`. The attempt is counted outside the transaction: a refusal must not undo it.
    """
    factor = SecondFactor.objects.filter(person=by, confirmed_at=None).first()
    if factor is None:
        raise Refusal("请先打开“启用动态验证码”的页面,用手机扫码后再输入验证码")
    if not _try(by, address, lambda: _digits_match(factor, code.strip().replace(" ", ""))):
        raise Refusal(WRONG, code="wrong_code")
    with transaction.atomic():
        SecondFactor.objects.filter(person=by).exclude(confirmed_at=None).delete()
        SecondFactor.objects.filter(pk=factor.pk).update(confirmed_at=timezone.now())
        end_sessions(by, keep=keep)
        record(by=by, act="second_factor.enrol", subject=by, summary="启用了动态验证码")
        return _new_codes(by)


def verify(person: Person, code: str, *, address: str) -> bool:
    """Whether the code opens: six digits not used before, or an unused recovery code. Too many wrong ones shut it."""
    text = code.strip().replace(" ", "").upper()
    factor = enrolled(person)
    if factor is None:
        return False
    return _try(person, address, lambda: _digits_match(factor, text) if text.isdecimal() else _recovery_matches(person, text))


def renew_codes(*, by: Person, code: str, address: str) -> list[str]:
    """New recovery codes in place of the old ones, for a code of the authenticator. Returns them, for this once."""
    if not verify(by, code, address=address):
        raise Refusal(WRONG, code="wrong_code")
    with transaction.atomic():
        record(by=by, act="second_factor.renew_codes", subject=by, summary="换了一组恢复码")
        return _new_codes(by)


@transaction.atomic
def reset(*, person: Person, reason: str, by: Person | None, reentered: bool = False) -> None:
    """The authenticator is lost: take it off, end the person's sessions. At the next sign-in a new one is set up.

    `reentered`: what guards against a taken password is not taken off by whoever has taken a session. `by` is None on the server
    itself.
    """
    if by is not None:
        access.require(by, Power.ROLE_GRANT, to="重置动态验证码")
        if person.pk == by.pk:
            raise Refusal("不能重置自己的动态验证码,请由另一位系统管理员办理")
        access.require_reentered(reentered, to="重置动态验证码")
    if not reason.strip():
        raise Refusal("请填写重置的原因,例如手机遗失,已当面核对本人")
    if not SecondFactor.objects.filter(person=person).delete()[0]:
        raise Refusal(f"{person}没有启用动态验证码,无需重置")
    RecoveryCode.objects.filter(person=person).delete()
    end_sessions(person)
    summary = f"重置了{person}的动态验证码,原因:{reason.strip()}"
    record(by=by, act="second_factor.reset", subject=person, summary=summary)


def _try(person: Person, address: str, matches: Callable[[], bool]) -> bool:
    entered = throttle.enter(throttle.CODE, f"person {person.pk}", address)
    if entered is None:
        return False
    if not matches():
        throttle.note_failure(entered)
        return False
    throttle.forgive(entered)
    return True


@transaction.atomic
def _digits_match(factor: SecondFactor, code: str) -> bool:
    """Under a lock, and each step once: a code seen over a shoulder doesn't open a second time."""
    fresh = SecondFactor.objects.select_for_update().get(pk=factor.pk)
    key, now = base64.b32decode(fresh.secret), int(timezone.now().timestamp()) // STEP
    hits = [
        step
        for step in range(now - TOLERANCE, now + TOLERANCE + 1)
        if constant_time_compare(f"{hotp(key, step, DIGITS):0{DIGITS}d}", code) and step > fresh.last_step
    ]
    if hits:
        SecondFactor.objects.filter(pk=fresh.pk).update(last_step=hits[0])
    return bool(hits)


@transaction.atomic
def _recovery_matches(person: Person, text: str) -> bool:
    label, secret = text.replace("-", "")[:4], text.replace("-", "")[4:]
    row = RecoveryCode.objects.select_for_update().filter(person=person, label=label, used_at=None).first()
    if row is None or not check_password(secret, row.hash):
        return False
    row.used_at = timezone.now()
    row.save(update_fields=["used_at"])
    record(by=person, act="second_factor.recovery", subject=person, summary=f"用了一个恢复码,还剩 {codes_left(person)} 个")
    return True


def _new_codes(person: Person) -> list[str]:
    """Ten codes as XXXX-XXXXX-XXXXX: the first four letters find the row, the other ten (49 bits) are hashed like a password."""
    RecoveryCode.objects.filter(person=person).delete()
    labels: set[str] = set()
    while len(labels) < RECOVERY_CODES:
        labels.add(_letters(4))
    codes = {label: _letters(10) for label in sorted(labels)}
    RecoveryCode.objects.bulk_create(
        RecoveryCode(person=person, label=label, hash=make_password(secret)) for label, secret in codes.items()
    )
    return [f"{label}-{secret[:5]}-{secret[5:]}" for label, secret in codes.items()]


def _letters(count: int) -> str:
    return "".join(secrets.choice(LETTERS) for _ in range(count))
