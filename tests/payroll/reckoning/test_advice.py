from __future__ import annotations

from decimal import Decimal

from payroll.reckoning.advice import legal_differences, volume_share, warnings
from tests.payroll.reckoning.makers import changed_scheme, employee, parameters, pay
from tests.payroll.reckoning.reference import demo_scheme

LIMIT = Decimal("0.50")


def test_the_demo_scheme_by_itself_gives_no_warning():
    assert warnings(demo_scheme(), volume_limit=LIMIT) == []
    assert legal_differences(demo_scheme(), parameters()) == []


def test_no_compliance_no_veto_no_deferral():
    found = "".join(warnings(changed_scheme(compliance=None, deferral=None), volume_limit=LIMIT))
    assert "没有合规系数" in found
    assert "一票否决" in found
    assert "没有递延" in found
    soft = warnings(changed_scheme(compliance={"serious_violation": "0.5"}), volume_limit=LIMIT)
    assert [sentence[:4] for sentence in soft] == ["严重违规"]


def test_the_share_that_follows_volume_is_held_against_the_limit():
    heavy = [pay(employee(net_commission=Decimal("90000.00")))]
    assert volume_share(heavy) > LIMIT
    assert "超过 50%" in warnings(demo_scheme(), volume_limit=LIMIT, reckonings=heavy)[0]
    light = [pay(employee(net_commission=Decimal("100.00")))]
    assert warnings(demo_scheme(), volume_limit=LIMIT, reckonings=light) == []
    assert volume_share([]) == 0


def test_a_figure_of_law_that_differs_from_the_parameter_is_told():
    scheme = changed_scheme(
        broker={
            "vat_mode": "exempt",
            "tax": {"expense_rate": "0.30", "development_cost_rate": "0.25", "income": "gross_without_vat"},
        }
    )
    found = legal_differences(scheme, parameters())
    assert len(found) == 2
    assert "费用率是 30%" in found[1]
    assert "参数是 20%" in found[1]
