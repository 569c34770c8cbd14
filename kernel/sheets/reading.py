"""Read a file as rows of raw cells. A workbook is opened in a process of its own, bound in memory and time."""

from __future__ import annotations

import os
import pickle  # frames of our own worker, through an unpickler that admits dates and nothing else  # nosec B403
import subprocess  # one fixed command, see `_started`  # nosec B404
import sys
import tempfile
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, BinaryIO

import kernel
from kernel.heavy import Later
from kernel.refusals import Refusal
from kernel.sheets import csvs
from kernel.sheets.csvs import stream_csv
from kernel.sheets.guard import DEFAULT, Kind, Limits, admit, broken
from kernel.sheets.raw import Broken, Content, Merge, Raw, opened, trimmed
from kernel.sheets.scan import SheetPart, SheetScan, scan_sheet, sheet_parts, too_many_rows

__all__ = ["Broken", "Merge", "Raw", "Table", "read", "sheet_names", "stream_csv"]

worker: Any = Later("kernel.sheets.worker")  # with its reader of workbooks: needed here only for files of our own making
_ROOT = Path(kernel.__file__).resolve().parents[1]


@dataclass
class Table:
    """One sheet: `rows[0]` is row 1 of the file, blank cells are `""`, the blank tail is cut off."""

    name: str
    kind: Kind
    rows: list[list[Raw]]
    sheet: str = ""
    sheets: list[str] = field(default_factory=list)
    merged: list[Merge] = field(default_factory=list)
    hidden_rows: int = 0
    encoding: str = ""


def read(content: Content, *, name: str, limits: Limits = DEFAULT, sheet: str | None = None, isolated: bool = True) -> Table:
    """The whole table. `sheet`: a worksheet's name, the first visible one if None. `name` is only spoken of, never believed.

    `isolated=False` opens the workbook in this process: only for files of one's own making. Raises Refusal.
    """
    if admit(content, limits=limits) is Kind.CSV:
        encoding = csvs.sniff_encoding(content)
        lines: list[list[Raw]] = [list(row) for row in csvs.rows_of(content, encoding, limits)]
        return Table(name, Kind.CSV, trimmed(lines), encoding=encoding)
    parts = sheet_parts(content)
    chosen = _choose(parts, sheet)
    with _frames(content, chosen.name, limits, isolated) as stream:
        scan = scan_sheet(content, chosen.part, limits=limits)
        table = Table(name, Kind.XLSX, [], chosen.name, [part.name for part in parts], hidden_rows=scan.hidden_rows)
        _fill(table, stream, scan, limits)
    return table


def sheet_names(content: Content, *, name: str, limits: Limits = DEFAULT) -> list[str]:
    """The worksheets in the order of their tabs; none for a CSV file. Raises Refusal."""
    return [part.name for part in sheet_parts(content)] if admit(content, limits=limits) is Kind.XLSX else []


def _choose(parts: list[SheetPart], wanted: str | None) -> SheetPart:
    if not parts:
        raise Refusal("工作簿里没有工作表。请检查后重新上传", code="no_sheet")
    if wanted is None:
        return next((part for part in parts if not part.hidden), parts[0])
    for part in parts:
        if part.name.strip() == wanted.strip():
            return part
    names = "、".join(f"“{part.name}”" for part in parts[:10])
    raise Refusal(f"工作簿里没有名为“{wanted}”的工作表,只有{names}。请改好表名后再上传", code="no_sheet")


def _fill(table: Table, stream: Iterator[Any], scan: SheetScan, limits: Limits) -> None:
    about = next(stream)
    if about["width"] > limits.columns:
        raise Refusal(f"表格有 {about['width']} 列,超过 {limits.columns} 列。请删除数据区以外的列", code="too_many_columns")
    table.merged = [Merge(top + 1, left + 1, bottom + 1, right + 1) for (top, left), (bottom, right) in about["merged"]]
    for frame in stream:
        table.rows.extend(frame)
        if len(table.rows) * about["width"] > limits.cells:
            raise Refusal(
                f"表格超过 {limits.cells // 10_000} 万个单元格。请只保留要导入的列,或改为 CSV 上传", code="too_many_cells"
            )
        if len(table.rows) > limits.rows + 1 and len(trimmed(table.rows)) > limits.rows + 1:
            raise too_many_rows(limits.rows, csv=False)
    for (row, column), mark in scan.marks.items():
        while len(table.rows) < row:
            table.rows.append([])
        cells = table.rows[row - 1]
        cells.extend([""] * (column - len(cells)))
        cells[column - 1] = mark
    trimmed(table.rows)


@contextmanager
def _frames(content: Content, sheet: str, limits: Limits, isolated: bool) -> Iterator[Iterator[Any]]:
    if not isolated:
        with opened(content) as file:
            yield _until_end(worker.frames(file, sheet))
        return
    with _on_disk(content) as path, _started(path, sheet, limits) as process:
        yield _received(process)


@contextmanager
def _on_disk(content: Content) -> Iterator[Path]:
    if isinstance(content, Path):
        yield content
        return
    handle, path = tempfile.mkstemp(suffix=".xlsx")
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(content)
        yield Path(path)
    finally:
        Path(path).unlink(missing_ok=True)


@contextmanager
def _started(path: Path, sheet: str, limits: Limits) -> Iterator[subprocess.Popen[bytes]]:
    """The worker with none of this process's secrets in its environment; killed when time is up or nobody reads on."""
    command = [
        sys.executable,
        "-s",
        "-m",
        "kernel.sheets.worker",
        str(path.resolve()),
        sheet,
        str(limits.memory),
        str(limits.seconds),
    ]
    environment = {
        "PYTHONPATH": str(_ROOT),
        "PYTHONUTF8": "1",
        "PATH": os.environ.get("PATH", ""),
        "PYTHONDONTWRITEBYTECODE": "1",
    }
    process = subprocess.Popen(  # our own interpreter and module, no shell  # noqa: S603 # nosec B603
        command, cwd=_ROOT, env=environment, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL
    )
    alarm = threading.Timer(limits.seconds, process.kill)
    alarm.daemon = True
    alarm.start()
    try:
        yield process
    finally:
        alarm.cancel()
        process.kill()
        if process.stdout:
            process.stdout.close()
        process.wait()


class _PlainUnpickler(pickle.Unpickler):
    """Basic values and the classes of dates; anything else is not from our worker."""

    def find_class(self, module: str, name: str) -> Any:
        if module == "datetime" and name in {"date", "datetime", "time", "timedelta"}:
            return super().find_class(module, name)
        raise pickle.UnpicklingError(f"{module}.{name}")


def _loaded(source: BinaryIO) -> Iterator[Any]:
    while True:
        yield _PlainUnpickler(source).load()


def _received(process: subprocess.Popen[bytes]) -> Iterator[Any]:
    if process.stdout is None:
        raise broken()
    try:
        yield from _until_end(_loaded(process.stdout))  # type: ignore[arg-type]
    except (EOFError, pickle.UnpicklingError) as error:
        code = process.wait()
        if code == 1:  # an exception of the reader: the file is no proper workbook
            raise broken() from error
        raise Refusal(
            "表格太大或结构异常,读取超出了内存或时间限制。请只保留要导入的数据,或改为 CSV 上传", code="reader_stopped"
        ) from error


def _until_end(source: Iterator[Any]) -> Iterator[Any]:
    try:
        for frame in source:
            if frame is None:
                return
            yield frame
    except (EOFError, pickle.UnpicklingError):
        raise
    except Exception as error:  # the reader's own errors have no common base; whatever it says, the file can't be read
        raise broken() from error
