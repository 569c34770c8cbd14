"""Every mistake a roster can hold, and the words it gets."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from branch.roster import rules
from kernel.sheets.columns import Record

TODAY = date(2026, 11, 25)
SOUND: dict[str, Any] = {
    "工号": "600101",
    "姓名": "陆晨伟",
    "性别": "男",
    "证件号码": "440301198311017493",
    "手机号": "13152064785",
    "团队": "营销一队",
    "小组": "第1组",
    "岗位": "团队负责人",
    "用工性质": "员工",
    "职级": "资深",
    "网点": "岗厦交行网点",
    "入职日期": date(2024, 2, 20),
    "从业登记编号": "S0880124027423",
    "合同起": date(2026, 2, 20),
    "合同止": date(2027, 2, 19),
    "户籍": "深户",
    "医疗档": "一档",
    "社保基数": Decimal("31300.00"),
    "公积金比例": Decimal("0.08"),
    **dict.fromkeys(rules.DEDUCTIONS, Decimal("0.00")),
    "子女教育": Decimal("2000.00"),
    "赡养老人": Decimal("1500.00"),
    "专项附加合计": Decimal("3500.00"),
    "开户行": "中国工商银行深圳福田支行",
    "银行卡号": "6214813274565555967",
}
BROKER = {"用工性质": "证券经纪人", "岗位": "客户经理", **dict.fromkeys(rules.EMPLOYEE_ONLY)}


def record(row: int = 2, **changes: Any) -> Record:
    return Record(row, {**SOUND, **changes})


def second(**changes: Any) -> Record:
    """Another person of the same team, a plain 客户经理."""
    own = {"工号": "600102", "岗位": "客户经理", "证件号码": "430103198308183685", **changes}
    return record(3, **own)


def words(*records: Record) -> list[str]:
    return [str(item) for item in rules.manager_problems(records, TODAY)]


def test_a_sound_sheet_has_no_problem() -> None:
    broker = record(4, **BROKER, 工号="600112", 证件号码="440305198111083029")
    assert words(record(), second(), broker) == []


CASES: dict[str, tuple[dict[str, Any], str, str]] = {
    "check digit": ({"证件号码": "440301198311017494"}, "证件号码", "校验"),
    "short id": ({"证件号码": "44030119831101749"}, "证件号码", "18 位"),
    "phone": ({"手机号": "12345678901"}, "手机号", "11 位"),
    "bank": ({"银行卡号": "62148132"}, "银行卡号", "16 至 19 位"),
    "registration": ({"从业登记编号": "12345"}, "从业登记编号", "登记编号应为"),
    "contract before hire": ({"合同起": date(2024, 2, 19)}, "合同起", "不能早于入职日期"),
    "contract ends early": ({"合同止": date(2026, 2, 19)}, "合同止", "不能早于合同起"),
    "a child": ({"入职日期": date(1998, 1, 1)}, "入职日期", "不满 16 周岁"),
    "fund 4 %": ({"公积金比例": Decimal("0.04")}, "公积金比例", "5% 至 12%"),
    "fund 13 %": ({"公积金比例": Decimal("0.13")}, "公积金比例", "5% 至 12%"),
    "fund 5.5 %": ({"公积金比例": Decimal("0.055")}, "公积金比例", "整数"),
    "no base": ({"社保基数": None}, "社保基数", "员工必须填写"),
    "base zero": ({"社保基数": Decimal(0)}, "社保基数", "大于 0"),
    "no grade": ({"职级": None}, "职级", "员工必须填写"),
    "no deduction": ({"住房租金": None}, "住房租金", "没有请填 0"),
    "sum": ({"专项附加合计": Decimal("3000.00")}, "专项附加合计", "各项之和 3500.00"),
}


@pytest.mark.parametrize("case", CASES)
def test_mistakes_of_one_row(case: str) -> None:
    changes, column, said = CASES[case]
    found = rules.manager_problems([record(**changes)], TODAY)
    assert [(item.row, item.column) for item in found] == [(2, column)]
    assert said in found[0].message


@pytest.mark.parametrize("column", ["职级", "社保基数", "公积金比例", "子女教育", "专项附加合计"])
def test_a_broker_has_no_employee_cells(column: str) -> None:
    found = words(record(), record(3, **{**BROKER, "工号": "600112", "证件号码": "440305198111083029", column: SOUND[column]}))
    assert len(found) == 1
    assert f"「{column}」" in found[0]
    assert "证券经纪人没有这一项" in found[0]


def test_a_broker_leads_nobody() -> None:
    found = words(record(3, **{**BROKER, "岗位": "团队负责人"}))
    assert any("证券经纪人只能是客户经理" in said for said in found)


def test_doubles_name_the_first_row_and_hide_the_number() -> None:
    found = words(record(), second(工号="600101"), record(4, 工号="600103", 岗位="客户经理", 证件号码="430103198308183685"))
    assert any("「工号」“600101”:与第 2 行重复" in said for said in found)
    doubled = next(said for said in found if "「证件号码」" in said)
    assert "与第 3 行重复" in doubled
    assert "430103198308183685" not in doubled


def test_exactly_one_leader_a_team_and_at_most_one_a_group() -> None:
    assert any("没有团队负责人" in said for said in words(second()))
    assert any("已有团队负责人(第 2 行)" in said for said in words(record(), second(岗位="团队负责人")))
    two = [record(3 + n, 工号=f"60020{n}", 岗位="小组长", 证件号码=number) for n, number in enumerate(IDS)]
    assert any("已有小组长(第 3 行)" in said for said in words(record(), *two))


IDS = ("420106199311139679", "440305199211117059")


def test_posts_are_checked_too() -> None:
    row = {"工号": "600001", "姓名": "潘怡丽", "岗位": "交易管理岗", "手机号": "131"}
    found = [str(item) for item in rules.post_problems([Record(2, row)], ["600001"])]
    assert len(found) == 2
