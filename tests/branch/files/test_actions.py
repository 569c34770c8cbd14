from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from cryptography.exceptions import InvalidTag

from branch.files.actions import keep, read
from branch.files.responses import attachment
from kernel.refusals import Forbidden, Refusal
from tests.branch.conftest import Office

SECRET = "600101,陆晨伟,31300".encode()


def on_disk(path: str, settings: Any) -> Path:
    return Path(settings.FILES_ROOT) / path


def test_a_file_lies_encrypted_under_a_path_without_its_name(office: Office, settings: Any) -> None:
    kept = keep(SECRET, name="../../etc/工资.csv", content_type="text/csv", by=office["600001"])
    assert (kept.name, kept.size) == ("工资.csv", len(SECRET))
    raw = on_disk(kept.path, settings).read_bytes()
    assert SECRET not in raw
    assert ".." not in kept.path
    assert read(kept) == SECRET


def test_a_touched_file_is_not_handed_out(office: Office, settings: Any) -> None:
    kept = keep(SECRET, name="x", content_type="x", by=None)
    target = on_disk(kept.path, settings)
    raw = bytearray(target.read_bytes())
    raw[-1] ^= 1
    target.write_bytes(bytes(raw))
    with pytest.raises((InvalidTag, Refusal)):
        read(kept)


def test_the_owners_rule_is_asked_first(office: Office) -> None:
    kept = keep(SECRET, name="x", content_type="x", by=None)

    def no() -> None:
        raise Forbidden("不可以")

    with pytest.raises(Forbidden):
        read(kept, check=no)


def test_too_large_is_refused(office: Office, settings: Any) -> None:
    settings.MAX_UPLOAD_BYTES = 10
    with pytest.raises(Refusal, match="文件超过"):
        keep(SECRET, name="x", content_type="x", by=None)


def test_a_download_is_an_attachment_never_sniffed() -> None:
    answer = attachment(b"x", "工资 月报.xlsx")
    assert answer["Content-Disposition"].startswith("attachment; filename*=UTF-8''%E5%B7%A5")
    assert answer["X-Content-Type-Options"] == "nosniff"
