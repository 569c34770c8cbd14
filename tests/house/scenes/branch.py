"""Before the addresses of the branch: somebody new to lead or leave, a setting nobody has proposed, an authenticator in use."""

from __future__ import annotations

from django.contrib.auth.hashers import make_password
from django.utils import timezone

from branch.parameters.models import ParameterValue
from branch.people.models import RecoveryCode, SecondFactor
from branch.staff.actions import register_leaving
from tests.factories.branch import People
from tests.house.matrix_things import OWNER
from tests.house.scenes.setting import Things, before, newcomer

TRADE = "600001"


@before("leader-change")
def somebody_to_lead(people: People) -> Things:
    return {"newcomer": newcomer(people).pk}


@before("person-leave")
def somebody_to_leave(people: People) -> Things:
    return {"owner": newcomer(people).staff_no}


@before("person-stay")
def leaves_today(people: People) -> Things:
    """交易管理岗 has registered that today is their last day."""
    person = newcomer(people)
    register_leaving(person=person, last_day=timezone.localdate(), reason="测试", by=people[TRADE])
    return {"owner": person.staff_no}


@before("parameter-propose")
def nothing_proposed(people: People) -> Things:
    ParameterValue.objects.filter(state=ParameterValue.State.PROPOSED).update(state=ParameterValue.State.REJECTED)
    return {}


@before("recovery-codes")
def authenticator(people: People) -> Things:
    """The owner has one in use, and a code on paper."""
    factor = SecondFactor(person=people[OWNER], confirmed_at=timezone.now())
    factor.secret = "A" * 32
    factor.save()
    RecoveryCode.objects.create(person=people[OWNER], label="ABCD", hash=make_password("EFGHJKMNPQ"))
    return {"recovery_code": "ABCD-EFGHJ-KMNPQ"}
