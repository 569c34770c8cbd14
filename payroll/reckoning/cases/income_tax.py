"""income_tax.json: the two chains, from gross to net, and the single payments."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from decimal import Decimal
from pathlib import Path
from typing import Any

from kernel.money import ZERO
from payroll.reckoning import parameters, tax, vat
from payroll.reckoning.cases.results import Broken, CaseResult, Compared, Tools, Unreadable, load_json, need, number, only, run

CASE_KEYS = ("id", "kind", "options", "months", "expected")
SINGLE_KEYS = ("id", "kind", "options", "input", "expected")
CHAIN_OPTIONS = ("basic_start", "lump60000")
SALARY_FIGURES = ("cum_taxable", "rate", "quick", "cum_tax", "tax")
BROKER_FIGURES = ("income_amount", "dev_cost", *SALARY_FIGURES)
GROSS_FIGURES = ("vat", "urban", "edu", "local", "net_income", *BROKER_FIGURES, "take_home")

Month = Mapping[str, Any]
Step = Callable[[int, Month], dict[str, Decimal]]


def read(path: Path, tools: Tools) -> list[CaseResult]:
    """All cases of the file."""
    cases = load_json(path)
    if not isinstance(cases, list) or not all(isinstance(case, dict) for case in cases):
        raise Unreadable(f"{path.name} 应是一列案例")
    return [_case(case, index, tools) for index, case in enumerate(cases, 1)]


def _case(case: Mapping[str, Any], index: int, tools: Tools) -> CaseResult:
    def work(compared: Compared) -> None:
        kind = case.get("kind")
        if kind in CHAINS:
            CHAINS[str(kind)](case, tools, compared)
        elif kind in SINGLES:
            _single(case, tools, compared)
        else:
            raise Broken(f"不认得的种类“{kind}”")

    return run(str(case.get("id") or f"第{index}例"), work)


def _options(case: Mapping[str, Any], known: Sequence[str]) -> Mapping[str, Any]:
    options = case.get("options") or {}
    only(options, known, "options ")
    for flag in ("lump60000", "edu_exempt"):
        if not isinstance(options.get(flag, False), bool):
            raise Broken(f"选项“{flag}”应是 true 或 false")
    return options


def _months(case: Mapping[str, Any]) -> list[Month]:
    """The months in order and without gaps, all of one tax year."""
    months = case.get("months")
    if not isinstance(months, list) or not months:
        raise Broken("缺“months”")
    numbers = [int(need(month, "month", "months ")) for month in months]
    if numbers != list(range(numbers[0], numbers[0] + len(numbers))) or not 1 <= numbers[0] <= numbers[-1] <= 12:
        raise Broken(f"月份应连续且在同一年内,现为 {numbers}")
    return months


def _start(options: Mapping[str, Any], months: list[Month]) -> int:
    start = int(number(options.get("basic_start", months[0]["month"]), "basic_start"))
    if not 1 <= start <= 12:
        raise Broken(f"“basic_start”应在 1 至 12 之间,现为 {start}")
    return start


def _compare_months(case: Mapping[str, Any], known: Sequence[str], compared: Compared, step: Step) -> None:
    """Reckon every month in order and compare those that the case expects figures of."""
    months = _months(case)
    expected = case.get("expected")
    if not isinstance(expected, list):
        raise Broken("“expected”应是每月一项")
    got = {int(month["month"]): step(int(month["month"]), month) for month in months}
    for wanted in expected:
        only(wanted, ("month", *known), "expected ")
        month = int(need(wanted, "month", "expected "))
        if month not in got:
            raise Broken(f"expected 的 {month} 月不在 months 里")
        for name, value in wanted.items():
            if name in known:
                compared.add(f"{month}.{name}", value, got[month][name])


def _amount(month: Month, key: str) -> Decimal:
    value = month.get(key)
    return ZERO if value is None else number(value, key)


def _withheld(step: tax.Withheld) -> dict[str, Decimal]:
    return {
        "cum_taxable": step.cum_taxable,
        "rate": step.rate,
        "quick": step.quick,
        "cum_tax": step.cum_tax,
        "tax": step.tax,
    }


class _Law:
    """The dated figures that all chains use."""

    def __init__(self, tools: Tools) -> None:
        self.table = tax.TaxTable.of(tools.lookup("iit.annual_table", tools.day))
        self.basic_month = number(tools.lookup("iit.basic_deduction_month", tools.day), "iit.basic_deduction_month")
        self.lump = number(tools.lookup("iit.lump_60000_limit", tools.day), "iit.lump_60000_limit")
        self.expense_rate = number(tools.lookup("iit.broker.expense_rate", tools.day), "iit.broker.expense_rate")
        self.cost_rate = number(tools.lookup("iit.broker.development_cost_rate", tools.day), "iit.broker.development_cost_rate")


def _salary(case: Mapping[str, Any], tools: Tools, compared: Compared) -> None:
    only(case, CASE_KEYS, "案例")
    options, law = _options(case, CHAIN_OPTIONS), _Law(tools)
    start = _start(options, _months(case))
    chain = tax.SalaryChain(tools.day.year, start, start, lump=options.get("lump60000", False))

    def step(number_of_month: int, month: Month) -> dict[str, Decimal]:
        nonlocal chain
        only(month, ("month", "income", "exempt", "ins", "add", "other", "relief"), "months ")
        chain, withheld = tax.salary_step(
            chain,
            law.table,
            number_of_month,
            basic_month=law.basic_month,
            lump_amount=law.lump,
            income=_amount(month, "income"),
            exempt=_amount(month, "exempt"),
            special=_amount(month, "ins"),
            additional=_amount(month, "add"),
            other=_amount(month, "other"),
            relief=_amount(month, "relief"),
        )
        return _withheld(withheld)

    _compare_months(case, SALARY_FIGURES, compared, step)


def _broker_chain(case: Mapping[str, Any], tools: Tools, options: Mapping[str, Any]) -> Callable[..., dict[str, Decimal]]:
    """A step that grows one broker's chain by a net income and its surtaxes."""
    law = _Law(tools)
    start = _start(options, _months(case))
    chain = tax.BrokerChain(tools.day.year, start, start, lump=options.get("lump60000", False))

    def grow(month: int, net: Decimal, surtax: Decimal = ZERO) -> dict[str, Decimal]:
        nonlocal chain
        chain, step = tax.broker_step(
            chain,
            law.table,
            month,
            basic_month=law.basic_month,
            lump_amount=law.lump,
            expense_rate=law.expense_rate,
            development_cost_rate=law.cost_rate,
            net=net,
            surtax=surtax,
        )
        return {"income_amount": step.income_amount, "dev_cost": step.development_cost, **_withheld(step.withheld)}

    return grow


