"""Reading a workbook of 100,000 rows × 12: `kernel.sheets.reading` with all its looking first, against bare python-calamine."""

from __future__ import annotations

import tempfile
from pathlib import Path

from python_calamine import CalamineWorkbook

from bench.data import sheet_rows
from bench.goals import ratio_row
from bench.measure import Row, pairs
from kernel.sheets import reading
from kernel.sheets.writing import Book, OutColumn, Sheet

KINDS = ("text", "text", "text", "money", "money", "money", "money", "money", "int", "day", "text", "money")


def make(path: Path, rows: int) -> None:
    columns = [OutColumn(f"c{at}", f"列{at}", kind) for at, kind in enumerate(KINDS)]
    path.write_bytes(Book(Sheet("数据", columns, sheet_rows(rows))).to_bytes())


def calamine(path: Path) -> int:
    return len(CalamineWorkbook.from_path(str(path)).get_sheet_by_index(0).to_python(skip_empty_area=False))


def run(reduced: bool) -> list[Row]:
    size = 10_000 if reduced else 99_999
    found = []
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "wide.xlsx"
        make(path, size)
        counts = {calamine(path), len(reading.read(path, name=path.name, isolated=False).rows)}
        assert counts == {size + 1}, counts
        for key, isolated, work in (
            ("read_xlsx.here", False, "read xlsx, in this process"),
            ("read_xlsx.isolated", True, "read xlsx, in a process of its own (as uploads are)"),
        ):
            took = pairs(
                lambda isolated=isolated: reading.read(path, name=path.name, isolated=isolated),  # type: ignore[misc]
                lambda: calamine(path),
                reduced=reduced,
            )
            found.append(ratio_row(key, work, f"{size + 1:,} × {len(KINDS)}", took, "python-calamine", reduced))
    return found
