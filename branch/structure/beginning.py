"""What a team that is being set up needs before it begins, and what of it is there."""

from __future__ import annotations

from datetime import date

from django.urls import reverse

from branch.org.models import Team
from branch.people.queries import leader_on
from branch.structure import register
from branch.structure.register import Need


def needs(team: Team, on: date) -> list[Need]:
    """A leader (art. 7), then what the upper apps ask for."""
    leader = leader_on(team.pk, on)
    said = str(leader) if leader is not None else "还没有团队负责人,请在名册中以“团队负责人”岗位导入"
    first = Need("团队负责人", leader is not None, said, "" if leader is not None else reverse("roster-import"))
    return [first, *register.asked_of(team, on)]
