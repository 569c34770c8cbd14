"""Lists inside a table that grows from one month of clients to twelve, as a branch's trade administrator asks for them."""

from __future__ import annotations

from urllib.parse import quote

from django.db import connection
from django.test import Client
from django.urls import reverse

from bench import rows, worlds
from bench.goals import row
from bench.measure import Row, counted
from bench.serving import Answer, ask_steadily, cookie_of, quantile, served
from branch.people.models import Person
from clients.imports.models import ClientMonth
from clients.registry.queries import clients_for
from kernel.months import Month

NEEDS_DATABASE = True
LAST = Month(2026, 10)
MANAGERS = 30
NAMES = ("赵伟", "李静芳")  # of two characters and of three


def addresses(world: worlds.World) -> list[str]:
    """List pages of the branch, the searches by name among them."""
    clients = reverse("clients:list")
    month = reverse("clients:figures-month", args=[LAST])
    own = reverse("clients:figure-rows", args=[LAST, world.people[0].staff_no])
    return [
        clients,
        *(f"{clients}?q={quote(name)}" for name in NAMES),
        month,
        own,
        reverse("clients:slip-list"),
        reverse("clients:exception-list"),
    ]


def queries(person: Person, pages: list[str]) -> tuple[int, str]:
    """The most statements that one of the pages needs, and which."""
    client = Client()
    client.force_login(person.user, backend="django.contrib.auth.backends.ModelBackend")
    found = []
    for page in pages:
        with counted(connection) as counter:
            client.get(page)
        found.append((counter.statements, page))
    return max(found)


def scans(person: Person, text: str) -> list[str]:
    """Tables that the search for this name reads from end to end, by the plan."""
    plan = clients_for(person, text=text).order_by("client_no")[:20].explain()
    return [line.strip() for line in plan.splitlines() if "Seq Scan on clients_client" in line]


def run(reduced: bool) -> list[Row]:
    branches, clients, count = (5, 10_000, 140) if reduced else (300, 3_334, 700)
    worlds.ground()
    found = rows.company(branches, MANAGERS, clients, [LAST])
    world = found[branches // 2]
    cookie, pages = cookie_of(world.importer), addresses(world)
    with served() as port:
        ask_steadily(port, pages, cookie, rate=10, count=len(pages) * 2)
        one = ask_steadily(port, pages, cookie, rate=20, count=count)
        rows.add_months(found, clients, [LAST + -back for back in range(1, 12)])
        ask_steadily(port, pages, cookie, rate=10, count=len(pages) * 2)
        twelve = ask_steadily(port, pages, cookie, rate=20, count=count)
    most, where = queries(Person.objects.get(pk=world.importer.pk), pages)
    read = [scan for text in NAMES for scan in scans(world.importer, text)]
    size = f"{ClientMonth.objects.count():,} rows of {branches * clients:,} clients"
    wrong = sum(answer.status != 200 for answer in (*one, *twelve))
    return [
        row(
            "lists.growth",
            "p50 of lists after twelve months against one",
            size,
            _growth(one, twelve),
            _said(one, twelve, 0.5),
            reduced,
        ),
        row("lists.p95", "p95 of lists at 20 requests a second", size, quantile(twelve, 0.95), _said(one, twelve, 0.95), reduced),
        row("lists.queries", f"statements of a list at most ({where.split('?')[0]})", size, most, str(most), reduced),
        row("lists.scans", "searches of a name that read the whole table", size, len(read), ", ".join(read) or "none", reduced),
        row("lists.errors", "lists that did not answer 200", size, wrong, str(wrong), reduced),
    ]


def _growth(one: list[Answer], twelve: list[Answer]) -> float:
    return quantile(twelve, 0.5) / quantile(one, 0.5)


def _said(one: list[Answer], twelve: list[Answer], share: float) -> str:
    return f"{quantile(one, share):.0f} → {quantile(twelve, share):.0f} ms"
