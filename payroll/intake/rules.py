"""What is wrong, missing or odd in a month's inputs and in opening balances. Plain values in, findings out."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import asdict, dataclass, field
from datetime import date
from decimal import Decimal
from typing import Any

from kernel.money import ZERO, yuan
from kernel.months import Month
from payroll.reckoning.facts import FROM_JANUARY, INPUT_COLUMNS, LUMP, STANDARD
from payroll.reckoning.problems import ATTENDANCE, BOTH, EMPLOYEE_ONLY

EMPLOYEE, BROKER = "employee", "broker"
_LEAVE = ("worked_days", "personal_leave", "sick_leave", "absence")
_CENT = Decimal("0.01")


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing found: where (`row` 0: no row of the file), about whom, and a sentence that says what to mend."""

    row: int
    staff_no: str
    name: str
    column: str
    value: str
    message: str
    sheet: str = ""

    def as_dict(self) -> dict[str, Any]:
        return asdict(self)

    def __str__(self) -> str:
        where = (f"“{self.sheet}”表" if self.sheet else "") + (f"第 {self.row} 行" if self.row else "")
        who = " ".join(part for part in (where, self.staff_no, self.name) if part)
        value = f"“{self.value}”" if self.value else ""
        return f"{who}{f'「{self.column}」' if self.column else ''}{value}:{self.message}"


@dataclass
class Findings:
    """`refused` keeps the whole file out; `exceptions` let it in and block one person's pay; `notices` block nobody."""

    refused: list[Finding] = field(default_factory=list)
    exceptions: list[Finding] = field(default_factory=list)
    notices: list[Finding] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Known:
    """Somebody employed at the branch in the time asked for; `kind` is employee or broker."""

    person_id: int
    staff_no: str
    name: str
    kind: str
    hired_on: date
    left_on: date | None = None


@dataclass(frozen=True, slots=True)
class Row:
    """A row as read: the number in the file, and its typed cells by key."""

    number: int
    cells: Mapping[str, Any]
    sheet: str = ""

    def __getitem__(self, key: str) -> Any:
        return self.cells[key]

    def finding(self, column: str, message: str, value: object = "") -> Finding:
        return Finding(self.number, self["staff_no"], self["name"] or "", column, str(value), message, self.sheet)


def missing_cells(kind: str, cells: Mapping[str, Any]) -> list[str]:
    """The keys that this kind of engagement needs and that are blank. A broker's VAT is imported, never guessed."""
    needed = (*BOTH, *EMPLOYEE_ONLY) if kind == EMPLOYEE else (*BOTH, "vat")
    return [key for key in needed if cells[key] is None]


def check_inputs(
    rows: Iterable[Row],
    people: Mapping[str, Known],
    strangers: Mapping[str, str],
    *,
    month: Month,
    work_days: int,
    unread: Iterable[str] = (),
) -> Findings:
    """Judge a month's sheet. `people`: who is employed in the month, by staff number; `strangers`: why the others are not.

    `work_days` is what the calendar says of the month; `unread` are those whose row can't be read.
    """
    found = Findings()
    seen: dict[str, int] = {}
    for row in rows:
        refused = list(_identity(row, people, strangers, seen)) or list(_impossible(row))
        found.refused += refused
        if not refused:
            known = people[row["staff_no"]]
            found.exceptions += _exceptions(row, known, month)
            found.notices += _notices(row, known, work_days)
    for staff_no in sorted(people.keys() - seen.keys() - set(unread)):
        known = people[staff_no]
        found.exceptions.append(
            Finding(0, staff_no, known.name, "", "", f"{month.label}在册,但核算输入里没有此人,补上以前不能核算")
        )
    return found


def _days(days: Decimal) -> str:
    """`18`, `0.5`: days as people write them."""
    return f"{days.normalize():f}"


def _identity(
    row: Row, people: Mapping[str, Known], strangers: Mapping[str, str], seen: dict[str, int], *, need_name: bool = False
) -> Iterator[Finding]:
    staff_no, name = row["staff_no"], row["name"]
    first = seen.setdefault(staff_no, row.number)
    if first != row.number:
        yield row.finding("工号", f"与第 {first} 行重复,一人只能有一行", staff_no)
    known = people.get(staff_no)
    if known is None:
        yield row.finding("工号", strangers.get(staff_no, "系统里没有这个工号,请核对或先导入名册"), staff_no)
    elif (name or need_name) and name != known.name:
        yield row.finding("姓名", f"与工号不符,{staff_no} 是{known.name}", name or "")


