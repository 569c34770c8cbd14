"""CSV text: which encoding, which delimiter, and its rows as a stream. Every byte is decoded strictly or the file is refused."""

from __future__ import annotations

import codecs
import csv
import io
import re
from collections import Counter
from collections.abc import Iterable, Iterator
from typing import BinaryIO

from kernel.refusals import Refusal
from kernel.sheets.guard import DEFAULT, MIB, Kind, Limits, admit
from kernel.sheets.raw import Content, opened
from kernel.sheets.scan import too_many_rows

UTF8, UTF8_BOM, UTF16, GB18030 = "utf-8", "utf-8-sig", "utf-16", "gb18030"
_SURELY_UTF8 = 8  # as many well-formed non-ASCII characters in a row do not happen by chance in GB18030
_SEPARATOR_LINE = re.compile(r"^sep=([!#-/:-@\[-`{-~\t])\r?\n", re.IGNORECASE)  # what can part cells: no letter, no quote
_DELIMITERS = ",\t;"
_SAMPLED = 40  # lines by which the delimiter is told


def stream_csv(content: Content, *, name: str, limits: Limits = DEFAULT) -> Iterator[list[str]]:
    """The rows of a CSV file, one after another, in little memory; row 1 is the first line.

    Raises Refusal at once for what is no CSV, and midway for a broken quote or too many rows: book inside one transaction.
    """
    if admit(content, limits=limits) is not Kind.CSV:
        raise Refusal(f"“{name}”的内容是 Excel 工作簿,不是 CSV。请按 .xlsx 上传,或另存为 CSV", code="not_csv")
    return rows_of(content, sniff_encoding(content), limits)


def sniff_encoding(content: Content) -> str:
    """The encoding that decodes the whole file. Raises Refusal naming the row of the first byte that fits none."""
    return _sniff(content, None)


def decode(content: Content) -> tuple[str, bytes]:
    """The encoding that decodes the whole file, and its text as UTF-8. Raises Refusal as `sniff_encoding` does."""
    pieces: list[str] = []
    encoding = _sniff(content, pieces)
    return encoding, b"".join(piece.encode() for piece in pieces).removeprefix(codecs.BOM_UTF8 if encoding == UTF8_BOM else b"")


def _sniff(content: Content, pieces: list[str] | None) -> str:
    with opened(content) as file:
        head = file.read(4)
        file.seek(0)
        if head.startswith((b"\xff\xfe", b"\xfe\xff")):
            _decode_all(file, UTF16, pieces)
            return UTF16
        marked = head.startswith(codecs.BOM_UTF8)
        broken_at, seen = _first_broken(file, UTF8, nul=True, pieces=pieces)
        if broken_at is None:
            return UTF8_BOM if marked else UTF8
        if marked or seen >= _SURELY_UTF8:
            raise _undecodable(content, broken_at, "UTF-8")
        file.seek(0)
        _decode_all(file, GB18030, pieces)
    return GB18030


def guess_encoding(content: Content) -> str:
    """The encoding that the beginning of the file shows beyond doubt; the reader still decodes every byte strictly."""
    with opened(content) as file:
        head = file.read(4)
        if head.startswith((b"\xff\xfe", b"\xfe\xff")):
            return UTF16
        if head.startswith(codecs.BOM_UTF8):
            return UTF8_BOM
        file.seek(0)
        broken_at, seen = _first_broken(file, UTF8, nul=True, enough=_SURELY_UTF8)
    return UTF8 if broken_at is None or seen >= _SURELY_UTF8 else GB18030


def _decode_all(file: BinaryIO, encoding: str, pieces: list[str] | None) -> None:
    broken_at, _ = _first_broken(file, encoding, nul=encoding != UTF16, pieces=pieces)
    if broken_at is not None:
        file.seek(0)
        raise _undecodable(file.read(broken_at + 1), broken_at, "UTF-16" if encoding == UTF16 else "UTF-8 或 GB18030(GBK)")


def _first_broken(
    file: BinaryIO, encoding: str, *, nul: bool, enough: int | None = None, pieces: list[str] | None = None
) -> tuple[int | None, int]:
    """Where the first undecodable byte stands, and how many non-ASCII characters stood well-formed before it.

    `enough`: look no further once so many were seen. `pieces`: takes the text, and nothing else.
    """
    decoder = codecs.getincrementaldecoder(encoding)("strict")
    done = seen = 0
    if pieces is not None:
        pieces.clear()
    while True:
        block = file.read(MIB)
        if nul and (at := block.find(b"\x00")) >= 0:
            raise _nul(file, done + at)
        pending = len(decoder.getstate()[0])
        try:
            text = decoder.decode(block, final=not block)
        except UnicodeDecodeError as error:
            good = error.object[: error.start].decode(encoding, "ignore")
            return done - pending + error.start, seen + sum(1 for letter in good if ord(letter) > 127)
        if pieces is not None:
            pieces.append(text)
        if not block or (enough is not None and seen >= enough):
            return None, seen
        seen += _SURELY_UTF8 if not block.isascii() else 0
        done += len(block)


