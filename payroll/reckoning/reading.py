"""From a scheme's JSON to a checked `Scheme`. What the code doesn't know (a key, a method, a word) is refused by name.

All mistakes are collected: the refusal's `items` hold one Chinese sentence each.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date
from typing import Any, TypeVar

from kernel.months import Month
from kernel.refusals import Refusal
from payroll.reckoning import scheme as kinds
from payroll.reckoning import tables, vat
from payroll.reckoning.reader import Reader
from payroll.reckoning.scheme import Scheme
from payroll.reckoning.tables import Tier, Tiers

Part = TypeVar("Part")

STEPS = [
    "net_commission",
    "completion",
    "base_pay",
    "attendance_deduction",
    "overtime",
    "commission",
    "opening_award",
    "asset_award",
    "product_award",
    "duty",
    "compliance",
    "performance",
    "deferred",
    "released",
    "allowances",
    "damages",
    "minimum_topup",
    "gross",
    "insurance",
    "vat_surtax",
    "income_tax",
    "risk_reserve",
    "other_deduction",
    "net_pay",
]
PARAMETER_KINDS = (
    "insurance",
    "housing_fund",
    "minimum_wage",
    "sick_floor",
    "income_tax",
    "vat",
    "surtax",
    "basic_deduction",
)


def parse_scheme(data: Mapping[str, Any]) -> Scheme:
    """The scheme that `data` (decoded JSON) describes. Raises Refusal (code `bad_scheme`) naming every mistake."""
    mistakes: list[str] = []
    root = Reader(data, "", mistakes)
    parsed = _scheme(root)
    root.close()
    if mistakes:
        raise Refusal("薪酬方案不能采用:" + ";".join(mistakes), code="bad_scheme", items=mistakes)
    return parsed


def _closed(reader: Reader, build: Callable[[Reader], Part]) -> Part:
    built = build(reader)
    reader.close()
    return built


def _scheme(root: Reader) -> Scheme:
    _fixed(root)
    method, tiers, times_grade_factor = _closed(root.part("commission"), _commission)
    team_leader, group_leader = _closed(root.part("allowances"), _allowances)
    first = root.month("effective_from") or Month(2000, 1)
    last = root.month("effective_to", empty=True)
    if last is not None and last < first:
        root.mistake("方案的“effective_to”早于“effective_from”")
    return Scheme(
        code=root.text("code"),
        name=root.text("name"),
        paper=root.text("paper"),
        effective_from=first,
        effective_to=last,
        payment_month_offset=root.whole("payment_month_offset"),
        parameter_month=_closed(
            root.part("parameter_month"),
            lambda part: {kind: str(part.one_of(kind, (kinds.PERIOD, kinds.PAYMENT))) for kind in PARAMETER_KINDS},
        ),
        grades=_grades(root.part("grades")),
        attribution=_closed(root.part("attribution"), _attribution),
        negative_total=_closed(root.part("net_commission"), _negative_total),
        commission=Tiers(method, tiers),
        times_grade_factor=times_grade_factor,
        opening_award=root.optional("opening_award", _opening_award),
        asset_award=root.optional("asset_award", _asset_award),
        product_award=root.optional("product_award", _product_award),
        completion_decimals=_closed(root.part("completion"), _completion_decimals),
        completion_bands=root.bands("completion_bands"),
        duty_bands=root.bands("duty_bands"),
        compliance=root.optional("compliance", _compliance),
        protection=root.optional("protection", _protection),
        attendance=_closed(root.part("attendance"), _attendance),
        overtime=_closed(root.part("overtime"), _overtime),
        deferral=root.optional("deferral", _deferral),
        team_leader=team_leader,
        group_leader=group_leader,
        damages=root.optional("damages", _damages),
        recovery=root.given("recovery", _recovery, kinds.RecoveryRule()),
        leaver=root.given(
            "leaver", lambda part: kinds.LeaverRule(str(part.one_of("lots", kinds.LEAVERS_LOTS))), kinds.LeaverRule()
        ),
        minimum_prorated=_closed(root.part("minimum_wage"), _minimum_prorated),
        insurance_last_hire_day=_closed(root.part("insurance"), _insurance_day),
        broker=_closed(root.part("broker"), _broker),
        raw=root.data,
    )


def _fixed(root: Reader) -> None:
    """The parts that have one meaning only: a different word would be a rule that the code doesn't know."""
    money = root.part("money")
    money.one_of("unit", ["yuan"])
    money.one_of("rounding", ["half_up"])
    money.one_of("decimals", [2])
    money.close()
    root.one_of("band_lower_bound", ["inclusive"])
    root.one_of("other_deduction", ["after_tax"])
    root.one_of("steps", [STEPS])


