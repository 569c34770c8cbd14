"""An export is recorded, marked, its owner's alone, and ends; a large one is a job that does its work once."""

from __future__ import annotations

import dataclasses
import io
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.http import QueryDict
from django.test import Client, TestCase
from django.utils import timezone
from openpyxl import load_workbook

from branch.audit.models import AuditRow
from branch.exports import actions, register
from branch.exports.models import Export
from branch.exports.register import ExportKind, Listing, Wanted, as_prepared
from branch.files.models import StoredFile
from branch.jobs import actions as jobs
from branch.jobs.models import Job
from branch.notices.models import Notice
from branch.people.models import RoleHolding
from branch.people.roles import Power
from kernel.refusals import Forbidden, Refusal, Unknown
from kernel.sheets.writing import OutColumn
from tests.branch.conftest import Office

State = Export.State
SignedIn = Callable[[str], Client]


def ask(office: Office, who: str = "600002", kind: str = "people", query: str = "", reason: str = "") -> Export:
    person = office[who]
    person.__dict__.pop("_holdings", None)
    with TestCase.captureOnCommitCallbacks(execute=True):
        export = actions.ask(kind=kind, query=QueryDict(query), by=person, reason=reason)
    return Export.objects.get(pk=export.pk)


def fetch(office: Office, export: Export, who: str = "600002") -> Any:
    content, name, _ = actions.download(export_id=export.pk, by=office[who])
    return load_workbook(io.BytesIO(content)) if name.endswith("xlsx") else content


def names_in(book: Any) -> list[str]:
    sheet = book.worksheets[0]
    heads = [cell.value for cell in sheet[2]]
    return [row[heads.index("工号")].value for row in sheet.iter_rows(min_row=3) if row[1].value]


def test_it_holds_what_the_page_shows_under_its_filters(office: Office, signed_in: SignedIn) -> None:
    everybody, few = ask(office), ask(office, query="q=杨静嘉&page=7&nonsense=1")
    shown = signed_in("600002").get("/people/?size=200").content.decode()
    taken = names_in(fetch(office, everybody))
    assert len(taken) == everybody.rows > 5
    assert all(f"/people/{staff_no}/" in shown for staff_no in taken)
    assert names_in(fetch(office, few)) == ["600002"]
    assert few.filters == {"q": ["杨静嘉"]}


def test_who_took_it_and_when_is_on_every_page_and_in_the_file(office: Office) -> None:
    export = ask(office)
    book = fetch(office, export)
    assert "杨静嘉(600002)" in export.watermark
    assert export.watermark in book.worksheets[0].oddHeader.right.text
    assert book.properties.description == export.watermark
    text = fetch(office, ask(office, query="format=csv")).decode("utf-8-sig").splitlines()
    assert text[0].startswith("工号,姓名")
    assert "杨静嘉(600002)" in text[-1]


def test_asking_making_and_fetching_are_logged_without_personal_data(office: Office) -> None:
    export = ask(office, query="q=杨静嘉")
    fetch(office, export)
    made, fetched = (AuditRow.objects.get(act=act) for act in ("export.made", "export.download"))
    assert made.details["rows"] == 1
    assert made.details["sha256"] == export.sha256 == StoredFile.objects.get(pk=export.file_id).sha256
    assert fetched.details["number"] == 1
    fetch(office, export)
    export.refresh_from_db()
    assert export.downloads == 2


@pytest.mark.parametrize("at_once", [True, False])
def test_a_number_searched_by_is_neither_logged_nor_kept(office: Office, settings: Any, at_once: bool) -> None:
    person = office["600008"]
    person.phone = "13343370689"
    person.save()
    settings.EXPORT_AT_ONCE_ROWS = 10 if at_once else 0
    with TestCase.captureOnCommitCallbacks(execute=True):
        export = ask(office, query="q=13343370689")
    export.refresh_from_db()
    assert names_in(fetch(office, export)) == ["600008"]
    assert export.filters == {"q": ["133****0689"]}
    assert AuditRow.objects.filter(act__startswith="export.").count() == (2 if at_once else 3)
    assert "13343370689" not in str(list(AuditRow.objects.values_list("summary", "details")))


def test_anothers_export_does_not_exist(office: Office, signed_in: SignedIn) -> None:
    export = ask(office)
    with pytest.raises(Unknown):
        actions.download(export_id=export.pk, by=office["600005"])
    assert signed_in("600005").get(f"/exports/{export.pk}/file/").status_code == 404
    assert signed_in("100009").get(f"/exports/{export.pk}/file/").status_code == 404
    assert signed_in("600002").get(f"/exports/{export.pk}/file/").status_code == 200


