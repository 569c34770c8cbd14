"""The demonstration as data: who sits where under which 工号, and which files its months come from (demo/crm)."""

from __future__ import annotations

from datetime import date
from pathlib import Path

from kernel.months import Month

BRANCH_CODE, BRANCH_NAME, DOCUMENT_PREFIX = "0755FT", "深圳福田营业部", "深营"
SINCE = date(2026, 1, 1)

# 工号, 姓名, 部门代码, 角色
HEAD_OFFICE: tuple[tuple[str, str, str, str], ...] = (
    ("100001", "宋雅琴", "brokerage", "brokerage_office"),
    ("100002", "梁志远", "channel", "channel_department"),
    ("100003", "邹慧敏", "finance", "finance_department"),
    ("100004", "郑立群", "compliance", "compliance"),
    ("100005", "冯晓岚", "hr", "human_resources"),
    ("100006", "卢国栋", "executive", "executive"),
    ("100007", "贾思齐", "risk", "risk"),
    ("100008", "钟文博", "legal", "legal"),
    ("100009", "田一鸣", "it", "administrator"),
    ("100010", "顾海燕", "finance", "finance_department"),
    ("100011", "袁书航", "channel", "channel_department"),
)

# 工号, 姓名, 岗位 (as the roster's sheet 岗位人员 names them)
BRANCH_POSTS: tuple[tuple[str, str, str], ...] = (
    ("600001", "潘怡丽", "交易管理岗"),
    ("600002", "杨静嘉", "营业部财务"),
    ("600003", "邓杰", "主办会计"),
    ("600004", "武兰晨", "副经理"),
    ("600005", "曾艳", "经理"),
    ("600006", "曾婷兰", "考勤员"),
    ("600007", "江雨佳", "实物管理员"),
    ("600008", "沈华", "回访人员"),
)

FILES = Path(__file__).resolve().parent.parent / "demo" / "crm"
ROSTER, OPENING, SCHEME = "客户经理名册.xlsx", "期初_2026-08.xlsx", "scheme_demo.json"


def client_files(month: Month) -> list[Path]:
    """The month's CRM files: client rows (one month comes as xlsx, the others as CSV) and product sales."""
    rows = next(
        path for path in (FILES / f"客户月度业务明细_{month}.csv", FILES / f"客户月度业务明细_{month}.xlsx") if path.exists()
    )
    return [rows, FILES / f"产品销售明细_{month}.xlsx"]


# Months that are closed when the demonstration begins, and the day each was paid.
CLOSED: tuple[tuple[Month, date], ...] = ((Month(2026, 8), date(2026, 9, 7)), (Month(2026, 9), date(2026, 10, 9)))
SIGNERS = ("600003", "600004", "600005")
