"""The demo branch's CRM files, and months booked from them."""

from __future__ import annotations

import csv
import io
import json
from functools import lru_cache
from typing import Any

from clients.imports.actions import import_files
from clients.imports.findings import Report
from clients.imports.sheets import Upload
from clients.products.actions import seed_products
from clients.registry.actions import confirm_relations
from kernel.months import Month
from tests.factories.branch import CRM, People, load_roster_people
from tests.factories.kept import kept

TOTALS: dict[str, Any] = json.loads((CRM / "control_totals.json").read_text())
CLIENT_FILES = {
    "2026-08": "客户月度业务明细_2026-08.csv",
    "2026-09": "客户月度业务明细_2026-09.xlsx",
    "2026-10": "客户月度业务明细_2026-10.csv",
    "2026-10_含异常": "客户月度业务明细_2026-10_含异常.csv",
}


@lru_cache(maxsize=16)
def demo_file(name: str) -> Upload:
    return Upload.of(name, (CRM / name).read_bytes())


def client_file(month: str) -> Upload:
    return demo_file(CLIENT_FILES[month])


def sales_file(month: str) -> Upload:
    return demo_file(f"产品销售明细_{month}.xlsx")


def expected(month: str) -> list[dict[str, str]]:
    with (CRM / f"expected_{month}.csv").open(encoding="utf-8-sig") as file:
        return list(csv.DictReader(file))


def book(people: People, *files: Upload, **options: Any) -> list[Report]:
    """Import as 交易管理岗."""
    return import_files(files=files, branch=people.branch, by=people["600001"], **options)


def confirm(people: People, month: str) -> int:
    return confirm_relations(branch=people.branch, month=Month.parse(month), by=people["600001"])


@kept
def branch_with(*months: str, sales: bool = False) -> People:
    """The demo branch with these months booked and their relations confirmed."""
    seed_products()
    people = load_roster_people()
    for month in months:
        book(people, client_file(month), *([sales_file(month)] if sales else []))
        confirm(people, month)
    return people


HEADER = [
    *("月份", "营业部代码", "客户号", "资金账号", "客户姓名", "客户类型", "开户日期", "客户经理工号", "客户经理", "关系类型"),
    *("股基交易量", "佣金收入", "经手费", "证管费", "过户费", "投保基金", "净佣金收入", "两融息差收入"),
    *("期初资产", "期末资产", "资产转入", "资产转出", "是否有效户"),
]
SALE_HEADER = [
    *(
        "月份",
        "成交日期",
        "产品代码",
        "产品名称",
        "产品风险等级",
        "资金账号",
        "客户姓名",
        "客户风险等级",
        "客户经理工号",
        "客户经理",
        "销售金额",
    ),
]


def client_row(client_no: str = "2000000001", **changes: str) -> dict[str, str]:
    """A sound row of October; `changes` by header."""
    row = {
        "月份": "2026-10",
        "营业部代码": "0755FT",
        "客户号": client_no,
        "资金账号": f"30{client_no}",
        "客户姓名": "王小明",
        "客户类型": "个人",
        "开户日期": "2024-05-06",
        "客户经理工号": "600101",
        "客户经理": "陆晨伟",
        "关系类型": "开发",
        "股基交易量": "100000.00",
        "佣金收入": "80.00",
        "经手费": "3.41",
        "证管费": "2.00",
        "过户费": "1.00",
        "投保基金": "0.60",
        "净佣金收入": "72.99",
        "两融息差收入": "0.00",
        "期初资产": "1000.00",
        "期末资产": "1500.00",
        "资产转入": "600.00",
        "资产转出": "100.00",
        "是否有效户": "是",
    }
    return row | changes


def sale_row(**changes: str) -> dict[str, str]:
    """A sound sale of October."""
    row = {
        "月份": "2026-10",
        "成交日期": "2026-10-12",
        "产品代码": "ZQ018",
        "产品名称": "稳健债券18",
        "产品风险等级": "R2",
        "资金账号": "302000000001",
        "客户姓名": "王小明",
        "客户风险等级": "C3",
        "客户经理工号": "600101",
        "客户经理": "陆晨伟",
        "销售金额": "50000.00",
    }
    return row | changes


def csv_file(
    rows: list[dict[str, str]], *, header: list[str] | None = None, name: str = "明细.csv", encoding: str = "gb18030"
) -> Upload:
    """A CSV made of `rows` by header."""
    out = io.StringIO()
    writer = csv.DictWriter(out, header or HEADER, lineterminator="\r\n", extrasaction="ignore")
    writer.writeheader()
    writer.writerows(rows)
    return Upload.of(name, out.getvalue().encode(encoding))


def sales_csv(rows: list[dict[str, str]], name: str = "销售.csv") -> Upload:
    return csv_file(rows, header=SALE_HEADER, name=name)
