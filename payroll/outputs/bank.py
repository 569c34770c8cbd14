"""代发文件: whom the bank pays how much. Nobody is left out in silence: who isn't paid stands beside, with the reason."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from kernel import masks
from kernel.money import ZERO, grouped, total
from kernel.months import Month
from kernel.sheets.writing import OutColumn
from payroll.outputs.pay import Pay

COLUMNS = (
    OutColumn("number", "序号", "int", 6),
    OutColumn("name", "户名", width=12),
    OutColumn("account", "账号", width=24),
    OutColumn("bank", "开户行", width=28),
    OutColumn("amount", "金额", "money", 16, total=True),
    OutColumn("memo", "摘要", width=24),
)
UNPAID_COLUMNS = (
    OutColumn("staff_no", "工号", width=10),
    OutColumn("name", "姓名", width=12),
    OutColumn("amount", "实发", "money", 16, total=True),
    OutColumn("why", "说明", width=60),
)


@dataclass(frozen=True)
class Account:
    """Where a person's money goes: the full number. Opened only to write the file."""

    bank: str
    number: str

    @property
    def masked(self) -> str:
        """As the slip keeps it (`bank_masked`)."""
        return f"{self.bank} {masks.bank_account(self.number)}".strip()


def payable(pays: Iterable[Pay]) -> list[Pay]:
    """Whom the bank pays: everybody with an amount above 0."""
    return [pay for pay in pays if pay["实发"] > 0]


def unpaid(pays: Iterable[Pay]) -> list[Pay]:
    """Who gets nothing through the bank this month: 实发 of 0 or below."""
    return [pay for pay in pays if pay["实发"] <= 0]


def lines(pays: Iterable[Pay], accounts: Mapping[int, Account], month: Month) -> list[dict[str, Any]]:
    """The file's rows by staff number. KeyError for somebody without an account: `lacking` has to be asked first."""
    return [
        {
            "number": number,
            "name": pay.name,
            "account": accounts[pay.person_id].number,
            "bank": accounts[pay.person_id].bank,
            "amount": pay["实发"],
            "memo": memo(pay, month),
        }
        for number, pay in enumerate(payable(pays), 1)
    ]


def memo(pay: Pay, month: Month) -> str:
    """摘要: a broker has no wages (委托合同)."""
    return f"{month.label}{'委托费' if pay.is_broker else '工资'}"


def lacking(pays: Iterable[Pay], having: Iterable[int]) -> list[Pay]:
    """Who is to be paid and has no account."""
    there = set(having)
    return [pay for pay in payable(pays) if pay.person_id not in there]


def unpaid_rows(pays: Iterable[Pay], accounts: Mapping[int, Account]) -> list[dict[str, Any]]:
    """Who isn't paid, and whose account is another than on the signed slip: for whoever releases the payment."""
    found = [_row(pay, "实发为 0,不代发" if pay["实发"] == 0 else "实发为负,不能代发,须另行收回") for pay in unpaid(pays)]
    for pay in payable(pays):
        account = accounts.get(pay.person_id)
        if account is not None and account.masked != pay.bank_masked:
            words = f"账号在核算之后有变更:工单上为 {pay.bank_masked or '无'},现为 {account.masked}。请与本人核对后付款"
            found.append(_row(pay, words) | {"amount": ZERO})
    return found


def changed(pays: Iterable[Pay], accounts: Mapping[int, Account]) -> int:
    """How many accounts differ from those on the signed slips."""
    rows = (accounts.get(pay.person_id) for pay in payable(pays))
    return sum(
        account is not None and account.masked != pay.bank_masked for pay, account in zip(payable(pays), rows, strict=True)
    )


def _row(pay: Pay, why: str) -> dict[str, Any]:
    return {"staff_no": pay.staff_no, "name": pay.name, "amount": pay["实发"], "why": why}


def control(rows: Sequence[Mapping[str, Any]]) -> tuple[int, Decimal]:
    """总笔数 and 总金额 of the rows as written."""
    return len(rows), total(row["amount"] for row in rows)


def control_line(rows: Sequence[Mapping[str, Any]]) -> str:
    count, amount = control(rows)
    return f"总笔数:{count} 笔    总金额:{grouped(amount)} 元"