def _grades(part: Reader) -> dict[str, kinds.Grade]:
    if not part.data:
        part.mistake("方案的“grades”至少要有一个职级")
    return {
        name: _closed(part.part(name), lambda grade: kinds.Grade(grade.number("base"), grade.number("factor")))
        for name in list(part.data)
    }


def _attribution(part: Reader) -> kinds.Attribution:
    part.one_of("new_client_effective", ["opening_month"])
    part.one_of("change_effective", ["next_month"])
    shares = part.part("relation_share")
    return kinds.Attribution(
        part.share("crm_row_manager_share"), {relation: shares.share(relation) for relation in list(shares.data)}
    )


def _negative_total(part: Reader) -> str:
    part.one_of("source", ["净佣金收入"])
    part.one_of("negative_rows", ["count"])
    return str(part.one_of("negative_total", [kinds.CARRY_FORWARD, kinds.FORGIVE]))


def _commission(part: Reader) -> tuple[str, tuple[Tier, ...], bool]:
    part.get("methods")  # what the page may offer; the code's own list decides
    part.one_of("upper_bound", ["inclusive"])
    return str(part.one_of("method", tables.METHODS)), part.tiers("tiers"), part.flag("times_grade_factor")


def _opening_award(part: Reader) -> kinds.OpeningAward:
    part.one_of("valid_flag", ["是否有效户"])
    part.one_of("opening_month_is", [1])
    part.one_of("count_once", [True])
    written = part.get("opened_from")
    try:
        opened_from = date.fromisoformat(str(written))
    except ValueError:
        part.mistake(f"方案的“{part.name('opened_from')}”应是日期(如 2026-08-01),现为:{written}")
        opened_from = date.min
    return kinds.OpeningAward(
        part.number("per_account"),
        part.number("cap"),
        part.whole("count_within_months", low="1"),
        opened_from,
        part.flag("return_visit_gate"),
    )


def _asset_award(part: Reader) -> kinds.AssetAward:
    part.one_of("base", ["sum(资产转入-资产转出)"])
    return kinds.AssetAward(part.share("rate"), part.number("cap"), part.number("floor"))


def _product_award(part: Reader) -> kinds.ProductAward:
    part.one_of("rounding", ["per_sale"])
    part.one_of("unknown_product", ["exception"])
    part.one_of("suitability", ["client_level>=product_level"])
    part.one_of("unsuitable", ["no_award"])
    rates = part.part("rates")
    return kinds.ProductAward({code: rates.share(code) for code in list(rates.data)}, part.number("completion_factor"))


def _completion_decimals(part: Reader) -> int:
    part.one_of("numerator", ["net_commission_of_the_month_before_carry"])
    part.one_of("denominator", ["目标净佣金"])
    return part.whole("decimals")


def _compliance(part: Reader) -> kinds.Compliance:
    return kinds.Compliance(
        part.share("start"),
        part.number("per_complaint", low="-1", high="0"),
        part.share("floor"),
        part.share("serious_violation"),
    )


def _protection(part: Reader) -> kinds.Protection:
    part.one_of("hire_month_is", [1])
    return kinds.Protection(part.whole("months"), part.whole("extension_months"), part.share("base_rate"))


def _attendance(part: Reader) -> kinds.AttendanceRule:
    part.one_of("daily_wage_base", ["grade_base"])
    part.one_of("deduction_cap", ["base_pay"])
    return kinds.AttendanceRule(
        paid_days=part.number("paid_days", low="1", high="31"),
        hours_a_day=part.number("hours_a_day", low="1", high="24"),
        # A day away costs that day at most (工资支付暂行规定): a multiple is refused.
        unpaid_leave=part.share("unpaid_leave"),
        absence=part.share("absence"),
        sick_rate=part.share("sick_rate"),
        sick_floor_of_minimum=part.share("sick_floor_of_minimum"),
        part_month=str(part.one_of("part_month", (kinds.DUE_DAYS, kinds.PAID_DAYS))),
    )


