"""Whom a comment mentions, and what a file must be: plain functions of plain values."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from math import ceil
from pathlib import PurePath
from statistics import median

from kernel.file_types import DOCX, JPEG, PDF, PNG, XLSX, FileType, type_of
from kernel.refusals import Refusal

LARGEST = 20 * 1024 * 1024
MOST_FILES = 10
KINDS = (PDF, JPEG, PNG, DOCX, XLSX)
KINDS_SAID = "PDF、jpg、png、docx、xlsx"
LONGEST_NAME = 12
_AT = re.compile(r"(?<![A-Za-z0-9_.])[@@]([\w·]+)")  # an address like zhang@example.com mentions nobody


def mentions(text: str) -> list[str]:
    """What follows each @, as far as letters go; of `@王主办请看` the name is only a beginning."""
    return list(dict.fromkeys(word[:LONGEST_NAME] for word in _AT.findall(text)))


def beginnings(word: str) -> list[str]:
    """What the name may be that `word` begins with, longest first; a name has two characters at least."""
    return [word[:length] for length in range(len(word), 1, -1)]


def named(word: str, known: Iterable[str]) -> str | None:
    """The longest of the `known` names (and 工号) that the word begins with."""
    names = set(known)
    return next((beginning for beginning in beginnings(word) if beginning in names), None)


def checked_file(name: str, content: bytes) -> FileType:
    """The type of a file that may be attached. Refused: empty, too large, another kind, an ending that says otherwise."""
    said = PurePath(name).name
    if not content:
        raise Refusal(f"文件“{said}”是空的,请重新选择", code="bad_file")
    if len(content) > LARGEST:
        raise Refusal(f"文件“{said}”超过 {LARGEST // 1024 // 1024} MB,请压缩或拆分后再上传", code="bad_file")
    found = type_of(content)
    if found not in KINDS or found is None:
        raise Refusal(
            f"文件“{said}”不是可以上传的类型(看内容,不看后缀):只收 {KINDS_SAID},"
            "带宏、加密或旧版 doc、xls 的文件请另存为不带宏的新格式或 PDF",
            code="bad_file",
        )
    if PurePath(said).suffix.lower() not in found.endings:
        raise Refusal(f"文件“{said}”的内容是{found.label},与后缀不符,请改成 {found.endings[0]} 后再上传", code="bad_file")
    return found


def spread(values: Sequence[float]) -> tuple[float, float]:
    """The median and what nine of ten stay within (nearest rank), of one value at least."""
    ranked = sorted(values)
    return median(ranked), ranked[ceil(len(ranked) * 0.9) - 1]
