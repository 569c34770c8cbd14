"""How often a secret may be tried. An attempt is entered before the secret is looked at, so that guesses at once count as well.

Within fifteen minutes: 5 failures of one account from one address, 20 of one address, 10 of one account from anywhere.
Refused attempts don't count: a lock ends by itself when the failures behind it are fifteen minutes old.
"""

from __future__ import annotations

from datetime import timedelta

import structlog
from django.conf import settings
from django.db.models import Q
from django.http import HttpRequest
from django.utils import timezone

from branch.fields import blind_index
from branch.people.models import SignInAttempt

log = structlog.get_logger(__name__)
WINDOW = timedelta(minutes=15)
PER_PAIR, PER_ADDRESS, PER_ACCOUNT = 5, 20, 10
PASSWORD, CODE = "password", "code"


def address_of(request: HttpRequest | None) -> str:
    """Where a request comes from. Behind `PROXY_COUNT` proxies of ours: what the outermost of them saw."""
    if request is None:
        return ""
    chain = [part.strip() for part in request.META.get("HTTP_X_FORWARDED_FOR", "").split(",") if part.strip()]
    count = settings.PROXY_COUNT
    found = chain[-count] if 0 < count <= len(chain) else request.META.get("REMOTE_ADDR", "")
    return str(found)[:45]


def enter(kind: str, account: str, address: str) -> SignInAttempt | None:
    """Enter an attempt; None when it is one too many. The account is kept as an HMAC: some type passwords there."""
    since = timezone.now() - WINDOW
    mine = SignInAttempt.objects.create(kind=kind, account=blind_index(account), address=address)
    near = SignInAttempt.objects.filter(kind=kind, at__gte=since).filter(Q(account=mine.account) | Q(address=address))
    rows = list(near.values_list("account", "address"))
    from_here, of_account = sum(row[1] == address for row in rows), sum(row[0] == mine.account for row in rows)
    if rows.count((mine.account, address)) > PER_PAIR or from_here > PER_ADDRESS or of_account > PER_ACCOUNT:
        mine.delete()
        log.warning("sign_in_refused", kind=kind, account=mine.account[:12], address=address)
        return None
    return mine


def note_failure(entered: SignInAttempt) -> None:
    """For whoever watches the log: the secret was wrong. The account by the beginning of its HMAC, never by name."""
    log.warning("sign_in_failed", kind=entered.kind, account=entered.account[:12], address=entered.address)


def forgive(entered: SignInAttempt) -> None:
    """The secret was right: forget the failures of this account from this address. Those from elsewhere stay."""
    SignInAttempt.objects.filter(kind=entered.kind, account=entered.account, address=entered.address).delete()


def forget_old() -> int:
    """Remove attempts that no longer count. Returns how many."""
    return SignInAttempt.objects.filter(at__lt=timezone.now() - WINDOW).delete()[0]
