"""Where somebody works from which day: what holds there on a day, and the one verb that moves a posting elsewhere."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, time, timedelta

from django.db import transaction
from django.db.models import Q

from branch import changes
from branch.audit.actions import record
from branch.org.models import Group, Outlet, Team
from branch.people.models import Engagement, Leadership, Person, Posting
from branch.people.queries import current
from kernel.refusals import Refusal


@dataclass(frozen=True)
class Hours:
    """The opening hours that bind a person's day: those of the outlet of that day (art. 8(1))."""

    outlet: Outlet
    opens_at: time
    closes_at: time
    open_on_weekends: bool


def posting_on(person: Person, day: date) -> Posting | None:
    """The posting in force on `day`."""
    rows = Posting.objects.filter(current(day), person=person).select_related("branch", "team", "group", "outlet")
    return rows.order_by("-effective_from").first()


def hours_on(person: Person, day: date) -> Hours | None:
    """The hours of the outlet where the person is posted on `day`; None without a posting or without an outlet."""
    posting = posting_on(person, day)
    outlet = posting.outlet if posting is not None else None
    if outlet is None:
        return None
    return Hours(outlet, outlet.opens_at, outlet.closes_at, outlet.open_on_weekends)


def require_repostable(person: Person, since: date) -> Posting:
    """The posting that would end the day before `since`. Refused where none is in force, another begins later, the person's
    service ends before, or a team or group would lose its leader (art. 7: exactly one)."""
    ended = Q(ended_on=None) | Q(ended_on__gte=since)
    if not Engagement.objects.filter(ended, person=person, hired_on__lte=since).exists():
        raise Refusal(f"{person}在 {since} 没有有效的聘用,不能调动", code="not_engaged")
    later = Posting.objects.filter(person=person, effective_from__gt=since).order_by("effective_from").first()
    if later is not None:
        raise Refusal(f"{person}自 {later.effective_from} 起另有岗位,调动日期不能早于它", code="later_posting")
    posting = posting_on(person, since)
    if posting is None:
        raise Refusal(f"{person}在 {since} 没有任职记录,请先通过名册补录", code="no_posting")
    leads = Leadership.objects.filter(Q(effective_to=None) | Q(effective_to__gte=since), person=person)
    for row in leads.select_related("team", "group"):
        unit = row.group or row.team
        raise Refusal(f"{person}负责“{unit}”,请先在「设置 › 组织」为它更换负责人,再办调动", code="leads")
    return posting


@transaction.atomic
def repost(
    *, person: Person, team: Team | None, group: Group | None, outlet: Outlet | None, since: date, by: Person | None, reason: str
) -> Posting:
    """Move the person's posting from `since` on: the present one ends the day before; post and branch stay.

    For an act that has a door of its own (a 调动 that was approved and handed over).
    """
    Person.objects.select_for_update(of=("self",), no_key=True).get(pk=person.pk)
    former = require_repostable(person, since)
    until = former.effective_to
    following = Posting(
        person=person,
        branch=former.branch,
        post=former.post,
        team=team,
        group=group,
        outlet=outlet,
        effective_from=since,
        effective_to=until,
    )
    if former.effective_from == since:
        following.pk = former.pk
    else:
        former.effective_to = since - timedelta(1)
        former.save(update_fields=["effective_to"])
    following.save()
    changes.begun(changes.What.POSTING, person.pk, since)
    record(
        by=by,
        act="people.repost",
        subject=following,
        summary=f"{person}自 {since} 起调到{place_words(team, group, outlet)},原在{posting_words(former)}",
        branch_code=former.branch.code,
        since=since,
        reason=reason,
    )
    return following


def place_words(team: Team | None, group: Group | None, outlet: Outlet | None) -> str:
    """A place as a sentence names it: 营销一队第2组(建行福田支行)."""
    unit = f"{team or ''}{group or ''}"
    if unit and outlet:
        return f"{unit}({outlet})"
    return unit or str(outlet or "营业部")


def posting_words(posting: Posting) -> str:
    return place_words(posting.team, posting.group, posting.outlet)
