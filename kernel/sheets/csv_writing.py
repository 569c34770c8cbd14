"""Write CSV: the same columns as a workbook, text that a spreadsheet can't take for a formula, one encoding throughout."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Sequence
from datetime import date
from decimal import Decimal
from itertools import chain
from typing import Any

from kernel.refusals import Refusal
from kernel.sheets.pages import written_text

UTF8_BOM, GBK = "utf-8-sig", "gbk"
_FORMULA_STARTS = ("=", "+", "-", "@", "\t")


def cell(value: Any) -> str:
    """A value as CSV text. Numbers stay plain; a text that a spreadsheet would reckon gets an apostrophe before it."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "是" if value else "否"
    if isinstance(value, Decimal):
        return f"{value:f}"
    if isinstance(value, int | float | date):
        return str(value)
    text = written_text(value).replace("\r", " ").replace("\n", " ")
    return f"'{text}" if text.lstrip(" ").startswith(_FORMULA_STARTS) else text


def csv_bytes(heads: Sequence[str], rows: Iterable[Sequence[Any]], *, encoding: str = UTF8_BOM) -> bytes:
    """Heads and rows as CSV with Windows line ends. Raises Refusal naming the row that `encoding` can't write."""
    out = io.BytesIO()
    buffer = io.StringIO()
    writer = csv.writer(buffer, lineterminator="\r\n")
    codec = "utf-8" if encoding == UTF8_BOM else encoding
    if encoding == UTF8_BOM:
        out.write(b"\xef\xbb\xbf")
    for number, row in enumerate(chain([heads], rows), 1):
        writer.writerow([cell(value) for value in row])
        try:
            out.write(buffer.getvalue().encode(codec))
        except UnicodeEncodeError as error:
            letter = error.object[error.start]
            raise Refusal(
                f"第 {number} 行的“{letter}”不能用 {encoding.upper()} 编码写出,请改为下载 xlsx", code="not_encodable"
            ) from error
        buffer.seek(0)
        buffer.truncate()
    return out.getvalue()