def test_nobody_asks_for_what_the_door_keeps_shut(office: Office, signed_in: SignedIn) -> None:
    with pytest.raises(Forbidden):
        ask(office, "600002", "audit")
    with pytest.raises(Unknown):
        ask(office, kind="no-such-kind")
    assert signed_in("600002").post("/exports/new/audit/").status_code == 403
    assert signed_in("600002").post("/exports/new/no-such-kind/").status_code == 404
    assert not Export.objects.exists()


def test_a_file_past_its_end_is_refused_and_then_deleted_while_the_record_stays(office: Office) -> None:
    export = ask(office)
    kept = Path(settings.FILES_ROOT) / StoredFile.objects.get(pk=export.file_id).path
    assert kept.exists()
    assert actions.expire() == 0
    Export.objects.filter(pk=export.pk).update(expires_at=timezone.now() - timedelta(seconds=1))
    with pytest.raises(Refusal, match="过期"):
        actions.download(export_id=export.pk, by=office["600002"])
    with TestCase.captureOnCommitCallbacks(execute=True):
        assert actions.expire() == 1
    assert not kept.exists()
    assert not StoredFile.objects.filter(sha256=export.sha256).exists()
    export.refresh_from_db()
    assert (export.state, export.file, export.rows > 0, len(export.sha256)) == (State.EXPIRED, None, True, 64)
    assert AuditRow.objects.get(act="export.expired").actor_name == "系统"
    assert actions.expire() == 0


def test_who_lost_the_power_or_part_of_its_reach_fetches_nothing(office: Office) -> None:
    export = ask(office)
    RoleHolding.objects.filter(person=office["600002"]).update(branch=office.other)
    with pytest.raises(Refusal, match="权限范围"):
        actions.download(export_id=export.pk, by=office["600002"])
    RoleHolding.objects.filter(person=office["600002"]).delete()
    with pytest.raises(Forbidden):
        actions.download(export_id=export.pk, by=office["600002"])


def test_a_large_one_is_a_job_that_tells_when_it_is_done(office: Office, settings: Any) -> None:
    settings.EXPORT_AT_ONCE_ROWS = 3
    export = ask(office)
    assert (export.state, Job.objects.get().kind) == (State.READY, "export")
    assert Notice.objects.get(person=office["600002"], text__contains="人员名单").link == "/exports/"
    assert len(names_in(fetch(office, export))) == export.rows
    sha = export.sha256
    job = Job.objects.get()
    Job.objects.filter(pk=job.pk).update(state="queued")
    with TestCase.captureOnCommitCallbacks(execute=True):
        jobs.run(job.pk)  # the same job once more: nothing is made twice
    export.refresh_from_db()
    assert export.sha256 == sha
    assert AuditRow.objects.filter(act="export.made").count() == 1


def test_a_job_whose_owner_lost_the_power_makes_nothing(office: Office, settings: Any) -> None:
    settings.EXPORT_AT_ONCE_ROWS = 3
    person = office["600002"]
    with TestCase.captureOnCommitCallbacks() as waiting:
        export = actions.ask(kind="people", query=QueryDict(""), by=person)
    RoleHolding.objects.filter(person=person).delete()
    for callback in waiting:
        callback()
    export.refresh_from_db()
    assert (export.state, export.file) == (State.FAILED, None)
    assert "权限" in export.error
    assert Job.objects.get().state == "failed"


def test_cancelled_while_it_is_made_leaves_no_file_and_says_so(
    office: Office, settings: Any, odd_kind: ExportKind, monkeypatch: pytest.MonkeyPatch, signed_in: SignedIn
) -> None:
    """取消 comes when the content is there: before, the file was kept while the job said that nothing was."""
    settings.EXPORT_AT_ONCE_ROWS = 0

    def prepare(wanted: Wanted) -> Any:
        made = odd_kind.prepare(wanted)

        def build(mark: str) -> bytes:
            Job.objects.update(cancel_requested=True)
            return made.build(mark)

        return dataclasses.replace(made, build=build)

    monkeypatch.setitem(register._kinds, "odd", dataclasses.replace(odd_kind, prepare=prepare, takes=("q",)))
    export = ask(office, kind="odd", query="q=13343370689", reason="核对")
    job = Job.objects.get()
    assert (job.state, job.error) == ("cancelled", "已按要求取消,未留下半成品")
    assert (export.state, export.file, export.standing) == (State.FAILED, None, "未生成")
    assert export.filters == {"q": ["133****0689"]}
    assert not StoredFile.objects.exists()
    assert not AuditRow.objects.filter(act="export.made").exists()
    with pytest.raises(Refusal, match="没有生成"):
        actions.download(export_id=export.pk, by=office["600002"])
    assert "没有生成文件" in signed_in("600002").get("/exports/").content.decode()


