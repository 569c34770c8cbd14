"""What may be wrong with a row, in words: the refused, the waiting, the merely told."""

from __future__ import annotations

from clients.products.rules import PRODUCT_STOPPED, UNKNOWN_PRODUCT

REFUSED, EXCEPTION, NOTICE, CHANGE = "refused", "exception", "notice", "change"
SEVERITIES = {REFUSED: "拒收", EXCEPTION: "异常", NOTICE: "提示", CHANGE: "变动"}

UNKNOWN_MANAGER, NAME_MISMATCH, NOT_EMPLOYED, MANAGER_CHANGED = (
    "unknown_manager",
    "name_mismatch",
    "not_employed",
    "manager_changed",
)
UNCONFIRMED = "unconfirmed_relation"

KINDS: dict[str, str] = {
    # refused: nothing of the file is booked until they are mended or left out on purpose
    "bad_cell": "格式不对",
    "unbalanced": "净佣金不平",
    "duplicate": "客户重复",
    "opened_later": "开户日期晚于月份",
    "outside_month": "成交日期不在本月",
    # exceptions: booked, but they count for nobody until resolved
    UNKNOWN_MANAGER: "客户经理不存在",
    NAME_MISMATCH: "姓名与工号不符",
    NOT_EMPLOYED: "客户经理当月不在职",
    MANAGER_CHANGED: "客户经理变更未确认",
    UNCONFIRMED: "客户关系待确认",
    UNKNOWN_PRODUCT: "产品未登记",
    PRODUCT_STOPPED: "产品已停售",
    # notices
    "total_row": "合计行",
    "total_differs": "合计与明细不符",
    "unsuitable": "适当性不符",
    "opening_gap": "期初与上月期末不符",
    "opening_not_zero": "新客户期初不为零",
    "client_changed": "客户资料有变",
    "missing_clients": "上月客户本月没有",
    "missing_month": "上月尚未导入",
    "unknown_client": "资金账号不在客户名单",
    "not_trading_day": "成交日不是交易日",
    "product_level": "产品等级与登记不符",
    "repeated_sale": "疑似重复销售",
    "unchanged": "内容无变化",
    "unknown_columns": "多出的列",
    "hidden_rows": "隐藏行",
    "footer": "表尾说明",
    # a re-import's changes
    "added": "新增",
    "removed": "减少",
    "changed": "修改",
}

EXCEPTION_KINDS = (UNKNOWN_MANAGER, NAME_MISMATCH, NOT_EMPLOYED, MANAGER_CHANGED, UNKNOWN_PRODUCT, PRODUCT_STOPPED)

SHARED_ACCOUNT = "shared_account"  # of a row whose account another client has in the same month; found, never kept in a row
SHARED_LABEL = "资金账号重复"

KEEP, CHANGED, CORRECT, EXCLUDE, SHARED = "keep", "change", "correct", "exclude", "shared"
RESOLUTIONS = {
    KEEP: "按原客户经理计",
    CHANGED: "确认变更(次月生效)",
    CORRECT: "更正客户经理",
    EXCLUDE: "不计入",
    SHARED: "转户,收入照计",
}
