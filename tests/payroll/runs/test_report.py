"""The report's columns are the paper form's, its sums those of the run, on the sheet, on paper and in the file."""

from __future__ import annotations

import io
from decimal import Decimal

import pytest
from django.db import connection
from django.http import QueryDict
from django.test.utils import CaptureQueriesContext
from openpyxl import load_workbook

from branch.audit.models import AuditRow
from branch.exports import actions as exports
from branch.exports.models import Export
from kernel.money import in_words
from kernel.refusals import Forbidden, Unknown
from payroll.reckoning.lines import COLUMNS as FIGURES
from payroll.reckoning.lines import OPTIONAL
from payroll.runs.exports import REPORT, RUNS
from payroll.runs.models import PayRun, PaySlip
from payroll.runs.paper import paper_parts
from payroll.runs.report import COLUMNS, rows, slips_for_report, totals
from payroll.runs.sheets import report_name, report_workbook
from tests.factories.branch import People
from tests.factories.close import computed
from tests.factories.runs import AUGUST, SEPTEMBER, fresh

# 《营业部客户经理薪酬月报表》, the paper form's heads in its order.
FORM = [
    "所属月份",
    "序号",
    "工号",
    "姓名",
    "团队",
    "级别",
    "用工性质",
    "期末客户数",
    "新增有效户",
    "期末托管资产",
    "净新增资产",
    "交易佣金收入",
    "净佣金收入",
    "其他净收入(两融息差/产品/投顾)",
    "任务完成率",
    "底薪标准",
    "底薪考核后",
    "考勤扣款",
    "加班工资",
    "业务提成",
    "开户奖励",
    "新增资产奖励",
    "产品销售奖励",
    "管理津贴",
    "职责考核分",
    "考核系数",
    "合规系数",
    "考核后绩效",
    "递延/风险金扣留",
    "递延发放",
    "保底补足",
    "其他补贴",
    "其他扣款",
    "补发补扣",
    "应发合计",
    "养老个人",
    "医疗个人",
    "失业个人",
    "公积金个人",
    "专项附加扣除",
    "增值税(经纪人)",
    "附加税费(经纪人)",
    "个人所得税",
    "前期扣款差额",
    "实发合计",
    "单位社保公积金",
    "开户银行/账号(掩码)",
    "备注",
]


def test_the_columns_are_the_forms() -> None:
    assert [column.label for column in COLUMNS] == FORM


def test_paper_shows_every_column_once_in_order(people: People) -> None:
    parts = paper_parts(fresh(computed(people, AUGUST)))
    heads = [head for part in parts for head in part.heads[3:]]
    assert heads == FORM[4:]
    assert all(part.heads[:3] == ["序号", "工号", "姓名"] for part in parts)
    assert all(len(row) == len(part.heads) for part in parts for row in part.rows)


def test_rows_hold_what_the_slips_hold(people: People) -> None:
    run = fresh(computed(people, AUGUST))
    table = {row["staff_no"]: row for row in rows(run, slips_for_report(run))}
    leader, broker, joiner = table["600101"], table["600105"], table["600104"]
    assert leader["base_standard"] == Decimal(6800)
    assert leader["gross_commission"] == Decimal("49000.00")
    assert leader["management_allowance"] > 0
    assert leader["other_allowance"] == Decimal("200.00")
    assert (leader["engagement"], broker["engagement"]) == ("客户经理(劳动合同)", "证券经纪人(委托合同)")
    assert broker["deferred"] == Decimal(PaySlip.objects.get(staff_no="600105").figures["风险金"])
    assert broker["base_standard"] == 0
    assert broker["special_additional"] == 0
    assert leader["special_additional"] == Decimal("2000.00")
    assert joiner["remark"] == "2026-08-10 入职"
    assert joiner["special_additional"] == Decimal("4000.00")


def test_sums_of_slips_run_and_sheet_agree_to_the_fen(people: People) -> None:
    run = fresh(computed(people, AUGUST))
    sums = totals(rows(run, slips_for_report(run)))
    assert sums["net_pay"] == run.net_total == sum(run.slips.values_list("net_pay", flat=True))
    assert (sums["gross_pay"], sums["iit"], sums["employer_si"]) == (run.gross_total, run.iit_total, run.employer_total)
    book = load_workbook(io.BytesIO(report_workbook(run)))
    sheet = book["薪酬月报表"]
    heads = [cell.value for cell in sheet[3]]
    assert heads == FORM
    total = next(row for row in sheet.iter_rows(min_row=4) if row[0].value == "合计")
    assert Decimal(str(total[heads.index("实发合计")].value)) == run.net_total
    assert total[heads.index("实发合计")].data_type == "n"


