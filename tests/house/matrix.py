"""The machinery of the URL × role × scope matrix: every kind of object; a person a role here, next door, elsewhere."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any
from unittest.mock import patch

from django.conf import settings
from django.db import transaction
from django.db.models import Model
from django.template.backends.django import Template
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from branch.files.actions import keep
from branch.org.models import Branch, Group, Team
from branch.people.actions import Place, hold, open_log_in
from branch.people.models import Engagement, Person, Posting
from branch.people.roles import ROLES, Scope
from branch.people.signing_in import BACKEND
from clients.figures.models import FiguresMonth, ManagerFigure
from clients.figures.states import LOCKED
from clients.registry.models import Client as Customer
from clients.registry.models import ConfirmationSlip, Relation
from kernel.months import Month
from payroll.intake import states as intake
from payroll.intake.models import InputSheet, MonthlyInput
from payroll.runs import actions as runs
from tests.factories.branch import People
from tests.factories.close import AUGUST, OCTOBER, SEPTEMBER, committed, month_ready, settled_branch
from tests.factories.kept import kept
from tests.factories.runs import approved_run, paid_run, sent_up_run
from tests.house.matrix_things import LONG_AGO, OWNER, Months, all_things

PEOPLE = {
    "client_manager": OWNER,
    "group_leader": "600102",
    "team_leader": "600101",
    "trade_admin": "600001",
    "branch_finance": "600002",
    "chief_accountant": "600003",
    "deputy_manager": "600004",
    "branch_manager": "600005",
    "attendance_clerk": "600006",
    "asset_clerk": "600007",
    "return_visitor": "600008",
    "brokerage_office": "100001",
    "channel_department": "100002",
    "finance_department": "100003",
    "compliance": "100004",
    "human_resources": "100005",
    "executive": "100006",
    "risk": "100007",
    "legal": "100008",
    "administrator": "100009",
}
NEXT_DOOR = {"client_manager": "600118", "group_leader": "600117", "team_leader": "600116"}  # of 营销二队
COLLEAGUE = "600104"  # of the owner's team, another group
NAMES = {OWNER: "欧阳甲戌", COLLEAGUE: "诸葛丙子", NEXT_DOOR["client_manager"]: "尉迟丁丑"}  # nobody else is called so
CLIENT_NAMES = {OWNER: "司徒乙亥", COLLEAGUE: "申屠丙寅", NEXT_DOOR["client_manager"]: "公孙丁卯"}
FAR_NO, FAR_NAME, FAR_CLIENT = "709001", "澹台戊寅", "令狐己卯"  # of the other branch


@dataclass
class World:
    """`here`: role → its person at the demo branch (or head office); `next_door`: of the branch's second team; `elsewhere`: the
    same roles at another branch."""

    here: dict[str, Client] = field(default_factory=dict)
    next_door: dict[str, Client] = field(default_factory=dict)
    elsewhere: dict[str, Client] = field(default_factory=dict)
    people: dict[tuple[str, str], Person] = field(default_factory=dict)
    things: dict[str, Any] = field(default_factory=dict)

    def places(self) -> Iterator[tuple[str, dict[str, Client]]]:
        yield from (("here", self.here), ("next_door", self.next_door), ("elsewhere", self.elsewhere))

    def admit(self, place: str, role: str, person: Person) -> None:
        """A browser of that person, who stands for the role there."""
        browser = Client(raise_request_exception=False)
        browser.force_login(person.user, backend=BACKEND)
        getattr(self, place)[role] = browser
        self.people[place, role] = person


@kept
def build(*, bare: bool = False) -> World:
    """The demo branch with three months signed, paid or sent up, and a second branch with its people, and with a client manager's
    work unless it is to be `bare`: then whatever its people get is not theirs."""
    people = settled_branch()
    month_ready(people, AUGUST)
    _rename(people)
    months = _months(people)
    world = World()
    for role, staff_no in PEOPLE.items():
        world.admit("here", role, people[staff_no])
    for role, staff_no in NEXT_DOOR.items():
        world.admit("next_door", role, people[staff_no])
    branch = _elsewhere(world)
    if not bare:
        _at_work(branch, world.people["elsewhere", "client_manager"], world.people["elsewhere", "trade_admin"])
    world.things = all_things(people, months)
    return world


def _rename(people: People) -> None:
    """Names that occur nowhere else, so that a page which shows one shows that person or client."""
    for staff_no, name in NAMES.items():
        person = people[staff_no]
        person.name = name
        person.save(update_fields=["name"])
        client = Customer.objects.filter(relations__manager=person).first()
        Customer.objects.filter(pk=client.pk).update(name=CLIENT_NAMES[staff_no])  # type: ignore[union-attr]


def _months(people: People) -> Months:
    paid = paid_run(people, AUGUST)
    with committed():
        paid = runs.file(run_id=paid.pk, by=people["600002"])
    repeat(people, SEPTEMBER)
    signed = approved_run(people, SEPTEMBER)
    repeat(people, OCTOBER)
    return Months(paid, signed, sent_up_run(people, OCTOBER))


def repeat(people: People, month: Month) -> None:
    """Figures and inputs of August once more, as the month's: an import costs more than the matrix asks of it."""
    branch, finance = people.branch, people["600002"]
    given: dict[str, Any] = {"branch": branch, "month": month}
    FiguresMonth.objects.create(**given, state=LOCKED, digest="f" * 64, locked_by=finance, locked_at=timezone.now())
    came = Person.objects.filter(engagements__branch=branch, engagements__hired_on__range=(AUGUST.next.first, month.last))
    _again(ManagerFigure, list(came), branch=branch, month=month)
    file = keep(b"x", name="核算输入.xlsx", content_type="x", by=finance)
    sheet = InputSheet.objects.create(**given, file=file, state=intake.BOOKED, rows=1, imported_by=finance)
    _again(MonthlyInput, list(came), branch=branch, month=month, sheet=sheet)