def test_cancelled_once_the_file_is_made_it_is_made(office: Office, settings: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    settings.EXPORT_AT_ONCE_ROWS = 3
    real = jobs._end

    def late(job: Job, *given: Any) -> None:
        jobs.cancel(job, by=office["600002"])
        real(job, *given)

    monkeypatch.setattr(jobs, "_end", late)
    export = ask(office)
    assert (export.state, Job.objects.get().state) == (State.READY, "done")
    assert names_in(fetch(office, export))


def test_cancelled_before_it_began_it_is_not_said_to_be_under_way(office: Office, settings: Any) -> None:
    settings.EXPORT_AT_ONCE_ROWS = 3
    with TestCase.captureOnCommitCallbacks():
        export = actions.ask(kind="people", query=QueryDict(""), by=office["600002"])
    jobs.cancel(Job.objects.get(), by=office["600002"])
    export.refresh_from_db()
    assert export.state == State.FAILED
    with pytest.raises(Refusal, match="没有生成"):
        actions.download(export_id=export.pk, by=office["600002"])


def test_too_many_rows_are_refused_with_the_way_out(office: Office, settings: Any) -> None:
    settings.EXPORT_MOST_ROWS = 2
    with pytest.raises(Refusal, match="缩小范围"):
        ask(office)


@pytest.fixture
def odd_kind(monkeypatch: pytest.MonkeyPatch) -> ExportKind:
    rows = [{"name": text} for text in ("=1+1", "+86", "-2", "@x", "\tx", "R&D")]
    columns = [OutColumn("name", "姓名")]
    kind = ExportKind(
        "odd",
        "怪名单",
        lambda wanted: as_prepared(wanted, Listing("怪名单", columns, rows, len(rows))),
        powers=(Power.PEOPLE_VIEW,),
        secret=True,
        keep_days=1,
    )
    monkeypatch.setitem(register._kinds, "odd", kind)
    return kind


def test_no_cell_starts_a_formula(office: Office, odd_kind: ExportKind) -> None:
    book = fetch(office, ask(office, kind="odd", reason="核对"))
    sheet = book.worksheets[0]
    cells = [sheet.cell(row=at, column=1) for at in range(3, 9)]
    assert [cell.data_type for cell in cells] == ["s"] * 6
    assert cells[0].value == "=1+1"
    lines = fetch(office, ask(office, kind="odd", query="format=csv", reason="核对")).decode("utf-8-sig").splitlines()
    assert lines[1:6] == ["'=1+1", "'+86", "'-2", "'@x", "'\tx"]


def test_a_secret_one_wants_its_purpose_and_ends_after_a_day(office: Office, odd_kind: ExportKind) -> None:
    with pytest.raises(Refusal, match="用途"):
        ask(office, kind="odd", reason="  ")
    export = ask(office, kind="odd", reason="核对名单")
    assert export.expires_at is not None
    assert timedelta(hours=23) < export.expires_at - timezone.now() <= timedelta(days=1)
    assert "用途:核对名单" in AuditRow.objects.get(act="export.made").summary


def test_ones_own_list_has_each_with_its_button_and_nobody_elses(office: Office, signed_in: SignedIn) -> None:
    export = ask(office)
    mine = signed_in("600002").get("/exports/").content.decode()
    assert f"/exports/{export.pk}/file/" in mine
    assert "人员名单" in mine
    assert "还没有导出过文件" in signed_in("600005").get("/exports/").content.decode()


def test_the_button_hands_the_file_over_at_once(office: Office, signed_in: SignedIn) -> None:
    answer = signed_in("600002").post("/exports/new/people/?q=600002", follow=True)
    assert answer.status_code == 200
    assert answer["Content-Disposition"].startswith("attachment")
    assert signed_in("600002").get("/exports/new/people/").status_code == 405


def test_the_list_costs_the_same_for_1_and_3(
    office: Office, signed_in: SignedIn, django_assert_max_num_queries: Callable[..., Any]
) -> None:
    browser, counts = signed_in("600002"), []
    ask(office)
    for _ in range(2):
        with django_assert_max_num_queries(15) as seen:
            browser.get("/exports/")
        counts.append(len(seen))
        ask(office), ask(office)
    assert counts[0] == counts[1]


def test_every_kind_says_what_it_takes_and_is_prepared_by_a_function() -> None:
    kinds = list(register.all_kinds())
    assert len(kinds) > 20
    for kind in kinds:
        assert kind.label
        assert isinstance(kind.takes, tuple)
        assert "format" not in kind.takes
        assert callable(kind.prepare)


@pytest.mark.parametrize(("query", "is_csv"), [("format=csv", True), ("format=xlsx", False), ("", False)])
def test_a_file_is_csv_only_where_that_is_asked_for(query: str, is_csv: bool) -> None:
    assert Wanted(None, QueryDict(query)).csv is is_csv  # type: ignore[arg-type]
