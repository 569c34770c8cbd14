"""Every page a branch's people can reach by links, in a small world and a large one: queries do not grow with the rows.

The pages are found by following links from 工作台 and the menu, one of each kind, as five persons of the branch. The large world
is a branch eight times the demonstration's, its pay all on one page, among others as large: ten thousand slips in the table.
"""

from __future__ import annotations

import html
import re
import time
from contextlib import suppress
from typing import NamedTuple

from django.db import connection, transaction
from django.test import Client
from django.urls import Resolver404, resolve

from bench import pay, worlds
from bench.data import Maker
from bench.goals import row
from bench.measure import Row, counted
from branch.people.models import Person, RoleHolding
from branch.people.signing_in import BACKEND
from clients.imports.actions import import_files
from clients.imports.sheets import Upload
from clients.registry.actions import confirm_relations
from config import demo

NEEDS_DATABASE = True
PEOPLE = ("600002", "600001", "600005", "700001", "600003")
SKIPPED = re.compile(r"logout|switch|language|static|download|export|template|\.xlsx|\.csv")
HREF = re.compile(r'href="(/[^"#]*)')
VISITS = 2
BROKEN: list[str] = []


class Seen(NamedTuple):
    view: str
    who: str
    queries: int
    seconds: list[float]


def build(branches: int, people: int, clients: int) -> None:
    """A branch with a computed month of pay and a month of clients, and others beside it with theirs of pay."""
    found = worlds.ready_to_compute(people, codes=[demo.BRANCH_CODE, *(f"P{at:03d}" for at in range(1, branches))])
    for one in found:
        pay.ours(pay.begin(one))
    world = found[0]
    elsewhere = RoleHolding.objects.filter(branch__in=[one.branch for one in found[1:]])
    for staff_no, other in zip(PEOPLE, found[-1].people, strict=False):  # who asks is of one branch, the others' posts are filled
        elsewhere.filter(person__staff_no=staff_no).update(person=other)
    month = worlds.FIRST.next
    upload = Upload.of("客户月度业务明细.csv", Maker(clients, people).csv(month))
    import_files(files=[upload], branch=world.branch, by=world.importer)
    confirm_relations(branch=world.branch, month=month, by=world.importer)
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")


def browse(people: tuple[str, ...]) -> list[Seen]:
    """As each person: the pages linked from the first page, and those linked from these, one of each kind."""
    return [seen for staff_no in people for seen in _browse(Person.objects.get(staff_no=staff_no))]


def _browse(person: Person) -> list[Seen]:
    from branch.people.actions import open_log_in

    user = person.user or open_log_in(person)
    client = Client(raise_request_exception=False)
    client.force_login(user or Person.objects.get(pk=person.pk).user, backend=BACKEND)
    waiting, known, found = ["/"], set(), []
    while waiting:
        address = waiting.pop(0)
        with suppress(Resolver404):
            view = resolve(address.split("?")[0]).view_name
            if view in known or SKIPPED.search(address) or SKIPPED.search(view):
                continue
            known.add(view)
            response = client.get(address)
            if response.status_code >= 500:
                BROKEN.append(f"{view} as {person.staff_no}: {response.status_code}")
            if response.status_code != 200 or not response.headers["Content-Type"].startswith("text/html"):
                continue
            waiting += [html.unescape(link) for link in HREF.findall(response.content.decode())]
            found.append(_measure(client, address, view, person.staff_no))
    return found


def _measure(client: Client, address: str, view: str, who: str) -> Seen:
    with counted(connection) as counter:
        client.get(address)
    took = []
    for _ in range(VISITS):
        begun = time.perf_counter()
        client.get(address)
        took.append(time.perf_counter() - begun)
    return Seen(view, who, counter.statements, took)


def p95(seen: list[Seen]) -> float:
    times = sorted(second for one in seen for second in one.seconds)
    return times[int(len(times) * 0.95)] * 1000


def run(reduced: bool) -> list[Row]:
    # two at least: the others lack a 副经理, and a page that says so asks since when
    small_size, large_size = (2, 36, 500), (2, 300, 3_000) if reduced else (34, 300, 10_000)
    people = PEOPLE[:2] if reduced else PEOPLE
    worlds.ground()
    with transaction.atomic():
        build(*small_size)
        small = browse(people)
        transaction.set_rollback(True)
    build(*large_size)
    large = browse(people)
    before = {(one.view, one.who): one.queries for one in small}
    growth = [(one.queries - before[one.view, one.who], one.view) for one in large if (one.view, one.who) in before]
    most_growth, grown = max(growth)
    most = max(large, key=lambda one: one.queries)
    slow = max(large, key=lambda one: sorted(one.seconds)[VISITS // 2])
    size = f"{large_size[0]} branches of {large_size[1]} people, {large_size[2]:,} clients"
    visited = f"{len({one.view for one in large})} pages × {len(people)} persons"
    over = sorted({(one.queries, one.view) for one in large if one.queries > 15}, reverse=True)
    for queries, view in over:
        print(f"  {queries} queries: {view}")
    fewer = f"growth against {small_size[1]} people, {small_size[2]:,} clients ({grown})"
    times = f"{p95(small):.0f} ms in the small world"
    for broken in BROKEN:
        print(f"  server error: {broken}")
    return [
        row("pages.errors", "pages that answer with a server error", size, len(BROKEN), str(len(BROKEN)), reduced, floor=visited),
        row(
            "pages.queries",
            f"queries of a page at most ({most.view})",
            size,
            most.queries,
            str(most.queries),
            reduced,
            floor=visited,
        ),
        row("pages.growth", fewer, size, most_growth, f"{most_growth:+d}", reduced),
        row("pages.p95", f"p95 of a page (slowest {slow.view})", size, p95(large), f"{p95(large):.0f} ms", reduced, floor=times),
    ]
