"""The approval centre beside many requests: an approver's lists with thousands open and hundreds of thousands closed, and how
many signatures a minute the engine takes from several signers at once."""

from __future__ import annotations

import html
import re
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import date
from typing import Any
from urllib.parse import quote

from django.db import connection, models, transaction
from django.test import Client
from django.urls import reverse

from approvals.desk.actions import sign
from approvals.requests import kinds
from approvals.requests.models import Decision, Request, Seat, Stage, TrailEvent
from approvals.routes.models import Route
from bench import worlds
from bench.goals import row
from bench.measure import Row, counted
from bench.serving import Answer, ask_in_turn, ask_steadily, cookie_of, quantile, served
from branch.org.models import Branch
from branch.people.models import Person, RoleHolding
from config import demo

NEEDS_DATABASE = True
KIND = "bench_request"
APPROVER, APPLICANT, MANAGER, EXECUTIVE = "100004", "600002", "600005", "100006"
EVERYBODY = "199999"  # holds both roles of the second stage: every open request waits for this person
BRANCHES, SIGNERS = 300, 8
SHARE = 10  # one open request in so many waits for the approver; the others for somebody else at the same stage
STAGES = (("issue", "营业部签发", "branch_manager", "branch"), ("audit", "合规部审核", "compliance", "company"),
          ("leader", "公司领导批示", "executive", "company"))  # fmt: skip
DIGEST = "d" * 64
NEXT = re.compile(r'rel="next" href="([^"]+)"')


def ground() -> None:
    """The kind, its route, branches with a manager."""
    kinds.register(
        kinds.Kind(KIND, "压测事项", lambda request: kinds.Document([("事由", request.title)]), lambda request, by: None)
    )
    stages = [
        {"code": code, "label": label, "mode": "single", "signers": [{"role": role, "at": at}]}
        for code, label, role, at in STAGES
    ]
    Route.objects.create(kind=KIND, name="压测流程", effective_from=date(2020, 1, 1), state="active", stages=stages)
    Branch.objects.bulk_create(Branch(code=f"B{n:04d}", name=f"压测营业部{n}", document_prefix="压") for n in range(BRANCHES))
    manager = Person.objects.get(staff_no=MANAGER)
    RoleHolding.objects.bulk_create(
        RoleHolding(person=manager, role="branch_manager", branch=branch, effective_from=demo.SINCE)
        for branch in Branch.objects.filter(code__startswith="B")
    )


def both_roles() -> Person:
    """Whoever has everything waiting, the worst case of 待我审批."""
    person, _ = Person.objects.get_or_create(staff_no=EVERYBODY, defaults={"name": "兼任两部门"})
    for role in ("compliance", "legal"):
        RoleHolding.objects.get_or_create(person=person, role=role, defaults={"effective_from": demo.SINCE})
    return person


