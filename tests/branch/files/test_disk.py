"""A disk that fills up during an upload: a sentence, and neither a file without its row nor a row without its file."""

from __future__ import annotations

import errno
import os
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import psycopg
import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.core.files.uploadhandler import TemporaryFileUploadHandler
from django.db import OperationalError, transaction
from django.test import Client

from branch.files import actions
from branch.files.actions import keep, read, tidy
from branch.files.models import StoredFile
from kernel import disk
from kernel.refusals import Refusal
from tests.branch.conftest import Office


def full(*_: Any, **__: Any) -> Any:
    raise OSError(errno.ENOSPC, "No space left on device")


def files(settings: Any) -> list[Path]:
    return [path for path in Path(settings.FILES_ROOT).rglob("*") if path.is_file()]


def kept() -> StoredFile:
    return keep(b"x" * 1000, name="x.csv", content_type="text/csv", by=None)


# --- one with the other ----------------------------------------------------------------------------------------------------


@pytest.mark.django_db(transaction=True)
def test_a_rollback_takes_the_file_back_and_a_commit_keeps_it(settings: Any) -> None:
    with pytest.raises(ZeroDivisionError), transaction.atomic():  # noqa: PT012
        kept()
        assert len(files(settings)) == 1
        raise ZeroDivisionError
    assert files(settings) == []
    with transaction.atomic():
        stored = kept()
        with pytest.raises(ZeroDivisionError), transaction.atomic():  # noqa: PT012
            kept()
            raise ZeroDivisionError
        assert len(files(settings)) == 1  # the savepoint's is gone, the other stays
    assert len(files(settings)) == 1
    assert read(stored) == b"x" * 1000


@pytest.mark.django_db(transaction=True)
def test_outside_a_transaction_it_stays(settings: Any) -> None:
    kept()
    assert (len(files(settings)), StoredFile.objects.count()) == (1, 1)


@pytest.mark.django_db
def test_what_a_killed_process_left_goes_after_a_day(settings: Any) -> None:
    stored = kept()
    orphan = files(settings)[0].parent / ("0" * 32)
    for path in (orphan, orphan.with_suffix(".part")):
        path.write_bytes(b"x")
    assert tidy() == 0  # a transaction may still be going on
    for path in files(settings):
        os.utime(path, (time.time() - 2 * 24 * 3600,) * 2)
    assert tidy() == 2
    assert read(stored) == b"x" * 1000


# --- full, at every point ------------------------------------------------------------------------------------------------------


class _Short:
    """A file that takes half of what is written."""

    def __init__(self, file: Any) -> None:
        self._file = file

    def __enter__(self) -> _Short:
        return self

    def __exit__(self, *_: object) -> None:
        self._file.close()

    def write(self, data: bytes) -> int:
        self._file.write(data[: len(data) // 2])
        self._file.flush()
        return full()  # type: ignore[no-any-return]


def _half(path: Path, mode: str = "r", *args: Any, **kwargs: Any) -> Any:
    file = _open(path, mode, *args, **kwargs)
    return _Short(file) if "w" in mode and path.suffix == ".part" else file


_open = Path.open
POINTS: dict[str, tuple[Any, str, Callable[..., Any]]] = {
    "making the folder": (Path, "mkdir", full),
    "opening the file": (Path, "open", full),
    "half of it is written": (Path, "open", _half),
    "bringing it to the disk": (os, "fsync", full),
    "giving it its name": (Path, "replace", full),
}


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("point", POINTS)
def test_a_full_disk_leaves_nothing_and_says_so(point: str, settings: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    with monkeypatch.context() as patch:
        patch.setattr(*POINTS[point])
        with pytest.raises(Refusal, match="磁盘空间不足") as refused, transaction.atomic():
            kept()
    assert refused.value.code == "disk_full"
    assert (files(settings), StoredFile.objects.count()) == ([], 0)


@pytest.mark.django_db(transaction=True)
def test_a_database_that_is_full_takes_the_file_back(settings: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    def no_row(_: StoredFile) -> Any:
        raise OperationalError("no row") from psycopg.errors.DiskFull("could not extend file")

    monkeypatch.setattr("branch.files.actions.insert", no_row)
    with pytest.raises(OperationalError) as broken, transaction.atomic():
        kept()
    assert disk.is_full(broken.value)
    del broken
    assert files(settings) == []


def test_another_fault_is_not_called_a_full_disk() -> None:
    assert not disk.is_full(PermissionError(errno.EACCES, "x"))
    assert not disk.is_full(OperationalError("connection refused"))
    assert not disk.is_full(None)
    assert disk.is_full(OperationalError("database or disk is full"))


# --- as a person meets it ----------------------------------------------------------------------------------------------------


@pytest.fixture
def upload(office: Office, settings: Any) -> Callable[..., Any]:
    browser = Client(raise_request_exception=False)
    browser.force_login(office["600001"].user, backend="django.contrib.auth.backends.ModelBackend")

    def send(size: int = 1000) -> Any:
        given = {"branch": office.branch.pk, "effective": "2026-11-01", "file": SimpleUploadedFile("名册.xlsx", b"x" * size)}
        return browser.post("/roster/", given, follow=True, headers={"Referer": "/roster/"})

    return send


def test_the_page_says_that_the_disk_is_full(upload: Callable[..., Any], settings: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    before = StoredFile.objects.count()
    monkeypatch.setattr(actions.os, "fsync", full)
    answer = upload()
    assert answer.status_code == 200
    assert "磁盘空间不足" in answer.content.decode()
    assert (StoredFile.objects.count(), files(settings)) == (before, [])
    monkeypatch.undo()
    assert upload().redirect_chain  # once there is room again
    assert StoredFile.objects.count() == before + 1


def test_a_disk_that_fills_while_the_upload_is_read_says_so_too(
    upload: Callable[..., Any], settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings.FILE_UPLOAD_MAX_MEMORY_SIZE = 100
    monkeypatch.setattr(TemporaryFileUploadHandler, "receive_data_chunk", full)
    before = StoredFile.objects.count()
    answer = upload(10_000)
    assert answer.status_code == 507
    assert "磁盘空间不足" in answer.content.decode()
    assert StoredFile.objects.count() == before


def test_any_other_fault_keeps_its_own_page(upload: Callable[..., Any], monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: Any, **__: Any) -> Any:
        raise OSError(errno.EIO, "x")

    monkeypatch.setattr(actions.os, "fsync", broken)
    answer = upload()
    assert answer.status_code == 500
    assert "磁盘" not in answer.content.decode()
