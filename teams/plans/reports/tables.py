"""A report's figures as tables of words: one description for the page, the A4 paper, the Word file and the comparison of two
takings. What the viewer may not see is left out here and nowhere else."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from kernel.money import decimal, grouped, half_up
from kernel.months import Month
from teams.plans.reports import register
from teams.plans.reports.access import Sight, everybodys
from teams.plans.targets.metrics import METRICS

ABSENT = "—"
OVERVIEW, MONTHLY, MOVEMENTS = "业务开展数据", "逐月数据", "入职、离职、调动名单"
COMPLETION, PRODUCTS, OUTLETS, GROUPS = "目标完成率", "产品销售", "网点", "小组排名"
INCOME, TREND, INCIDENTS = "部门收入目标", "近 12 个月", "投诉与合规事件"
NO_INCIDENTS = "本系统还没有投诉与合规事件的登记,请在“问题与措施”里写明。"


@dataclass(frozen=True)
class Cell:
    text: str
    label: str
    is_number: bool


@dataclass(frozen=True)
class Block:
    """A table under its title. `numbers`: the columns of figures; `keys`: how many leading cells name a row."""

    title: str
    heads: tuple[str, ...]
    rows: list[tuple[str, ...]]
    numbers: frozenset[int] = frozenset()
    keys: int = 1
    note: str = ""
    empty: str = "无"
    tail: tuple[str, ...] = field(default=())

    @property
    def columns(self) -> list[Cell]:
        return [Cell(head, head, at in self.numbers) for at, head in enumerate(self.heads)]

    @property
    def cells(self) -> list[list[Cell]]:
        return [self._cells(row) for row in self.rows]

    @property
    def sums(self) -> list[Cell]:
        return self._cells(self.tail)

    def _cells(self, row: Sequence[str]) -> list[Cell]:
        return [Cell(text, self.heads[at], at in self.numbers) for at, text in enumerate(row)]


def money(value: Any) -> str:
    return ABSENT if value is None else grouped(decimal(str(value)))


def count(value: Any) -> str:
    return f"{int(value):,}"


def percent(value: Any) -> str:
    return ABSENT if value is None else f"{half_up(decimal(str(value)) * 100)}%"


def amount(metric: str, value: Any) -> str:
    """A figure of a target's metric: people and accounts without a fraction."""
    return count(Decimal(str(value))) if METRICS[metric].whole else money(value)


def _lent(figures: Mapping[str, Any], slot: str, sight: Sight) -> tuple[str, str]:
    """The amount and what to say beside it."""
    found = figures["lent"].get(slot) or {"amount": None, "note": ""}
    if slot not in sight.slots:
        return ABSENT, sight.instead
    return money(found["amount"]), found["note"]


def _overview(figures: Mapping[str, Any], sight: Sight) -> Block:
    total, heads = figures["total"], figures["heads"]
    person = total["accounts"] - total["accounts_institution"]
    lines: list[tuple[str, str, str]] = [
        ("期初人数 / 期末人数", f"{heads['begin']} / {heads['end']}", "人"),
        ("入职 / 离职", f"{heads['入职']} / {heads['离职']}", "人"),
        ("调入 / 调出", f"{heads['调入']} / {heads['调出']}", "人"),
        ("新增开户(个人 / 机构)", f"{count(person)} / {count(total['accounts_institution'])}", "户"),
        ("新增有效户", count(total["valid"]), "户"),
        ("累计客户", count(total["clients"]), "户"),
        ("新增资产(转入)", money(total["assets_in"]), "元"),
        ("流失资产(转出)", money(total["assets_out"]), "元"),
        ("资产净流入", money(total["assets_net"]), "元"),
        ("期末资产", money(total["assets_end"]), "元"),
        ("交易量(股基)", money(total["turnover"]), "元"),
        ("净佣金收入", money(total["net_commission"]), "元"),
        ("其他净收入", money(total["other_income"]), "元"),
    ]
    for slot, label in register.SLOTS.items():
        said, note = _lent(figures, slot, sight)
        lines.append((label, said, note or "元"))
    note = "客户经理按当月最后一天(离职的按最后在岗日)所在团队计入,与业务统计、薪酬一致。期末人数不含最后一天离职的人。"
    if figures["before"]:
        note += f"{_label(figures['before'][0])}至{_label(figures['before'][-1])}本营业部的数据还没有进入系统,不在合计内。"
    return Block(OVERVIEW, ("项目", "本期", "单位或说明"), [*lines], frozenset({1}), note=note)


def _label(month: str) -> str:
    return Month.parse(month).label


def _monthly(figures: Mapping[str, Any]) -> Block:
    heads = ("月份", "期末人数", "新增开户", "新增有效户", "资产净流入", "期末资产", "净收入", "产品销售")
    rows = [
        (
            _label(month["month"]),
            count(month["heads_end"]),
            count(month["accounts"]),
            count(month["valid"]),
            money(month["assets_net"]),
            money(month["assets_end"]),
            money(month["net_income"]),
            money(month["product_sales"]),
        )
        for month in figures["months"]
    ]
    return Block(MONTHLY, heads, [*rows], frozenset(range(1, 8)))