def _impossible(row: Row) -> Iterator[Finding]:
    due = row["due_days"]
    days = [row[key] for key in _LEAVE]
    if due is not None and sum((day for day in days if day is not None), Decimal(0)) > due:
        over = sum((day for day in days if day is not None), Decimal(0)) - due
        yield row.finding("应出勤天数", f"实出勤与事假、病假、旷工合计比应出勤多 {_days(over)} 天,请核对考勤", _days(due))


def _exceptions(row: Row, known: Known, month: Month) -> Iterator[Finding]:
    for key in missing_cells(known.kind, row.cells):
        yield row.finding(INPUT_COLUMNS[key], "没有填写,填上以前此人不能核算(没有请填 0)")
    if row["target"] is not None and row["target"] <= 0:
        yield row.finding("目标净佣金", "必须大于 0 才能算完成率", row["target"])
    if known.kind == EMPLOYEE and not any(row[key] is None for key in ("due_days", *_LEAVE)):
        yield from _attendance_exceptions(row, known, month)


def _attendance_exceptions(row: Row, known: Known, month: Month) -> Iterator[Finding]:
    due = row["due_days"]
    out = due - sum(row[key] for key in _LEAVE)
    if due == 0:
        yield row.finding("应出勤天数", "必须大于 0", "0")
    elif out > 0 and known.hired_on not in month and (known.left_on is None or known.left_on not in month):
        yield row.finding(
            "实出勤天数", f"比应出勤少 {_days(out)} 天没有说明(只有入职、离职当月可以),请核对考勤", _days(row["worked_days"])
        )


def _notices(row: Row, known: Known, work_days: int) -> Iterator[Finding]:
    due = row["due_days"]
    if known.kind == BROKER and any(row[key] for key in ATTENDANCE):
        yield row.finding("应出勤天数", "证券经纪人不按考勤计酬,考勤各列不会使用", "" if due is None else _days(due))
    if known.kind == EMPLOYEE and due is not None and due != work_days:
        yield row.finding("应出勤天数", f"与工作日历的 {work_days} 天不同,将按表中的天数核算", _days(due))
    if known.kind == EMPLOYEE and row["vat"]:
        yield row.finding("增值税", "员工不缴增值税,这一格不会使用", row["vat"])
    if known.kind == BROKER and row["damages_balance"]:
        yield row.finding("赔偿扣款余额", "证券经纪人没有赔偿扣款,这一格不会使用", row["damages_balance"])
    if row["serious_violation"]:
        yield row.finding("严重违规", "填了“是”:本月合规系数为 0,递延停发", "是")


@dataclass(frozen=True, slots=True)
class OpeningTerms:
    """What opening balances are judged by: the first month, and the tax law's two amounts (元) of that year."""

    first_month: Month
    basic_month: Decimal
    lump: Decimal


def basic_mode(started: Month, basic: Decimal, terms: OpeningTerms) -> str | None:
    """The rule that gives this 累计减除费用: from the start month, from January (公告13号), 60,000 (公告19号); or None."""
    last = terms.first_month.month
    employed_from = started.month if started.year == terms.first_month.year else 1
    if basic == terms.basic_month * (last - employed_from + 1):
        return STANDARD
    if basic == terms.basic_month * last:
        return FROM_JANUARY
    return LUMP if basic == terms.lump else None


def check_opening(
    rows: Mapping[str, Iterable[Row]],
    people: Mapping[str, Known],
    strangers: Mapping[str, str],
    terms: OpeningTerms,
    *,
    had: Iterable[str] = (),
) -> Findings:
    """Judge an opening file: `rows` by kind; `people`: all of the branch in the first month; `had`: who need not be in it."""
    found = Findings()
    seen: dict[str, int] = {}
    for kind, listed in rows.items():
        per_sheet: dict[str, int] = {}
        for row in listed:
            refused = list(_identity(row, people, strangers, per_sheet, need_name=True))
            refused = refused or list(_wrong_place(row, people[row["staff_no"]], kind, seen, terms))
            refused = refused or list(_chain(row, terms)) + list(_deferral(row)) + list(_signs(row))
            found.refused += refused
            seen[row["staff_no"]] = row.number
            if not refused:
                found.notices += _opening_notices(row, people[row["staff_no"]], kind, terms)
    for staff_no in sorted(people.keys() - seen.keys() - set(had)):
        known = people[staff_no]
        if known.hired_on < terms.first_month.first:
            sentence = f"{known.hired_on} 入职,早于 {terms.first_month.label},期初里没有此人,补上以前不能核算"
            found.exceptions.append(Finding(0, staff_no, known.name, "", "", sentence))
    return found


