"""Files too large to wait for: kept, pre-checked by a job, with the same verdict as small ones; once, whatever happens."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest
from django.conf import settings
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from branch.files.models import StoredFile
from branch.jobs.actions import run
from branch.jobs.models import Job
from branch.notices.models import Notice
from branch.people.models import Person
from branch.people.tokens import make_token
from clients.imports import large
from clients.imports.actions import confirm
from clients.imports.large import precheck_later, too_large
from clients.imports.models import ClientMonth, ImportBatch
from clients.imports.sheets import Upload
from kernel.refusals import Forbidden
from tests.factories.branch import give_role, make_person
from tests.factories.clients import branch_with, client_row, csv_file

pytestmark = pytest.mark.django_db


@pytest.fixture
def people(settings):
    settings.IMPORT_WAIT_ROWS = 3
    return branch_with()


@pytest.fixture
def commits(django_capture_on_commit_callbacks):
    return lambda: django_capture_on_commit_callbacks(execute=True)


def month_file(rows=4, **changes):
    return csv_file([client_row(str(number), **changes) for number in range(1, rows + 1)])


def program(people, staff_no="600001"):
    token = make_token(name="x", expires_on=date.today(), by=people[staff_no], reentered=True)[1]
    return Client(headers={"Authorization": f"Token {token}"})


def sent(upload):
    return {"branch": "0755FT", "files": [SimpleUploadedFile(upload.name, upload.content)]}


def test_large_is_by_bytes_or_by_the_lines_of_a_csv(settings):
    settings.IMPORT_WAIT_ROWS, settings.IMPORT_WAIT_BYTES = 3, 1000
    assert not too_large([Upload.of("a.csv", b"x\n" * 3)])
    assert too_large([Upload.of("a.csv", b"x\n" * 4)])
    assert too_large([Upload.of("a.csv", b"x\n" * 2), Upload.of("b.csv", b"x\n" * 2)])
    assert not too_large([Upload.of("a.xlsx", b"PK" + b"\n" * 900)])
    assert too_large([Upload.of("a.xlsx", b"PK" + b"\n" * 1000)])


def test_the_api_answers_a_small_file_at_once_and_a_large_one_with_its_job(people, commits):
    browser = program(people)
    small = browser.post("/api/v1/imports/", sent(month_file(2)))
    assert small.status_code == 201
    assert small.json()["batch"]["rows"] == 2
    with commits():
        large_one = browser.post("/api/v1/imports/", sent(month_file(5)), headers={"Idempotency-Key": "large-2026-10"})
    assert large_one.status_code == 202
    again = browser.post("/api/v1/imports/", sent(month_file(5)), headers={"Idempotency-Key": "large-2026-10"})
    assert (again.status_code, again.headers["Location"]) == (202, large_one.headers["Location"])
    job = browser.get(large_one.headers["Location"]).json()
    assert (job["state"], job["step"]) == ("done", "2026年10月已预检,待确认")
    batch = browser.get(f"/api/v1/imports/{job['result']['batch']}/").json()
    assert (batch["rows"], batch["state"]) == (5, "checked")
    assert job["link"] == f"/clients/imports/{batch['id']}/"
    assert browser.post(f"/api/v1/imports/{batch['id']}/confirm/", {}, content_type="application/json").status_code == 200
    assert ClientMonth.objects.count() == 5


def test_the_page_hands_a_large_file_to_a_job_and_leads_there(people, commits):
    browser = Client()
    browser.force_login(people["600001"].user)
    with commits():
        answer = browser.post("/clients/imports/new/", {"file": sent(month_file(5))["files"], "once": "a" * 32})
    job = Job.objects.get(kind=large.PRECHECK)
    assert answer.url == f"/jobs/{job.pk}/"
    batch = ImportBatch.objects.get()
    page = browser.get(answer.url).content.decode()
    assert f'href="/clients/imports/{batch.pk}/"' in page
    assert Notice.objects.get(person=people["600001"]).link == f"/clients/imports/{batch.pk}/"
    file = batch.files.get()
    assert file.stored == StoredFile.objects.get()
    assert browser.post(f"/clients/imports/{batch.pk}/recheck/").status_code == 302


def test_what_is_wrong_with_the_file_is_said_by_the_job_and_no_batch_is_left(people, commits):
    with commits():
        precheck_later(files=[month_file(营业部代码="0755NS")], branch=people.branch, by=people["600001"])
    job = Job.objects.get()
    assert job.state == "failed"
    assert "不是" in job.error
    assert not ImportBatch.objects.exists()


def test_what_is_booked_already_leaves_no_batch(people, commits):
    upload = month_file()
    for _ in range(2):
        with commits():
            precheck_later(files=[upload], branch=people.branch, by=people["600001"])
        job = Job.objects.latest("pk")
        if job.result["batch"]:
            confirm(batch_id=job.result["batch"], by=people["600001"])
    assert (job.state, job.result) == ("done", {"batch": None})
    assert "无变化" in job.step
    assert ImportBatch.objects.count() == 1


def kept_on_disk():
    return sum(path.is_file() for path in Path(settings.FILES_ROOT).rglob("*"))


def test_files_that_came_to_nothing_do_not_stay(people, commits):
    same, refused = month_file(), month_file(营业部代码="0755NS")
    with commits():
        precheck_later(files=[same], branch=people.branch, by=people["600001"])
    confirm(batch_id=ImportBatch.objects.get().pk, by=people["600001"])
    for upload in (same, refused):
        with commits():
            precheck_later(files=[upload], branch=people.branch, by=people["600001"])
    waiting = precheck_later(files=[month_file(5)], branch=people.branch, by=people["600001"])
    with commits():
        large.tidy()
    assert sorted(StoredFile.objects.values_list("pk", flat=True)) == sorted(
        [ImportBatch.objects.get().files.get().stored_id, *waiting.params["files"]]
    )
    assert kept_on_disk() == 2


def test_sent_twice_it_is_one_job_and_a_colleague_has_another(people, commits):
    give_role(make_person("600903", "齐同事"), "trade_admin", branch=people.branch)
    colleague = Person.objects.get(staff_no="600903")
    with commits():
        first, again = (precheck_later(files=[month_file()], branch=people.branch, by=people["600001"]) for _ in range(2))
        other = precheck_later(files=[month_file()], branch=people.branch, by=colleague)
        assert StoredFile.objects.count() == 2
    assert first.pk == again.pk != other.pk
    assert other.owner == colleague


def test_a_killed_worker_leaves_one_batch(people, monkeypatch):
    """Killed after the batch was written and before the job was closed: the next worker makes no second one."""
    job = precheck_later(files=[month_file()], branch=people.branch, by=people["600001"])
    monkeypatch.setattr("branch.jobs.actions._end", lambda *_, **__: None)
    run(job.pk)
    monkeypatch.undo()
    assert ImportBatch.objects.count() == 1
    Job.objects.update(lease_until="2020-01-01T00:00:00Z")
    run(job.pk)
    job.refresh_from_db()
    assert (job.state, job.result["batch"]) == ("done", ImportBatch.objects.get().pk)


def test_only_who_imports_may(people):
    with pytest.raises(Forbidden):
        precheck_later(files=[month_file()], branch=people.branch, by=people["600002"])
    assert program(people, "600002").post("/api/v1/imports/", sent(month_file())).status_code == 403