def test_the_workbook_says_who_signed_what_is_missing_and_the_words(people: People) -> None:
    run = fresh(computed(people, AUGUST))
    sheet = load_workbook(io.BytesIO(report_workbook(run)))["薪酬月报表"]
    assert "(待审,未批准)" in sheet["A1"].value
    text = "\n".join(str(row[0].value) for row in sheet.iter_rows(min_row=9) if row[0].value)
    assert f"实发合计(大写):{in_words(run.net_total)}" in text
    for label in ("制表:杨静嘉", "营业部财务复核:杨静嘉", "主办会计:", "副经理(经理助理):", "经理:", "报经纪业务综合室备案号:"):
        assert label in text
    assert sheet.freeze_panes == "A4"
    assert sheet["C4"].value == "600101"
    assert "6214" in sheet["AU4"].value
    assert "621483000006001015" not in sheet["AU4"].value


def test_the_second_sheet_is_the_table_to_check_against(people: People) -> None:
    run = fresh(computed(people, AUGUST))
    sheet = load_workbook(io.BytesIO(report_workbook(run)))["核算明细"]
    assert [cell.value for cell in sheet[1]] == ["工号", "姓名", *FIGURES, *OPTIONAL]
    slip = PaySlip.objects.get(staff_no="600101")
    got = [Decimal(str(cell.value)) for cell in sheet[2][2:]]
    assert got == [Decimal(slip.figures[name]) for name in FIGURES] + [Decimal(0)] * len(OPTIONAL)


def test_the_same_run_gives_the_same_bytes(people: People) -> None:
    run = fresh(computed(people, AUGUST))
    assert report_workbook(run) == report_workbook(run)


def test_the_file_is_named_by_branch_month_report_and_day(people: People) -> None:
    run = fresh(computed(people, AUGUST))
    assert report_name(run, SEPTEMBER.first) == "深圳福田营业部_2026-08_客户经理薪酬月报表_2026-09-01.xlsx"


def take(people: People, run: PayRun, who: str) -> Export:
    return exports.ask(kind=REPORT, query=QueryDict(f"run={run.pk}"), by=people[who])


def test_an_export_is_recorded_and_marked(people: People) -> None:
    run = computed(people, AUGUST)
    export = take(people, run, "600003")
    content, name, _ = exports.download(export_id=export.pk, by=people["600003"])
    assert name.startswith("深圳福田营业部_2026-08_")
    book = load_workbook(io.BytesIO(content))
    assert "邓杰(600003)" in book["薪酬月报表"].oddHeader.right.text
    assert export.details["digest"] == fresh(run).digest
    row = AuditRow.objects.get(act="export.made")
    assert (row.actor_name, row.details["rows"], row.details["about"]) == ("邓杰(600003)", 5, f"payroll.PayRun:{run.pk}")


def test_nobody_exports_without_the_power(people: People) -> None:
    run = computed(people, AUGUST)
    with pytest.raises(Forbidden):
        take(people, run, "600001")
    with pytest.raises(Unknown):
        exports.ask(kind=REPORT, query=QueryDict("run=0"), by=people["600003"])


def test_the_list_of_runs_is_taken_as_filtered(people: People) -> None:
    computed(people, AUGUST)
    for query, count in (("", 1), ("month=2026-08", 1), ("month=2026-07", 0), ("state=draft", 0)):
        assert exports.ask(kind=RUNS, query=QueryDict(query), by=people["600003"]).rows == count


def test_the_report_costs_the_same_statements_for_one_person_and_for_five(people: People) -> None:
    run = fresh(computed(people, AUGUST))
    with CaptureQueriesContext(connection) as five:
        report_workbook(run)
    run.slips.exclude(staff_no="600101").delete()
    with CaptureQueriesContext(connection) as one:
        report_workbook(run)
    assert len(five) == len(one)
