"""A check that takes longer than its job's lease: the lease is prolonged, and nobody else takes the job up meanwhile."""

from __future__ import annotations

import threading
import time
from concurrent.futures import ThreadPoolExecutor

import pytest
from django.db import connection

from branch.jobs import actions as jobs
from branch.jobs.models import Job
from clients.imports import company, large
from clients.imports.models import ClientMonth, CompanyPart, ImportBatch
from clients.imports.sheets import Upload
from tests.clients.imports.test_company import company_file
from tests.factories.branch import give_role, make_person
from tests.factories.clients import branch_with, client_row, csv_file

pytestmark = [pytest.mark.postgres, pytest.mark.slow, pytest.mark.django_db(transaction=True)]
LEASE = 1


@pytest.fixture
def people(transactional_db, settings, monkeypatch):
    settings.CELERY_TASK_ALWAYS_EAGER = False
    settings.JOB_LEASE_SECONDS, settings.JOB_HEARTBEAT_SECONDS = LEASE, 0.2
    monkeypatch.setattr(jobs, "_send", lambda *_: None)  # the test is the worker
    return branch_with()


def slowly(where, name, monkeypatch):
    """`name` takes three leases; gives how often it was called, as a list."""
    real, calls = getattr(where, name), []

    def slow(*given, **named):
        calls.append(threading.get_ident())
        found = real(*given, **named)
        time.sleep(3 * LEASE)
        return found

    monkeypatch.setattr(where, name, slow)
    return calls


def worked(kind):
    """The job of that kind done by one worker, while others look after it the whole time."""
    job = Job.objects.get(kind=kind, state="queued")

    def work():
        try:
            jobs.run(job.pk)
        finally:
            connection.close()

    with ThreadPoolExecutor(1) as worker:
        first, most = worker.submit(work), 0.0
        while not first.done():
            begun = time.monotonic()
            assert jobs.sweep_silent() == 0, "its lease was not prolonged"
            if Job.objects.filter(pk=job.pk, attempts__gt=0).exists():
                jobs.run(job.pk)
            most = max(most, time.monotonic() - begun)
            time.sleep(0.1)
        first.result()
    job.refresh_from_db()
    assert most < LEASE, "whoever looked after it had to wait"
    return job


def test_a_long_precheck_is_done_once(people, monkeypatch):
    calls = slowly(large, "check_opened", monkeypatch)
    large.precheck_later(files=[csv_file([client_row("1"), client_row("2")])], branch=people.branch, by=people["600001"])
    job = worked(large.PRECHECK)
    assert (len(calls), job.attempts, job.state) == (1, 1, "done")
    assert ImportBatch.objects.count() == 1


@pytest.mark.parametrize(("where", "kind"), [("parts_of", company.SPLIT), ("check_opened", company.PART)])
def test_a_long_cut_or_part_of_the_companys_file_is_done_once(people, monkeypatch, where, kind):
    channel = make_person("800900", "齐渠道")
    give_role(channel, "channel_department")
    calls = slowly(company, where, monkeypatch)
    company.receive(upload=company_file([client_row("1"), client_row("2")]), by=channel)
    done = [worked(company.SPLIT), worked(company.PART)]
    assert {(job.attempts, job.state) for job in done} == {(1, "done")}
    assert len(calls) == 1
    assert CompanyPart.objects.get().state == "booked"
    assert ClientMonth.objects.count() == 2


def test_who_lost_the_lease_over_a_check_writes_nothing(people, monkeypatch):
    real = large.check_opened

    def and_loses_it(*given):
        found = real(*given)
        Job.objects.filter(kind=large.PRECHECK).update(lease_token="another")
        return found

    monkeypatch.setattr(large, "check_opened", and_loses_it)
    upload: Upload = csv_file([client_row("1")])
    job = large.precheck_later(files=[upload], branch=people.branch, by=people["600001"])
    jobs.run(job.pk)
    assert not ImportBatch.objects.exists()
