"""批量同意: which rows may come, a result for each, done once however often it is tried."""

from __future__ import annotations

from typing import Any

import pytest
from django.db.models import Q
from django.urls import reverse
from django.utils import timezone

from approvals.desk import batch
from approvals.requests import actions, kinds
from approvals.requests.models import Decision, Request
from branch.jobs.actions import Progress, cancel, run
from branch.jobs.models import Job
from branch.notices.models import Notice
from kernel.refusals import Refusal, Unknown


@pytest.fixture
def small(three: Any) -> Any:
    """Three requests of a kind that may be agreed to in bulk."""
    kind = kinds._kinds["trial"]
    kinds._kinds["trial"] = kinds.Kind(**{**kind.__dict__, "batch": True})
    three.requests = [three.ask(title=f"小事 {n}") for n in range(3)]
    return three


def items(requests: list[Request]) -> list[tuple[str, str]]:
    return [(request.number, request.content_digest) for request in requests]


def done(world: Any, wanted: list[tuple[str, str]]) -> dict[str, Any]:
    job = batch.agree_all(items=wanted, opinion="", by=world.chief)
    run(job.pk)
    job.refresh_from_db()
    assert job.state == Job.State.DONE, job.error
    return dict(job.result)


def test_the_way_from_the_list_to_the_results(small: Any, signed_in: Any, django_capture_on_commit_callbacks: Any) -> None:
    client = signed_in(small.chief)
    assert "批量同意所选" in client.get(reverse("approvals:request-waiting")).content.decode()
    chosen = {"numbers": [small.requests[0].number, small.requests[2].number], "scope": "page"}
    shown = client.post(reverse("approvals:batch-confirm"), chosen).content.decode()
    assert "同意这 2 份" in shown
    assert not Decision.objects.exists()
    wanted = [f"{number}:{digest}" for number, digest in items([small.requests[0], small.requests[2]])]
    with django_capture_on_commit_callbacks(execute=True):
        answer = client.post(reverse("approvals:batch-agree"), {"items": wanted, "opinion": "按例同意"})
    result = client.get(answer.url).content.decode()
    assert "已同意 2 份" in result
    assert list(Decision.objects.values_list("opinion", flat=True)) == ["按例同意", "按例同意"]
    assert signed_in(small.deputy).get(answer.url).status_code == 404


def test_all_of_the_filter_means_the_filter(small: Any, signed_in: Any) -> None:
    html = signed_in(small.chief).post(reverse("approvals:batch-confirm") + "?text=小事 1", {"scope": "all"}).content.decode()
    assert "同意这 1 份" in html
    assert "小事 0" not in html


def test_each_row_has_its_own_verdict(small: Any) -> None:
    first, second, third = small.requests
    small.sign(second, small.chief)
    result = done(small, [(first.number, "f" * 64), *items([second, third]), ("SP-1999-0001", "x")])
    assert [row["agreed"] for row in result["rows"]] == [False, False, True, False]
    assert [row["words"] for row in result["rows"]] == [
        "您打开页面之后内容有了变化,请查看最新内容后再签署",
        "您已在“one环节”签署过(同意),同一申请不能重复签署",
        "已同意",
        "没有这份申请",
    ]
    assert result["agreed"] == 1


def test_what_one_may_not_read_is_not_named(
    small: Any, signed_in: Any, kind_with: Any, django_capture_on_commit_callbacks: Any
) -> None:
    """A stranger, and who was lent a signature but not the eyes of a confidential kind, learn no more than of no request."""
    foreign, second, _ = small.requests
    today = timezone.localdate()
    aide = small.person("aide", "代签人")
    actions.delegate(to=aide, kinds=[], since=today, until=today, reason="出差", by=small.chief)
    kind_with(confidential=True, may_see=lambda person, request: person == small.chief, seen_rows=lambda person: Q(pk__in=[]))
    given = [*items([foreign, second]), ("SP-1999-0001", "x")]
    for person in (aide, small.person("stranger", "旁人")):
        with django_capture_on_commit_callbacks(execute=True):
            wanted = [f"{number}:{digest}" for number, digest in given]
            answer = signed_in(person).post(reverse("approvals:batch-agree"), {"items": wanted})
        rows = Job.objects.get(owner=person).result["rows"]
        assert {(row["title"], row["agreed"], row["words"]) for row in rows} == {("", False, "没有这份申请")}
        assert foreign.title not in signed_in(person).get(answer.url).content.decode()
    assert not Decision.objects.exists()
    assert done(small, items([foreign]))["rows"][0]["title"] == foreign.title


