"""What may prove a line of a correction: told by its content, kept encrypted."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from django.core.files.uploadedfile import UploadedFile
from django.db import transaction

from branch.files.actions import keep
from branch.files.models import StoredFile
from branch.people.models import Person
from kernel.file_types import JPEG, PDF, PNG, XLSX, FileType, type_of
from kernel.refusals import Refusal

LARGEST = 10 * 1024 * 1024
KINDS = (PDF, PNG, JPEG, XLSX)


def proof_type(content: bytes) -> FileType:
    """The type of a proof. Refused: larger than 10 MB, or anything but the four kinds (with macros or a password, broken)."""
    if len(content) > LARGEST:
        raise Refusal(f"依据文件超过 {LARGEST // 1024 // 1024} MB,请压缩后再上传", code="too_large")
    found = type_of(content)
    if found not in KINDS or found is None:
        raise Refusal("依据应是 PDF、PNG、JPG 或 xlsx 文件(看内容,不看后缀;带宏、加密或损坏的不收)", code="wrong_kind")
    return found


@contextmanager
def proof_kept(file: UploadedFile | None, *, by: Person) -> Iterator[StoredFile | None]:
    """The proof an act rests on (None: none was handed in), stored under the type its content says. The act is done in the block:
    both are one transaction, so that a refused act leaves no file that nothing owns."""
    with transaction.atomic():
        yield None if file is None else _keep(file, by)


def _keep(file: UploadedFile, by: Person) -> StoredFile:
    content = file.read(LARGEST + 1)
    return keep(content, name=file.name or "", content_type=proof_type(content).media_type, by=by)
