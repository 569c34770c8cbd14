"""The company's CSV cut into a CSV for each branch: whole lines by their 营业部代码, each with its row in the company's file."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

from kernel.months import Month
from kernel.refusals import Refusal
from kernel.sheets import cells
from kernel.sheets.blocks import Block, csv_text
from kernel.sheets.cells import CellError
from kernel.sheets.columns import HEADER_WITHIN, ORIGINAL_ROW, is_total, plain_name
from kernel.sheets.guard import Kind, Limits, admit
from kernel.sheets.raw import Content

LIMITS = Limits(csv_rows=3_000_000)
HELD = 40_000  # lines in memory before they go to disk
MOST_BRANCHES = 1_000  # each is a file, a row and a job of its own
LONGEST_CODE = 40  # as a part keeps it
_CODE, _MONTH = "营业部代码", "月份"


@dataclass
class Split:
    """Branch code → its file, and how many rows it has. `month`: of the first row with one. `totals`: rows left out."""

    folder: Path
    files: dict[str, Path] = field(default_factory=dict)
    rows: dict[str, int] = field(default_factory=dict)
    month: Month | None = None
    totals: int = 0


def split(content: Content, folder: Path) -> Split:
    """Cut the file into `folder`. Raises Refusal where it is no CSV, has no header with 营业部代码, or that column holds
    something else: no company has so many branches."""
    if admit(content, limits=LIMITS) is not Kind.CSV:
        raise Refusal("公司的业务数据要一份 CSV。请从 CRM 导出 CSV 后再上传", code="not_csv")
    with csv_text(content, limits=LIMITS) as text:
        first = list(text.head(HEADER_WITHIN + 40))
        at = next((at for at, (_, row) in enumerate(first) if plain_name(_CODE) in map(plain_name, row)), None)
        if at is None:
            raise Refusal(f"找不到表头。第一行应写明列名,其中要有“{_CODE}”", code="no_header")
        cutter = _Cutter(Split(folder), [plain_name(cell) for cell in first[at][1]], first[at][1], text.delimiter)
        cutter.rows(first[at + 1 :])
        for piece in text.rest():
            if isinstance(piece, Block) and not piece.quoted:
                cutter.lines(piece)
            elif isinstance(piece, Block):
                lines = piece.text.decode().splitlines(keepends=True)
                cutter.rows(enumerate(csv.reader(lines, delimiter=text.delimiter), piece.first))
            else:
                cutter.rows(piece)
        cutter.flush()
    return cutter.found


class _Cutter:
    def __init__(self, found: Split, names: list[str], header: Sequence[str], delimiter: str) -> None:
        self.found, self.delimiter = found, delimiter
        self.code = names.index(plain_name(_CODE))
        self.month = names.index(plain_name(_MONTH)) if plain_name(_MONTH) in names else -1
        self.header = self._written([ORIGINAL_ROW, *header])
        self.held: dict[str, list[str]] = {}
        self.count = 0

    def lines(self, block: Block) -> None:
        """Lines without a quote: cut at the delimiter and kept as they are."""
        cut, at, delimiter = self.code + 1, self.code, self.delimiter
        for number, line in enumerate(block.text.decode().split("\n")[:-1], block.first):
            cells_ = line.split(delimiter, cut)
            first = cells_[0]
            if len(cells_) <= at or not first or "计" in first:
                self.rows([(number, line.split(delimiter))])
                continue
            self._hold(cells_[at].strip(), f"{number}{delimiter}{line}\n")

    def rows(self, numbered: Iterable[tuple[int, Sequence[str]]]) -> None:
        for number, row in numbered:
            filled = [cell for cell in row if cell.strip()]
            if not filled:
                continue
            if is_total(filled[0]):
                self.found.totals += 1
                continue
            code = row[self.code].strip() if len(row) > self.code else ""
            if self.found.month is None and len(row) > self.month >= 0:
                with suppress(CellError):
                    self.found.month = cells.month().read(row[self.month])
            self._hold(code, self._written([str(number), *row]))

    def _written(self, row: Sequence[str]) -> str:
        text = io.StringIO(newline="")
        csv.writer(text, delimiter=self.delimiter, lineterminator="\n").writerow(row)
        return text.getvalue()

    def _hold(self, code: str, line: str) -> None:
        self.held.setdefault(code, []).append(line)
        self.count += 1
        if self.count >= HELD:
            self.flush()

    def flush(self) -> None:
        self._require_branches()
        for code, lines in self.held.items():
            known = code in self.found.files
            path = self.found.files.setdefault(code, self.found.folder / f"{len(self.found.files)}.csv")
            with path.open("a", encoding="utf-8", newline="") as file:
                if not known:
                    file.write(self.header)
                file.writelines(lines)
            self.found.rows[code] = self.found.rows.get(code, 0) + len(lines)
        self.held, self.count = {}, 0

    def _require_branches(self) -> None:
        """Before anything is written of what is held: looked at once a flush, not once a line."""
        codes = self.found.files.keys() | self.held
        if len(codes) > MOST_BRANCHES:
            raise Refusal(
                f"“{_CODE}”一列有 {MOST_BRANCHES} 种以上的写法,不像营业部代码(多半是列错了位,写成了客户号或账号)。"
                "请核对这一列,重新导出后再上传",
                code="too_many_branches",
            )
        if long := next((code for code in codes if len(code) > LONGEST_CODE), None):
            raise Refusal(
                f"“{_CODE}”一列写着“{long[:20]}……”,比营业部代码长得多,请核对这一列,重新导出后再上传", code="no_branch_code"
            )


def parts_of(found: Split) -> Iterator[tuple[str, Path, int]]:
    """Branch by branch in the order of the codes."""
    for code in sorted(found.files):
        yield code, found.files[code], found.rows[code]