def _again(model: type[Model], came: list[Person], *, branch: Branch, **changes: Any) -> None:
    """August's rows of that model with these changes; who came since has what the owner has."""
    august: Any = model._default_manager.filter(branch=branch, month=AUGUST)
    rows = list(august)
    for person in came:
        rows.append(august.get(person__staff_no=OWNER))
        rows[-1].person = person
    for row in rows:
        row.pk = None
        for name, value in changes.items():
            setattr(row, name, value)
    model._default_manager.bulk_create(rows)


def _elsewhere(world: World) -> Branch:
    """Another branch with somebody for each role of a branch."""
    branch = Branch.objects.create(code="0755LH", name="深圳罗湖营业部", document_prefix="罗营")
    team = Team.objects.create(branch=branch, name="罗湖一队")
    group = Group.objects.create(team=team, name="第1组")
    for number, (code, role) in enumerate(ROLES.items()):
        if role.scope in (Scope.COMPANY, Scope.DEPARTMENT):
            continue
        known = (FAR_NO, FAR_NAME) if code == "client_manager" else (f"7000{number:02d}", f"罗湖{role.label}")
        person = Person.objects.create(staff_no=known[0], name=known[1])
        open_log_in(person, password="x")
        places = {Scope.TEAM: Place(team=team), Scope.GROUP: Place(group=group)}
        hold(person, code, places.get(role.scope, Place(branch=branch)), since=LONG_AGO, reason="测试")
        world.admit("elsewhere", code, person)
    return branch


def _at_work(branch: Branch, manager: Person, by: Person) -> None:
    """That branch's client manager, engaged and posted, with a client."""
    group = Group.objects.get(team__branch=branch)
    Engagement.objects.create(person=manager, branch=branch, kind="employee", hired_on=LONG_AGO, contract_from=LONG_AGO)
    where = {"branch": branch, "team": group.team, "group": group}
    Posting.objects.create(person=manager, **where, post="客户经理", effective_from=LONG_AGO)
    _far_client(branch, manager, by)


def _far_client(branch: Branch, manager: Person, by: Person) -> None:
    named = {"client_no": "8800000001", "name": FAR_CLIENT, "fund_account": "388800000001", "account_tail": "0001"}
    client = Customer.objects.create(branch=branch, kind="个人", opened_on=LONG_AGO, **named)
    kept = {"branch": branch, "month": AUGUST, "number": 1, "serial": "202608-0755LH-0001", "client": client, "manager": manager}
    more = {"relation_kind": "开发", "basis": "opening", "state": "valid", "effective_month": AUGUST}
    slip = ConfirmationSlip.objects.create(**kept, **more, created_by=by, decided_by=by)
    Relation.objects.create(client=client, manager=manager, kind="开发", from_month=AUGUST, slip=slip)


@contextmanager
def unrendered(quickly: bool) -> Iterator[None]:
    """While `quickly`: a template gives only the sentence of a refusal. A page is rendered for the first role that may see it;
    doors need no more."""
    if not quickly:
        yield
        return
    with patch.object(Template, "render", lambda self, context=None, request=None: str((context or {}).get("sentence", ""))):
        yield


def ask(browser: Client, name: str, args: dict[str, Any], *, query: str = "", method: str = "get") -> tuple[int, str]:
    """Status and words of the address for that browser; what it does is undone. A POST-only address gets an empty POST.

    A redirect to the sign-in page counts as 401.
    """
    address = reverse(name, kwargs=args) + query
    session = browser.cookies[settings.SESSION_COOKIE_NAME].value
    with transaction.atomic():
        answer = browser.get(address) if method == "get" else browser.post(address)
        if answer.status_code == 405:
            answer = browser.post(address)
        transaction.set_rollback(True)
    browser.cookies[settings.SESSION_COOKIE_NAME] = session  # signing out is undone as well
    if answer.status_code == 302 and answer["Location"].startswith("/login/?"):
        return 401, ""
    return int(answer.status_code), answer.content.decode() if answer.status_code == 404 else ""
