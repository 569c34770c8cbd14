"""个税计算: worked examples by hand, the day's figures, the trap, and that nothing is kept."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest
from django.urls import reverse

from branch.parameters.models import ParameterValue
from kernel.refusals import Missing, Refusal
from payroll.runs import tax_sums
from payroll.runs.tax_sums import YearSoFar
from tests.factories.branch import People
from tests.factories.close import computed
from tests.factories.runs import AUGUST
from tests.payroll.runs.test_views import browser, text

D = Decimal
DAY = date(2026, 12, 10)


def test_a_bonus_apart_is_cheaper_on_a_high_income(people: People) -> None:
    """60,000 apart: 5,000 a month, 10 % − 210 = 5,790. On 200,000: 260,000 × 20 % − 16,920 − 23,080 = 12,000."""
    answer = tax_sums.bonus(D(60000), YearSoFar(D(200000), D(23080)), DAY)
    assert answer.figures == [("单独计税", D("5790.00")), ("并入综合所得", D("12000.00"))]
    assert answer.verdict == "单独计税较省,少缴 6,210.00 元"
    assert "5,000.00" in answer.steps[0]


def test_a_bonus_taken_in_is_cheaper_where_deductions_are_left(people: People) -> None:
    """30,000 below the deductions: 36,000 taken in leaves 6,000 × 3 % = 180; apart 36,000 × 3 % = 1,080."""
    answer = tax_sums.bonus(D(36000), YearSoFar(D(-30000), D(0)), DAY)
    assert answer.figures == [("单独计税", D("1080.00")), ("并入综合所得", D("180.00"))]
    assert "并入综合所得较省,少缴 900.00 元" in answer.verdict
    assert answer.warning == ""


def test_the_trap_is_named(people: People) -> None:
    answer = tax_sums.bonus(D(36001), YearSoFar(D(200000), D(23080)), DAY)
    assert "改发 36,000.00 元" in answer.warning


def test_after_the_last_day_a_bonus_can_only_be_taken_in(people: People) -> None:
    answer = tax_sums.bonus(D(60000), YearSoFar(D(200000), D(23080)), date(2028, 1, 10))
    assert answer.figures == [("并入综合所得", D("12000.00"))]
    assert "不能单独计税" in answer.verdict


@pytest.mark.parametrize(
    ("payment", "tax"), [("800", "0.00"), ("4000", "640.00"), ("10000", "1600.00"), ("30000", "5200.00"), ("100000", "25000.00")]
)
def test_labour_service(people: People, payment: str, tax: str) -> None:
    assert tax_sums.labour(D(payment), DAY).figures[0] == ("预扣税额", D(tax))


def test_compensation_above_the_limit_alone_on_the_annual_table(people: People) -> None:
    """600,000 − 500,000 = 100,000 × 10 % − 2,520 = 7,480."""
    assert tax_sums.compensation(D(600000), D(500000), DAY).figures[0][1] == D("7480.00")
    assert tax_sums.compensation(D(400000), D(500000), DAY).figures[0][1] == D(0)
    with pytest.raises(Refusal, match="免税限额"):
        tax_sums.compensation(D(600000), None, DAY)


def test_the_figures_of_the_day_count(people: People) -> None:
    ParameterValue.objects.filter(code="iit.labour_table").update(effective_from=date(2026, 6, 1))
    with pytest.raises(Missing, match="2026-05-31"):
        tax_sums.labour(D(1000), date(2026, 5, 31))


def test_the_year_so_far_comes_from_the_last_slip(people: People) -> None:
    run = computed(people, AUGUST)
    finance, who = browser(people, "600002"), people["600103"]
    slip = run.slips.get(person=who)
    address = reverse("payroll:tax-sum") + "?kind=bonus&amount=36001&day="
    page = finance.get(f"{address}2026-12-10&who={who.pk}")
    so_far = page.context["so_far"]
    assert so_far.withheld == D(slip.carried_after["chain"]["withheld"])
    assert so_far.taxable == next(D(line["amount"]) for line in slip.lines if line["label"] == "累计应纳税所得额")
    assert "取自2026年8月工资单" in text(page)
    assert "没有工资单" in text(finance.get(f"{address}2027-02-10&who={who.pk}"))
    assert "证券经纪人" in text(finance.get(f"{address}2026-12-10&who={people['600105'].pk}"))


def test_the_page_asks_for_what_it_needs(people: People) -> None:
    finance = browser(people, "600002")
    address = reverse("payroll:tax-sum")
    assert "手填累计数" in text(finance.get(address))
    assert "没有就填 0" in text(finance.get(address + "?kind=bonus&amount=36000&day=2026-12-10"))
    page = text(finance.get(address + "?kind=labour&amount=10000&day=2026-12-10"))
    assert "应预扣 1,600.00 元,税后 8,400.00 元" in page
    assert "参数里还没有" in text(finance.get(address + "?kind=severance&amount=10000&day=2026-12-10"))
    assert browser(people, "600003").get(address).status_code == 403
