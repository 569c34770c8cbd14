"""Every way to touch the log behind the database's back is found."""

from __future__ import annotations

import io
from collections.abc import Iterator

import pytest
from django.core.management import call_command
from django.db import connection

from branch.audit.actions import record, seal_rows
from branch.audit.models import AuditRow
from branch.audit.queries import verify_chain

pytestmark = pytest.mark.django_db


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


def test_the_command_ends_with_1_on_a_break(chain: list[int], unguarded: None) -> None:
    out = io.StringIO()
    call_command("verify_audit", stdout=out, stderr=out)
    assert "链完整" in out.getvalue()
    AuditRow.objects.filter(pk=chain[0]).update(summary="x")
    with pytest.raises(SystemExit) as ended:
        call_command("verify_audit", stdout=out, stderr=out)
    assert ended.value.code == 1
