"""The pre-check of 产品销售明细. Sales are few: the month's set is compared and replaced as a whole."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Any, NamedTuple

from branch.calendar.queries import WorkCalendar
from branch.org.models import Branch
from clients.imports.findings import FilesRefused, Finding
from clients.imports.kinds import (
    CHANGE,
    EXCEPTION,
    NAME_MISMATCH,
    NOT_EMPLOYED,
    NOTICE,
    REFUSED,
    UNKNOWN_MANAGER,
    UNKNOWN_PRODUCT,
)
from clients.imports.models import StagedRow, StagedSale
from clients.imports.rules import Manager, manager_exception
from clients.imports.sheets import SALE_COLUMNS, Opened
from clients.products.models import Product, ProductSale
from clients.products.rules import is_suitable, may_be_cleared, off_the_list
from clients.registry.models import Client
from kernel import masks
from kernel.money import ZERO
from kernel.months import Month
from kernel.sheets.columns import CellProblem, Parsed, parse_stream

LABELS = {column.key: column.name for column in SALE_COLUMNS}
IDENTITY = (
    "traded_on",
    "product_code",
    "product_name",
    "product_level",
    "fund_account",
    "client_name",
    "client_level",
    "manager_no",
    "manager_name",
    "amount",
)


class Sale(NamedTuple):
    """A row of the file in the order of SALE_COLUMNS."""

    month: Month
    traded_on: date
    product_code: str
    product_name: str
    product_level: str
    fund_account: str
    client_name: str
    client_level: str
    manager_no: str
    manager_name: str
    amount: Decimal

    @property
    def identity(self) -> tuple[Any, ...]:
        return tuple(getattr(self, key) for key in IDENTITY)


@dataclass
class SaleCheck:
    """Reads one file, stages its good rows, and gathers findings and totals."""

    branch: Branch
    opened: Opened
    batch_id: int
    month: Month
    managers: dict[str, Manager]
    findings: list[Finding] = field(default_factory=list)
    diff: dict[str, int] = field(default_factory=dict)
    amount: Decimal = ZERO
    rows: int = 0

    def run(self) -> Parsed:
        sales: list[tuple[int, Sale]] = []
        parsed = parse_stream(self.opened.rows, SALE_COLUMNS, lambda row, values: sales.append((row, Sale(*values))))
        if not parsed.header_row or (parsed.errors and not parsed.rows):
            raise FilesRefused(f"{self.opened.upload.name}:表头不对,没有读入", map(self._cell, parsed.errors))
        self._refuse_other_months(sales)
        self.findings += map(self._cell, parsed.errors)
        self.rows, self.amount = parsed.rows, sum((sale.amount for _, sale in sales), ZERO)
        self._notice_file(parsed)
        good = [(row, sale) for row, sale in sales if self._fits(row, sale)]
        known = {sale.fund_account for _, sale in good}
        accounts = dict(Client.objects.filter(branch=self.branch, fund_account__in=known).values_list("fund_account", "pk"))
        staged = StagedRow.objects.filter(batch=self.batch_id, fund_account__in=known).values_list("fund_account", flat=True)
        products = {product.code: product for product in Product.objects.all()}
        calendar = WorkCalendar.of_month(self.month)
        seen: Counter[tuple[Any, ...]] = Counter()
        rows = []
        for row, sale in good:
            seen[sale.identity] += 1
            self._notice_sale(row, sale, repeated=seen[sale.identity] > 1, known=sale.fund_account in accounts)
            if not calendar.is_trading_day(sale.traded_on):
                self._find(NOTICE, "not_trading_day", (row, "traded_on", sale.traded_on), "不是交易日,请核对成交日期")
            exception = self._exception(row, sale, products)
            manager = self.managers.get(sale.manager_no)
            rows.append(StagedSale(batch_id=self.batch_id, source_row=row, values=_values(sale, exception, manager)))
        StagedSale.objects.bulk_create(rows, batch_size=1000)
        self._unknown_accounts(good, set(accounts) | set(staged))
        self._compare([sale.identity for _, sale in good], [entry.values["exception"] for entry in rows])
        return parsed

    def _refuse_other_months(self, sales: list[tuple[int, Sale]]) -> None:
        message = f"同一份文件只能是一个月({self.month.label})"
        name = self.opened.upload.name
        others = [
            Finding(name, REFUSED, "wrong_month", row, "月份", str(sale.month), message)
            for row, sale in sales
            if sale.month != self.month
        ]
        if others:
            raise FilesRefused(f"{name}:混有别的月份,整份没有读入", others[:50], code="wrong_branch_or_month")

    def _fits(self, row: int, sale: Sale) -> bool:
        if sale.traded_on in self.month:
            return True
        message = f"成交日期不在{self.month.label},请核对"
        self._find(REFUSED, "outside_month", (row, "traded_on", sale.traded_on), message)
        return False

    def _exception(self, row: int, sale: Sale, products: dict[str, Product]) -> str:
        """Why the sale must wait; empty: it needn't."""
        kind, manager = manager_exception(sale.manager_no, sale.manager_name, self.month, self.managers)
        if kind:
            said = {
                UNKNOWN_MANAGER: "本营业部没有这个客户经理工号",
                NAME_MISMATCH: f"工号 {sale.manager_no} 是{manager.name if manager else ''},与姓名不符",
                NOT_EMPLOYED: f"{self.month.label}不在职",
            }[kind]
            key = "manager_name" if kind == NAME_MISMATCH else "manager_no"
            self._find(EXCEPTION, kind, (row, key, getattr(sale, key)), f"{said};处理之前不计入任何人")
            return kind
        product = products.get(sale.product_code)
        if product is None:
            message = "产品名单里没有这个代码,请先登记产品;登记之前不计入任何人"
            self._find(EXCEPTION, UNKNOWN_PRODUCT, (row, "product_code", sale.product_code), message)
            return UNKNOWN_PRODUCT
        if kind := off_the_list(sale.product_code, sale.traded_on, {product.code: product.stopped_from}):
            message = f"产品自 {product.stopped_from} 起停售,请核对成交日期;处理之前不计入任何人"
            self._find(EXCEPTION, kind, (row, "traded_on", sale.traded_on), message)
            return kind
        if product.risk != sale.product_level:
            message = f"产品名单登记的等级是 {product.risk},这里是 {sale.product_level};适当性按文件所写判断,请核对"
            self._find(NOTICE, "product_level", (row, "product_level", sale.product_level), message)
        return ""

    def _notice_sale(self, row: int, sale: Sale, *, repeated: bool, known: bool) -> None:
        if not is_suitable(sale.client_level, sale.product_level):
            ending = "" if may_be_cleared(sale.client_level, sale.product_level) else ",且不能核销"
            message = f"适当性不符:{sale.client_level} 客户购买 {sale.product_level} 产品,照常导入,不计产品奖励{ending}"
            self._find(NOTICE, "unsuitable", (row, "client_level", sale.client_level), message)
        if repeated:
            self._find(NOTICE, "repeated_sale", (row, "", ""), "与前面一行完全相同,请核对是否重复")

    def _unknown_accounts(self, sales: list[tuple[int, Sale]], known: set[str]) -> None:
        for row, sale in sales:
            if sale.fund_account not in known:
                value = masks.bank_account(sale.fund_account)
                self._find(NOTICE, "unknown_client", (row, "fund_account", value), "资金账号不在本营业部的客户名单里,请核对")

    def _compare(self, identities: list[tuple[Any, ...]], exceptions: list[str]) -> None:
        """With what is booked: as sets with repetition."""
        booked = ProductSale.objects.filter(branch=self.branch, month=self.month)
        old = Counter(
            (tuple(values), exception if not resolution else "*")
            for exception, resolution, *values in booked.values_list("exception", "resolution", *IDENTITY)
        )
        new = Counter(zip(identities, exceptions, strict=True))
        for (identity, mark), count in list(old.items()):
            if mark == "*":  # a resolved sale is the same whatever it waited for
                alike = [key for key in new if key[0] == identity]
                for key in alike[:1]:
                    old[key] += count
                    del old[identity, mark]
        same = sum((old & new).values())
        self.diff = {"added": sum(new.values()) - same, "removed": sum(old.values()) - same, "changed": 0, "same": same}
        if old:
            for kind, word in (("added", "新增"), ("removed", "减少")):
                if count := self.diff[kind]:
                    self._find(CHANGE, kind, (0, "", ""), f"产品销售{word} {count} 笔")

    def _notice_file(self, parsed: Parsed) -> None:
        name = self.opened.upload.name
        for notice in parsed.notices:
            kind = "total_row" if notice.kind == "total_rows" else notice.kind
            row = notice.rows[0] if notice.rows else 0
            self.findings.append(Finding(name, NOTICE, kind, row, "", "", notice.message))

    def _find(self, severity: str, kind: str, at: tuple[int, str, Any], message: str) -> None:
        """`at`: row, column's key, value."""
        row, key, value = at
        column = LABELS.get(key, "")
        self.findings.append(Finding(self.opened.upload.name, severity, kind, row, column, str(value), message))

    def _cell(self, problem: CellProblem) -> Finding:
        return Finding(self.opened.upload.name, REFUSED, "bad_cell", problem.row, problem.column, problem.value, problem.message)

    def totals(self) -> dict[str, Any]:
        """As control totals: rows, Σ销售金额, the unsuitable rows and their Σ."""
        unsuitable = sorted(finding.row for finding in self.findings if finding.kind == "unsuitable")
        staged = StagedSale.objects.filter(batch=self.batch_id, source_row__in=unsuitable).values_list("values", flat=True)
        bad = sum((Decimal(values["amount"]) for values in staged), ZERO)
        return {
            "rows": self.rows,
            "amount": str(self.amount),
            "unsuitable_rows": unsuitable,
            "unsuitable_amount": str(bad),
        }


def _values(sale: Sale, exception: str, manager: Manager | None) -> dict[str, Any]:
    plain = {key: str(getattr(sale, key)) for key in IDENTITY}
    return plain | {
        "suitable": is_suitable(sale.client_level, sale.product_level),
        "exception": exception,
        "manager_id": manager.person_id if manager else None,
    }
