"""What targets are set for: the six things counted, and the units they hang on. Plain values."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Level(StrEnum):
    """Whose target: from the branch down to a person."""

    BRANCH = "branch"
    TEAM = "team"
    GROUP = "group"
    PERSON = "person"


LEVELS = {Level.BRANCH: "营业部", Level.TEAM: "团队", Level.GROUP: "小组", Level.PERSON: "个人"}


@dataclass(frozen=True)
class Metric:
    """One thing a target is set for. `whole`: counted in whole units, not 分. `stock`: a level at the month's end, so that a
    year's figure is its last month's and not the sum. `dated`: the CRM's rows themselves say the day (opening, trade)."""

    code: str
    label: str
    unit: str
    whole: bool = False
    stock: bool = False
    dated: bool = False


METRICS: dict[str, Metric] = {
    metric.code: metric
    for metric in (
        Metric("accounts", "新开户数", "户", whole=True, dated=True),
        Metric("valid_accounts", "新增有效户", "户", whole=True),
        Metric("assets", "期末资产", "元", stock=True),
        Metric("net_income", "净收入", "元"),
        Metric("product_sales", "产品销售额", "元", dated=True),
        Metric("headcount", "人员", "人", whole=True, stock=True),
    )
}
COUNTED = tuple(code for code in METRICS if code != "headcount")  # what the CRM's figures know of a person
INCOME_DEPARTMENTS = ("经纪", "固收", "投行", "企业融资", "证券投资")  # S22
