"""Two programs at one target: who writes over what was not read is told, and nothing is written."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest
from django.test import Client

from teams.plans.targets import queries
from teams.plans.targets.models import IncomePlan, Target, TargetChange
from tests.factories.branch import People, load_roster_people
from tests.factories.plans import DEPUTY, MANAGER, broken_down, root, year

pytestmark = pytest.mark.django_db
PLANS = "/api/v1/plans/"


@pytest.fixture
def people() -> People:
    return load_roster_people()


def browser(people: People, staff_no: str) -> Client:
    found = Client()
    found.force_login(people[staff_no].user, backend="django.contrib.auth.backends.ModelBackend")
    return found


def monthly(amount: int) -> list[str]:
    return [f"{amount}.00"] * 12


def sent(people: People, staff_no: str, address: str, **body: Any) -> Any:
    return browser(people, staff_no).post(f"{PLANS}{address}", body, content_type="application/json")


def read(people: People, staff_no: str, address: str) -> dict[str, Any]:
    found: dict[str, Any] = browser(people, staff_no).get(f"{PLANS}{address}").json()
    return found


def require_told(answer: Any) -> None:
    """In words for a program, which has no page open and presses nothing."""
    assert (answer.status_code, answer.json()["code"]) == (409, "overtaken"), answer.content
    assert "带上新的 seen 再提交" in answer.json()["message"]
    assert "再按一次" not in answer.json()["message"]


def test_of_two_who_set_a_branchs_target_the_second_has_to_read_it(people: People) -> None:
    given = {"year": 2026, "metric": "accounts"}
    target = sent(people, MANAGER, "targets/root/", **given, months=monthly(10)).json()["id"]
    require_told(sent(people, DEPUTY, "targets/root/", **given, months=monthly(20)))
    seen = read(people, DEPUTY, f"targets/{target}/")["seen"]
    assert sent(people, MANAGER, "targets/root/", **given, months=monthly(11), seen=seen).status_code == 200
    require_told(sent(people, DEPUTY, "targets/root/", **given, months=monthly(20), seen=seen))
    assert queries.months_of([target])[target] == year(11)
    seen = read(people, DEPUTY, f"targets/{target}/")["seen"]
    assert sent(people, DEPUTY, "targets/root/", **given, months=monthly(20), seen=seen).status_code == 200


def test_of_two_who_break_a_target_down_the_second_has_to_read_it(people: People) -> None:
    target = root(people)
    broken_down(target, {"营销一队": year(10)}, people[MANAGER], put=False)
    address = f"targets/{target.pk}/"
    seen = read(people, DEPUTY, address)["seen_parts"]
    part = Target.objects.get(parent=target)
    parts = lambda amount: [{"unit": queries.key_of(part), "months": monthly(amount)}]  # noqa: E731
    after = sent(people, MANAGER, f"{address}parts/", parts=parts(20), seen=seen)
    assert after.status_code == 200, after.content
    require_told(sent(people, DEPUTY, f"{address}parts/", parts=parts(30), seen=seen))
    assert queries.months_of([part.pk])[part.pk] == year(20)
    assert sent(people, DEPUTY, f"{address}parts/", parts=parts(30), seen=after.json()["seen_parts"]).status_code == 200


def test_a_change_is_proposed_to_what_was_read(people: People) -> None:
    target = root(people)
    address = f"targets/{target.pk}/"
    seen = read(people, DEPUTY, address)["seen"]
    first = sent(people, MANAGER, f"{address}change/", months=monthly(130), reason="市场转好", seen=seen)
    assert first.status_code == 201, first.content
    decided = sent(people, DEPUTY, f"targets/changes/{first.json()['id']}/decide/", act="agree")
    if decided.status_code != 200:  # whose superior is head office
        decided = sent(people, "100002", f"targets/changes/{first.json()['id']}/decide/", act="agree")
    assert decided.status_code == 200, decided.content
    require_told(sent(people, DEPUTY, f"{address}change/", months=monthly(140), reason="再调", seen=seen))
    assert TargetChange.objects.count() == 1


def test_of_two_who_write_income_by_department_the_second_has_to_read_it(people: People) -> None:
    body = {"branch": people.branch.code, "year": 2026, "period": "year", "total": "100.00"}
    parts = lambda amount: [{"department": "经纪", "amount": amount}]  # noqa: E731
    made = sent(people, MANAGER, "income/", **body, parts=parts("100.00"))
    assert made.status_code == 201, made.content
    require_told(sent(people, DEPUTY, "income/", **body, parts=parts("50.00")))
    plan, seen = made.json()["id"], made.json()["seen"]
    changed = sent(people, MANAGER, "income/", **(body | {"total": "90.00"}), parts=parts("90.00"), seen=seen)
    assert changed.status_code == 201, changed.content
    require_told(sent(people, DEPUTY, "income/", **body, parts=parts("50.00"), seen=seen))
    require_told(sent(people, DEPUTY, f"income/{plan}/put/", seen=seen))
    assert IncomePlan.objects.get().total == Decimal(90)
    put = sent(people, DEPUTY, f"income/{plan}/put/", seen=read(people, DEPUTY, f"income/{plan}/")["seen"])
    assert (put.json()["state"], put.json()["seen"]) == ("in_force", "")
    again = sent(people, DEPUTY, "income/", **body, parts=parts("100.00"), reason="上调", seen="")
    assert again.status_code == 201, "beside a plan in force the first draft needs no stamp"


@pytest.mark.parametrize(("whole", "act"), [(True, "put"), (False, "put-parts")])
def test_a_draft_is_put_in_force_as_it_was_read(people: People, whole: bool, act: str) -> None:
    """Who presses on a page that a colleague has overtaken is shown what is there now; a program is told."""
    target = root(people, put=not whole)
    if not whole:
        broken_down(target, {"营销一队": year(10)}, people[MANAGER], put=False)
    page, client = f"/plans/targets/{target.pk}/", browser(people, DEPUTY)
    seen = client.get(page).context["seen" if whole else "seen_parts"]
    assert f'name="seen" value="{seen}"' in client.get(page).content.decode()
    if whole:
        root(people, monthly=year(130), put=False)
    else:
        broken_down(target, {"营销一队": year(20)}, people[MANAGER], put=False)
    shown = client.post(f"{page}{act}/", {"seen": seen}, follow=True)
    assert "在您打开页面之后已被同事修改,还没有下达" in shown.content.decode()
    require_told(sent(people, DEPUTY, f"targets/{target.pk}/{act}/", seen=seen))
    draft = Target.objects.get(pk=target.pk) if whole else Target.objects.get(parent=target)
    assert not draft.in_force
    client.post(f"{page}{act}/", {"seen": shown.context["seen" if whole else "seen_parts"]})
    draft.refresh_from_db()
    assert draft.in_force
