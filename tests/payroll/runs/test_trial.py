"""试算 changes nothing and stands beside the real slip."""

from __future__ import annotations

from decimal import Decimal

from django.urls import reverse

from payroll.runs.models import PaySlip
from payroll.runs.trial import WhatIf, try_month
from payroll.schemes.actions import draft_scheme
from tests.factories.branch import People
from tests.factories.close import computed
from tests.factories.runs import AUGUST
from tests.payroll.runs.test_views import browser, text


def test_without_changes_it_equals_the_slips(people: People) -> None:
    computed(people, AUGUST)
    outcome = try_month(people.branch, AUGUST, WhatIf())
    assert len(outcome.tried) == 5
    assert all(side.difference == 0 for one in outcome.tried for side in one.sides)


def test_a_raise_lifts_every_employees_base_and_nothing_is_kept(people: People) -> None:
    run = computed(people, AUGUST)
    before = list(PaySlip.objects.order_by("pk").values())
    outcome = try_month(people.branch, AUGUST, WhatIf(raise_share=Decimal("0.10")))
    moved = {one.staff_no: one.side("底薪").difference for one in outcome.tried}
    assert moved["600101"] == Decimal("680.00")
    assert moved["600105"] == 0
    assert list(PaySlip.objects.order_by("pk").values()) == before
    run.refresh_from_db()
    assert outcome.total("应发").real == run.gross_total


def test_one_persons_other_figures(people: People) -> None:
    computed(people, AUGUST)
    what = WhatIf(person_id=people["600103"].pk, figures={"target": Decimal("60000"), "complaints": 2})
    (one,) = try_month(people.branch, AUGUST, what).tried
    assert one.side("完成率").tried == Decimal("0.2000")
    assert one.side("合规系数").tried == Decimal("0.8")
    assert one.side("底薪").tried < one.side("底薪").real


def test_a_members_target_moves_the_leaders_allowance(people: People) -> None:
    computed(people, AUGUST)
    everyone = try_month(people.branch, AUGUST, WhatIf(person_id=people["600101"].pk))
    real = everyone.tried[0].side("津贴").real
    assert real == everyone.tried[0].side("津贴").tried


def test_another_version_may_be_tried_before_it_is_in_force(people: People) -> None:
    run = computed(people, AUGUST)
    data = {**run.scheme.data, "effective_from": "2027-01"}
    data["commission"] = {**data["commission"], "method": "whole_tier"}
    draft = draft_scheme(data=data, branch=people.branch, by=people["600002"])
    outcome = try_month(people.branch, AUGUST, WhatIf(version=draft))
    leader = next(one for one in outcome.tried if one.staff_no == "600101")
    assert leader.side("提成").tried == Decimal("46000.00") * Decimal("0.25") * Decimal("1.10")
    assert leader.side("提成").difference > 0


def test_it_works_before_the_month_has_slips(people: People) -> None:
    outcome = try_month(people.branch, AUGUST, WhatIf())
    assert all(side.real is None for one in outcome.tried for side in one.sides)


def test_the_page_names_the_person_first(people: People) -> None:
    computed(people, AUGUST)
    finance = browser(people, "600002")
    address = reverse("payroll:trial") + "?branch=0755FT&month=2026-08&try=1"
    assert "请先选择一位人员" in text(finance.get(address + "&target=5"))
    page = text(finance.get(f"{address}&person={people['600103'].pk}&target=60000"))
    assert "20.00%" in page
    assert browser(people, "600003").get(address).status_code == 403