def fill(count: int, *, first: int, closed: bool) -> None:
    """So many requests in one statement a table: a closed one is signed three times, an open one waits for the second."""
    people = {number: Person.objects.get(staff_no=number).pk for number in (APPROVER, APPLICANT, MANAGER, EXECUTIVE)}
    route, low = Route.objects.get(kind=KIND), Branch.objects.filter(code__startswith="B").order_by("pk")[0].pk
    snapshot = {"name": route.name, "version": 1, "stages": route.stages, "copies": [], "chasers": [], "same_person_twice": False}
    series = f"generate_series({first}, {first + count - 1}) n"
    begun = "now() - interval '1 minute' * (2000000 - n)"
    branch = f"{low} + n % {BRANCHES}"
    _insert(Request, series, {
        "id": "n", "number": "'SP-B-' || n", "kind": f"'{KIND}'", "title": "'第 ' || n || ' 件压测事项'", "branch_id": branch,
        "applicant_id": f"{people[APPLICANT]}", "route_id": f"{route.pk}", "content_digest": f"'{DIGEST}'", "started_at": begun,
        "state": "'approved'" if closed else "'pending'", "ended_at": f"{begun} + interval '1 day'" if closed else "NULL",
    }, route_snapshot=snapshot)  # fmt: skip
    signers = (people[MANAGER], people[APPROVER], people[EXECUTIVE])
    for at, (code, label, role, scope) in enumerate(STAGES, 1):
        signed = closed or at == 1
        standing = "passed" if signed else "open" if at == 2 else "waiting"
        opened = begun if signed or at == 2 else "NULL"
        own = f"CASE WHEN n % {SHARE} = 0 THEN '{role}' ELSE 'legal' END"
        _insert(Stage, series, {
            "id": f"n * 3 + {at}", "request_id": "n", "round": "1", "position": f"{at}", "code": f"'{code}'",
            "label": f"'{label}'", "mode": "'single'", "on_return": "'at_once'", "state": f"'{standing}'", "opened_at": opened,
        })  # fmt: skip
        _insert(Seat, series, {
            "id": f"n * 3 + {at}", "request_id": "n", "stage_id": f"n * 3 + {at}", "round": "1", "position": "1",
            "key": f"'role:{role}' || CASE WHEN {at} = 1 THEN '@B' || n % {BRANCHES} ELSE '' END", "label": f"'{label}'",
            "role": own if at == 2 and not closed else f"'{role}'", "opened_at": opened,
            "branch_id": branch if scope == "branch" else "NULL",
            "state": "'signed'" if signed else f"'{'open' if at == 2 else 'waiting'}'",
        })  # fmt: skip
        if signed:
            _insert(Decision, series, {
                "id": f"n * 3 + {at}", "request_id": "n", "round": "1", "seat_id": f"n * 3 + {at}", "act": "'agree'",
                "opinion": "'同意第 ' || n || ' 件'", "signer_id": f"{signers[at - 1]}", "seen_digest": f"'{DIGEST}'",
                "signature": f"md5(n::text || {at}) || md5('{at}' || n)", "at": f"{begun} + interval '1 hour' * {at}",
            })  # fmt: skip
    _insert(TrailEvent, series, {
        "request_id": "n", "round": "1", "event": "'submitted'", "person_id": f"{people[APPLICANT]}", "at": begun,
    })  # fmt: skip
    with connection.cursor() as cursor:
        for model in (Request, Stage, Seat, Decision):
            table = model._meta.db_table
            cursor.execute(f"SELECT setval(pg_get_serial_sequence('{table}', 'id'), (SELECT max(id) FROM {table}))")
        cursor.execute("VACUUM ANALYZE")


def _insert(model: type[models.Model], source: str, given: dict[str, str], **values: Any) -> None:
    """INSERT … SELECT of these columns; every other column gets its default, as the ORM would give it."""
    columns, expressions, parameters = [], [], []
    for field in model._meta.concrete_fields:
        if field.column in given:
            columns.append(field.column)
            expressions.append(given[field.column])
        elif not field.primary_key:
            value = values.get(field.name, field.get_default() if field.has_default() else None if field.null else "")
            columns.append(field.column)
            expressions.append("%s")
            parameters.append(field.get_db_prep_save(value, connection))
    names = ", ".join(f'"{name}"' for name in columns)
    shown = ", ".join(text if text == "%s" else text.replace("%", "%%") for text in expressions)
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SET LOCAL session_replication_role = replica")
        cursor.execute(f"INSERT INTO {model._meta.db_table} ({names}) SELECT {shown} FROM {source}", parameters)


def addresses() -> list[str]:
    """The lists of the centre, first pages, a page further on by key, and searches."""
    lists = [reverse(f"approvals:request-{name}") for name in ("waiting", "decided", "all", "copied")]
    found = Client()
    found.force_login(Person.objects.get(staff_no=APPROVER).user, backend="django.contrib.auth.backends.ModelBackend")
    shown = [NEXT.search(found.get(page).content.decode()) for page in lists[:2]]
    further = [f"{page}{html.unescape(link[1])}" for page, link in zip(lists, shown, strict=False) if link]
    return [*lists, *further, f"{lists[0]}?text={quote('第 17 件')}", f"{lists[1]}?state=approved&kind={KIND}"]


def statements(pages: Sequence[str]) -> tuple[int, str]:
    """The most statements that one of the pages needs, and which; the page of one request among them."""
    client = Client()
    client.force_login(Person.objects.get(staff_no=APPROVER).user, backend="django.contrib.auth.backends.ModelBackend")
    waiting = Request.objects.filter(state="pending", pk__in=_own()).latest("pk")
    found = []
    for page in (*pages, waiting.get_absolute_url()):
        with counted(connection) as counter:
            client.get(page)
        found.append((counter.statements, page))
    return max(found)


def _own() -> Any:
    """The requests that wait for the approver."""
    return Seat.objects.filter(state="open", role="compliance").values("request")


