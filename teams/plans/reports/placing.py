"""Who belonged to a team when: head counts, who came, went and moved, and for which team a manager's month counts."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import pairwise

from branch.org.models import Branch, Team
from branch.people.models import Engagement, Posting
from kernel.months import Month

JOINED, LEFT, IN, OUT, WITHIN = "入职", "离职", "调入", "调出", "队内调整"
NOWHERE = "未分团队"


@dataclass(frozen=True)
class Movement:
    """One line of 入职/离职/调动名单."""

    word: str
    name: str
    staff_no: str
    day: date
    said: str = ""


class Places:
    """The postings and engagements of everybody who ever worked at the branch; two statements."""

    def __init__(self, branch: Branch) -> None:
        here = Posting.objects.filter(branch=branch).order_by().values("person")
        rows = Posting.objects.filter(person__in=here).select_related("person", "team", "group", "outlet", "branch")
        self._postings: dict[int, list[Posting]] = defaultdict(list)
        for posting in rows.order_by("effective_from"):
            self._postings[posting.person_id].append(posting)
        self._engagements: dict[int, list[Engagement]] = defaultdict(list)
        for engagement in Engagement.objects.filter(branch=branch).order_by("hired_on"):
            self._engagements[engagement.person_id].append(engagement)

    def in_month(self, who: int, month: Month) -> Posting | None:
        """Where a month counts: on its last day, or on the last day there; as the figures' page and pay read it."""
        touching = [
            row
            for row in self._postings.get(who, ())
            if row.effective_from <= month.last and (row.effective_to is None or row.effective_to >= month.first)
        ]
        return touching[-1] if touching else None

    def on(self, who: int, day: date) -> Posting | None:
        """The posting in force; before the first one the first: the roster began later than the work."""
        rows = self._postings.get(who, [])
        begun = [row for row in rows if row.effective_from <= day]
        return begun[-1] if begun else next(iter(rows), None)

    def members(self, team: Team, day: date) -> list[Posting]:
        """The postings of who is of the team when `day` has ended: somebody whose last day it was is no longer."""
        found = []
        for who, spells in self._engagements.items():
            if any(spell.hired_on <= day and (spell.ended_on is None or spell.ended_on > day) for spell in spells):
                posting = self.on(who, day)
                if posting is not None and posting.team_id == team.pk:
                    found.append(posting)
        return found

    def movements(self, team: Team, first: date, last: date) -> list[Movement]:
        """Who came, went and moved from `first` to `last`, by day. 期初 + 入职 + 调入 − 调出 − 离职 = 期末."""
        found = [*self._comings(team, first, last), *self._moves(team, first, last)]
        return sorted(found, key=lambda line: (line.day, line.staff_no, line.word))

    def _comings(self, team: Team, first: date, last: date) -> Iterator[Movement]:
        for who, spells in self._engagements.items():
            for spell in spells:
                began = self.on(who, spell.hired_on)
                if first <= spell.hired_on <= last and began is not None and began.team_id == team.pk:
                    yield _line(JOINED, began, spell.hired_on, spell.get_kind_display())
                ended = self.on(who, spell.ended_on) if spell.ended_on is not None else None
                if spell.ended_on is not None and first <= spell.ended_on <= last and ended and ended.team_id == team.pk:
                    yield _line(LEFT, ended, spell.ended_on, spell.get_kind_display())

    def _moves(self, team: Team, first: date, last: date) -> Iterator[Movement]:
        for who, rows in self._postings.items():
            for before, after in pairwise(rows):
                day = after.effective_from
                if not (first <= day <= last) or not self._stays(who, day):
                    continue
                if before.team_id == team.pk != after.team_id:
                    yield _line(OUT, after, day, f"调往{_where(after)}")
                elif after.team_id == team.pk != before.team_id:
                    yield _line(IN, after, day, f"由{_where(before)}调入")
                elif after.team_id == team.pk and _place(before) != _place(after):
                    yield _line(WITHIN, after, day, f"{_place(before)} → {_place(after)}")

    def _stays(self, who: int, day: date) -> bool:
        """Engaged on the day before, too, and beyond the day: otherwise it is 入职 or 离职 that tells of it."""
        eve = day - timedelta(1)
        spells = self._engagements.get(who, ())
        return any(spell.hired_on <= eve and (spell.ended_on is None or spell.ended_on >= day) for spell in spells)


def _line(word: str, posting: Posting, day: date, said: str) -> Movement:
    return Movement(word, posting.person.name, posting.person.staff_no, day, said)


def _where(posting: Posting) -> str:
    return posting.team.name if posting.team is not None else f"{posting.branch.name}{NOWHERE}"


def _place(posting: Posting) -> str:
    parts = (posting.post, posting.group and posting.group.name, posting.outlet and posting.outlet.name)
    return " ".join(str(part) for part in parts if part)
