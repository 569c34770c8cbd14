"""转交, 加签, 减签, 抄送, 已阅 and 委托 on their pages: people by 工号 or 姓名, what a refusal keeps."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest
from django.urls import reverse
from django.utils import timezone

from approvals.requests import kinds
from approvals.requests.models import CopyTo, Seat
from approvals.routes.models import Delegation


@pytest.fixture
def asked(three: Any) -> Any:
    """A request of a kind whose seats may be moved."""
    kind = kinds._kinds["trial"]
    kinds._kinds["trial"] = kinds.Kind(**{**kind.__dict__, "transferable": True})
    three.helper = three.person("helper", "钱帮手")
    three.request = three.ask()
    return three


def post(client: Any, name: str, request: Any, **given: Any) -> Any:
    return client.post(reverse(f"approvals:request-{name}", args=[request.number]), given)


def test_a_seat_is_handed_over_by_name(asked: Any, signed_in: Any) -> None:
    client = signed_in(asked.chief)
    assert "转交" in client.get(asked.request.get_absolute_url()).content.decode()
    assert post(client, "transfer", asked.request, to="钱帮手", reason="出差").status_code == 302
    assert Seat.objects.get(state="open").person == asked.helper
    html = signed_in(asked.helper).get(asked.request.get_absolute_url()).content.decode()
    assert 'value="agree"' in html
    assert "出差" in html


@pytest.mark.parametrize(
    ("to", "said"),
    [
        ("没有此人", "没有找到“没有此人”"),
        ("同名人", "有 2 位同名"),
        ("钱帮手 600003", "只能填写一个人"),
        ("发起人", "不能由发起人审批"),
    ],
)
def test_a_refused_transfer_says_why_and_keeps_the_reason(asked: Any, signed_in: Any, to: str, said: str) -> None:
    asked.person("twin1", "同名人")
    asked.person("twin2", "同名人")
    answer = post(signed_in(asked.chief), "transfer", asked.request, to=to, reason="写好的原因")
    html = answer.content.decode()
    assert answer.status_code == 409
    assert said in html
    assert "写好的原因" in html


def test_signers_are_added_and_dropped(asked: Any, signed_in: Any) -> None:
    client = signed_in(asked.chief)
    given = {"people": f"{asked.helper.staff_no}", "how": "before", "reason": "请先看"}
    assert post(client, "add-signer", asked.request, **given).status_code == 302
    assert "钱帮手(前加签)" in client.get(asked.request.get_absolute_url()).content.decode()
    assert 'value="agree"' not in client.get(asked.request.get_absolute_url()).content.decode()
    assert "减签" in client.get(asked.request.get_absolute_url()).content.decode()
    assert post(client, "drop-signer", asked.request, reason="不用了").status_code == 302
    assert 'value="agree"' in client.get(asked.request.get_absolute_url()).content.decode()
    assert post(client, "drop-signer", asked.request, reason="x").status_code in (302, 409)


def test_a_strict_kind_offers_neither(three: Any, signed_in: Any) -> None:
    request = three.ask()
    client = signed_in(three.chief)
    assert "request-transfer" not in client.get(request.get_absolute_url()).content.decode()
    assert "/transfer/" not in client.get(request.get_absolute_url()).content.decode()
    answer = post(client, "transfer", request, to=three.deputy.staff_no, reason="x")
    assert "不能转交" in answer.content.decode()


def test_a_copy_is_read_and_marked(asked: Any, signed_in: Any) -> None:
    assert post(signed_in(asked.deputy), "copy", asked.request, people="钱帮手").status_code == 302
    client = signed_in(asked.helper)
    beside = reverse("approvals:request-beside", args=[asked.request.number])
    html = client.get(beside).content.decode()
    assert "(未阅)" in html
    assert "/read/" in html
    post(client, "read", asked.request)
    assert CopyTo.objects.get().read_at is not None
    html = client.get(beside).content.decode()
    assert "(已阅" in html
    assert "/read/" not in html


def test_an_outsider_reaches_none_of_it(asked: Any, signed_in: Any) -> None:
    stranger = signed_in(asked.person("stranger", "孙外人"))
    for name in ("transfer", "add-signer", "drop-signer", "copy", "read"):
        assert post(stranger, name, asked.request, people="钱帮手").status_code == 404


def test_a_deputy_signs_for_the_days_lent(asked: Any, signed_in: Any) -> None:
    today = timezone.localdate()
    given = {"to": "钱帮手", "since": today, "until": today + timedelta(3), "reason": "休假", "kinds": ["trial"]}
    client, page = signed_in(asked.chief), reverse("approvals:delegation-list")
    assert client.post(page, given).status_code == 302
    row = Delegation.objects.get()
    html = client.get(page).content.decode()
    assert "钱帮手" in html
    assert "试办事项" in html
    helper = signed_in(asked.helper)
    assert 'value="agree"' in helper.get(asked.request.get_absolute_url()).content.decode()
    answer = client.post(page, {**given, "until": date(2000, 1, 1)})
    assert answer.status_code == 409
    assert signed_in(asked.deputy).post(reverse("approvals:delegation-end", args=[row.pk])).status_code == 404
    assert helper.post(reverse("approvals:delegation-end", args=[row.pk])).status_code == 302
    assert helper.get(asked.request.get_absolute_url()).status_code == 404
