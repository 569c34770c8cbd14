"""A file's type by its content."""

from __future__ import annotations

import io
import zipfile

import pytest

from kernel.file_types import DOCX, JPEG, PDF, PNG, XLSX, FileType, type_of


def office(*parts: str) -> bytes:
    """An Office file with these parts, empty."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        for part in ("[Content_Types].xml", *parts):
            archive.writestr(part, "")
    return out.getvalue()


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        (b"%PDF-1.7 ...", PDF),
        (b"\x89PNG\r\n\x1a\n...", PNG),
        (b"\xff\xd8\xff\xe0", JPEG),
        (office("word/document.xml"), DOCX),
        (office("xl/workbook.xml"), XLSX),
        (office("word/document.xml", "word/vbaProject.bin"), None),
        (office("ppt/presentation.xml"), None),
        (b"PK\x03\x04 and nothing behind", None),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", None),
        (b"MZ\x90", None),
        (b"<html><script>alert(1)</script>", None),
        (b"<svg xmlns='http://www.w3.org/2000/svg'/>", None),
        (b"", None),
    ],
)
def test_the_content_tells_the_type(content: bytes, expected: FileType | None) -> None:
    assert type_of(content) == expected


def test_an_archive_with_parts_by_the_ten_thousand_is_no_document() -> None:
    assert type_of(office("word/document.xml", *(f"x/{n}" for n in range(10_001)))) is None
