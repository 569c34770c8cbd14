"""渠道管理部 of two, and a route to write at."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from approvals.routes import actions
from approvals.routes.models import Route
from branch.people.models import Person


@dataclass
class Office:
    """`maker` and `checker` of 渠道管理部; `world` has the branch and its people."""

    world: Any
    maker: Person
    checker: Person

    @property
    def tomorrow(self) -> Any:
        return timezone.localdate() + timedelta(days=1)

    def draft(self, *stages: dict[str, Any], **more: Any) -> Route:
        """A draft with those stages; without any, the three signers of the branch."""
        given = {"kind": "trial", "branch": None, "effective_from": self.tomorrow, "by": self.maker, **more}
        route = actions.draft_route(**given)
        return actions.write_stages(route_id=route.pk, stages=list(stages or self.world.THREE), by=given["by"])

    def propose(self, route: Route, **more: Any) -> Route:
        return actions.propose_route(route_id=route.pk, by=self.maker, aware=True, **more)

    def confirm(self, route: Route, **more: Any) -> Route:
        fresh = Route.objects.get(pk=route.pk)
        given = {"seen_digest": fresh.digest, "by": self.checker, "reentered": True, **more}
        return actions.confirm_route(route_id=route.pk, **given)

    def in_force(self, *stages: dict[str, Any], **more: Any) -> Route:
        return self.confirm(self.propose(self.draft(*stages, **more)))


@pytest.fixture
def office(world: Any) -> Office:
    world.three_signers()
    maker = world.person("maker", "周拟稿", roles=("channel_department",))
    checker = world.person("checker", "吴确认", roles=("channel_department",))
    return Office(world, maker, checker)