def signed(requests: Sequence[Request]) -> tuple[float, int]:
    """Seconds in which SIGNERS threads sign these, and how many were not signed once."""

    def one(request: Request) -> None:
        person = Person.objects.get(staff_no=APPROVER)
        sign(request_id=request.pk, act="agree", opinion="", seen_digest=DIGEST, by=person)

    def some(mine: Sequence[Request]) -> None:
        try:
            for request in mine:
                one(request)
        finally:
            connection.close()

    begun = time.perf_counter()
    with ThreadPoolExecutor(SIGNERS) as pool:
        list(pool.map(some, [requests[at::SIGNERS] for at in range(SIGNERS)]))
    took = time.perf_counter() - begun
    done = Decision.objects.filter(request__in=requests, seat__stage__code="audit").count()
    return took, len(requests) - done


def run(reduced: bool) -> list[Row]:
    open_count, closed_count, signatures, asked = (400, 4_000, 40, 80) if reduced else (10_000, 200_000, 1_000, 400)
    worlds.ground()
    ground()
    fill(open_count, first=1_000_000, closed=False)
    cookie = cookie_of(Person.objects.get(staff_no=APPROVER))
    with served() as port:
        pages = addresses()
        ask_in_turn(port, pages[:1], cookie, count=4)
        before = ask_in_turn(port, pages[:1], cookie, count=asked // 4)
        fill(closed_count, first=1, closed=True)
        pages = addresses()
        ask_in_turn(port, pages, cookie, count=len(pages) * 2)
        after = ask_in_turn(port, pages[:1], cookie, count=asked // 4)
        steady = ask_steadily(port, pages, cookie, rate=10, count=asked)
        all_theirs = cookie_of(both_roles())
        ask_in_turn(port, pages[:1], all_theirs, count=4)
        worst = ask_in_turn(port, [pages[0], reverse("menu-counts")], all_theirs, count=asked // 2)
    most, where = statements(pages)
    took, missing = signed(list(Request.objects.filter(pk__in=_own()).order_by("pk")[:signatures]))
    size = f"{open_count:,} open, {closed_count:,} closed"
    wrong = sorted({f"{one.status} {one.address}" for one in (*before, *after, *steady, *worst) if one.status != 200})
    everything = f"all {open_count:,} open are theirs"
    slowest = quantile([one for one in worst if one.address == pages[0]], 0.95)
    badge = quantile([one for one in worst if one.address != pages[0]], 0.95)
    return [
        *_rows(reduced, size, before, after, steady, (most, where), (took, signatures, missing)),
        row("approvals.errors", "pages that did not answer 200", size, len(wrong), ", ".join(wrong) or "none", reduced),
        row("approvals.worst", "p95 of 待我审批, the worst case", everything, slowest, f"{slowest:.0f} ms", reduced),
        row("approvals.badge", "p95 of the menu's counts, the worst case", everything, badge, f"{badge:.0f} ms", reduced),
    ]


def _rows(
    reduced: bool,
    size: str,
    before: Sequence[Answer],
    after: Sequence[Answer],
    steady: Sequence[Answer],
    most: tuple[int, str],
    signing: tuple[float, int, int],
) -> list[Row]:
    slow = {page: quantile([one for one in steady if one.address == page], 0.95) for page in {one.address for one in steady}}
    for page, milliseconds in sorted(slow.items(), key=lambda pair: -pair[1]):
        print(f"  p95 {milliseconds:.0f} ms: {page}")
    once, beside = quantile(before, 0.5), quantile(after, 0.5)
    p95, lists = quantile(after, 0.95), quantile(steady, 0.95)
    took, count, missing = signing
    thousand = took * 1000 / count
    grown, several, what = (
        f"{once:.0f} → {beside:.0f} ms",
        f"{count:,} requests",
        f"statements of a page at most ({most[1].split('?')[0]})",
    )
    rate = f"{60_000 / thousand:.0f} a minute"
    return [
        row("approvals.p95", "p95 of 待我审批", size, p95, f"{p95:.0f} ms", reduced, floor=f"{beside:.0f} ms at the median"),
        row("approvals.growth", "p50 of 待我审批 beside the closed ones", size, beside / once, grown, reduced),
        row("approvals.lists", "p95 of all lists at 10 requests a second", size, lists, f"{lists:.0f} ms", reduced),
        row("approvals.statements", what, size, most[0], str(most[0]), reduced),
        row("approvals.signing", f"seconds for 1,000 signatures ({SIGNERS} threads)", several, thousand, rate, reduced),
        row("approvals.missing", "requests not signed exactly once", several, missing, str(missing), reduced),
    ]
