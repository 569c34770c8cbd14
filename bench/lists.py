"""Lists inside a table that grows from one month of clients to twelve, as a branch's trade administrator asks for them."""

from __future__ import annotations

from collections.abc import Sequence
from statistics import median
from urllib.parse import quote

from django.db import connection, transaction
from django.test import Client
from django.urls import reverse

from bench import rows, worlds
from bench.goals import row
from bench.measure import Row, counted, timed
from bench.serving import Answer, ask_in_turn, ask_steadily, cookie_of, quantile, served
from branch.people.models import Person, RoleHolding
from branch.people.signing_in import BACKEND
from clients.imports.models import ClientMonth
from clients.registry.models import Client as Registered
from clients.registry.search import HasText
from config import demo
from kernel.months import Month

NEEDS_DATABASE = True
LAST = Month(2026, 10)
MANAGERS = 30
NAMES = ("赵伟", "李静芳")  # of two characters and of three


def addresses(world: worlds.World) -> list[str]:
    """List pages of the branch, the searches by name among them."""
    clients = reverse("clients:list")
    month = reverse("clients:figures-month", args=[LAST])
    behind = reverse("clients:figure-rows", args=[LAST, world.people[0].staff_no])
    slips, exceptions = reverse("clients:slip-list"), f"{reverse('clients:exception-list')}?month={LAST}"
    return [clients, *(f"{clients}?q={quote(name)}" for name in NAMES), month, behind, slips, exceptions]


def queries(person: Person, pages: Sequence[str]) -> tuple[int, str]:
    """The most statements that one of the pages needs, and which."""
    client = Client()
    client.force_login(person.user, backend=BACKEND)
    found = []
    for page in pages:
        with counted(connection) as counter:
            client.get(page)
        found.append((counter.statements, page))
    return max(found)


def search(text: str) -> tuple[bool, float]:
    """A name looked for in the whole company: whether the plan goes by the index of characters; milliseconds at the median."""
    found = Registered.objects.filter(**{f"name__{HasText.lookup_name}": text}).order_by()
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SET LOCAL enable_seqscan = off")  # in a reduced table reading everything is as good
        indexed = "client_name_chars" in found.explain()
    return indexed, median(timed(lambda: list(found.all()[:50])) for _ in range(15)) * 1000


def run(reduced: bool) -> list[Row]:
    branches, clients, count = (5, 10_000, 140) if reduced else (300, 3_334, 700)
    worlds.ground()
    found = rows.company(branches, MANAGERS, clients, [LAST])
    world = found[branches // 2]
    person = world.people[1]  # a person of this branch alone
    RoleHolding.objects.create(person=person, role="trade_admin", branch=world.branch, effective_from=demo.SINCE)
    cookie, pages = cookie_of(person), addresses(world)
    with served() as port:
        ask_in_turn(port, pages, cookie, count=len(pages) * 2)
        one = ask_in_turn(port, pages, cookie, count=count)
        rows.add_months(found, clients, [LAST + -back for back in range(1, 12)])
        ask_in_turn(port, pages, cookie, count=len(pages) * 2)
        twelve = ask_in_turn(port, pages, cookie, count=count)
        steady = ask_steadily(port, pages, cookie, rate=20, count=count)
    most, where = queries(Person.objects.get(pk=person.pk), pages)
    searches = [search(name) for name in NAMES]
    took = ", ".join(f"{len(name)} characters {found[1]:.1f} ms" for name, found in zip(NAMES, searches, strict=True))
    size, p95 = f"{ClientMonth.objects.count():,} rows of {branches * clients:,} clients", quantile(steady, 0.95)
    wrong = sorted({f"{one.status} {one.address}" for one in (*one, *twelve, *steady) if one.status != 200})
    alone = f"{quantile(twelve, 0.95):.0f} ms one at a time"
    growth, grown = _growth(one, twelve)
    return [
        row("lists.growth", "p50 of lists after twelve months against one", size, growth, grown, reduced),
        row("lists.p95", "p95 of lists at 20 requests a second", size, p95, f"{p95:.0f} ms", reduced, floor=alone),
        row("lists.queries", f"statements of a list at most ({where.split('?')[0]})", size, most, str(most), reduced),
        row("lists.scans", "names sought without the index", size, sum(not found for found, _ in searches), took, reduced),
        row("lists.errors", "lists that did not answer 200", size, len(wrong), ", ".join(wrong) or "none", reduced),
    ]


def _growth(one: Sequence[Answer], twelve: Sequence[Answer]) -> tuple[float, str]:
    before, after = quantile(one, 0.5), quantile(twelve, 0.5)
    return after / before, f"{before:.0f} → {after:.0f} ms"