def _broker(case: Mapping[str, Any], tools: Tools, compared: Compared) -> None:
    only(case, CASE_KEYS, "案例")
    grow = _broker_chain(case, tools, _options(case, CHAIN_OPTIONS))

    def step(number_of_month: int, month: Month) -> dict[str, Decimal]:
        only(month, ("month", "net"), "months ")
        return grow(number_of_month, _amount(month, "net"))

    _compare_months(case, BROKER_FIGURES, compared, step)


def _gross_to_net(case: Mapping[str, Any], tools: Tools, compared: Compared) -> None:
    only(case, CASE_KEYS, "案例")
    options = _options(case, (*CHAIN_OPTIONS, "vat_mode", "threshold", "edu_exempt"))
    mode = options.get("vat_mode")
    if mode is not None and mode not in vat.MODES:
        raise Broken(f"不认得的增值税口径“{mode}”")
    threshold = None if options.get("threshold") is None else number(options["threshold"], "threshold")
    rule = parameters.vat_rule(tools.lookup, tools.day, mode=mode, threshold=threshold)
    rates = parameters.surtax_rates(tools.lookup, tools.day)
    relief = number(tools.lookup("surtax.relief", tools.day), "surtax.relief")
    grow = _broker_chain(case, tools, options)

    def step(number_of_month: int, month: Month) -> dict[str, Decimal]:
        only(month, ("month", "gross", "vat") if rule.mode == vat.MANUAL else ("month", "gross"), "months ")
        gross = _amount(month, "gross")
        given = number(month["vat"], "vat") if "vat" in month else None
        value_added = vat.vat(gross, rule, given)
        surtaxes = vat.surtaxes(value_added, rates, relief, edu_exempt=options.get("edu_exempt", False))
        chain = grow(number_of_month, gross - value_added, surtaxes.total)
        return {
            "vat": value_added,
            "urban": surtaxes.urban,
            "edu": surtaxes.education,
            "local": surtaxes.local,
            "net_income": gross - value_added,
            **chain,
            "take_home": gross - value_added - surtaxes.total - chain["tax"],
        }

    _compare_months(case, GROSS_FIGURES, compared, step)


def _bonus(amount: Decimal, case: Mapping[str, Any], tools: Tools) -> Decimal:
    return tax.annual_bonus(amount, tax.TaxTable.of(tools.lookup("iit.monthly_table", tools.day)))


def _labour(amount: Decimal, case: Mapping[str, Any], tools: Tools) -> Decimal:
    small, fixed, rate = (number(value, "iit.labour_expense") for value in tools.lookup("iit.labour_expense", tools.day))
    table = tax.TaxTable.of(tools.lookup("iit.labour_table", tools.day))
    return tax.labour_service(amount, table, small_up_to=small, fixed=fixed, rate=rate)


def _severance(amount: Decimal, case: Mapping[str, Any], tools: Tools) -> Decimal:
    cap = need(case, "exempt_cap", "案例")
    return tax.severance(amount, cap, tax.TaxTable.of(tools.lookup("iit.annual_table", tools.day)))


def _single(case: Mapping[str, Any], tools: Tools, compared: Compared) -> None:
    """One payment: `input` → `tax`."""
    kind = str(case["kind"])
    only(case, (*SINGLE_KEYS, "exempt_cap") if kind == "severance" else SINGLE_KEYS, "案例")
    _options(case, ())
    got = SINGLES[kind](need(case, "input", "案例"), case, tools)
    expected = case.get("expected")
    if isinstance(expected, Mapping):
        only(expected, ("tax",), "expected ")
        expected = expected.get("tax")
    if expected is None:
        raise Broken("案例缺“expected”")
    compared.add("tax", expected, got)


CHAINS: Mapping[str, Callable[[Mapping[str, Any], Tools, Compared], None]] = {
    "salary_cumulative": _salary,
    "broker_commission_cumulative": _broker,
    "broker_gross_to_net": _gross_to_net,
}
SINGLES: Mapping[str, Callable[[Decimal, Mapping[str, Any], Tools], Decimal]] = {
    "annual_bonus_separate": _bonus,
    "labour_service_general": _labour,
    "severance": _severance,
}