def test_a_kind_that_wants_each_looked_at_takes_no_part(three: Any, signed_in: Any) -> None:
    request = three.ask()
    client = signed_in(three.chief)
    assert "批量同意" not in client.get(reverse("approvals:request-waiting")).content.decode()
    assert client.post(reverse("approvals:batch-confirm"), {"numbers": request.number}).status_code == 302
    result = done(three, items([request]))
    assert not result["agreed"]
    assert not Decision.objects.exists()


def test_a_password_kind_is_never_agreed_in_bulk(small: Any) -> None:
    kind = kinds._kinds["trial"]
    kinds._kinds["trial"] = kinds.Kind(**{**kind.__dict__, "reentry": True})
    assert batch.batch_kinds() == []


def test_what_a_killed_worker_had_signed_counts_as_done(small: Any) -> None:
    job = batch.agree_all(items=items(small.requests), opinion="", by=small.chief)

    class Killed(Exception):
        pass

    class Dying(Progress):
        def report(self, *, done: int | None = None, total: int | None = None, step: str | None = None) -> None:
            if done == 2:
                raise Killed

    Job.objects.filter(pk=job.pk).update(attempts=1)
    job.refresh_from_db()
    with pytest.raises(Killed):
        batch.work(Dying(job, ""), job.params)
    assert Decision.objects.count() == 2
    run(job.pk)
    job.refresh_from_db()
    assert job.result["agreed"] == 3
    assert Decision.objects.count() == 3


def cancelled_after(signed: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """The owner presses 取消 while the batch is so far."""
    real, calls = batch.actions.sign, list[int]()

    def sign(**given: Any) -> Any:
        found = real(**given)
        calls.append(1)
        if len(calls) == signed:
            Job.objects.update(cancel_requested=True)
        return found

    monkeypatch.setattr(batch.actions, "sign", sign)


def test_cancelled_half_way_it_says_what_is_signed_and_what_is_not(
    small: Any, signed_in: Any, monkeypatch: pytest.MonkeyPatch, django_capture_on_commit_callbacks: Any
) -> None:
    job = batch.agree_all(items=items(small.requests), opinion="", by=small.chief)
    cancelled_after(2, monkeypatch)
    assert "已经同意的不会撤回" in signed_in(small.chief).get(f"/jobs/{job.pk}/").content.decode()
    with django_capture_on_commit_callbacks(execute=True):
        run(job.pk)
    job.refresh_from_db()
    said = "3 份中已同意 2 份,其余 1 份没有签署"
    assert (job.state, job.error) == (Job.State.CANCELLED, f"已按要求取消;{said}")
    assert (job.result["agreed"], [row["agreed"] for row in job.result["rows"]]) == (2, [True, True, False])
    assert Decision.objects.count() == 2
    assert Notice.objects.get(key=f"job:{job.pk}").text == f"批量同意 3 份申请已取消:{said}"
    page = signed_in(small.chief).get(reverse("approvals:batch-result", args=[job.pk])).content.decode()
    assert "已同意 2 份,1 份没有签署" in page
    assert small.requests[1].title in page


def test_cancelled_at_its_last_signature_it_is_done(small: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    cancelled_after(3, monkeypatch)
    assert done(small, items(small.requests))["agreed"] == 3


def test_what_an_earlier_attempt_signed_is_told_when_the_next_is_cancelled(small: Any) -> None:
    """The worker died after the first signature, the owner cancelled: the next attempt stops at once, and knows."""
    job = batch.agree_all(items=items(small.requests), opinion="", by=small.chief)
    small.sign(small.requests[0], small.chief)
    Job.objects.update(state=Job.State.RUNNING, attempts=1, cancel_requested=True, lease_until="2020-01-01T00:00:00Z")
    run(job.pk)
    job.refresh_from_db()
    assert (job.state, job.result["agreed"]) == (Job.State.CANCELLED, 1)
    assert "已同意 1 份" in job.error


def test_cancelled_before_it_began_it_says_that_none_is_signed(small: Any, signed_in: Any) -> None:
    job = batch.agree_all(items=items(small.requests), opinion="", by=small.chief)
    cancel(job, by=small.chief)
    job.refresh_from_db()
    assert (job.error, job.result["agreed"]) == ("已取消,尚未开始;3 份中已同意 0 份,其余 3 份没有签署", 0)
    assert "3 份没有签署" in signed_in(small.chief).get(reverse("approvals:batch-result", args=[job.pk])).content.decode()


def test_nothing_and_too_much_are_refused(small: Any) -> None:
    with pytest.raises(Refusal, match="没有选择"):
        batch.agree_all(items=[], opinion="", by=small.chief)
    with pytest.raises(Refusal, match="最多批量同意 500 份"):
        batch.agree_all(items=[("x", "y")] * 501, opinion="", by=small.chief)
    with pytest.raises(Unknown):
        batch.job_of(small.chief, 0)
