"""Keeping files: the content goes encrypted to disk first, the row commits with the act that owns it."""

from __future__ import annotations

import hashlib
import os
import uuid
from collections.abc import Callable
from pathlib import Path

from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from django.conf import settings
from django.db import transaction

from branch.fields import file_key
from branch.files.models import StoredFile
from branch.people.models import Person
from kernel.refusals import Refusal

CHUNK = 1024 * 1024


def keep(content: bytes, *, name: str, content_type: str, by: Person | None) -> StoredFile:
    """Store `content` (bytes, ≤ MAX_UPLOAD_BYTES) under FILES_ROOT and return its row. The caller's access rules guard it."""
    if len(content) > settings.MAX_UPLOAD_BYTES:
        raise Refusal(f"文件超过 {settings.MAX_UPLOAD_BYTES // 1024 // 1024} MB,请拆分后上传")
    token = uuid.uuid4().hex
    path = f"{token[:2]}/{token[2:4]}/{token}"
    target = Path(settings.FILES_ROOT) / path
    target.parent.mkdir(parents=True, exist_ok=True)
    key_id, key = file_key()
    nonce = os.urandom(12)
    partial = target.with_suffix(".part")
    partial.write_bytes(key_id.encode() + b":" + nonce + AESGCM(key).encrypt(nonce, content, path.encode()))
    partial.replace(target)
    return StoredFile.objects.create(
        sha256=hashlib.sha256(content).hexdigest(),
        name=Path(name).name[:200],
        content_type=content_type,
        size=len(content),
        path=path,
        stored_by=by,
    )


def read(stored: StoredFile, *, check: Callable[[], object] | None = None) -> bytes:
    """The plain content, verified against its hash. `check` is the owner's access rule; it raises when the reader may not."""
    if check is not None:
        check()
    raw = (Path(settings.FILES_ROOT) / stored.path).read_bytes()
    key_id, _, box = raw.partition(b":")
    content = AESGCM(file_key(key_id.decode())[1]).decrypt(box[:12], box[12:], stored.path.encode())
    if hashlib.sha256(content).hexdigest() != stored.sha256:
        raise Refusal(f"文件“{stored.name}”与登记的散列不符,可能已损坏,请联系系统管理员")
    return content


def discard(stored: StoredFile) -> None:
    """Delete the content and its row; for what is kept for a time only. The content goes once the transaction has committed."""
    target = Path(settings.FILES_ROOT) / stored.path
    stored.delete()
    transaction.on_commit(lambda: target.unlink(missing_ok=True))
