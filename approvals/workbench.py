"""What waits for a person in the approval centre, for workbench and menu."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date

from django.urls import reverse

from approvals.desk import batch
from approvals.desk.exports import REQUESTS
from approvals.requests import queries
from approvals.routes import queries as routes
from approvals.routes.access import sees_routes
from approvals.routes.exports import ROUTES
from branch.clearance import Binding, add_leaving_source
from branch.exports.register import register
from branch.jobs import register as jobs
from branch.people.access import holds
from branch.people.models import Person
from branch.people.roles import Power
from branch.workbench.register import MenuItem, Todo, add_menu, add_todos


def todos(person: Person) -> Iterable[Todo]:
    """Requests to sign, and own ones that came back."""
    yield Todo("待我审批", queries.waiting_rows(person), reverse("approvals:request-waiting"))
    returned = reverse("approvals:request-started")
    yield Todo("被退回,待我修改", queries.returned_rows(person), f"{returned}?state=returned")
    yield from _route_todos(person)


def _binding(person: Person, day: date) -> Iterable[Binding]:
    """What a leaver leaves open in the approval centre."""
    waiting, started = reverse("approvals:request-waiting"), reverse("approvals:request-started")
    who = "本人签署;没有签的,离职后自动转给继任者或上级"
    yield Binding("等本人签的审批", queries.named_seats_of(person), waiting, "approvals", who, blocks=False)
    who = "本人撤回,或由有权限的同事在申请页接办、代为撤回"
    yield Binding("本人发起、没有办结的申请", queries.unfinished_of(person), started, "approvals", who)
    lent = queries.delegations_of(person, day)
    yield Binding("最后工作日之后还有效的审批委托", lent, reverse("approvals:delegation-list"), "approvals", "委托人终止委托")


def _route_todos(person: Person) -> Iterable[Todo]:
    """Routes to confirm, and those in force that can't be finished today: for 渠道管理部 all, for a manager the own branch's."""
    if holds(person, Power.ROUTE_VIEW):
        address = reverse("approvals:route-list")
        yield Todo("待确认的审批流程", routes.waiting_rows(person), f"{address}?state=proposed")
        yield Todo("走不完的审批流程", len(routes.short_today(person)), f"{address}?short=on", urgent=True)


def _anybody(person: Person) -> bool:
    return True


def _sees_statistics(person: Person) -> bool:
    return holds(person, Power.APPROVAL_STATISTICS)


def _hands_over(person: Person) -> bool:
    return holds(person, Power.ROLE_GRANT)


def sign_in() -> None:
    """Take the places in menu and workbench; called once the apps are ready."""
    register(REQUESTS, ROUTES)
    jobs.register(batch.JOB, batch.work, stopped=batch.stopped, cancelling="已经同意的不会撤回,其余的不再签署。")
    add_leaving_source(_binding)
    add_todos(todos)
    add_menu(
        MenuItem("approvals", "审批事项", "approvals:request-waiting", _anybody, badge=queries.waiting_rows, order=10),
        MenuItem("approvals", "审批委托", "approvals:delegation-list", _anybody, order=15),
        MenuItem("approvals", "转办席位", "approvals:stray-list", _hands_over, order=35),
        MenuItem("approvals", "审批统计", "approvals:approval-statistics", _sees_statistics, order=30),
        MenuItem("approvals", "审批流程", "approvals:route-list", sees_routes, routes.waiting_rows, order=20),
    )
