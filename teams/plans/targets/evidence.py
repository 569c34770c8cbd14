"""What a file shown as evidence may be, by its content and not by its name."""

from __future__ import annotations

from kernel.refusals import Refusal

OFFICE = "application/octet-stream"
KINDS: tuple[tuple[bytes, str], ...] = (
    (b"%PDF-", "application/pdf"),
    (b"\x89PNG\r\n\x1a\n", "image/png"),
    (b"\xff\xd8\xff", "image/jpeg"),
    (b"PK\x03\x04", OFFICE),  # Word and Excel; handed out as a download only
)


def require_proof(content: bytes, *, what: str = "完成凭据") -> str:
    """The content type of a PDF, a picture, a Word or Excel file. Raises Refusal for anything else."""
    found = next((kind for mark, kind in KINDS if content.startswith(mark)), None)
    if found is None:
        raise Refusal(f"{what}请用 PDF、照片(JPG、PNG)、Word 或 Excel 文件,这个文件的内容不是其中之一", code="wrong_kind")
    return found
