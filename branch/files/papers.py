"""Papers that people attach: a PDF, a photo or a Word document, judged by its content and never by its name."""

from __future__ import annotations

from branch.files.actions import keep
from branch.files.models import StoredFile
from branch.people.models import Person
from kernel import file_types
from kernel.refusals import Refusal

KINDS = (file_types.PDF, file_types.JPEG, file_types.PNG, file_types.DOCX)
MEDIA_TYPES = tuple(kind.media_type for kind in KINDS)
LARGEST = 20 * 1024 * 1024  # bytes


def keep_paper(content: bytes, *, name: str, what: str, by: Person) -> StoredFile:
    """Store the paper. Raises Refusal (`what` names it) where it is larger than 20 MB or of another kind."""
    if len(content) > LARGEST:
        raise Refusal(f"{what}超过 {LARGEST // 1024 // 1024} MB,请压缩或拆分后上传", code="too_large")
    found = file_types.type_of(content)
    if found not in KINDS:
        raise Refusal(f"{what}请用 PDF、照片(JPG、PNG)或 Word 文档,这个文件的内容不是其中之一", code="wrong_kind")
    return keep(content, name=name, content_type=found.media_type, by=by)