def _nul(file: BinaryIO, at: int) -> Refusal:
    file.seek(0)
    row = file.read(at).count(b"\n") + 1
    return Refusal(f"第 {row} 行含有空字节(NUL),文件可能损坏。请重新导出后上传", code="csv_nul", items=[str(row)])


def nul_at(content: Content, at: int) -> Refusal:
    """What to say of an empty byte."""
    with opened(content) as file:
        return _nul(file, at)


def undecodable_at(content: Content, at: int, encoding: str) -> Refusal:
    """What to say of a byte that `encoding` doesn't know."""
    named = {UTF8: "UTF-8", UTF8_BOM: "UTF-8", UTF16: "UTF-16"}
    return _undecodable(content, at, named.get(encoding, "UTF-8 或 GB18030(GBK)"))


def _undecodable(content: Content, at: int, tried: str) -> Refusal:
    row, left = 1, at
    with opened(content) as file:
        while left and (block := file.read(min(MIB, left))):
            row, left = row + block.count(b"\n"), left - len(block)
    return Refusal(
        f"第 {row} 行有无法识别的字符(文件第 {at + 1} 个字节,按 {tried} 读取)。请另存为“CSV UTF-8”后再上传",
        code="csv_encoding",
        items=[str(row)],
    )


def rows_of(content: Content, encoding: str, limits: Limits) -> Iterator[list[str]]:
    """Rows of a text whose encoding is known to hold."""
    with opened(content) as raw, io.TextIOWrapper(raw, encoding=encoding, errors="strict", newline="") as text:
        for _, row in records(text, sniff_delimiter(content, encoding), limits):
            yield row


def records(lines: Iterable[str], delimiter: str, limits: Limits, before: int = 0) -> Iterator[tuple[int, list[str]]]:
    """Numbered rows of some lines, when `before` rows came before them."""
    number, most_columns, most_rows = before, limits.columns, limits.csv_rows + 1
    reader = csv.reader(lines, delimiter=delimiter, strict=True)
    try:
        for row in reader:
            number += 1
            if len(row) > most_columns and len(row := _without_blank_end(row)) > most_columns:
                raise Refusal(
                    f"第 {number} 行有 {len(row)} 列,超过 {most_columns} 列。请检查分隔符和引号", code="too_many_columns"
                )
            if number > most_rows and any(row):
                raise too_many_rows(limits.csv_rows, csv=True)
            yield number, row
    except csv.Error as error:
        raise _misquoted(number + 1, error) from error


def _without_blank_end(row: list[str]) -> list[str]:
    last = len(row)
    while last and not row[last - 1].strip():
        last -= 1
    return row[:last]


def overlong(row: int) -> Refusal:
    """What to say of a row that doesn't end."""
    return Refusal(f"第 {row} 行有单元格过长,多半是双引号没有成对。请改正后再上传", code="csv_quote", items=[str(row)])


def _misquoted(row: int, error: csv.Error) -> Refusal:
    if "limit" in str(error):
        return overlong(row)
    return Refusal(f'第 {row} 行的双引号没有成对或位置不对。单元格里的双引号要写成两个("")', code="csv_quote", items=[str(row)])


def sniff_delimiter(content: Content, encoding: str) -> str:
    """The delimiter that cuts the first lines most evenly into most columns; a comma when there is one column only."""
    sample = _beginning(content, encoding)
    if told := _SEPARATOR_LINE.match(sample):
        return told[1]
    lines = sample.splitlines(keepends=True)[:_SAMPLED]
    best, best_score = ",", 0
    for delimiter in _DELIMITERS:
        if delimiter not in sample:
            continue
        widths = Counter(sum(map(bool, map(str.strip, row))) for row in _loosely(lines, delimiter) if len(row) > 1)
        if widths and (score := max(width * often for width, often in widths.items())) > best_score:
            best, best_score = delimiter, score
    return best


def _beginning(content: Content, encoding: str) -> str:
    """The first lines, more than `_SAMPLED` where there are so many within 64 KB; no more is decoded than need be."""
    with opened(content) as file:
        for most in (8_192, 65_536):
            file.seek(0)
            text = codecs.getincrementaldecoder(encoding)("ignore").decode(file.read(most))
            if len(text.splitlines()) > _SAMPLED:
                break
    return text


def _loosely(lines: list[str], delimiter: str) -> Iterator[list[str]]:
    try:
        yield from csv.reader(lines, delimiter=delimiter)
    except csv.Error:
        return
