"""What a check finds: findings by row, and control totals."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from clients.imports.kinds import EXCEPTION, NOTICE, REFUSED
from kernel.heavy import polars as pl
from kernel.money import ZERO
from kernel.months import Month
from kernel.refusals import Refusal
from kernel.sheets.columns import CellProblem


@dataclass(frozen=True)
class Finding:
    """One finding about a row of a file; `row` 0 means the whole file. Personal values come masked."""

    file: str
    severity: str
    kind: str
    row: int
    column: str
    value: str
    message: str

    def as_error(self) -> dict[str, Any]:
        return {"file": self.file, "row": self.row, "column": self.column, "value": self.value, "message": self.message}

    def as_problem(self) -> CellProblem:
        return CellProblem(self.row, self.column, self.value, self.message)


@dataclass
class Totals:
    """Control totals of client rows: how many, Σ净佣金收入, Σ期末资产, opened in the month, with negative 净佣金."""

    rows: int = 0
    net_commission: Decimal = ZERO
    end_assets: Decimal = ZERO
    opened: int = 0
    negative_net: int = 0

    @staticmethod
    def asked(month: Month) -> list[pl.Expr]:
        """What to select of a frame of rows, money in whole 分, for `add`."""
        net, closing = pl.col("net_commission"), pl.col("closing_assets")
        return [
            pl.len().alias("n"),
            net.cast(pl.Int128).sum().alias("net"),
            closing.cast(pl.Int128).sum().alias("assets"),
            pl.col("opened_on").is_between(month.first, month.last).sum().alias("opened"),
            (net < 0).sum().alias("negative"),
        ]

    def add(self, found: Sequence[Any]) -> None:
        """What was selected of some rows by `asked`."""
        rows, net, assets, opened, negative = found
        self.rows += rows
        self.net_commission += Decimal(net).scaleb(-2)
        self.end_assets += Decimal(assets).scaleb(-2)
        self.opened += opened
        self.negative_net += negative

    def take_away(self, other: Totals) -> None:
        self.rows -= other.rows
        self.net_commission -= other.net_commission
        self.end_assets -= other.end_assets
        self.opened -= other.opened
        self.negative_net -= other.negative_net

    def plain(self) -> dict[str, Any]:
        return {
            "rows": self.rows,
            "net_commission": str(self.net_commission),
            "end_assets": str(self.end_assets),
            "opened": self.opened,
            "negative_net": self.negative_net,
        }


@dataclass
class Report:
    """All that a pre-check found in one set of files of one month."""

    month: Month
    rows: int = 0
    findings: list[Finding] = field(default_factory=list)
    totals: dict[str, Any] = field(default_factory=dict)
    diff: dict[str, int] = field(default_factory=dict)
    rows_with: Counter[str] = field(default_factory=Counter)

    def of(self, severity: str) -> list[Finding]:
        return [finding for finding in self.findings if finding.severity == severity]

    def rows_of(self, severity: str) -> int:
        """How many rows carry a finding of that severity, listed or only counted."""
        return self.rows_with[severity]

    @property
    def refused(self) -> bool:
        return any(finding.severity == REFUSED for finding in self.findings)

    @property
    def unchanged(self) -> bool:
        """Compared with what is booked: nothing to add, change or remove, and nothing refused."""
        return bool(self.diff) and not self.refused and not any(count for key, count in self.diff.items() if key != "same")

    def notices(self) -> list[dict[str, Any]]:
        """Exceptions and notices by file and kind, each with its rows in order."""
        grouped: dict[tuple[str, str], list[Finding]] = defaultdict(list)
        for finding in self.findings:
            if finding.severity in (EXCEPTION, NOTICE):
                grouped[finding.file, finding.kind].append(finding)
        return [
            {
                "kind": kind,
                "file": file,
                "rows": sorted({finding.row for finding in found if finding.row}),
                "message": found[0].message if len(found) == 1 else "",
            }
            for (file, kind), found in grouped.items()
        ]


class FilesRefused(Refusal):
    """The files as a whole can't be taken; `findings` say where and why."""

    def __init__(self, sentence: str, findings: Iterable[Finding], *, code: str = "files_refused") -> None:
        self.findings = list(findings)
        items = [f"第 {f.row} 行「{f.column}」“{f.value}”:{f.message}" if f.row else f.message for f in self.findings]
        super().__init__(sentence, code=code, items=items[:50])
