from __future__ import annotations

from collections.abc import Callable

from django.test import Client

from branch.jobs.models import Job
from tests.branch.conftest import Office

SignedIn = Callable[[str], Client]


def make_job(office: Office, **changes: object) -> Job:
    given = {"kind": "x", "key": str(Job.objects.count()), "title": "十月核算", "owner": office["600002"], **changes}
    return Job.objects.create(**given)


def test_the_list_shows_ones_own_and_everybodys_to_the_administrator(office: Office, signed_in: SignedIn) -> None:
    make_job(office)
    assert "十月核算" in signed_in("600002").get("/jobs/").content.decode()
    assert "十月核算" not in signed_in("600001").get("/jobs/").content.decode()
    assert "十月核算" in signed_in("100009").get("/jobs/").content.decode()


def test_the_number_of_queries_is_the_same_for_1_and_3_rows(
    office: Office, signed_in: SignedIn, django_assert_max_num_queries: Callable[..., object]
) -> None:
    browser = signed_in("100009")
    make_job(office)
    counts = []
    for _ in range(2):
        with django_assert_max_num_queries(15) as seen:
            browser.get("/jobs/")
        counts.append(len(seen))
        make_job(office), make_job(office)
    assert counts[0] == counts[1]


def test_progress_polls_while_it_runs_and_stops_afterwards(office: Office, signed_in: SignedIn) -> None:
    job = make_job(office, state="running", done=1, total=4)
    browser = signed_in("600002")
    page = browser.get(f"/jobs/{job.pk}/progress/").content.decode()
    assert "every 2s" in page
    assert "1 / 4" in page
    Job.objects.update(state="done", link="/jobs/")
    page = browser.get(f"/jobs/{job.pk}/progress/").content.decode()
    assert "every 2s" not in page
    assert "查看结果" in page


def test_anothers_job_is_unknown(office: Office, signed_in: SignedIn) -> None:
    job = make_job(office, state="running")
    for path in ("", "progress/"):
        assert signed_in("600001").get(f"/jobs/{job.pk}/{path}").status_code == 404
    assert signed_in("600001").post(f"/jobs/{job.pk}/cancel/").status_code == 404
    assert signed_in("100009").post(f"/jobs/{job.pk}/cancel/").status_code == 302  # seen, but only the owner may
    job.refresh_from_db()
    assert not job.cancel_requested
    signed_in("600002").post(f"/jobs/{job.pk}/cancel/")
    job.refresh_from_db()
    assert job.cancel_requested