def _overtime(part: Reader) -> kinds.OvertimeRule:
    part.one_of("hourly_base", ["grade_base"])
    return kinds.OvertimeRule(
        part.number("weekday", low="1.5"), part.number("rest_day", low="2"), part.number("statutory", low="3")
    )


def _deferral(part: Reader) -> kinds.DeferralRule:
    part.one_of("applies_to", ["performance"])
    part.one_of("instalment", ["half_up(amount/12), the last takes the rest", "half_up(amount/months), the last takes the rest"])
    part.one_of("serious_violation_month", ["no release, the schedule moves by one month"])
    return kinds.DeferralRule(
        part.number("when_above"),
        part.share("share"),
        part.whole("months", low="1"),
        part.whole("release_start_months_after", low="1"),
    )


def _allowances(part: Reader) -> tuple[kinds.LeaderAllowance | None, kinds.PostAllowance | None]:
    part.one_of("other", ["其他补贴"])
    return part.optional("team_leader", _team_leader), part.optional("group_leader", _group_leader)


def _team_leader(part: Reader) -> kinds.LeaderAllowance:
    part.one_of("base", ["team_net_commission"])
    part.one_of("team_includes_leader_and_brokers", [True])
    return kinds.LeaderAllowance(part.text("post"), part.number("base_floor"), part.bands("bands"))


def _group_leader(part: Reader) -> kinds.PostAllowance:
    return kinds.PostAllowance(part.text("post"), part.number("amount"), bool(part.one_of("prorated", [False])))


def _damages(part: Reader) -> kinds.DamagesRule:
    part.one_of("wage", ["base_pay-attendance+performance-deferred+released+allowances"])
    share = part.number("share_of_wage", high="0.20")  # 工资支付暂行规定 第十六条
    part.one_of("keep_minimum_wage", [True])
    return kinds.DamagesRule(share, keep_minimum_wage=True)


def _recovery(part: Reader) -> kinds.RecoveryRule:
    return kinds.RecoveryRule(
        part.number("share_of_wage", high="0.20"),  # 工资支付暂行规定 第十六条
        part.share("broker_share"),
    )


def _minimum_prorated(part: Reader) -> bool:
    part.one_of("parameter", ["wage.min_month"])
    part.one_of("compare", ["wage_without_overtime_after_damages"])
    part.one_of("prorate", ["(due-not_in_service-unpaid_leave-absence)/due"])
    return part.flag("prorated")


def _insurance_day(part: Reader) -> int:
    part.one_of("items", [["pension", "medical_1|medical_2", "unemployment", "housing_fund"]])
    part.one_of("base", ["社保基数"])
    part.one_of("else", ["next_month"])
    part.one_of("housing_fund_rate", ["公积金比例"])
    part.one_of("rounding", ["per_item"])
    return part.whole("hired_on_or_before_day")


def _broker(part: Reader) -> kinds.BrokerTerms:
    part.one_of("management_factor", ["duty_bands*compliance"])
    part.one_of("awards", [[]])
    for key in ("deferral", "minimum_wage", "insurance"):
        part.one_of(key, [False])
    surtax, reserve, tax = part.part("surtax"), part.part("risk_reserve"), part.part("tax")
    surtax.one_of("rounding", ["one_by_one"])
    reserve.one_of("base", ["performance_with_vat"])
    reserve.one_of("before_tax", [False])
    tax.one_of("income", ["gross_without_vat"])
    items = surtax.get("items")
    if not isinstance(items, list) or len(items) != 3:
        surtax.mistake(f"方案的“{surtax.name('items')}”应依次写城建税、教育费附加、地方教育附加三个税率,现为:{items}")
        items = [0, 0, 0]
    urban, education, local = (surtax.as_number(rate, surtax.name("items"), high="1") for rate in items)
    terms = kinds.BrokerTerms(
        contract_rate=part.share("contract_rate"),
        risk_reserve=reserve.share("rate"),
        vat_mode=str(part.one_of("vat_mode", vat.MODES)),
        surtax_rates=(urban, education, local),
        surtax_relief=surtax.share("relief"),
        edu_exempt=surtax.flag("edu_exempt"),
        expense_rate=tax.share("expense_rate"),
        development_cost_rate=tax.share("development_cost_rate"),
    )
    for reader in (surtax, reserve, tax):
        reader.close()
    return terms
