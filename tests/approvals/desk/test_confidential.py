"""A confidential request: neither a list nor a notice names it to who may not read it."""

from __future__ import annotations

from typing import Any

import pytest
from django.db.models import Q
from django.urls import reverse
from django.utils import timezone

from approvals.desk.queries import TABS, rows_of_tab
from approvals.requests import actions, kinds
from approvals.requests.models import CopyTo
from branch.notices.models import Notice
from branch.people.models import Person

TITLE = "机密的事"


@pytest.fixture
def secret(three: Any, kind_with: Any, subject: Any) -> Any:
    """The three signers may see; an aide who was lent a signature and a reader with an old copy may not."""
    three.aide, three.reader = three.person("aide", "代签人"), three.person("reader", "读者")

    def sees(person: Person, request: Any) -> bool:
        return person in (three.chief, three.deputy, three.manager)

    def rows(person: Person) -> Q:
        return ~Q(pk__in=[]) if sees(person, None) else Q(pk__in=[])

    three.hide = lambda: kind_with(confidential=True, may_see=sees, seen_rows=rows)
    today = timezone.localdate()
    actions.delegate(to=three.aide, kinds=[], since=today, until=today, reason="出差", by=three.chief)
    return three


def listed(person: Person) -> set[str]:
    return {tab for tab in TABS if rows_of_tab(tab, person).exists()}


def test_lists_leave_it_out(secret: Any, signed_in: Any) -> None:
    request = secret.ask(title=TITLE)
    CopyTo.objects.create(request=request, person=secret.reader)
    assert (listed(secret.aide), listed(secret.reader)) == ({"waiting", "all"}, {"copied", "all"})
    secret.hide()
    assert listed(secret.aide) == listed(secret.reader) == set()
    assert listed(secret.applicant) == {"started", "all"}
    assert listed(secret.chief) == {"waiting", "all"}
    page = signed_in(secret.aide).get(reverse("approvals:request-waiting")).content.decode()
    assert TITLE not in page
    assert request.number not in page
    assert "没有等您审批的申请" in page


def test_who_has_signed_still_finds_it(secret: Any) -> None:
    request = secret.ask(title=TITLE)
    secret.sign(request, secret.aide)
    secret.hide()
    assert listed(secret.aide) == {"decided", "all"}


def test_notices_go_only_to_who_may_see(secret: Any, django_capture_on_commit_callbacks: Any) -> None:
    with django_capture_on_commit_callbacks(execute=True):
        secret.ask(title=TITLE)
    assert {notice.person for notice in Notice.objects.filter(text__contains=TITLE)} == {secret.chief, secret.aide}
    Notice.objects.all().delete()
    secret.hide()
    with django_capture_on_commit_callbacks(execute=True):
        request = secret.ask(title=TITLE)
        assert actions.remind(request_id=request.pk, by=secret.applicant) == [secret.chief]
    assert {notice.person for notice in Notice.objects.filter(text__contains=TITLE)} == {secret.chief}


def test_a_confidential_kind_must_say_whose_lists_name_it() -> None:
    with pytest.raises(RuntimeError, match="seen_rows"):
        kinds.register(
            kinds.Kind("careless", "粗心", lambda request: kinds.Document(), lambda request, by: None, confidential=True)
        )
    kinds._kinds.pop("careless", None)
