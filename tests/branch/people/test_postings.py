"""Where somebody works on which day, and how a posting moves elsewhere."""

from __future__ import annotations

from datetime import date, time, timedelta
from typing import Any

import pytest

from branch import changes
from branch.org.models import Group, Outlet, Team
from branch.people.models import Engagement, Leadership, Posting
from branch.people.postings import hours_on, repost
from kernel.refusals import Refusal
from tests.factories.branch import People, load_roster_people

pytestmark = pytest.mark.django_db
TENTH = date(2026, 5, 10)
NINTH = TENTH - timedelta(1)


@pytest.fixture
def people() -> People:
    return load_roster_people()


def outlet(people: People, name: str, opens: int) -> Outlet:
    return Outlet.objects.create(branch=people.branch, name=name, opens_at=time(opens), closes_at=time(17))


def moved(people: People, who: str = "600103", **changed: Any) -> Posting:
    former = people[who].postings.get()
    place = {"team": former.team, "group": former.group, "outlet": former.outlet, **changed}
    since = place.pop("since", TENTH)
    return repost(person=people[who], since=since, by=people["600101"], reason="网点调整", **place)


def refused(code: str, people: People, **changed: Any) -> str:
    with pytest.raises(Refusal) as found:
        moved(people, **changed)
    assert found.value.code == code
    return found.value.sentence


def test_on_the_ninth_the_old_outlets_hours_hold_and_on_the_tenth_the_new_ones(people: People) -> None:
    a, b = outlet(people, "建行", 9), outlet(people, "工行", 8)
    people["600103"].postings.update(outlet=a)
    moved(people, outlet=b)
    before, after = hours_on(people["600103"], NINTH), hours_on(people["600103"], TENTH)
    assert before is not None
    assert after is not None
    assert (before.outlet, before.opens_at) == (a, time(9))
    assert (after.outlet, after.opens_at) == (b, time(8))
    assert hours_on(people["600102"], TENTH) is None


def test_post_and_end_stay_and_whoever_listens_is_told(people: People, monkeypatch: pytest.MonkeyPatch) -> None:
    told: list[changes.Change] = []
    monkeypatch.setattr(changes, "_listeners", [told.append])
    people["600103"].postings.update(effective_to=date(2026, 12, 31))
    former = people["600103"].postings.get()
    following = moved(people, outlet=outlet(people, "工行", 8))
    assert (following.post, following.team, following.effective_to) == (former.post, former.team, date(2026, 12, 31))
    assert Posting.objects.get(pk=former.pk).effective_to == NINTH
    assert told == [changes.Change(changes.What.POSTING, True, people["600103"].pk, TENTH)]


def test_a_second_move_on_the_same_day_takes_the_first_ones_place(people: People) -> None:
    moved(people, outlet=outlet(people, "工行", 8))
    last = outlet(people, "农行", 8)
    repost(person=people["600103"], team=None, group=None, outlet=last, since=TENTH, by=None, reason="更正")
    assert list(people["600103"].postings.order_by("effective_from").values_list("outlet__name", flat=True)) == [None, "农行"]


def test_no_overlap_no_leader_lost_and_nobody_who_has_left(people: People) -> None:
    b = outlet(people, "工行", 8)
    assert "更换负责人" in refused("leads", people, who="600101", outlet=b)
    moved(people, outlet=b)
    with pytest.raises(Refusal) as found:
        repost(person=people["600103"], team=None, group=None, outlet=b, since=NINTH, by=None, reason="x")
    assert found.value.code == "later_posting"
    Engagement.objects.filter(person=people["600104"]).update(ended_on=NINTH)
    assert "没有有效的聘用" in refused("not_engaged", people, who="600104", outlet=b)
    Posting.objects.filter(person=people["600121"]).delete()
    with pytest.raises(Refusal) as found:
        repost(person=people["600121"], team=None, group=None, outlet=b, since=TENTH, by=None, reason="x")
    assert found.value.code == "no_posting"


def test_a_leader_from_a_later_day_is_not_moved_either(people: People) -> None:
    team = Team.objects.get(name="营销一队")
    Leadership.objects.create(
        team=team, group=Group.objects.filter(team=team).first(), person=people["600103"], effective_from=date(2026, 6, 1)
    )
    assert "负责" in refused("leads", people, outlet=outlet(people, "工行", 8))
