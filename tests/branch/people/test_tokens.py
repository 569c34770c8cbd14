from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from branch.audit.models import AuditRow
from branch.people import actions, tokens
from branch.people.models import ApiToken, Engagement
from kernel.refusals import Refusal, Unknown
from tests.branch.conftest import Office


def made(office: Office, staff_no: str = "600002", **changes: object) -> tuple[ApiToken, str]:
    given = {
        "name": "报表",
        "expires_on": timezone.localdate() + timedelta(30),
        "by": office[staff_no],
        "reentered": True,
        **changes,
    }
    return tokens.make_token(**given)


def asks(text: str) -> int:
    return Client().get("/api/v1/notices/", headers={"Authorization": f"Token {text}"}).status_code


def test_a_token_signs_in_and_is_kept_by_its_hash_alone(office: Office) -> None:
    token, text = made(office)
    assert asks(text) == 200
    assert text not in str(ApiToken.objects.values().get())
    assert len(text) > 40
    assert AuditRow.objects.filter(act="token.make", actor_id=office["600002"].pk).exists()
    assert text[-4:] == token.tail


@pytest.mark.parametrize("text", ["", "zy_unknown", "zy_ünïcode", "two parts"])
def test_anything_else_is_refused_in_the_same_words(office: Office, text: str) -> None:
    answer = Client().get("/api/v1/notices/", headers={"Authorization": f"Token {text}".encode().decode("latin-1")})
    assert answer.status_code == 401
    assert answer.json()["code"] == "bad_token"


def test_an_ended_token_opens_nothing(office: Office) -> None:
    token, text = made(office)
    tokens.end_token(token_id=token.pk, by=office["600002"])
    assert asks(text) == 401
    with pytest.raises(Refusal):
        tokens.end_token(token_id=token.pk, by=office["600002"])


def test_nobody_ends_anothers_token(office: Office) -> None:
    token, text = made(office)
    with pytest.raises(Unknown):
        tokens.end_token(token_id=token.pk, by=office["100009"])
    assert asks(text) == 200


def test_an_expired_token_opens_nothing(office: Office) -> None:
    token, text = made(office)
    ApiToken.objects.filter(pk=token.pk).update(expires_on=timezone.localdate() - timedelta(1))
    assert asks(text) == 401


def test_a_token_dies_with_the_account(office: Office) -> None:
    _, text = made(office)
    user = office["600002"].user
    user.is_active = False
    user.save()
    assert asks(text) == 401


def test_a_token_dies_when_the_person_has_left(office: Office) -> None:
    somebody = office.add("600999", "钱明")
    _, text = tokens.make_token(name="x", expires_on=timezone.localdate(), by=somebody, reentered=True)
    assert asks(text) == 200
    Engagement.objects.create(
        person=somebody,
        branch=office.branch,
        kind="employee",
        hired_on=date(2020, 1, 1),
        contract_from=date(2020, 1, 1),
        ended_on=timezone.localdate() - timedelta(1),
    )
    assert asks(text) == 401


def test_a_token_dies_with_a_role_that_ends_at_once(office: Office) -> None:
    _, text = made(office)
    holding = office["600002"].roles.get()
    yesterday = timezone.localdate() - timedelta(1)
    actions.end_role(holding_id=holding.pk, last_day=yesterday, reason="调岗", by=office["100009"], reentered=True)
    assert asks(text) == 401


def test_a_token_dies_with_the_password(office: Office) -> None:
    _, text = made(office)
    actions.reset_password(person=office["600002"], by=office["100009"], reentered=True)
    assert asks(text) == 401
    _, text = made(office)
    actions.change_password(by=office["600002"], new="Another-Horse-9")
    assert asks(text) == 401


def test_powers_are_those_of_the_day(office: Office) -> None:
    _, text = made(office)
    header = {"Authorization": f"Token {text}"}
    body = {"day": "2026-12-31", "kind": "market_closure", "reason": "x"}
    answer = Client().post("/api/v1/calendar/days/", body, content_type="application/json", headers=header)
    assert answer.status_code == 403


def test_the_days_and_the_number_of_tokens_are_bounded(office: Office) -> None:
    for wrong in (timezone.localdate() - timedelta(1), timezone.localdate() + timedelta(400)):
        with pytest.raises(Refusal, match="到期日"):
            made(office, expires_on=wrong)
    for _ in range(tokens.MOST):
        made(office)
    with pytest.raises(Refusal, match="最多"):
        made(office)


def test_the_use_is_noted(office: Office) -> None:
    token, text = made(office)
    asks(text)
    token.refresh_from_db()
    assert token.last_used_at is not None


def test_a_role_with_a_second_factor_needs_a_token_made_with_one(office: Office, settings: Any) -> None:
    _, plain = made(office)
    _, verified = made(office, second_factor=True)
    settings.SECOND_FACTOR_REQUIRED = True
    answer = Client().get("/api/v1/notices/", headers={"Authorization": f"Token {plain}"})
    assert answer.status_code == 403
    assert answer.json()["code"] == "second_factor"
    assert asks(verified) == 200
    assert asks(made(office, office.add("700104", "客户经理", "client_manager").staff_no)[1]) == 200  # asks for none
