"""Leaders hand over from a day: leadership, posting and role together, the former ends the day before."""

from __future__ import annotations

from datetime import date, timedelta

from django.db.models import Q

from branch.org.models import Group, Team
from branch.people.actions import Place, end_holdings, held_or_lent, hold
from branch.people.models import Engagement, Leadership, Person, Posting
from branch.people.queries import current
from branch.people.roles import POST_ROLES
from kernel.refusals import Refusal

ONE_DAY = timedelta(1)
MEMBER = "客户经理"


def unit_of(row: Leadership) -> Team | Group:
    return row.group or row.team


def post_of(unit: Team | Group) -> str:
    """What the leader of the unit is called."""
    return "小组长" if isinstance(unit, Group) else "团队负责人"


def led(unit: Team | Group) -> Q:
    """Leaderships of just this unit."""
    return Q(group=unit) if isinstance(unit, Group) else Q(team=unit, group=None)


def check_candidate(unit: Team | Group, person: Person, since: date) -> None:
    """Refuse whoever does not work in the unit on that day, or may not lead (art. 7; brokers never lead)."""
    engagement = Engagement.objects.filter(Q(ended_on=None) | Q(ended_on__gte=since), person=person, hired_on__lte=since).first()
    field = "group" if isinstance(unit, Group) else "team"
    if engagement is None or not Posting.objects.filter(current(since), person=person, **{field: unit}).exists():
        raise Refusal(f"{person}在 {since} 不在“{unit}”任职,请先通过名册调入,或另选一人")
    if engagement.kind == Engagement.Kind.BROKER:
        raise Refusal(f"{person}是证券经纪人,证券经纪人只能是客户经理")


def check_later(unit: Team | Group, person: Person, former: Leadership | None, since: date) -> None:
    """Refuse a day before what is already settled: another leader later, another posting of either of the two."""
    later = Leadership.objects.filter(led(unit), effective_from__gt=since).select_related("person").first()
    if later is not None:
        raise Refusal(f"“{unit}”自 {later.effective_from} 起由{later.person}负责,更换的日期不能早于它")
    people = [person.pk] + ([former.person_id] if former else [])
    moved = Posting.objects.filter(person__in=people, effective_from__gt=since).select_related("person").first()
    if moved is not None:
        raise Refusal(f"{moved.person}自 {moved.effective_from} 起另有岗位,更换的日期不能早于它")
    leads = Leadership.objects.filter(person=person, effective_from__gte=since).exclude(led(unit)).select_related("team", "group")
    for row in leads:
        raise Refusal(f"{person}自 {row.effective_from} 起负责“{unit_of(row)}”,更换的日期须晚于它")


def step_down(row: Leadership, since: date) -> None:
    """The leadership, the role and the leader's posting end before `since`; who still works goes on as 客户经理."""
    unit = unit_of(row)
    last_day = since - ONE_DAY
    if row.effective_from == since:
        row.delete()
    else:
        row.effective_to = last_day
        row.save(update_fields=["effective_to"])
    place = {"group": unit} if isinstance(unit, Group) else {"team": unit}
    end_holdings(held_or_lent(row.person) & Q(role=POST_ROLES[post_of(unit)], **place), last_day)
    repost(row.person, post_of(unit), MEMBER, since)


def repost(person: Person, before: str, after: str, since: date) -> None:
    """The posting in force on `since` goes on as `after`, if it is `before` (empty: whatever it is)."""
    posting = Posting.objects.filter(current(since), person=person).order_by("-effective_from").first()
    if posting is None or posting.post == after or (before and posting.post != before):
        return
    if posting.effective_from < since:
        until = posting.effective_to
        posting.effective_to = since - ONE_DAY
        posting.save(update_fields=["effective_to"])
        posting.pk, posting.effective_from, posting.effective_to = None, since, until
        posting._state.adding = True
    posting.post = after
    posting.save()


def take_over(unit: Team | Group, person: Person, since: date) -> Leadership:
    """The new leader begins: leadership, posting, role. An engagement that already has a last day bounds all three."""
    until = Engagement.objects.filter(person=person).filter(Q(ended_on=None) | Q(ended_on__gte=since)).first()
    end = until.ended_on if until else None
    team, group = (unit.team, unit) if isinstance(unit, Group) else (unit, None)
    row = Leadership.objects.create(team=team, group=group, person=person, effective_from=since, effective_to=end)
    repost(person, "", post_of(unit), since)
    place = Place(group=unit) if isinstance(unit, Group) else Place(team=unit)
    hold(person, POST_ROLES[post_of(unit)], place, since=since, until=end, reason="更换负责人")
    return row
