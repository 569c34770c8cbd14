"""Accounts that another client has as well, of whatever branch: what a month has of them twice (ADR 0103).

An import asks nothing of this. Compared are only the clients a branch was the first to name since it last compared, and those
that are watched: whose account another client has, or whose account was changed.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone

from branch.notices.actions import tell
from branch.org.models import Branch
from branch.people.models import Person
from branch.people.queries import holders
from branch.prepared import Prepared, ask, insert
from clients.bulk import LARGE, table
from clients.imports.kinds import EXCLUDE, SHARED
from clients.imports.models import ClientMonth, ClientMonthQuerySet
from clients.registry.models import Client, ComparedAccounts
from kernel import masks
from kernel.months import Month

SETTLED = (EXCLUDE, SHARED)  # a row decided like this is no double any more
CHUNK = 1000
_OPEN = f"NOT IN ('{EXCLUDE}', '{SHARED}')"


@dataclass(frozen=True)
class Found:
    """A client whose account another one has. `other_id`: one whose row of the month is undecided, as this one's is (None: there
    is no such pair); `known`: all of them are watched."""

    client_id: int
    account: str
    other_id: int | None
    known: bool


@dataclass
class Compared:
    """`upto`: the newest of the branch's clients that were compared (None: there was no new one)."""

    found: list[Found] = field(default_factory=list)
    upto: int | None = None

    @property
    def twice(self) -> list[Found]:
        return [one for one in self.found if one.other_id is not None]

    @property
    def unknown(self) -> list[str]:
        """The accounts of which somebody doesn't know yet that another has them."""
        return [one.account for one in self.found if not one.known]


def compare(branch: Branch, month: Month, *, most: int | None = None) -> Compared:
    """What the branch's clients have in common with others. `most`: how many new clients are looked at, where it is only told.

    Each is looked up by the account's index, whatever the settings: of subqueries that end with a LIMIT none is made a join.
    """
    known_to, upto = 0, f"COALESCE((SELECT upto FROM {table(ComparedAccounts)} WHERE branch_id = %(branch)s), 0)"  # noqa: S608
    if most is None:  # asked for itself: the planner sees how few are newer
        known_to, upto = max((one for (one,) in _compared_to(branch=branch.pk)), default=0), "%(upto)s"
    client, rows = table(Client), table(ClientMonth)
    same = "o.fund_account = a.fund_account AND o.id <> a.id"
    there = f"SELECT 1 FROM {rows} r WHERE r.client_id = %s AND r.month = %%(month)s AND r.resolution {_OPEN} LIMIT 1"  # noqa: S608
    mine, theirs = (f"({there % whose}) IS NOT NULL" for whose in ("a.id", "o.id"))
    columns, bound = "c.id, c.fund_account, c.account_watched", "" if most is None else f"ORDER BY c.id LIMIT {int(most)}"
    query = f"""WITH fresh AS (SELECT {columns} FROM {client} c WHERE c.branch_id = %(branch)s AND c.id > {upto} {bound}),
          a AS (SELECT * FROM fresh UNION ALL
                SELECT {columns} FROM {client} c WHERE c.branch_id = %(branch)s AND c.account_watched AND c.id <= {upto})
        SELECT 0, max(id), '', NULL, 0 FROM fresh
        UNION ALL
        SELECT 1, a.id, a.fund_account,
               CASE WHEN {mine} THEN (SELECT o.id FROM {client} o WHERE {same} AND {theirs} LIMIT 1) END,
               CASE WHEN a.account_watched
                     AND (SELECT 1 FROM {client} o WHERE {same} AND NOT o.account_watched LIMIT 1) IS NULL THEN 1 ELSE 0 END
          FROM a WHERE (SELECT 1 FROM {client} o WHERE {same} LIMIT 1) IS NOT NULL"""  # noqa: S608
    asked = ask(query, {"branch": branch.pk, "month": month.number, "upto": known_to})
    (_, newest, *_), *found = sorted(asked, key=lambda row: row[:2])
    return Compared([Found(pk, account, other, bool(known)) for _, pk, account, other, known in found], newest)


