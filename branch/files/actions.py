"""Keeping files: the content goes encrypted to disk first, the row commits with the act that owns it.

Neither without the other: a rollback takes the content back, a killed process's leftovers go by `tidy`.
"""

from __future__ import annotations

import hashlib
import os
import tempfile
import time
import uuid
import weakref
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from django.conf import settings
from django.db import models, transaction

from branch.audit.actions import record
from branch.fields import file_key, newest_key_id
from branch.files import pieces
from branch.files.models import StoredFile
from branch.files.pieces import ENDING
from branch.people.models import Person
from branch.prepared import insert
from kernel import disk
from kernel.refusals import Refusal

CHUNK = 1024 * 1024
Opened = tuple[bytes, str, str]
"""(content, name, content type)"""


def keep(content: bytes | Path, *, name: str, content_type: str, by: Person | None, sha256: str = "") -> StoredFile:
    """Store `content` (≤ MAX_UPLOAD_BYTES) under FILES_ROOT and return its row. The caller's access rules guard it.

    A large file is better handed in as the path where it lies: it is encrypted piece by piece and never held in memory.
    `sha256`: the content's, where it is known. Where the present transaction is rolled back, the content goes again.
    """
    size = len(content) if isinstance(content, bytes) else content.stat().st_size
    if size > settings.MAX_UPLOAD_BYTES:
        raise Refusal(f"文件超过 {settings.MAX_UPLOAD_BYTES // 1024 // 1024} MB,请拆分后上传")
    token = uuid.uuid4().hex
    path = f"{token[:2]}/{token[2:4]}/{token}{ENDING if isinstance(content, Path) else ''}"
    target = Path(settings.FILES_ROOT) / path
    _write(target, path, content)
    transaction.on_commit(_Unkept(target))
    row = StoredFile(
        sha256=sha256 or _hash(content),
        name=Path(name).name[:200],
        content_type=content_type,
        size=size,
        path=path,
        stored_by=by,
    )
    return insert(row)


class _Unkept:
    """Deletes a file whose row never committed.

    It stands among the transaction's commit hooks. A commit calls it, and the file stays; a rollback, also to a savepoint, drops
    it, and the file goes with it.
    """

    def __init__(self, target: Path) -> None:
        self._dropped = weakref.finalize(self, target.unlink, missing_ok=True)

    def __call__(self) -> None:
        self._dropped.detach()


def tidy(older_than: float = 24 * 3600) -> int:
    """Delete what no row names: contents and `.part` files of processes that were killed. Returns how many went.

    Younger ones (seconds) are left alone: their transaction may still be going on.
    """
    gone = 0
    for folder in _folders():
        there = [path for path in folder.iterdir() if path.is_file() and path.stat().st_mtime < time.time() - older_than]
        named = {f"{folder.parent.name}/{folder.name}/{path.name}": path for path in there}
        known = set(StoredFile.objects.filter(path__in=named).values_list("path", flat=True))
        for name in named.keys() - known:
            named[name].unlink(missing_ok=True)
            gone += 1
    return gone


def _folders() -> Iterator[Path]:
    """The store's folders of the second level, aa/bb."""
    return (path for path in Path(settings.FILES_ROOT).glob("[0-9a-f][0-9a-f]/[0-9a-f][0-9a-f]") if path.is_dir())


def _hash(content: bytes | Path) -> str:
    if isinstance(content, bytes):
        return hashlib.sha256(content).hexdigest()
    with content.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def read(stored: StoredFile, *, check: Callable[[], object] | None = None) -> bytes:
    """The plain content, verified against its hash. `check` is the owner's access rule; it raises when the reader may not."""
    if check is not None:
        check()
    content = b"".join(_open(stored))
    if hashlib.sha256(content).hexdigest() != stored.sha256:
        raise _changed(stored)
    return content


