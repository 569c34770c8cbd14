"""What a roster must satisfy, row by row and as a whole. Plain functions; the day is passed in."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Iterator, Sequence
from datetime import date, timedelta
from decimal import Decimal

from kernel import identifiers, masks, money
from kernel.months import Month
from kernel.sheets.columns import CellProblem, Record

DEDUCTIONS = ("子女教育", "婴幼儿照护", "赡养老人", "继续教育", "住房贷款利息", "住房租金")
EMPLOYEE_ONLY = ("职级", "户籍", "医疗档", "社保基数", "公积金比例", *DEDUCTIONS, "专项附加合计")
LOWEST_RATE, HIGHEST_RATE = Decimal("0.05"), Decimal("0.12")  # 住房公积金管理条例, 深圳: whole percents from 5 to 12
WORKING_AGE = 16  # 劳动法第十五条
BROKER = "证券经纪人"


def problem(record: Record, column: str, message: str, value: object = "") -> CellProblem:
    return CellProblem(record.row, column, "" if value is None else str(value), message)


def manager_problems(records: Sequence[Record], today: date) -> list[CellProblem]:
    """Everything wrong with the sheet 客户经理."""
    found = [item for record in records for item in _row(record, today)]
    found += _doubles(records, "工号")
    found += _doubles(records, "证件号码")
    found += _leaders(records)
    return sorted(found, key=lambda item: item.row)


def grade_problems(records: Sequence[Record], known: Collection[str]) -> list[CellProblem]:
    """职级 that the branch's pay scheme doesn't know; nothing is known: nothing is wrong."""
    words = "、".join(sorted(known))
    return [
        problem(record, "职级", f"职级不在生效的薪酬方案内,方案有:{words}", record["职级"])
        for record in records
        if known and record["职级"] and record["职级"] not in known
    ]


def rehire_problem(record: Record, last_day: date, where: str, *, same: bool) -> CellProblem | None:
    """Why somebody whose last engagement ended on `last_day` can't begin anew on the row's day. `where`: the branch it was at;
    `same`: whether the new one is at the same branch and of the same kind.

    A person has one payslip a month, from one branch: only what goes on from the day before is one service.
    """
    hired, month = record["入职日期"], Month.of(last_day)
    if hired <= last_day:
        return problem(record, "入职日期", f"最后工作日是 {last_day},重新入职须晚于它;登记有误请先撤销离职", hired)
    if hired not in month or (same and hired == last_day + timedelta(1)):
        return None
    without_break = f";中间没有离开的填 {last_day + timedelta(1)}" if same else ""
    sentence = f"{month.label}在{where}任职到 {last_day},一人一月只有一张工资单,请自 {month.next.first} 起入职{without_break}"
    return problem(record, "入职日期", sentence, hired)


def days_for_second(former_end: date, hired: date, ended: date, *, same: bool) -> tuple[date, ...]:
    """Which days of hire an engagement that began within the month in which the former ended, and has ended itself, may be given,
    so that the month is one service or the former's alone. `same`: both are of one kind."""
    month = Month.of(former_end)
    if hired not in month or hired == former_end + timedelta(1):
        return ()
    without_break = (former_end + timedelta(1),) if same else ()
    return without_break + ((month.next.first,) if month.next.first <= ended else ())


def ended_problem(record: Record, ended: date, days: Collection[date]) -> CellProblem | None:
    """Why the day of hire of an ended engagement can't be the row's; `days` as `days_for_second` gives them."""
    if record["入职日期"] in days:
        return None
    words = " 或 ".join(str(day) for day in days)
    sentence = f"此人与前一段聘用在同一个月,并已于 {ended} 离职:入职日期只能更正为 {words},其余各列不采用"
    return problem(record, "入职日期", sentence, record["入职日期"])


def post_problems(records: Sequence[Record], managers: Iterable[str]) -> list[CellProblem]:
    """Everything wrong with the sheet 岗位人员. `managers`: the 工号 of the other sheet."""
    elsewhere = set(managers)
    found = _doubles(records, "工号")
    for record in records:
        verdict = identifiers.mobile(record["手机号"])
        if not verdict.accepted:
            found.append(problem(record, "手机号", verdict.message, masks.phone(record["手机号"])))
        if record["工号"] in elsewhere:
            found.append(problem(record, "工号", "这个工号也在“客户经理”表中,一人只能在一张表里", record["工号"]))
    return found


def _row(record: Record, today: date) -> Iterator[CellProblem]:
    yield from _identifiers(record, today)
    yield from _dates(record)
    if record["用工性质"] == BROKER:
        for name in EMPLOYEE_ONLY:
            if record[name] not in (None, ""):
                yield problem(record, name, "证券经纪人没有这一项,请清空", record[name])
        if record["岗位"] != "客户经理":
            yield problem(record, "岗位", "证券经纪人只能是客户经理", record["岗位"])
    else:
        yield from _employee(record)


