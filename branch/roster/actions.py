"""Taking a roster in: all of it or nothing; what a second import changes is told field by field."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from django.db import transaction
from django.utils import timezone

from branch.audit.actions import record
from branch.org.models import Branch, Team
from branch.people import access
from branch.people.models import Engagement, Person
from branch.people.roles import Power
from branch.roster import rules, sheets, writing
from branch.roster.register import grades_known
from branch.roster.sheets import MANAGERS, POSTS, Roster
from branch.roster.writing import Change, Writer
from kernel.refusals import Refusal
from kernel.sheets.columns import CellProblem


@dataclass
class Outcome:
    """What an import does: people by sheet, how many are new, each changed field, and what is worth knowing."""

    people: int = 0
    new: int = 0
    changes: list[Change] = field(default_factory=list)
    notices: list[str] = field(default_factory=list)


@dataclass
class Precheck:
    """A roster looked at before it is taken in: problems by sheet, or what it would do."""

    roster: Roster
    problems: dict[str, list[CellProblem]]
    outcome: Outcome | None = None

    @property
    def ok(self) -> bool:
        return not any(self.problems.values())

    @property
    def error_count(self) -> int:
        return sum(len(found) for found in self.problems.values())


def precheck(*, content: bytes, name: str, branch: Branch, effective: date | None, by: Person) -> Precheck:
    """Read the file, check every row, and try it out: what would change. Nothing is kept."""
    access.require(by, Power.ROSTER_IMPORT, branch=branch, to="导入名册")
    day = effective or timezone.localdate()
    checked = _checked(content, name, branch, day)
    if checked.ok:
        with transaction.atomic():
            checked.outcome = _write(checked.roster, branch, day, by, trial=True)
            transaction.set_rollback(True)
    return checked


@transaction.atomic
def import_roster(
    *, content: bytes, name: str, branch: Branch, effective: date | None = None, password: str | None = None, by: Person
) -> Outcome:
    """Take the roster in. Changes of people already known take effect on `effective` (today).

    New people get a log-in without a usable password (an administrator's reset opens it), or with `password` where the
    demonstration gives one. Raises Refusal with every problem as an item.
    """
    access.require(by, Power.ROSTER_IMPORT, branch=branch, to="导入名册")
    Branch.objects.select_for_update().get(pk=branch.pk)
    day = effective or timezone.localdate()
    checked = _checked(content, name, branch, day)
    if not checked.ok:
        items = [f"{sheet} {item}" for sheet, found in checked.problems.items() for item in found]
        raise Refusal(f"名册有 {checked.error_count} 处问题,一行也没有导入,请改正后重新上传", code="roster", items=items)
    outcome = _write(checked.roster, branch, day, by, password=password)
    record(
        by=by,
        act="roster.import",
        subject=branch,
        branch_code=branch.code,
        summary=f"导入{branch}名册:{outcome.people} 人,新增 {outcome.new} 人,变更 {len(outcome.changes)} 项",
        changes=[change.logged() for change in outcome.changes],
    )
    return outcome


def _checked(content: bytes, name: str, branch: Branch, day: date) -> Precheck:
    roster = sheets.read(content, name=name)
    problems = {sheet: list(parsed.errors) for sheet, parsed in roster.parsed.items()}
    managers = roster.parsed[MANAGERS].records if MANAGERS in roster.parsed else []
    today = timezone.localdate()
    if MANAGERS in problems:
        problems[MANAGERS] += rules.manager_problems(managers, today) + _against_known(managers, branch)
        problems[MANAGERS] += rules.grade_problems(managers, grades_known(branch, day))
        problems[MANAGERS] += rules.preparing_problems(managers, _preparing(managers, branch, day))
    if POSTS in problems:
        problems[POSTS] += rules.post_problems(roster.parsed[POSTS].records, (row["工号"] for row in managers))
    return Precheck(roster, problems)


def _preparing(records: list[Any], branch: Branch, day: date) -> set[str]:
    """The named teams that are still 筹办中 on the day: not begun, or new to a branch that has had its first roster."""
    teams = {team.name: team for team in Team.objects.filter(branch=branch)}
    first = writing.is_first(branch)
    names = {row["团队"] for row in records}
    return {name for name in names if not (teams[name].has_begun(day) if name in teams else first)}


def _against_known(records: list[Any], branch: Branch) -> list[CellProblem]:
    """What contradicts the people already known: another's identity number, another branch, another kind of engagement, a day of
    hire in a month that is paid elsewhere."""
    engagements: dict[str, list[Engagement]] = defaultdict(list)
    rows = Engagement.objects.filter(person__staff_no__in=[row["工号"] for row in records]).select_related("person", "branch")
    for one in rows.order_by("hired_on"):
        engagements[one.person.staff_no].append(one)
    owners = writing.owners_of_identities([row["证件号码"] for row in records])
    found: list[CellProblem] = []
    for row in records:
        found += _against_engagements(row, engagements[row["工号"]], branch)
        owner = owners.get(writing.identity_index(row["证件号码"]))
        if owner is not None and owner != row["工号"]:
            found.append(rules.problem(row, "证件号码", f"与工号 {owner} 登记的证件号码相同"))
    return found


def _against_engagements(row: Any, known: list[Engagement], branch: Branch) -> Iterator[CellProblem]:
    """A person's row against their engagements, in the order of their days."""
    present = next((one for one in known if one.ended_on is None), None)
    if present is not None and present.branch_id != branch.pk:
        yield rules.problem(row, "工号", f"此人在{present.branch}的聘用尚未结束,请先办理离职或调动", row["工号"])
        return
    if present is not None and present.get_kind_display() != row["用工性质"]:
        before = present.get_kind_display()
        yield rules.problem(row, "用工性质", f"与现有聘用({before})不同,变更须先办理离职再重新聘用", row["用工性质"])
    if present is not None and present.hired_on == row["入职日期"]:
        return  # as it stands, whatever it stands beside
    last = max((one for one in known if one.ended_on is not None), key=lambda one: str(one.ended_on), default=None)
    if last is not None and last.ended_on is not None:
        same = last.branch_id == branch.pk and last.get_kind_display() == row["用工性质"]
        second = writing.second_ended(known, branch) if present is None and row["入职日期"] <= last.ended_on else None
        if second is not None:
            if wrong := rules.ended_problem(row, last.ended_on, second.days):
                yield wrong
            return
        if wrong := rules.rehire_problem(row, last.ended_on, last.branch.name, same=same):
            yield wrong


def _write(
    roster: Roster, branch: Branch, effective: date, by: Person, *, trial: bool = False, password: str | None = None
) -> Outcome:
    """Every row, by the one writer that the trial uses as well."""
    writer = Writer(branch, effective, may_grant=access.holds(by, Power.ROLE_GRANT), trial=trial, password=password)
    outcome = Outcome()
    for sheet, parsed in roster.parsed.items():
        (writer.managers if sheet == MANAGERS else writer.posts)(parsed.records)
        outcome.people += len(parsed.records)
        outcome.notices += [f"{sheet}:{notice.message}" for notice in parsed.notices]
    outcome.new, outcome.changes = writer.new, writer.changes
    outcome.notices += writer.notices
    if not grades_known(branch, effective):
        outcome.notices.append(f"{branch.name}在 {effective} 没有生效的薪酬方案,职级没有核对")
    return outcome
