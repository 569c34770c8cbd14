"""The demo branch's files turned into facts by the plainest means, to prove the reckoning apart from the importer."""

from __future__ import annotations

import csv
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import Any

from openpyxl import load_workbook

from kernel.money import yuan
from kernel.months import Month
from payroll.reckoning.deferral import Lot
from payroll.reckoning.facts import BROKER, INPUT_COLUMNS, Carried, MonthInput, PersonFacts, Sale, TeamFigures, level
from payroll.reckoning.lines import Reckoning
from payroll.reckoning.parameters import resolve
from payroll.reckoning.pay import check, reckon
from payroll.reckoning.tax import BrokerChain, SalaryChain
from tests.payroll.reckoning.reference import DEMO, demo_scheme, lookup

MONTHS = (Month(2026, 8), Month(2026, 9), Month(2026, 10))
MEDICAL = {"一档": 1, "二档": 2}
KINDS = ("子女教育", "婴幼儿照护", "赡养老人", "继续教育", "住房贷款利息", "住房租金")


def sheet(name: str, title: str | None = None) -> list[dict[str, Any]]:
    """A sheet as one dict a row."""
    book = load_workbook(DEMO / name, read_only=True, data_only=True)
    rows = list((book[title] if title else book.worksheets[0]).iter_rows(values_only=True))
    return [dict(zip(rows[0], row, strict=True)) for row in rows[1:]]


def number(value: object) -> Decimal:
    return Decimal(str(value))


def optional(value: object) -> Decimal | None:
    return None if value is None else number(value)


def client_rows(month: Month) -> list[dict[str, Any]]:
    csv_path = DEMO / f"客户月度业务明细_{month}.csv"
    if not csv_path.exists():
        return sheet(f"客户月度业务明细_{month}.xlsx")
    with csv_path.open(encoding="gb18030", newline="") as file:
        return list(csv.DictReader(file))


def person(row: dict[str, Any]) -> PersonFacts:
    """The fields that do not change from month to month."""
    common = PersonFacts(
        staff_no=row["工号"],
        name=row["姓名"],
        kind=row["用工性质"],
        hired_on=date.fromisoformat(row["入职日期"]),
        team=row["团队"],
        post=row["岗位"],
    )
    if common.kind == BROKER:
        return common
    return replace(
        common,
        grade=row["职级"],
        contribution_base=number(row["社保基数"]),
        housing_fund_rate=Decimal(row["公积金比例"].rstrip("%")) / 100,
        medical_tier=MEDICAL[row["医疗档"]],
        additional={kind: number(row[kind]) for kind in KINDS},
        additional_total=number(row["专项附加合计"]),
    )


def inputs(month: Month) -> dict[str, MonthInput]:
    """核算输入 of the month by 工号."""
    found = {}
    for row in sheet(f"核算输入_{month}.xlsx"):
        cells: dict[str, Any] = {
            name: optional(row[column]) for name, column in INPUT_COLUMNS.items() if name != "serious_violation"
        }
        cells["complaints"] = int(row["有效投诉数"])
        cells["serious_violation"] = {"是": True, "否": False}[row["严重违规"]]
        found[row["工号"]] = MonthInput(**cells)
    return found


def opening() -> dict[str, Carried]:
    """期初_2026-08: the state after the payments to August."""
    found: dict[str, Carried] = {}
    for row in sheet("期初_2026-08.xlsx", "员工"):
        start = Month.parse(row["任职受雇起始月"]).month
        chain = SalaryChain(
            2026,
            start,
            start,
            last_month=8,
            income=number(row["累计收入"]),
            exempt=number(row["累计免税收入"]),
            basic=number(row["累计减除费用"]),
            special=number(row["累计专项扣除"]),
            additional=number(row["累计专项附加扣除"]),
            other=number(row["累计其他扣除"]),
            relief=number(row["累计减免税额"]),
            withheld=number(row["累计已预扣税额"]),
        )
        left = int(row["递延剩余期数"])
        lots = (Lot(None, number(row["递延余额"]), left, number(row["递延每期金额"])),) if left else ()
        found[row["工号"]] = Carried(chain, lots, number(row["负佣金结转"]))
    for row in sheet("期初_2026-08.xlsx", "证券经纪人"):
        start = Month.parse(row["从业起始月"]).month
        chain = BrokerChain(
            2026,
            start,
            start,
            last_month=8,
            net_income=number(row["累计不含税收入"]),
            income_amount=number(row["累计收入额"]),
            development_cost=number(row["累计展业成本"]),
            surtax=number(row["累计附加税费"]),
            basic=number(row["累计减除费用"]),
            other=number(row["累计其他扣除"]),
            relief=number(row["累计减免税额"]),
            withheld=number(row["累计已预扣税额"]),
        )
        found[row["工号"]] = Carried(chain, (), number(row["负佣金结转"]))
    return found


