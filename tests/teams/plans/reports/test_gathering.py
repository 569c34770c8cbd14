"""What of the closed data goes where: completion against the targets in force, products, outlets, groups, the trend."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest

from branch.org.models import Outlet
from teams.plans.marketing.models import CooperationAgreement
from teams.plans.reports.gathering import gather
from teams.plans.targets import actions as targets
from tests.factories.branch import People
from tests.factories.plans import broken_down, root, year
from tests.factories.reports import GROUP_LEADER, JUNE, LEADER, MANAGER, MAY, report_world, team_of

pytestmark = pytest.mark.django_db


@pytest.fixture
def people() -> People:
    return report_world()[0]


def test_completion_against_the_targets_in_force(people: People) -> None:
    manager = people[MANAGER]
    broken_down(root(people, "accounts", year(10)), {"营销一队": year(4)}, manager)
    broken_down(root(people, "assets", year(9000)), {"营销一队": year(8500)}, manager)
    drafts = broken_down(root(people, "valid_accounts", year(10)), {"营销一队": year(4)}, manager, put=False)
    assert drafts["营销一队"].state == "draft"
    june = gather(team_of(people), "month", JUNE).figures["targets"]
    assert june == [
        {"metric": "accounts", "goal": "4.00", "actual": 2, "completion": "0.5000"},
        {"metric": "assets", "goal": "8500.00", "actual": "4250.00", "completion": "0.5000"},
    ], "a draft is nothing to reach"
    half = {line["metric"]: line["goal"] for line in gather(team_of(people), "half", JUNE).figures["targets"]}
    assert half == {"accounts": "8.00", "assets": "8500.00"}, "of the months that are in it; a level is its last month's"


def test_groups_by_net_income_with_their_own_targets(people: People) -> None:
    manager = people[MANAGER]
    team = broken_down(root(people, "net_income", year(900)), {"营销一队": year(600)}, manager)["营销一队"]
    broken_down(team, {"第2组": year(300)}, manager)
    groups = gather(team_of(people), "month", JUNE).figures["groups"]
    assert [(line["name"], line["net_income"], line["accounts"], line["completion"]) for line in groups] == [
        ("第2组", "155.99", 2, "0.5200"),
        ("第1组", "72.99", 0, None),
        ("第3组", "0.00", 0, None),
    ]


def test_products_as_the_figures_count_them(people: People) -> None:
    figures = gather(team_of(people), "month", JUNE).figures
    assert figures["products"] == [{"code": "ZQ018", "name": "稳健债券18", "amount": "50000.00"}]
    assert gather(team_of(people, "600116"), "month", JUNE).figures["products"] == []


def test_outlets_with_who_stood_there_and_their_agreement(people: People) -> None:
    bank, hall = (Outlet.objects.create(branch=people.branch, name=name) for name in ("建行网点", "营业厅"))
    for staff_no, outlet in ((LEADER, hall), (GROUP_LEADER, bank)):
        people[staff_no].postings.update(outlet=outlet)
    span = {"signed_on": date(2026, 1, 5), "valid_from": date(2026, 1, 1), "valid_to": date(2026, 12, 31)}
    CooperationAgreement.objects.create(
        branch=people.branch, outlet=bank, bank="建行", agreement_no="建 1 号", made_by=people[LEADER], **span
    )
    outlets = {line["name"]: line for line in gather(team_of(people), "month", JUNE).figures["outlets"]}
    assert outlets["建行网点"] == {
        "name": "建行网点",
        "heads": 1,
        "accounts": 2,
        "assets_end": "3000.00",
        "net_income": "155.99",
        "agreement": "建 1 号(至 2026-12-31)",
    }
    assert (outlets["营业厅"]["assets_end"], outlets["营业厅"]["agreement"]) == ("1250.00", "")


def test_the_trend_has_the_locked_months_up_to_the_period(people: People) -> None:
    trend = gather(team_of(people), "month", JUNE).figures["trend"]
    assert [(line["month"], line["accounts"]) for line in trend] == [("2026-05", 0), ("2026-06", 2)]
    assert [line["month"] for line in gather(team_of(people), "month", MAY).figures["trend"]] == ["2026-05"]


def test_the_half_year_has_the_departments_targets_in_force(people: People) -> None:
    parts = {"经纪": Decimal(300), "固收": Decimal(200), "投行": Decimal(0), "企业融资": Decimal(0), "证券投资": Decimal(0)}
    given = {"branch": people.branch, "year": 2026, "period": "h1", "total": Decimal(500), "parts": parts}
    plan = targets.save_income(**given, by=people[MANAGER])
    assert gather(team_of(people), "half", JUNE).figures["income_plan"] == [], "not before a second person has put it in force"
    targets.put_income(plan_id=plan.pk, by=people["600004"])
    found = gather(team_of(people), "half", JUNE).figures["income_plan"]
    assert found[:2] == [{"name": "经纪", "amount": "300.00"}, {"name": "固收", "amount": "200.00"}]
    assert gather(team_of(people), "month", JUNE).figures["income_plan"] == []
