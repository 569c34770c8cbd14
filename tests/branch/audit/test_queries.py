"""Every way to touch the log behind the database's back is found."""

from __future__ import annotations

import io
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.core.management import call_command
from django.db import connection
from structlog.testing import capture_logs

from branch.audit.actions import record, seal_rows
from branch.audit.models import AuditHead, AuditRow
from branch.audit.queries import verify_chain
from branch.audit.witness import bear_witness, last_kept

pytestmark = pytest.mark.django_db


@pytest.fixture
def witness(settings: Any, tmp_path: Path) -> Path:
    """The file outside; named before `chain`, so that the chain's sealing is in it."""
    settings.AUDIT_HEAD_FILE = str(tmp_path / "elsewhere" / "heads.jsonl")
    return Path(settings.AUDIT_HEAD_FILE)


def stamp(witness: Path) -> str:
    return str(json.loads(witness.read_text().splitlines()[-1])["at"])


@pytest.fixture
def chain() -> list[int]:
    """Six sealed rows; their ids in order."""
    for number in range(6):
        record(by=None, act="test.act", subject=None, summary=f"第 {number} 件")
    seal_rows()
    assert verify_chain().sound
    return list(AuditRow.objects.order_by("sequence").values_list("pk", flat=True))


@pytest.fixture
def unguarded() -> Iterator[None]:
    """As somebody with the database's own rights: the triggers away."""
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute("ALTER TABLE branch_auditrow DISABLE TRIGGER USER")
        else:
            cursor.execute("DROP TRIGGER append_only_branch_auditrow_update")
            cursor.execute("DROP TRIGGER append_only_branch_auditrow_delete")
    return


def breaks() -> list[str]:
    return verify_chain().breaks


def test_an_edit_is_found(chain: list[int], unguarded: None) -> None:
    AuditRow.objects.filter(pk=chain[2]).update(summary="别的事")
    assert any("第 3 环" in sentence and "被改动" in sentence for sentence in breaks())


@pytest.mark.parametrize("field", ["actor_name", "act", "branch_code", "source"])
def test_an_edit_of_any_field_is_found(chain: list[int], unguarded: None, field: str) -> None:
    AuditRow.objects.filter(pk=chain[0]).update(**{field: "x"})
    assert breaks()


def test_a_deletion_in_the_middle_is_found(chain: list[int], unguarded: None) -> None:
    AuditRow.objects.filter(pk=chain[3]).delete()
    assert "链序号 4 至 4 缺失" in breaks()


def test_a_truncated_end_is_found(chain: list[int], unguarded: None) -> None:
    AuditRow.objects.filter(pk__in=chain[4:]).delete()
    assert any("末尾被截断" in sentence for sentence in breaks())


def test_a_swap_is_found(chain: list[int], unguarded: None) -> None:
    first, second = AuditRow.objects.get(pk=chain[1]), AuditRow.objects.get(pk=chain[2])
    first_summary, second_summary = first.summary, second.summary
    AuditRow.objects.filter(pk=first.pk).update(summary=second_summary)
    AuditRow.objects.filter(pk=second.pk).update(summary=first_summary)
    assert len([sentence for sentence in breaks() if "被改动" in sentence]) == 2


def test_an_insertion_is_found(chain: list[int], unguarded: None) -> None:
    last = AuditRow.objects.get(pk=chain[-1])
    AuditRow.objects.create(
        actor_name="某人",
        act="x",
        subject_type="",
        subject_id="",
        summary="添",
        sequence=7,
        previous_hash=last.hash,
        hash="0" * 64,
    )
    assert any("第 7 环" in sentence for sentence in breaks())


def test_the_unsealed_tail_is_named(chain: list[int]) -> None:
    row = record(by=None, act="x", subject=None, summary="尾")
    verdict = verify_chain()
    assert verdict.sound
    assert (verdict.unsealed, verdict.tail) == (1, f"(审计编号 {row.pk} 至 {row.pk})")


def test_every_head_kept_outside_agrees_with_an_untouched_chain(witness: Path, chain: list[int]) -> None:
    record(by=None, act="x", subject=None, summary="再一件")
    seal_rows()
    verdict = verify_chain()
    assert verdict.sound
    assert verdict.witnessed == 2
    assert [json.loads(line)["sequence"] for line in witness.read_text().splitlines()] == [6, 7]


def test_a_chain_cut_with_its_head_put_back_is_found(witness: Path, chain: list[int], unguarded: None) -> None:
    """Whoever cuts the end and corrects the head in the database is betrayed by the file alone."""
    AuditRow.objects.filter(pk__in=chain[4:]).delete()
    kept = AuditRow.objects.get(pk=chain[3])
    AuditHead.objects.update(sequence=kept.sequence, hash=kept.hash)
    assert breaks() == [f"链外见证记到第 6 环({stamp(witness)}),日志只到第 4 环:末尾被截断,或数据库换回了旧备份"]