def _identifiers(record: Record, today: date) -> Iterator[CellProblem]:
    number = record["证件号码"]
    verdict = identifiers.resident_id(number, today)
    if not verdict.accepted and not identifiers.hkmo_tw_residence_permit(number, today).accepted:
        yield problem(record, "证件号码", verdict.message, masks.id_number(number))
    checks = (("手机号", identifiers.mobile, masks.phone), ("银行卡号", identifiers.bank_card, masks.bank_account))
    for name, check, mask in checks:
        verdict = check(record[name])
        if not verdict.accepted:
            yield problem(record, name, verdict.message, mask(record[name]))
    verdict = identifiers.sac_registration(record["从业登记编号"])
    if not verdict.accepted:
        yield problem(record, "从业登记编号", verdict.message, record["从业登记编号"])


def _dates(record: Record) -> Iterator[CellProblem]:
    hired, start, end = record["入职日期"], record["合同起"], record["合同止"]
    if start < hired:
        yield problem(record, "合同起", f"合同起不能早于入职日期 {hired}", start)
    if end < start:
        yield problem(record, "合同止", f"合同止不能早于合同起 {start}", end)
    born = identifiers.normalised(record["证件号码"])[6:14]
    if born.isdecimal() and len(born) == 8 and hired.year - int(born[:4]) < WORKING_AGE:
        yield problem(record, "入职日期", f"入职时不满 {WORKING_AGE} 周岁,请核对入职日期和证件号码", hired)


def _employee(record: Record) -> Iterator[CellProblem]:
    for name in EMPLOYEE_ONLY:
        if record[name] in (None, ""):
            yield problem(record, name, "员工必须填写,没有请填 0" if name in (*DEDUCTIONS, "专项附加合计") else "员工必须填写")
    rate, base = record["公积金比例"], record["社保基数"]
    if rate is not None and not (LOWEST_RATE <= rate <= HIGHEST_RATE and rate * 100 == (rate * 100).to_integral_value()):
        yield problem(record, "公积金比例", "公积金比例应为 5% 至 12% 的整数", f"{(rate * 100).normalize():f}%")
    if base is not None and base <= 0:
        yield problem(record, "社保基数", "社保基数应大于 0", base)
    parts = [record[name] for name in DEDUCTIONS]
    total = record["专项附加合计"]
    if total is not None and None not in parts and money.total(parts) != total:
        yield problem(record, "专项附加合计", f"应等于各项之和 {money.total(parts)}", total)


def preparing_problems(records: Sequence[Record], preparing: Collection[str]) -> list[CellProblem]:
    """A team that is still 筹办中 has its leader only: art. 3 asks for its plan before it begins."""
    sentence = "还在筹办,启用前只能有团队负责人一人;方案批准后请系统管理员在「设置 › 组织」启用,再调入组员"
    return [
        problem(record, "团队", f"“{record['团队']}”{sentence}", record["团队"])
        for record in records
        if record["团队"] in preparing and record["岗位"] != "团队负责人"
    ]


def _doubles(records: Sequence[Record], column: str) -> list[CellProblem]:
    keys = [identifiers.normalised(record[column]) for record in records]
    counts = Counter(keys)
    first: dict[str, int] = {}
    found = []
    for record, key in zip(records, keys, strict=True):
        if counts[key] > 1 and key in first:
            shown = masks.id_number(record[column]) if column == "证件号码" else record[column]
            found.append(problem(record, column, f"与第 {first[key]} 行重复", shown))
        first.setdefault(key, record.row)
    return found


def _leaders(records: Sequence[Record]) -> list[CellProblem]:
    """Exactly one 团队负责人 a team (art. 7), at most one 小组长 a group."""
    teams: dict[str, list[Record]] = defaultdict(list)
    groups: dict[tuple[str, str], list[Record]] = defaultdict(list)
    first: dict[str, Record] = {}
    for record in records:
        first.setdefault(record["团队"], record)
        if record["岗位"] == "团队负责人":
            teams[record["团队"]].append(record)
        elif record["岗位"] == "小组长":
            groups[record["团队"], record["小组"]].append(record)
    found = [problem(first[team], "岗位", f"“{team}”没有团队负责人,每队须有且只有一名") for team in first if not teams[team]]
    for team, leaders in teams.items():
        found += [problem(one, "岗位", f"“{team}”已有团队负责人(第 {leaders[0].row} 行)", "团队负责人") for one in leaders[1:]]
    for (team, group), leaders in groups.items():
        found += [problem(one, "岗位", f"“{team}”{group}已有小组长(第 {leaders[0].row} 行)", "小组长") for one in leaders[1:]]
    return found