@transaction.atomic
def hand_out(stored: StoredFile, *, what: str, act: str, subject: models.Model, branch_code: str, by: Person) -> Opened:
    """The door through which a kept file leaves the house, as it came: who took `what` stands in the log. The caller's access
    rules guard it."""
    content = read(stored)
    record(by=by, act=act, subject=subject, summary=f"下载{what}", branch_code=branch_code, sha256=stored.sha256)
    return content, stored.name, stored.content_type


@contextmanager
def laid_out(stored: StoredFile, *, check: Callable[[], object] | None = None) -> Iterator[Path]:
    """The same as a file of its own, in plain and for this block only: for what is too large to hold in memory."""
    if check is not None:
        check()
    with tempfile.NamedTemporaryFile(suffix=".laid-out") as file:
        digest = hashlib.sha256()
        for piece in _open(stored):
            digest.update(piece)
            file.write(piece)
        file.flush()
        if digest.hexdigest() != stored.sha256:
            raise _changed(stored)
        yield Path(file.name)


def _changed(stored: StoredFile) -> Refusal:
    return Refusal(f"文件“{stored.name}”与登记的散列不符,可能已损坏,请联系系统管理员")


def discard(stored: StoredFile) -> None:
    """Delete the content and its row; for what is kept for a time only. The content goes once the transaction has committed."""
    target = Path(settings.FILES_ROOT) / stored.path
    stored.delete()
    transaction.on_commit(lambda: target.unlink(missing_ok=True))


def key_id_of(stored: StoredFile) -> str:
    """The id of the key that the file on disk needs; '' where there is no file."""
    try:
        with (Path(settings.FILES_ROOT) / stored.path).open("rb") as file:
            return file.read(64).partition(b":")[0].decode(errors="replace")
    except FileNotFoundError:
        return ""


def reseal(stored: StoredFile) -> bool:
    """Encrypt the file again under the newest key, in place and in one move. Returns whether there was anything to do."""
    if key_id_of(stored) in ("", newest_key_id()):
        return False
    if stored.path.endswith(ENDING):
        with laid_out(stored) as plain:
            _write(Path(settings.FILES_ROOT) / stored.path, stored.path, plain)
    else:
        _write(Path(settings.FILES_ROOT) / stored.path, stored.path, read(stored))
    return True


def _write(target: Path, path: str, content: bytes | Path) -> None:
    key_id, key = file_key()
    partial = target.with_suffix(".part")
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        with partial.open("wb") as file:
            file.write(key_id.encode() + b":")
            if isinstance(content, Path):
                with content.open("rb") as source:
                    pieces.seal(source, file, key=key, path=path)
            else:
                nonce = os.urandom(12)
                file.write(nonce + AESGCM(key).encrypt(nonce, content, path.encode()))
            file.flush()
            os.fsync(file.fileno())
        partial.replace(target)
    except OSError as error:
        partial.unlink(missing_ok=True)
        if disk.is_full(error):
            raise Refusal(disk.SENTENCE, code="disk_full") from error
        raise


def _open(stored: StoredFile) -> Iterator[bytes]:
    """Decrypted; a missing key, a touched file, no file: a sentence, never a ciphertext."""
    try:
        with (Path(settings.FILES_ROOT) / stored.path).open("rb") as file:
            key_id, _, _ = file.read(64).partition(b":")
            file.seek(len(key_id) + 1)
            key = file_key(key_id.decode())[1]
            if stored.path.endswith(ENDING):
                yield from pieces.unseal(file, key=key, path=stored.path)
            else:
                nonce = file.read(12)
                yield AESGCM(key).decrypt(nonce, file.read(), stored.path.encode())
    except FileNotFoundError as error:
        raise Refusal(f"文件“{stored.name}”不在文件库中,请联系系统管理员") from error
    except (KeyError, InvalidTag, UnicodeDecodeError, ValueError) as error:
        raise Refusal(f"文件“{stored.name}”无法解开:密钥缺失或文件被改动,请联系系统管理员") from error