def _wrong_place(row: Row, known: Known, kind: str, seen: Mapping[str, int], terms: OpeningTerms) -> Iterator[Finding]:
    words = {EMPLOYEE: "员工", BROKER: "证券经纪人"}
    if row["staff_no"] in seen:
        yield row.finding("工号", "在“员工”和“证券经纪人”两张表里都有,一人只能有一行", row["staff_no"])
    if known.kind != kind:
        yield row.finding("工号", f"登记为{words[known.kind]},不应列在“{words[kind]}”表", row["staff_no"])
    if known.hired_on >= terms.first_month.first:
        yield row.finding("工号", f"{known.hired_on} 才入职,{terms.first_month.label}以前不应有期初余额", row["staff_no"])


def _chain(row: Row, terms: OpeningTerms) -> Iterator[Finding]:
    started, first = row["started"], terms.first_month
    if started > first:
        yield row.finding("起始月", f"晚于 {first.label},期初只到 {first.month} 月的发放", started)
        return
    if basic_mode(started, row["basic"], terms) is None:
        months = first.month - (started.month if started.year == first.year else 1) + 1
        right = f"{terms.basic_month:,.0f} × {months} 个月 = {terms.basic_month * months:,.2f}"
        yield row.finding("累计减除费用", f"应为 {right}(或按公告13号、19号的口径)", row["basic"])
    if row.cells.get("exempt", ZERO) > row.cells.get("income", ZERO):
        yield row.finding("累计免税收入", "大于累计收入", row["exempt"])


def _signs(row: Row) -> Iterator[Finding]:
    if row["negative_commission"] > 0:
        yield row.finding("负佣金结转", "只能是 0 或负数", row["negative_commission"])


def _deferral(row: Row) -> Iterator[Finding]:
    """A lot of `left` rounded instalments: balance and instalments agree but for the pennies that rounding leaves."""
    if "deferral_left" not in row.cells:
        return
    balance, left, instalment = row["deferral_balance"], row["deferral_left"], row["deferral_instalment"]
    if left == 0 and (balance or instalment):
        yield row.finding("递延剩余期数", "为 0,但递延余额或每期金额不为 0", left)
    elif left and (balance <= 0 or instalment <= 0):
        yield row.finding("递延余额", f"还有 {left} 期未发,余额和每期金额都要大于 0", balance)
    elif left and abs(balance - instalment * left) > _CENT * max(left, 12):
        yield row.finding("递延余额", f"与每期 {instalment} × {left} 期 = {instalment * left} 不符", balance)


def _opening_notices(row: Row, known: Known, kind: str, terms: OpeningTerms) -> Iterator[Finding]:
    first = terms.first_month
    expected = max(Month.of(known.hired_on), Month(first.year, 1))
    if max(row["started"], Month(first.year, 1)) != expected:
        yield row.finding("起始月", f"与入职日期 {known.hired_on} 不符(按名册应为 {expected}),请核对", row["started"])
    mode = basic_mode(row["started"], row["basic"], terms)
    if mode == FROM_JANUARY:
        yield row.finding("累计减除费用", "自 1 月起计(公告2020年第13号)", row["basic"])
    elif mode == LUMP:
        yield row.finding("累计减除费用", "一次扣足 60,000(公告2020年第19号)", row["basic"])
    if kind == BROKER:
        yield from _broker_notices(row)


def _broker_notices(row: Row) -> Iterator[Finding]:
    """费用 20 % and 展业成本 25 % are rounded month by month: a year's sums may differ by a few 分."""
    for column, value, right in (
        ("累计收入额", row["income_amount"], yuan(row["net_income"] * Decimal("0.8"))),
        ("累计展业成本", row["development_cost"], yuan(row["income_amount"] * Decimal("0.25"))),
    ):
        if abs(value - right) > _CENT * 12:
            yield row.finding(column, f"按累计数推算应约为 {right},请核对", value)


def not_lump(months: frozenset[int], income: Decimal, limit: Decimal) -> str:
    """Why 公告2020年第19号 does not apply, "" when it does: one payer withheld in all twelve months, income within the limit."""
    if income > limit:
        return f"上一年收入超过 {limit:,.2f} 元"
    missing = [month for month in range(1, 13) if month not in months]
    return "上一年没有本单位预扣记录的月份:" + "、".join(f"{month} 月" for month in missing) if missing else ""
