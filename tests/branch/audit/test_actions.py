from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from django.db import DatabaseError, connection, transaction

from branch.audit.actions import record, seal_rows, source
from branch.audit.models import AuditRow
from branch.audit.queries import verify_chain


def write(count: int) -> None:
    for number in range(count):
        record(by=None, act="test.act", subject=None, summary=f"第 {number} 件", number=number)


@pytest.mark.django_db
def test_a_row_says_who_what_where_from() -> None:
    with source("command"):
        row = record(by=None, act="test.act", subject=None, summary="做了一件事", branch_code="0755FT", old=1, new=2)
    assert (row.actor_name, row.source, row.branch_code, row.details) == ("系统", "command", "0755FT", {"old": 1, "new": 2})


@pytest.mark.django_db
def test_sealing_chains_what_is_there_once() -> None:
    write(3)
    assert seal_rows() == 3
    assert seal_rows() == 0
    assert list(AuditRow.objects.order_by("id").values_list("sequence", flat=True)) == [1, 2, 3]
    assert verify_chain().sound


@pytest.mark.django_db
def test_a_row_rolled_back_with_its_act_leaves_no_gap() -> None:
    write(1)
    with pytest.raises(ZeroDivisionError), transaction.atomic():  # noqa: PT012
        write(1)
        raise ZeroDivisionError
    write(1)
    seal_rows()
    assert verify_chain().checked == 2
    assert verify_chain().sound


CHANGES = {
    "an edit": "UPDATE branch_auditrow SET summary = 'x'",
    "a changed hash": "UPDATE branch_auditrow SET hash = 'x'",
    "a deletion": "DELETE FROM branch_auditrow",
}


@pytest.mark.django_db
@pytest.mark.parametrize("statement", CHANGES.values(), ids=CHANGES)
def test_the_database_itself_refuses(statement: str) -> None:
    write(1)
    seal_rows()
    with pytest.raises(DatabaseError, match="append-only"), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(statement)


@pytest.mark.django_db
def test_an_unsealed_row_can_only_be_sealed() -> None:
    write(1)
    with pytest.raises(DatabaseError, match="append-only"), transaction.atomic():
        AuditRow.objects.update(summary="x")
    assert seal_rows() == 1


@pytest.mark.postgres
@pytest.mark.django_db(transaction=True)
def test_sealers_at_once_chain_every_row_once(settings: Any, tmp_path: Path) -> None:
    settings.AUDIT_HEAD_FILE = str(tmp_path / "heads.jsonl")
    write(120)

    def one(_: int) -> int:
        try:
            return seal_rows(limit=20)
        finally:
            connection.close()

    with ThreadPoolExecutor(6) as pool:
        assert sum(pool.map(one, range(8))) == 120
    verdict = verify_chain()
    assert (verdict.checked, verdict.unsealed, verdict.breaks) == (120, 0, [])
    assert verdict.witnessed  # and the file's lines rise, whoever came first
