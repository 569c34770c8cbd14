"""The edges of a month's pay: bounds, caps, protection, deferral, damages, minimum, joiners, brokers, the turn of the year."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kernel.months import Month
from kernel.refusals import Missing
from payroll.reckoning.deferral import Lot, new_lot
from payroll.reckoning.facts import FROM_JANUARY, LUMP, Carried, PersonFacts, Sale, TeamFigures
from payroll.reckoning.lines import DEDUCTIONS, GROSS_PARTS
from payroll.reckoning.pay import check
from payroll.reckoning.tax import BrokerChain, SalaryChain
from tests.payroll.reckoning.makers import (
    OCTOBER,
    D,
    broker,
    broker_state,
    changed_scheme,
    employee,
    inputs,
    pay,
    salary_state,
)

MONEY = st.decimals(min_value="-50000", max_value="300000", places=2)


def column(name: str, **changes: object) -> Decimal:
    return pay(employee(**changes)).figures[name]


@pytest.mark.parametrize(
    ("net", "target", "completion", "base"),
    [
        ("15999.00", "20000", "0.8000", "4000.00"),  # 0.79995 is rounded up into the better band
        ("15998.99", "20000", "0.7999", "3200.00"),
        ("10000.00", "20000", "0.5000", "3200.00"),
        ("9998.99", "20000", "0.4999", "2400.00"),
        ("-1830.55", "17000", "-0.1077", "2400.00"),
    ],
)
def test_the_base_follows_the_rounded_completion(net: str, target: str, completion: str, base: str):
    done = pay(employee(inputs(target=D(target)), net_commission=D(net)))
    assert done.figures["完成率"] == D(completion)
    assert done.figures["底薪"] == D(base)


@pytest.mark.parametrize(
    ("hired", "month", "base"),
    [
        (date(2026, 10, 12), Month(2026, 12), "4000.00"),
        (date(2026, 10, 12), Month(2027, 1), None),
        (date(2026, 9, 1), Month(2026, 11), "4000.00"),
        (date(2026, 9, 1), Month(2026, 12), "2400.00"),
    ],
)
def test_protection_covers_the_hire_month_and_the_two_after(hired: date, month: Month, base: str | None):
    facts = employee(net_commission=D("0.00"), hired_on=hired)
    state = salary_state(chain=SalaryChain(month.year, last_month=0))
    if base is None:
        with pytest.raises(Missing):  # 2027 has no medical values yet
            pay(facts, state, month=month)
        return
    done = pay(facts, Carried(SalaryChain((month + 1).year, 10, 10, last_month=0)), month=month)
    assert done.figures["底薪"] == D(base)


def test_an_extension_lengthens_the_protection():
    scheme = changed_scheme(protection={"extension_months": 3})
    facts = employee(net_commission=D("0.00"), hired_on=date(2026, 5, 4))
    assert pay(facts, scheme=scheme).figures["底薪"] == D("4000.00")
    assert pay(replace(facts, hired_on=date(2026, 4, 30)), scheme=scheme).figures["底薪"] == D("2400.00")


def test_the_negative_carry_eats_the_next_commission_but_not_the_completion():
    first = pay(employee(net_commission=D("-1000.00")))
    assert first.figures["提成"] == 0
    assert first.carried_after.negative_commission == D("-1000.00")
    second = pay(employee(net_commission=D("600.00")), salary_state(negative_commission=D("-1000.00")))
    assert (second.figures["提成"], second.figures["完成率"]) == (0, D("0.0300"))
    assert second.carried_after.negative_commission == D("-400.00")
    third = pay(employee(net_commission=D("20400.00")), salary_state(negative_commission=D("-400.00")))
    assert third.figures["提成"] == D("3500.00")
    assert third.carried_after.negative_commission == 0
    assert any(line.code == "carry" and "-400.00" in line.rule for line in third.lines)


def test_a_scheme_may_forgive_the_negative():
    scheme = changed_scheme(net_commission={"negative_total": "forgive"})
    assert pay(employee(net_commission=D("-1000.00")), scheme=scheme).carried_after.negative_commission == 0


@pytest.mark.parametrize(
    ("net", "progressive", "whole"),
    [("10000.00", "1500.00", "1500.00"), ("10000.01", "1500.00", "2000.00"), ("30000.01", "5500.00", "7500.00")],
)
def test_the_cliffs_of_the_whole_method(net: str, progressive: str, whole: str):
    facts = employee(net_commission=D(net))
    assert pay(facts).figures["提成"] == D(progressive)
    assert pay(facts, scheme=changed_scheme(commission={"method": "whole_tier"})).figures["提成"] == D(whole)


def test_the_grade_factor_is_part_of_the_one_rounding():
    assert column("提成", net_commission=D("0.30"), grade="见习") == D("0.04")  # 0.045 × 0.80 = 0.036
    assert pay(
        employee(net_commission=D("100.00"), grade="见习"), scheme=changed_scheme(commission={"times_grade_factor": False})
    ).figures["提成"] == D("15.00")


def test_awards_have_caps_and_floors():
    assert column("开户奖励", new_valid_accounts=40) == D("2000.00")
    assert column("开户奖励", new_valid_accounts=41) == D("2000.00")
    assert column("资产奖励", net_new_assets=D("25000000.00")) == D("5000.00")
    assert column("资产奖励", net_new_assets=D("24999975.00")) == D("5000.00")  # 4,999.995
    assert column("资产奖励", net_new_assets=D("-1.00")) == 0
    assert column("净新增资产", net_new_assets=D("-1.00")) == 0


def test_product_sales_are_rounded_one_by_one_and_must_fit():
    sales = (
        Sale("HB001", D("10.00"), 3, 1),
        Sale("HB001", D("10.00"), 1, 1),
        Sale("JRY05", D("1000.00"), 3, 4),
        Sale("JRY05", D("1000.00"), 4, 4),
    )
    done = pay(employee(sales=sales))
    assert done.figures["产品奖励"] == D("8.02")  # 0.005 twice is 0.01 twice
    assert "适当性不符(C3<R4)" in next(line for line in done.lines if line.label == "产品奖励").rule


@pytest.mark.parametrize(
    ("score", "complaints", "serious", "duty", "compliance", "performance"),
    [
        ("90", 0, False, "1.0", "1.0", "3500.00"),
        ("89", 1, False, "0.9", "0.9", "2835.00"),
        ("95", 10, False, "1.0", "0.0", "0.00"),
        ("95", 12, False, "1.0", "0.0", "0.00"),
        ("59", 0, False, "0.0", "1.0", "0.00"),
        ("95", 0, True, "1.0", "0.0", "0.00"),
    ],
)
def test_the_two_factors(score: str, complaints: int, serious: bool, duty: str, compliance: str, performance: str):
    done = pay(employee(inputs(duty_score=D(score), complaints=complaints, serious_violation=serious)))
    assert [str(done.figures[name]) for name in ("职责系数", "合规系数", "绩效")] == [duty, compliance, performance]


@pytest.mark.parametrize(("net", "deferred"), [("17500.00", "0.00"), ("17500.05", "300.00"), ("17500.10", "300.00")])
def test_deferral_begins_above_the_bound(net: str, deferred: str):
    done = pay(employee(inputs(target=D(10000)), net_commission=D(net)))
    assert done.figures["绩效"] >= 3000
    assert done.figures["递延"] == D(deferred)
    assert len(done.carried_after.lots) == (1 if D(deferred) else 0)


def test_a_serious_violation_moves_the_schedule_by_a_month():
    lot = new_lot(Month(2026, 8), D("1200.00"), 12)
    state = salary_state(lots=(lot,))
    stopped = pay(employee(inputs(serious_violation=True)), state)
    assert stopped.figures["递延发放"] == 0
    assert stopped.carried_after.lots == (lot,)
    normal = pay(employee(), state)
    assert normal.figures["递延发放"] == D("100.00")
    assert normal.carried_after.lots[0].left == 11


def test_the_month_s_own_lot_waits_for_the_next_month():
    done = pay(employee(net_commission=D("60000.00")))
    assert done.figures["递延"] == D("1300.00")
    assert done.figures["递延发放"] == 0
    assert done.carried_after.lots == (Lot(OCTOBER, D("1300.00"), 12, D("108.33")),)


def test_absence_sickness_and_the_cap():
    one = pay(employee(inputs(worked_days=D("17.5"), personal_leave=D(1), sick_leave=D(1), absence=D("0.5"))))
    # 4,000 ÷ 21.75 × 1.5 = 275.862; the sick day costs 183.908 − 110.345 = 73.563
    assert one.figures["考勤扣款"] == D("349.42")
    gone = pay(employee(inputs(worked_days=D(0), absence=D(20)), net_commission=D("0.00")))
    assert gone.figures["底薪"] == D("2400.00")
    assert gone.figures["考勤扣款"] == D("2400.00")
    assert gone.figures["保底补足"] == 0


def test_the_sick_day_s_floor_is_the_minimum_wage():
    done = pay(employee(inputs(worked_days=D(10), sick_leave=D(10)), grade="见习"))
    assert done.figures["考勤扣款"] == D("294.25")  # (2,800 − 2,160) ÷ 21.75 × 10


def test_overtime_is_outside_the_wage_that_is_compared_with_the_minimum():
    done = pay(
        employee(
            inputs(overtime_weekday=D(2), overtime_rest=D(3), overtime_statutory=D(4)), grade="见习", net_commission=D("0.00")
        )
    )
    assert done.figures["加班"] == D("48.28") + D("96.55") + D("193.10")
    assert done.figures["保底补足"] == D("1020.00")
    assert done.figures["应发"] == D("2700.00") + done.figures["加班"]


@pytest.mark.parametrize(
    ("balance", "net", "taken"),
    [
        ("1500.00", "0.00", "0.00"),  # below the minimum nothing is taken
        ("100.00", "20000.00", "100.00"),
        ("5000.00", "20000.00", "1430.00"),  # 20 % of 7,150
        ("5000.00", "400.00", "0.00"),
    ],
)
def test_damages_in_instalments(balance: str, net: str, taken: str):
    assert column("赔偿扣款", month_inputs=inputs(damages_balance=D(balance)), net_commission=D(net)) == D(taken)


def test_damages_stop_at_the_minimum_wage():
    done = pay(employee(inputs(damages_balance=D(5000)), grade="初级", net_commission=D("0.00"), hired_on=date(2026, 8, 3)))
    assert done.figures["赔偿扣款"] == D("500.00")  # 3,200 − 2,700 is less than 640
    assert done.figures["保底补足"] == 0


def test_the_minimum_is_prorated_for_a_joiner_and_for_leave_but_not_for_sickness():
    joiner = pay(
        employee(inputs(due_days=D(20), worked_days=D(8)), grade="见习", net_commission=D("0.00"), hired_on=date(2026, 10, 19)),
        Carried(),
    )
    assert joiner.figures["底薪"] == D("1120.00")
    assert joiner.figures["保底补足"] == D("0.00")
    leave = pay(employee(inputs(worked_days=D(15), personal_leave=D(5)), grade="见习", net_commission=D("0.00")))
    assert leave.figures["保底补足"] == D("2025.00") - (D("1680.00") - D("643.68"))
    sick = pay(employee(inputs(worked_days=D(15), sick_leave=D(5)), grade="见习", net_commission=D("0.00")))
    assert sick.figures["保底补足"] == D("2700.00") - (D("1680.00") - D("147.13"))


def test_a_scheme_may_take_the_whole_minimum_and_the_other_part_month():
    facts = employee(inputs(worked_days=D(8)), grade="见习", net_commission=D("0.00"), hired_on=date(2026, 10, 19))
    scheme = changed_scheme(minimum_wage={"prorated": False}, attendance={"part_month": "paid_days"})
    done = pay(facts, Carried(), scheme=scheme)
    assert done.figures["底薪"] == D("1029.89")
    assert done.figures["保底补足"] == D("1670.11")


def test_allowances_by_post():
    team = TeamFigures("营销一队", D("100000.00"), D("125000"), 12)
    assert column("津贴", post="小组长") == D("500.00")
    assert column("津贴", month_inputs=inputs(other_allowance=D("200.00")), post="小组长") == D("700.00")
    for target, amount in [
        ("100000", "1000.00"),
        ("125000", "800.00"),
        ("125016", "500.00"),
        ("200001", "500.00"),
        ("200100", "0.00"),
    ]:
        done = pay(employee(post="团队负责人"), team=replace(team, target=D(target)))
        assert done.figures["津贴"] == D(amount), target
    lost = pay(employee(post="团队负责人"), team=TeamFigures("营销一队", D("-5.00"), D("-1") * -1, 1))
    assert lost.figures["津贴"] == 0


def test_a_september_joiner_first_paid_in_october_counts_two_months():
    facts = employee(inputs(due_days=D(22), worked_days=D(13)), hired_on=date(2026, 9, 14))
    done = pay(facts, Carried(), month=Month(2026, 9))
    chain = done.carried_after.chain
    assert isinstance(chain, SalaryChain)
    assert (chain.basic, chain.additional, chain.employed_from, chain.last_month) == (D(10000), D(2000), 9, 10)
    after = pay(replace(facts, inputs=inputs()), done.carried_after)
    assert isinstance(after.carried_after.chain, SalaryChain)
    assert (after.carried_after.chain.basic, after.carried_after.chain.additional) == (D(15000), D(3000))


def test_a_joiner_after_the_fifteenth_pays_no_insurance_in_the_month():
    facts = employee(inputs(worked_days=D(8)), hired_on=date(2026, 10, 16))
    done = pay(facts, Carried())
    assert [done.figures[name] for name in ("养老", "医疗", "失业", "公积金")] == [0, 0, 0, 0]
    assert done.employer == {}
    assert pay(replace(facts, hired_on=date(2026, 10, 15)), Carried()).figures["养老"] == D("800.00")


@pytest.mark.parametrize(("mode", "basic"), [(FROM_JANUARY, "55000"), (LUMP, "60000"), ("standard", "10000")])
def test_the_ways_of_counting_5000(mode: str, basic: str):
    facts = employee(inputs(worked_days=D(20)), hired_on=date(2026, 10, 8), tax_mode=mode)
    chain = pay(facts, Carried()).carried_after.chain
    assert isinstance(chain, SalaryChain)
    assert chain.basic == D(basic)
    assert chain.additional == D(2000)


def test_december_paid_in_january_begins_the_new_chain():
    state = salary_state()
    december = pay(employee(), state, month=Month(2026, 12))
    chain = december.carried_after.chain
    assert isinstance(chain, SalaryChain)
    assert (chain.year, chain.last_month, chain.basic, chain.additional) == (2027, 1, D(5000), D(1000))
    assert chain.income == december.gross
    told = pay(broker(), broker_state(), month=Month(2026, 12)).carried_after.chain
    assert isinstance(told, BrokerChain)
    assert (told.year, told.basic) == (2027, D(5000))


def test_the_payment_month_may_be_told():
    chain = pay(employee(), salary_state(), payment=Month(2026, 12)).carried_after.chain
    assert isinstance(chain, SalaryChain)
    assert (chain.last_month, chain.basic, chain.additional) == (12, D(60000), D(12000))


def test_other_deductions_of_the_opening_stay():
    state = Carried(
        SalaryChain(2026, last_month=10, income=D(300000), basic=D(50000), other=D(4000), relief=D(100), withheld=D(20000))
    )
    done = pay(employee(), state)
    gross, special = done.gross, D("800.00") + D("200.00") + D("20.00") + D("500.00")
    taxable = 300000 + gross - 55000 - special - 1000 - 4000
    assert done.figures["累计应纳税所得额"] == taxable
    assert done.figures["个税"] == round(taxable * D("0.20") - 16920, 2) - 100 - 20000


def test_a_broker_s_month():
    done = pay(broker(), broker_state())
    figures = done.figures
    assert figures["提成"] == figures["绩效"] == figures["应发"] == D("8000.00")
    assert (figures["增值税"], figures["附加"], figures["风险金"]) == (D("100.00"), D("6.00"), D("400.00"))
    assert figures["实发"] == D("8000.00") - 100 - 6 - 400
    assert figures["累计应纳税所得额"] == D("6320.00") - D("1580.00") - 6 - 55000
    assert all(figures[name] == 0 for name in ("底薪", "递延", "保底补足", "养老", "公积金", "开户奖励"))


def test_a_broker_s_surtax_may_be_exempt_and_the_carry_holds():
    scheme = changed_scheme(
        broker={"surtax": {"items": ["0.07", "0.03", "0.02"], "relief": "0.5", "edu_exempt": True, "rounding": "one_by_one"}}
    )
    assert pay(broker(), scheme=scheme).figures["附加"] == D("3.50")
    lost = pay(broker(net_commission=D("-10.00")))
    assert lost.carried_after.negative_commission == D("-10.00")
    assert lost.figures["应发"] == 0


@settings(max_examples=60, deadline=None)
@given(
    MONEY,
    st.integers(0, 100),
    st.integers(0, 12),
    st.booleans(),
    MONEY,
    st.sampled_from(["见习", "初级", "中级", "高级", "资深"]),
)
def test_lines_always_sum_to_the_slip(net: Decimal, score: int, complaints: int, serious: bool, assets: Decimal, grade: str):
    given_inputs = inputs(duty_score=D(score), complaints=complaints, serious_violation=serious, damages_balance=D("321.00"))
    done = pay(employee(given_inputs, net_commission=net, net_new_assets=assets, grade=grade))
    by_label = {line.label: line.amount for line in done.lines}
    assert done.gross == sum(by_label[name] * sign for name, sign in GROSS_PARTS.items())
    assert done.net == done.gross - sum(by_label.get(name, D(0)) for name in DEDUCTIONS)
    assert all(amount == amount.quantize(D("0.01")) for name, amount in done.figures.items() if name != "完成率")
    assert done.gross - done.figures["加班"] >= D("2700.00")
    assert done.carried_after.negative_commission == min(net, D(0))


@settings(max_examples=60, deadline=None)
@given(MONEY, MONEY)
def test_a_better_month_never_pays_less(one: Decimal, other: Decimal):
    low, high = (pay(employee(net_commission=net)).gross for net in sorted((one, other)))
    assert low <= high


def test_a_slip_that_does_not_add_up_is_found():
    done = pay(employee())
    for name in ("应发", "实发"):
        broken = replace(done, figures={**done.figures, name: done.figures[name] + D("0.01")})
        with pytest.raises(AssertionError, match=name):
            check(broken)
    moved = replace(done, lines=(done.lines[0]._replace(amount=D("1.00")), *done.lines[1:]))
    with pytest.raises(AssertionError, match="净佣金"):
        check(moved)


def test_a_scheme_not_in_force_is_refused():
    with pytest.raises(Missing, match="不能用于 2026年7月"):
        pay(employee(), salary_state(), month=Month(2026, 7))


def line_inputs(facts: PersonFacts, code: str) -> dict[str, Decimal]:
    return dict(next(line for line in pay(facts).lines if line.code == code).inputs)


def test_the_explanation_of_the_tax_adds_up():
    given_facts = employee(net_commission=D("90000.00"))
    said, taxed = line_inputs(given_facts, "cum_taxable"), line_inputs(given_facts, "income_tax")
    left = said["income"] - said["exempt"] - said["basic"] - said["special"] - said["additional"] - said["other"]
    assert left == pay(given_facts).figures["累计应纳税所得额"] == taxed["taxable"]
    assert said["income"] == 60000 + pay(given_facts).gross
    assert pay(given_facts).figures["个税"] == max(taxed["cum_tax"] - taxed["relief"] - taxed["withheld"], D(0))


def test_the_explanation_of_a_broker_s_tax_adds_up():
    said, figures = line_inputs(broker(), "cum_taxable"), pay(broker()).figures
    assert said["net"] == figures["应发"] - figures["增值税"]
    assert said["income_amount"] == said["net"] - said["expense"]
    assert said["incomes"] - said["basic"] - said["costs"] - said["surtaxes"] - said["other"] == figures["累计应纳税所得额"]
    fresh = pay(broker(hired_on=date(2026, 10, 8)), Carried()).carried_after.chain
    assert isinstance(fresh, BrokerChain)
    assert (fresh.net_income, fresh.employed_from, fresh.basic) == (D("7900.00"), 10, D(10000))


def test_the_explanation_of_the_wage_names_its_parts():
    rules = {line.label: line.rule for line in pay(employee(inputs(damages_balance=D(100)), post="小组长")).lines}
    assert rules["底薪"] == "中级底薪 4,000 × 100%(完成率 1.0000)"
    assert rules["提成"] == "计提净佣金 20,000.00 元按分段累进:(10,000 × 15% + 10,000.00 × 20%) × 职级系数 1.00"
    assert rules["养老"] == "缴费基数 10,000(下限 4,775,上限 27,549)取 10,000 × 个人 8%;单位 16% 为 1,600.00"
    assert rules["津贴"] == "其他补贴 0.00 + 小组长津贴 500"
    assert rules["单位社保公积金"].startswith("单位承担:养老 1,600.00,医疗 600.00,生育 50.00,失业 80.00,工伤 20.00,公积金 500.00")
