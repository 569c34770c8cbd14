from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from cryptography.exceptions import InvalidTag

from branch.audit.models import AuditRow
from branch.files.actions import hand_out, keep, laid_out, read, reseal
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


@pytest.fixture
def large(tmp_path: Any, monkeypatch: Any) -> Path:
    """A file of two and a half pieces."""
    monkeypatch.setattr("branch.files.pieces.PIECE", 1000)
    path = tmp_path / "large.csv"
    path.write_bytes(bytes(at % 251 for at in range(2_500)))
    return Path(path)


def test_a_file_handed_in_by_its_path_is_kept_in_pieces_and_comes_back(office: Office, settings: Any, large: Path) -> None:
    kept = keep(large, name="large.csv", content_type="text/csv", by=None)
    assert (kept.size, read(kept)) == (2_500, large.read_bytes())
    raw = on_disk(kept.path, settings).read_bytes()
    assert not any(raw[at : at + 32] in large.read_bytes() for at in range(0, len(raw) - 32, 8))
    with laid_out(kept) as plain:
        assert plain.read_bytes() == large.read_bytes()
    assert not plain.exists()


@pytest.mark.parametrize("harm", ["touch", "cut", "drop", "swap", "repeat"])
def test_pieces_that_are_not_all_there_in_order_are_not_handed_out(office: Office, settings: Any, large: Path, harm: str) -> None:
    kept = keep(large, name="large.csv", content_type="text/csv", by=None)
    target = on_disk(kept.path, settings)
    raw = target.read_bytes()
    start, long = raw.index(b":") + 1, 1000 + 16 + 16
    one, two, three = raw[start : start + long], raw[start + long : start + 2 * long], raw[start + 2 * long :]
    harmed = {
        "touch": [one, two, three[:-1] + bytes([three[-1] ^ 1])],
        "cut": [one, two],
        "drop": [one, three],
        "swap": [two, one, three],
        "repeat": [one, two, two, three],
    }[harm]
    target.write_bytes(raw[:start] + b"".join(harmed))
    with pytest.raises(Refusal, match="无法解开"):
        read(kept)
    with pytest.raises(Refusal), laid_out(kept):
        pass


def test_an_empty_file_is_one_empty_piece(office: Office, tmp_path: Path) -> None:
    (tmp_path / "x").write_bytes(b"")
    assert read(keep(tmp_path / "x", name="x", content_type="x", by=None)) == b""


def test_pieces_move_to_a_new_key(office: Office, settings: Any, large: Path, monkeypatch: Any) -> None:
    kept = keep(large, name="large.csv", content_type="text/csv", by=None)
    monkeypatch.setattr("branch.files.actions.newest_key_id", lambda: "another")
    before = on_disk(kept.path, settings).read_bytes()
    assert reseal(kept)
    assert on_disk(kept.path, settings).read_bytes() != before
    assert read(kept) == large.read_bytes()


def test_who_took_a_file_stands_in_the_log(office: Office) -> None:
    by = office["600001"]
    kept = keep(SECRET, name="工资.csv", content_type="text/csv", by=by)
    taken = hand_out(kept, what="六月工资", act="x.open", subject=kept, branch_code="0755FT", by=by)
    assert taken == (SECRET, "工资.csv", "text/csv")
    row = AuditRow.objects.get(act="x.open")
    assert (row.actor_id, row.summary, row.subject_id, row.branch_code) == (by.pk, "下载六月工资", str(kept.pk), "0755FT")
    assert row.details == {"sha256": kept.sha256}


def test_a_file_that_cannot_be_read_leaves_no_row(office: Office, settings: Any) -> None:
    kept = keep(SECRET, name="x", content_type="x", by=None)
    on_disk(kept.path, settings).unlink()
    with pytest.raises(Refusal):
        hand_out(kept, what="x", act="x.open", subject=kept, branch_code="", by=office["600001"])
    assert not AuditRow.objects.filter(act="x.open").exists()