def _movements(figures: Mapping[str, Any]) -> Block:
    rows = [(line["day"], line["staff_no"], line["name"], line["word"], line["said"]) for line in figures["movements"]]
    return Block(MOVEMENTS, ("日期", "工号", "姓名", "变动", "说明"), [*rows], keys=4, empty="本期没有人员变动。")


def _completion(figures: Mapping[str, Any]) -> Block:
    rows = [
        (
            METRICS[line["metric"]].label,
            amount(line["metric"], line["goal"]),
            amount(line["metric"], line["actual"]),
            percent(line["completion"]),
        )
        for line in figures["targets"]
    ]
    return Block(
        COMPLETION,
        ("项目", "目标", "完成", "完成率"),
        [*rows],
        frozenset({1, 2, 3}),
        note="目标为已下达的团队目标;完成数取已锁定的业务数据。目标进度页按人员每天所在团队分摊,月中有人调动时两者会有差别。",
        empty="本期没有已下达的团队目标。",
    )


def _products(figures: Mapping[str, Any]) -> Block:
    rows = [(line["name"], line["code"], ABSENT, money(line["amount"]), ABSENT) for line in figures["products"]]
    goal = next((line for line in figures["targets"] if line["metric"] == "product_sales"), None)
    plan, rate = (money(goal["goal"]), percent(goal["completion"])) if goal else (ABSENT, ABSENT)
    tail = ("合计", "", plan, money(figures["total"]["product_sales"]), rate)
    heads, note = ("品种", "代码", "计划", "完成", "完成率"), "产品销售目标按团队下达,不分品种。"
    return Block(PRODUCTS, heads, [*rows], frozenset({2, 3, 4}), keys=2, note=note, empty="本期没有产品销售。", tail=tail)


def _outlets(figures: Mapping[str, Any]) -> Block:
    rows = [
        (
            line["name"],
            count(line["heads"]),
            count(line["accounts"]),
            money(line["assets_end"]),
            line["agreement"] or "无有效方案",
        )
        for line in figures["outlets"]
    ]
    heads = ("网点", "驻点人数", "新增开户", "期末资产", "合作方案")
    return Block(OUTLETS, heads, [*rows], frozenset({1, 2, 3}), empty="本期没有人员驻点。")


def _groups(figures: Mapping[str, Any]) -> Block:
    rows = [
        (
            line["name"],
            str(at),
            count(line["heads"]),
            count(line["accounts"]),
            money(line["net_income"]),
            money(line["assets_end"]),
            percent(line["completion"]),
        )
        for at, line in enumerate(figures["groups"], 1)
    ]
    heads = ("小组", "名次", "期末人数", "新增开户", "净收入", "期末资产", "净收入完成率")
    return Block(GROUPS, heads, [*rows], frozenset(range(1, 7)), note="按净收入排名。", empty="团队没有分组。")


def _trend(figures: Mapping[str, Any]) -> Block:
    rows = [
        (_label(line["month"]), count(line["accounts"]), money(line["net_income"]), money(line["assets_end"]))
        for line in figures["trend"]
    ]
    note = "只列已复核锁定的月份。"
    return Block(TREND, ("月份", "新增开户", "净收入", "期末资产"), [*rows], frozenset({1, 2, 3}), note=note)


def _income(figures: Mapping[str, Any]) -> Block:
    rows = [(line["name"], money(line["amount"])) for line in figures["income_plan"]]
    return Block(INCOME, ("部门", "收入目标"), [*rows], frozenset({1}), note="营业部的部门收入目标,供对照。")


def blocks(figures: Mapping[str, Any], sight: Sight) -> list[Block]:
    """Every table of the report, as far as `sight` goes."""
    found = [_overview(figures, sight)]
    if len(figures["months"]) > 1:
        found.append(_monthly(figures))
    found += [_movements(figures), _completion(figures), _products(figures), _outlets(figures), _groups(figures)]
    if figures["income_plan"] and sight.branch_parts:
        found.append(_income(figures))
    return [*found, _trend(figures), Block(INCIDENTS, ("日期", "事项"), [], empty=NO_INCIDENTS)]


def changes(before: Mapping[str, Any], after: Mapping[str, Any]) -> list[tuple[str, str, str]]:
    """What differs between two takings, as (what, before, after), for every reader of the report: of a lent amount that not
    everybody may see it says only that it has changed."""
    old, new = dict(_flat(before)), dict(_flat(after))
    found = [(what, old.get(what, "无"), new.get(what, "无")) for what in {**old, **new} if old.get(what) != new.get(what)]
    guarded = [slot for slot in register.SLOTS if slot not in everybodys().slots]
    moved = [slot for slot in guarded if before["lent"].get(slot) != after["lent"].get(slot)]
    return found + [(f"{OVERVIEW}:{register.SLOTS[slot]}", "按权限查看", "有变化") for slot in moved]


def _flat(figures: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    for block in blocks(figures, everybodys()):
        for row in [*block.rows, *([block.tail] if block.tail else [])]:
            name = " ".join(row[: block.keys])
            for at in range(block.keys, len(row)):
                yield f"{block.title}:{name} {block.heads[at]}", row[at]
