"""Work logs in October 2026: the 1st to 7th are holidays, Saturday the 10th is a make-up workday."""

from __future__ import annotations

from datetime import date, datetime, time
from typing import Any

from django.utils import timezone

from branch.calendar import actions as calendar
from branch.people.models import Person
from teams.plans.logs import actions
from teams.plans.logs.actions import Contact, Entry
from teams.plans.logs.models import WorkLog
from tests.factories.branch import People, load_roster_people
from tests.factories.kept import kept

MANAGER, TEAM_LEADER, GROUP_LEADER = "600005", "600101", "600102"
OWNER, STRANGER, BROKER = "600103", "600118", "600112"  # of 营销一队, of 营销二队, a 证券经纪人 of 营销一队
WRITERS = ("600102", "600103", "600104", "600106", "600107")  # employees of 营销一队
WEEK = (2026, 41)  # 5 to 11 October: workdays are the 8th, 9th and 10th
LOCKED = "2026-10-15 08:00"  # the 10th's logs could be handed in until the 14th


@kept
def roster() -> People:
    """The demo branch with October's holidays."""
    calendar.take_reference(
        [(date(2026, 10, day), "public_holiday", "国庆节") for day in range(1, 8)]
        + [(date(2026, 10, 10), "makeup_workday", "国庆节调休")]
    )
    return load_roster_people()


def at(text: str) -> datetime:
    return timezone.make_aware(datetime.fromisoformat(text))


def entry(**changes: Any) -> Entry:
    told = Contact(name="张三", way="phone", content="介绍理财产品", result="有兴趣", next_on=date(2026, 10, 20))
    given = {"plan_next": "拜访建行网点", "contacts": [told], "arrived_at": time(9), "left_at": time(17, 30), "calls": 12}
    return Entry(**given | changes)


def written(person: Person, day: int, now: str = "", **changes: Any) -> WorkLog:
    """The person's log of that day of October, handed in at 17:40 of the day."""
    on = date(2026, 10, day)
    return actions.write_log(day=on, entry=entry(**changes), by=person, now=at(now or f"{on} 17:40"))


def a_week(people: People) -> list[WorkLog]:
    """Ten logs of 营销一队 in the week: five people on the 8th and 9th."""
    return [written(people[who], day) for day in (8, 9) for who in WRITERS]
