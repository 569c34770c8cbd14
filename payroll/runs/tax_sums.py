"""个税计算: single payments worked out with the law's figures of a day, each with its steps in words. Nothing is kept.

Sources: 财税〔2018〕164号 第一条 (全年一次性奖金), 第五条 (一次性补偿); 总局公告2018年第61号 (劳务报酬). Amounts in yuan.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal

from branch.parameters.queries import ParameterBook
from branch.people.models import Person
from kernel.money import ZERO, decimal
from kernel.refusals import Refusal
from payroll.reckoning.slip import percent
from payroll.reckoning.tax import SalaryChain, TaxTable, annual_bonus, bonus_trap, chain_from_dict, labour_service, severance
from payroll.runs.models import PaySlip


@dataclass(frozen=True)
class YearSoFar:
    """The year's chain before the payment: cumulative taxable income (may be negative), tax withheld and relieved so far."""

    taxable: Decimal
    withheld: Decimal
    source: str = ""


@dataclass(frozen=True)
class Answer:
    """What comes out: the sentence that counts, the steps, the figures beside each other, a warning or ""."""

    verdict: str
    steps: list[str]
    figures: list[tuple[str, Decimal]] = field(default_factory=list)
    warning: str = ""


def _yuan(amount: Decimal) -> str:
    return f"{amount:,.2f}"


def _table(book: ParameterBook, code: str, day: date) -> TaxTable:
    return TaxTable.of(book.value(code, day))


def _on(table: TaxTable, amount: Decimal) -> str:
    """`amount` × rate − quick = tax, in words."""
    row = table.row(amount)
    tail = "" if amount > 0 else "(不足 0,不纳税)"
    return f"{_yuan(amount)} × {percent(row.rate)} − 速算扣除数 {_yuan(row.quick)} = {_yuan(table.tax(amount))}{tail}"


def last_slip(slips: list[PaySlip], person: Person, day: date) -> YearSoFar:
    """The year's chain of the person's last slip among `slips`. Raises Refusal where there is none of that year."""
    for slip in sorted((one for one in slips if one.person_id == person.pk), key=lambda one: one.month.number, reverse=True):
        chain = chain_from_dict(slip.carried_after["chain"])
        if chain.year != day.year:
            continue
        if not isinstance(chain, SalaryChain):
            raise Refusal(f"{person.name}是证券经纪人,没有工资、薪金,不适用全年一次性奖金")
        return YearSoFar(chain.taxable, chain.withheld + chain.relief, f"取自{slip.month.label}工资单的累计数")
    raise Refusal(f"{person.name}在 {day.year} 年没有工资单,请改为手填累计应纳税所得额")


def bonus(amount: Decimal, so_far: YearSoFar, day: date) -> Answer:
    """全年一次性奖金, taxed apart beside taken into the year's income; the cheaper of the two on what is known so far."""
    book = ParameterBook.load()
    annual, monthly = _table(book, "iit.annual_table", day), _table(book, "iit.monthly_table", day)
    before, merged = annual.tax(so_far.taxable), annual.tax(so_far.taxable + amount)
    joined, now = merged - before, max(merged - so_far.withheld, ZERO)
    steps = [
        f"并入综合所得:累计应纳税所得额 {_yuan(so_far.taxable)} + 奖金 {_yuan(amount)},{_on(annual, so_far.taxable + amount)};"
        f"比不发奖金时的 {_yuan(before)} 多 {_yuan(joined)}",
        f"并入时本次预扣:{_yuan(merged)} − 已预扣 {_yuan(so_far.withheld)} = {_yuan(now)}(不足 0 不退)",
    ]
    until = book.find("iit.bonus_separate_until", day)
    if until is None or day > date.fromisoformat(str(until)):
        return Answer(f"{day} 已不能单独计税,须并入综合所得,多缴 {_yuan(joined)} 元", steps, [("并入综合所得", joined)])
    row, apart = monthly.row(amount / 12), annual_bonus(amount, monthly)
    steps.insert(
        0,
        f"单独计税:奖金 {_yuan(amount)} ÷ 12 = {_yuan(amount / 12)},适用 {percent(row.rate)},"
        f"{_yuan(amount)} × {percent(row.rate)} − 速算扣除数 {_yuan(row.quick)} = {_yuan(apart)}",
    )
    if apart == joined:
        verdict = f"两种算法税额相同,都是 {_yuan(apart)} 元"
    else:
        cheaper = "单独计税" if apart < joined else "并入综合所得"
        verdict = f"{cheaper}较省,少缴 {_yuan(abs(apart - joined))} 元"
    return Answer(verdict, steps, [("单独计税", apart), ("并入综合所得", joined)], bonus_trap(amount, monthly) or "")


def labour(amount: Decimal, day: date) -> Answer:
    """一般劳务报酬 of one payment (not a broker's commission, which has its own chain)."""
    book = ParameterBook.load()
    table = _table(book, "iit.labour_table", day)
    small_up_to, fixed, rate = (decimal(part) for part in book.value("iit.labour_expense", day))
    small = amount <= small_up_to
    expense = fixed if small else amount * rate
    tax = labour_service(amount, table, small_up_to=small_up_to, fixed=fixed, rate=rate)
    how = f"不超过 {_yuan(small_up_to)},减定额 {_yuan(fixed)}" if small else f"超过 {_yuan(small_up_to)},减 {percent(rate)}"
    steps = [
        f"减除费用:本次收入 {_yuan(amount)} {how},得 {_yuan(max(amount - expense, ZERO))}",
        f"预扣税额:{_on(table, max(amount - expense, ZERO))}",
    ]
    return Answer(f"应预扣 {_yuan(tax)} 元,税后 {_yuan(amount - tax)} 元", steps, [("预扣税额", tax), ("税后", amount - tax)])


def compensation(amount: Decimal, cap: Decimal | None, day: date) -> Answer:
    """离职补偿: what exceeds three times the local average yearly wage, alone on the annual table."""
    book = ParameterBook.load()
    table = _table(book, "iit.annual_table", day)
    known = book.find("iit.severance_exempt_cap", day)
    limit = cap if cap is not None else decimal(known) if known is not None else None
    if limit is None:
        raise Refusal("请填写免税限额(当地上年职工年平均工资的 3 倍);参数里还没有这个数")
    over = max(amount - limit, ZERO)
    tax = severance(amount, limit, table)
    steps = [
        f"免税部分:补偿收入 {_yuan(amount)} 中不超过 {_yuan(limit)} 的部分免税;超过的 {_yuan(over)} 单独计税,不并入综合所得",
        f"应纳税额:{_on(table, over)}",
    ]
    return Answer(f"应纳税 {_yuan(tax)} 元,税后 {_yuan(amount - tax)} 元", steps, [("应纳税额", tax), ("税后", amount - tax)])
