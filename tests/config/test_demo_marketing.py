"""The demonstration's plans and agreements stand as said, and a second start adds nothing."""

from __future__ import annotations

import pytest

from approvals.requests.models import Request
from branch.people.queries import person_for
from config import demo_marketing
from teams.plans.marketing.models import CooperationAgreement, MarketingPlan
from tests.factories.close import settled_branch


@pytest.mark.django_db
def test_one_plan_waits_for_the_channel_department_and_one_is_a_draft() -> None:
    settled_branch()
    demo_marketing.plans()
    demo_marketing.plans()
    assert sorted(MarketingPlan.objects.values_list("state", flat=True)) == ["approving", "draft"]
    assert Request.objects.get(kind="annual_plan").document_number.endswith("号")
    assert Request.objects.waiting_for(person_for("100002")).filter(kind="annual_plan").exists()
    assert CooperationAgreement.objects.count() == 1