def test_a_chain_cut_and_sealed_again_is_found(witness: Path, chain: list[int], unguarded: None) -> None:
    AuditRow.objects.filter(pk__in=chain[4:]).delete()
    kept = AuditRow.objects.get(pk=chain[3])
    AuditHead.objects.update(sequence=kept.sequence, hash=kept.hash)
    for number in range(5):
        record(by=None, act="test.act", subject=None, summary=f"假 {number}")
    seal_rows()
    found = breaks()
    assert len(found) == 1
    assert "第 6 环与链外见证" in found[0]


def test_a_chain_rewritten_from_its_first_link_is_found(witness: Path, chain: list[int], unguarded: None) -> None:
    AuditRow.objects.filter(pk=chain[0]).update(summary="别的事")
    AuditRow.objects.update(sequence=None, previous_hash="", hash="")
    AuditHead.objects.update(sequence=0, hash="0" * 64)
    seal_rows()
    assert "与链外见证" in " ".join(breaks())


def test_without_the_file_outside_such_a_rewriting_would_pass(chain: list[int], unguarded: None) -> None:
    """The control: the chain alone can't know."""
    AuditRow.objects.filter(pk=chain[0]).update(summary="别的事")
    AuditRow.objects.update(sequence=None, previous_hash="", hash="")
    AuditHead.objects.update(sequence=0, hash="0" * 64)
    seal_rows()
    assert verify_chain().sound


def test_an_emptied_log_is_found(witness: Path, chain: list[int], unguarded: None) -> None:
    AuditRow.objects.all().delete()
    AuditHead.objects.all().delete()
    assert "日志只到第 0 环" in " ".join(breaks())


def test_a_file_that_is_away_is_found_and_a_new_installation_has_none_yet(witness: Path, settings: Any) -> None:
    assert verify_chain().sound
    record(by=None, act="test.act", subject=None, summary="一件事")
    seal_rows()
    assert last_kept() == 1
    witness.unlink()
    assert last_kept() == 0
    out = io.StringIO()
    with pytest.raises(SystemExit) as ended:
        call_command("verify_audit", stdout=out, stderr=out)
    assert ended.value.code == 1
    assert f"链外见证文件 {witness} 不在" in out.getvalue()
    settings.AUDIT_HEAD_FILE = ""
    assert verify_chain().sound


def test_a_head_that_can_not_be_kept_is_told_and_the_log_is_sealed_all_the_same(settings: Any, tmp_path: Path) -> None:
    (tmp_path / "a file").write_text("")
    settings.AUDIT_HEAD_FILE = str(tmp_path / "a file" / "heads.jsonl")  # no folder can be made there
    record(by=None, act="test.act", subject=None, summary="一件事")
    with capture_logs() as told:
        assert seal_rows() == 1
    assert [line["event"] for line in told if line["log_level"] == "error"] == ["audit_head_not_kept"]
    assert any("不在或读不到" in sentence for sentence in breaks())


def test_a_touched_file_is_found_too(witness: Path, chain: list[int]) -> None:
    witness.write_text("{not a line\n" + witness.read_text())
    assert any("见证文件" in sentence for sentence in breaks())


def test_a_line_cut_off_by_a_full_disk_does_not_swallow_the_next(witness: Path, chain: list[int]) -> None:
    witness.write_text(witness.read_text() + '{"sequence": 7, "ha')
    record(by=None, act="x", subject=None, summary="再一件")
    seal_rows()
    verdict = verify_chain()
    assert verdict.witnessed == 2
    assert len(verdict.breaks) == 1


def test_a_sealer_that_is_late_does_not_write_backwards(witness: Path, chain: list[int]) -> None:
    bear_witness(3, "an older head, told late")
    assert verify_chain().sound


def test_the_head_goes_to_the_log_as_well(chain: list[int]) -> None:
    with capture_logs() as said:
        bear_witness(9, "f" * 64)
    assert [(line["event"], line["sequence"], line["hash"]) for line in said] == [("audit_head", 9, "f" * 64)]


def test_the_command_ends_with_1_on_a_break(chain: list[int], unguarded: None) -> None:
    out = io.StringIO()
    call_command("verify_audit", stdout=out, stderr=out)
    assert "链完整" in out.getvalue()
    AuditRow.objects.filter(pk=chain[0]).update(summary="x")
    with pytest.raises(SystemExit) as ended:
        call_command("verify_audit", stdout=out, stderr=out)
    assert ended.value.code == 1