@Prepared
def _compared_to(branch: Any) -> QuerySet[ComparedAccounts, Any]:
    return ComparedAccounts.objects.filter(branch=branch).values_list("upto")


def twice_of(branch: Branch, month: Month) -> list[Found]:
    """The branch's clients whose month is there twice and undecided, for a page: of a great many new ones the first are asked."""
    return compare(branch, month, most=LARGE).twice


def others_of(branch: Branch, accounts: Sequence[str]) -> list[int]:
    """Branches with a client of one of these accounts that isn't watched, but for `branch` itself."""
    rows = _of(accounts).filter(account_watched=False).exclude(branch=branch)
    return sorted(rows.order_by().values_list("branch", flat=True).distinct())


def _of(accounts: Iterable[str]) -> QuerySet[Client]:
    return Client.objects.filter(fund_account__in=list(accounts))


@transaction.atomic
def watch(accounts: Sequence[str]) -> None:
    """From now on every branch with one of these accounts compares it before it locks a month."""
    wanted = sorted(set(accounts))
    for at in range(0, len(wanted), CHUNK):
        held = _of(wanted[at : at + CHUNK]).filter(account_watched=False).order_by("pk").select_for_update(no_key=True)
        Client.objects.filter(pk__in=list(held.values_list("pk", flat=True))).update(account_watched=True)


def note(branch: Branch, compared: Compared) -> None:
    """Keep what was found, and how far was looked. Within the transaction of the lock."""
    if unknown := compared.unknown:
        watch(unknown)
    if compared.upto is not None:
        insert(ComparedAccounts(branch=branch, upto=compared.upto), or_update_by=("branch_id",))


def said(branch: Branch, twice: Iterable[Found]) -> dict[int, str]:
    """Client id → who has the same account, in words."""
    others = {one.client_id: one.other_id for one in twice}
    found = Client.objects.select_related("branch").in_bulk([pk for pk in others.values() if pk is not None])
    return {
        pk: f"本营业部客户号 {found[other].client_no}" if found[other].branch_id == branch.pk else found[other].branch.name
        for pk, other in others.items()
        if other in found
    }


def items(branch: Branch, twice: Sequence[Found]) -> list[str]:
    """Each double in a line, the account masked."""
    numbers = dict(Client.objects.filter(pk__in=[one.client_id for one in twice]).values_list("pk", "client_no"))
    words = said(branch, twice)
    return [
        f"资金账号 {masks.bank_account(one.account)}(客户号 {numbers[one.client_id]})在{where}也有本月的行"
        for one in twice
        if (where := words.get(one.client_id, "别处"))
    ]


def doubles_of(row: ClientMonth) -> ClientMonthQuerySet:
    """Other clients' undecided rows of the same account in the row's month."""
    same = Client.objects.filter(fund_account=row.client.fund_account).exclude(pk=row.client_id)
    return ClientMonth.objects.filter(month=row.month, client__in=same).exclude(resolution__in=SETTLED)


def tell_others(branch: Branch, month: Month, twice: Sequence[Found], text: str, *, key: str, by: Person) -> None:
    """The other branches' 交易管理岗 hear of it: they decide about their own rows."""
    counted: dict[int, int] = defaultdict(int)
    clients = Client.objects.filter(pk__in=[one.other_id for one in twice]).exclude(branch=branch)
    for branch_id in clients.order_by().values_list("branch", flat=True):
        counted[branch_id] += 1
    for other in Branch.objects.filter(pk__in=counted).order_by("code"):
        tell(
            [person for person in holders("trade_admin", branch=other) if person.pk != by.pk],
            f"{month.label}有 {counted[other.pk]} 个资金账号{branch.name}与本营业部都有行。{text}"[:200],
            key=f"{key}:{branch.pk}:{other.pk}:{month}",
            link=f"/clients/exceptions/?branch={other.code}&month={month}&kind=shared_account",
        )


def tell_decided(branch: Branch, month: Month, twice: Sequence[Found], text: str, *, by: Person) -> None:
    """What was decided about the branch's own rows, to who has the others."""
    watch([one.account for one in twice])
    tell_others(branch, month, twice, text, key=f"imports.decided:{timezone.now():%Y%m%d%H%M%S%f}", by=by)
