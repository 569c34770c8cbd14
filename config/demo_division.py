"""The demonstration's divisions: a group leader's clients shared with a colleague from next month, and a proposal that waits."""

from __future__ import annotations

from decimal import Decimal

from django.utils import timezone

from approvals.requests.actions import decide
from branch.people.queries import branch_by_code, person_for
from clients.registry.dividing import Shares
from clients.registry.models import Client
from config import demo
from kernel.months import Month
from teams.plans.division import actions
from teams.plans.division.actions import Wish
from teams.plans.division.models import DivisionProposal

LEADER, DEVELOPER, SERVICE, MANAGER = "600101", "600102", "600103", "600005"
REASON = "建行网点开发的客户,由就近网点的同事日常服务"


def divisions() -> None:
    """Three clients 70/30, agreed to and approved; two more 60/40 that the colleague has still to answer."""
    branch = branch_by_code(demo.BRANCH_CODE)
    if DivisionProposal.objects.filter(branch=branch).exists():
        return
    month = Month.of(timezone.localdate()).next
    own = list(Client.objects.filter(relations__manager__staff_no=DEVELOPER, relations__to_month=None).order_by("client_no")[:5])
    if len(own) < 5:
        return
    for clients, percent in ((own[:3], "70"), (own[3:], "60")):
        shares = Shares(person_for(DEVELOPER), person_for(SERVICE), Decimal(percent), month)
        row = actions.propose(branch=branch, wish=Wish(clients, month, REASON, "", shares), by=person_for(LEADER))
        row = actions.agree(proposal_id=row.pk, by=person_for(DEVELOPER))
        if percent == "70":
            request = actions.agree(proposal_id=row.pk, by=person_for(SERVICE)).approval
            assert request is not None  # both have agreed
            decide(request_id=request.pk, act="agree", by=person_for(MANAGER), seen_digest=request.content_digest, opinion="同意")