def month_figures(month: Month, counted: set[str]) -> dict[str, dict[str, Any]]:
    """Client rows summed by manager; `counted` holds the accounts already paid for and grows."""
    sums: dict[str, dict[str, Any]] = defaultdict(
        lambda: {
            "net_commission": Decimal("0.00"),
            "clients_end": 0,
            "assets_end": Decimal("0.00"),
            "net_new_assets": Decimal("0.00"),
            "new_valid_accounts": 0,
        }
    )
    for row in client_rows(month):
        found = sums[row["客户经理工号"]]
        found["net_commission"] += yuan(str(row["净佣金收入"]))
        found["clients_end"] += 1
        found["assets_end"] += yuan(str(row["期末资产"]))
        found["net_new_assets"] += yuan(str(row["资产转入"])) - yuan(str(row["资产转出"]))
        opened = date.fromisoformat(str(row["开户日期"])[:10])
        recent = opened >= date(2026, 8, 1) and month - Month.of(opened) < 3
        if row["是否有效户"] == "是" and recent and row["客户号"] not in counted:
            counted.add(row["客户号"])
            found["new_valid_accounts"] += 1
    return sums


def sales(month: Month) -> dict[str, tuple[Sale, ...]]:
    found: dict[str, list[Sale]] = defaultdict(list)
    for row in sheet(f"产品销售明细_{month}.xlsx"):
        sale = Sale(row["产品代码"], yuan(str(row["销售金额"])), level(row["客户风险等级"]), level(row["产品风险等级"]))
        found[row["客户经理工号"]].append(sale)
    return {staff_no: tuple(rows) for staff_no, rows in found.items()}


def team_figures(people: list[PersonFacts]) -> dict[str, TeamFigures]:
    by_team: dict[str, list[PersonFacts]] = defaultdict(list)
    for facts in people:
        by_team[facts.team].append(facts)
    return {
        team: TeamFigures(
            team,
            sum((facts.net_commission for facts in members), Decimal("0.00")),
            sum((facts.inputs.target for facts in members if facts.inputs and facts.inputs.target), Decimal("0.00")),
            len(members),
        )
        for team, members in by_team.items()
    }


def facts_of(month: Month, counted: set[str]) -> list[PersonFacts]:
    """Everyone hired on or before the last day of the month, with the month's figures."""
    roster = [person(row) for row in sheet("客户经理名册.xlsx", "客户经理")]
    figures, sold, given = month_figures(month, counted), sales(month), inputs(month)
    return [
        replace(facts, **figures[facts.staff_no], sales=sold.get(facts.staff_no, ()), inputs=given.get(facts.staff_no))
        for facts in roster
        if facts.hired_on <= month.last
    ]


def reckoned() -> Iterator[tuple[Month, list[Reckoning]]]:
    """The three months in sequence, each on what the one before carried on."""
    carried, counted = opening(), set()
    for month in MONTHS:
        people = facts_of(month, counted)
        teams, parameters = team_figures(people), resolve(demo_scheme(), lookup, month)
        done = [
            reckon(demo_scheme(), parameters, facts, carried.get(facts.staff_no, Carried()), teams[facts.team])
            for facts in people
        ]
        for reckoning in done:
            check(reckoning)
            carried[reckoning.staff_no] = Carried.from_dict(reckoning.carried_after.as_dict())
        yield month, done


def expected(month: Month) -> list[dict[str, str]]:
    with (DEMO / f"expected_{month}.csv").open(encoding="utf-8") as file:
        return list(csv.DictReader(file))
