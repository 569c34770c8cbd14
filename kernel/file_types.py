"""What a file is, told by its content: the type a browser claims and the name's ending are not believed."""

from __future__ import annotations

import io
import zipfile
from dataclasses import dataclass

_OFFICE = "application/vnd.openxmlformats-officedocument"
MOST_PARTS = 10_000  # of an Office file; more is no document


@dataclass(frozen=True)
class FileType:
    """A kind of file: its endings, the first of them its usual one, and its media type."""

    label: str
    endings: tuple[str, ...]
    media_type: str


PDF = FileType("PDF", (".pdf",), "application/pdf")
PNG = FileType("PNG 图片", (".png",), "image/png")
JPEG = FileType("JPG 图片", (".jpg", ".jpeg"), "image/jpeg")
DOCX = FileType("Word 文档", (".docx",), f"{_OFFICE}.wordprocessingml.document")
XLSX = FileType("Excel 表格", (".xlsx",), f"{_OFFICE}.spreadsheetml.sheet")

_HEADS = {b"%PDF-": PDF, b"\x89PNG\r\n\x1a\n": PNG, b"\xff\xd8\xff": JPEG}
_PARTS = {"word/document.xml": DOCX, "xl/workbook.xml": XLSX}


def type_of(content: bytes) -> FileType | None:
    """The file's type; None for anything but the five, and for an Office file with macros, behind a password or broken."""
    for head, found in _HEADS.items():
        if content.startswith(head):
            return found
    return _office(content) if content.startswith(b"PK\x03\x04") else None


def _office(content: bytes) -> FileType | None:
    """Read from the archive's directory alone: nothing is unpacked."""
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            names = {name.lower() for name in archive.namelist()}
    except (zipfile.BadZipFile, ValueError, NotImplementedError, OSError):
        return None
    if len(names) > MOST_PARTS or "[content_types].xml" not in names or any(name.endswith("vbaproject.bin") for name in names):
        return None
    return next((found for part, found in _PARTS.items() if part in names), None)
