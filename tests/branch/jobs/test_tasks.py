from __future__ import annotations

from datetime import timedelta

import pytest
from django.contrib.sessions.models import Session
from django.utils import timezone

from branch.jobs import tasks
from branch.people.models import SignInAttempt


@pytest.mark.django_db
def test_tidying_removes_what_has_ended_and_nothing_else() -> None:
    now = timezone.now()
    for key, expires in (("old", now - timedelta(days=1)), ("live", now + timedelta(hours=1))):
        Session.objects.create(session_key=key, session_data="x", expire_date=expires)
    for age in (1, 16):
        SignInAttempt.objects.create(kind="password", account="x", address="a", at=now - timedelta(minutes=age))
    tasks.tidy()
    assert [row.session_key for row in Session.objects.all()] == ["live"]
    assert SignInAttempt.objects.count() == 1
