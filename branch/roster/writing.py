"""Writing a checked roster into people, engagements, postings, grades, leaders and roles; each difference is remembered."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any, NamedTuple

from django.contrib.auth.hashers import make_password
from django.contrib.auth.models import User
from django.db import models
from django.db.models import Q

from branch import changes
from branch.fields import blind_index, blind_indexes
from branch.org.models import Branch, Group, Outlet, Team
from branch.people.actions import Place, end_holdings, held_or_lent, hold
from branch.people.models import Engagement, GradeHolding, Leadership, Person, Posting, RoleHolding
from branch.people.queries import current
from branch.people.roles import POST_ROLES, STAFF_ROLES
from branch.people.rules import initials
from branch.roster.rules import DEDUCTIONS, days_for_second
from branch.roster.sheets import KINDS, percent_text
from kernel import identifiers, masks, money
from kernel.refusals import Refusal
from kernel.sheets.columns import Record

ONE_DAY = timedelta(1)
MASKED = {"证件号码": masks.id_number, "手机号": masks.phone, "银行卡号": masks.bank_account}
PERSON_FIELDS = {
    "姓名": "name",
    "性别": "sex",
    "证件号码": "id_number",
    "手机号": "phone",
    "开户行": "bank_name",
    "银行卡号": "bank_account",
    "从业登记编号": "registration_no",
}
TERMS = {"开户行", "户籍", "医疗档", "社保基数", "公积金比例", "专项附加", "专项附加合计"}
"""What somebody is paid by, beside the post: for who sees pay, not for who reads the log."""
NORMALISED = {"证件号码", "手机号", "银行卡号", "从业登记编号"}


@dataclass(frozen=True)
class Change:
    """One field of one person that the roster changes; personal numbers already masked."""

    staff_no: str
    name: str
    field: str
    before: str
    after: str

    def logged(self) -> str:
        """For the audit row: who, and what; no personal number, not even masked, and no terms of pay."""
        values = "" if self.field in MASKED.keys() | TERMS else f" {self.before}→{self.after}"
        return f"{self.staff_no} {self.field}{values}"


def identity_index(number: str) -> str:
    return blind_index(identifiers.normalised(number))


def owners_of_identities(numbers: Iterable[str]) -> dict[str, str]:
    """Blind index of an identity number → 工号 of whoever it is registered for."""
    wanted = {kept: identity_index(number) for number in numbers for kept in blind_indexes(identifiers.normalised(number))}
    rows = Person.objects.filter(id_number_index__in=wanted).values_list("id_number_index", "staff_no")
    return {wanted[kept]: staff_no for kept, staff_no in rows}


def is_first(branch: Branch) -> bool:
    """Whether the branch has no team that was ever begun: its first roster brings those it has."""
    return not Team.objects.filter(branch=branch).exclude(begun_on=None).exists()


class Second(NamedTuple):
    """An ended engagement that began in the month in which the person's former one had ended, and the days of hire it may be
    given: as it is, no month of pay can be made of the two."""

    engagement: Engagement
    days: tuple[date, ...]


def second_ended(known: Sequence[Engagement], branch: Branch) -> Second | None:
    """Of who has left, by their engagements in the order of their days; None where there is nothing of the kind at the branch."""
    if len(known) < 2 or known[-1].ended_on is None or known[-2].ended_on is None:
        return None
    former, last = known[-2:]
    if {former.branch_id, last.branch_id} != {branch.pk} or former.ended_on is None or last.ended_on is None:
        return None
    same = former.kind == last.kind
    days = days_for_second(former.ended_on, last.hired_on, last.ended_on, same=same)
    return Second(last, days) if days else None


class Writer:
    """Takes the rows in for one branch. `trial`: for a preview that is rolled back, so nothing slow is done."""

    def __init__(self, branch: Branch, effective: date, *, may_grant: bool, trial: bool, password: str | None) -> None:
        self.branch, self.effective, self.trial = branch, effective, trial
        self.may_grant = may_grant
        self._hash = make_password(password) if not trial else ""
        self._first = is_first(branch)
        self.new = 0
        self.changes: list[Change] = []
        self.notices: list[str] = []

    def managers(self, records: Sequence[Record]) -> None:
        """The sheet 客户经理. Leaders are changed last: the old ones step down before the new ones begin."""
        people = [(row, *self._manager(row)) for row in records if not self._put_right(row)]
        self._leaders(people)
        self._missing([row["工号"] for row in records])

    def posts(self, records: Sequence[Record]) -> None:
        """The sheet 岗位人员. Their roles are powerful: only who may grant roles grants them by a roster."""
        waiting = []
        for row in records:
            person, _ = self._person(row, ("姓名", "手机号"))
            self._posting(person, {"team": None, "group": None, "outlet": None, "post": row["岗位"]}, self.effective)
            role = STAFF_ROLES[row["岗位"]]
            held = RoleHolding.objects.filter(current(self.effective), person=person, role=role, branch=self.branch).exists()
            if not held and self.may_grant:
                hold(person, role, Place(branch=self.branch), since=self.effective, reason="名册导入")
            elif not held:
                waiting.append(f"{person}({row['岗位']})")
        if waiting:
            self.notices.append(f"以下岗位人员尚未授权,请系统管理员授予角色:{'、'.join(waiting)}")

    # --- one manager ----------------------------------------------------------------------------------------------

    def _put_right(self, row: Record) -> bool:
        """Whether the row puts the day of hire of an ended engagement right; nothing else of it is taken, for who has left."""
        known = list(Engagement.objects.filter(person__staff_no=row["工号"]).select_related("person").order_by("hired_on"))
        second = second_ended(known, self.branch)
        if second is None or row["入职日期"] not in second.days or second.engagement.ended_on < row["入职日期"]:
            return False
        engagement = second.engagement
        self._correct_hire_date(engagement, row["入职日期"])
        engagement.contract_from = row["合同起"]
        engagement.save(update_fields=["hired_on", "contract_from"])
        self.notices.append(f"{engagement.person}已于 {engagement.ended_on} 离职:只更正了入职日期和合同起,其余各列没有采用")
        return True

    def _manager(self, row: Record) -> tuple[Person, bool, Team, Group]:
        person, fresh = self._person(row, tuple(PERSON_FIELDS))
        known = person.engagements.filter(ended_on=None).exists()
        returns = not known and person.engagements.exists()
        self._engagement(person, row, fresh)
        fresh = fresh or returns  # who comes back begins with the new hire date
        team = self._team(row["团队"])
        group = self._unit(Group, "小组", name=row["小组"], team=team)
        outlet = self._unit(Outlet, "网点", name=row["网点"], branch=self.branch)
        since = row["入职日期"] if fresh else self.effective
        self._posting(person, {"team": team, "group": group, "outlet": outlet, "post": row["岗位"]}, since)
        self._grade(person, row["职级"], since)
        hold(person, "client_manager", Place(branch=self.branch), since=row["入职日期"], reason="名册导入")
        return person, fresh, team, group

    def _person(self, row: Record, names: Sequence[str]) -> tuple[Person, bool]:
        person = Person.objects.filter(staff_no=row["工号"]).first()
        fresh = person is None
        person = person or Person(staff_no=row["工号"])
        touched = fresh
        for label in names:
            after = identifiers.normalised(row[label]) if label in NORMALISED else row[label]
            before = getattr(person, PERSON_FIELDS[label])
            if before != after:
                setattr(person, PERSON_FIELDS[label], after)
                touched = True
                if not fresh:
                    self._tell(person, label, before, after)
        if touched:
            person.initials = initials(person.name)
            person.save()
        self.new += fresh
        self._log_in(person)
        return person, fresh

    def _log_in(self, person: Person) -> None:
        if person.user_id is None and not self.trial:
            person.user = User.objects.create(username=person.staff_no, password=self._hash)
            person.save(update_fields=["user"])

    def _engagement(self, person: Person, row: Record, fresh: bool) -> None:
        engagement = Engagement.objects.filter(person=person, branch=self.branch, ended_on=None).first()
        known = engagement is not None
        engagement = engagement or Engagement(person=person, branch=self.branch, hired_on=row["入职日期"])
        if engagement.hired_on != row["入职日期"]:
            self._correct_hire_date(engagement, row["入职日期"])
        kinds = {name: str(row[name]) for name in DEDUCTIONS if row[name]}
        values: dict[str, tuple[str, Any]] = {
            "用工性质": ("kind", KINDS[row["用工性质"]]),
            "合同起": ("contract_from", row["合同起"]),
            "合同止": ("contract_to", row["合同止"]),
            "户籍": ("household", row["户籍"] or ""),
            "医疗档": ("medical_tier", row["医疗档"] or ""),
            "社保基数": ("insurance_base", row["社保基数"]),
            "公积金比例": ("housing_fund_rate", row["公积金比例"]),
            "专项附加": ("additional_deductions", kinds),
            "专项附加合计": ("additional_total", row["专项附加合计"] or money.ZERO),
        }
        for label, (name, after) in values.items():
            before = getattr(engagement, name)
            if before != after:
                setattr(engagement, name, after)
                if known:
                    self._tell(person, label, before, after)
        if not known and not fresh:
            self._tell(person, "聘用", "", f"{row['用工性质']},{row['入职日期']} 起")
        engagement.save()

    def _correct_hire_date(self, engagement: Engagement, hired_on: date) -> None:
        """A hire date put right: what began with the wrong one begins with the right one."""
        person, wrong = engagement.person, engagement.hired_on
        self._tell(person, "入职日期(更正)", wrong, hired_on)
        dated: tuple[models.QuerySet[Any], ...] = (
            person.postings.all(),
            person.grades.all(),
            person.leaderships.all(),
            person.roles.all(),
        )
        for rows in dated:
            rows.filter(effective_from=wrong).update(effective_from=hired_on)
        engagement.hired_on = hired_on

    def _team(self, name: str) -> Team:
        """The team of that name. A branch's first roster names teams at work; one that comes later is 筹办中 (art. 3)."""
        team = Team.objects.filter(branch=self.branch, name=name).first()
        if team is not None:
            return team
        begun = {} if self._first else {"begun_on": None}
        self.notices.append(f"新建团队“{name}”" + ("" if self._first else ",筹办中:年度方案批准后由系统管理员启用"))
        return Team.objects.create(branch=self.branch, name=name, **begun)

    def _unit(self, model: Any, label: str, **key: Any) -> Any:
        unit, new = model.objects.get_or_create(**key)
        if new:
            self.notices.append(f"新建{label}“{key.get('team', '')}{unit}”")
        return unit

    def _posting(self, person: Person, place: dict[str, Any], since: date) -> None:
        """The posting from `since`; the former one ends the day before. `place`: post, team, group, outlet."""
        former = Posting.objects.filter(person=person, effective_to=None).select_related("team", "group", "outlet").first()
        place["branch"] = self.branch
        if former is not None and all(getattr(former, name) == value for name, value in place.items()):
            return
        if former is not None:
            before = [getattr(former, name) for name in place]
            self._tell(person, f"岗位({since} 起)", _listed(before), _listed(place.values()))
        self._succeed(former, Posting(person=person, effective_from=since, **place), f"{person}的岗位")
        self._changed(changes.begun, changes.What.POSTING, person, since)

    def _grade(self, person: Person, grade: str | None, since: date) -> None:
        former = GradeHolding.objects.filter(person=person, effective_to=None).first()
        if not grade or (former is not None and former.grade == grade):
            return
        if former is not None:
            self._tell(person, f"职级({since} 起)", former.grade, grade)
        self._succeed(former, GradeHolding(person=person, grade=grade, effective_from=since), f"{person}的职级")

    def _succeed(self, former: Any, following: Any, what: str) -> None:
        """End the former dated row the day before the following one; on the same day the following replaces it."""
        if former is not None and former.effective_from > following.effective_from:
            raise Refusal(f"{what}已有自 {former.effective_from} 起的记录,变更生效日不能早于它")
        if former is not None and former.effective_from == following.effective_from:
            following.pk = former.pk
        elif former is not None:
            former.effective_to = following.effective_from - ONE_DAY
            former.save(update_fields=["effective_to"])
        following.save()

    # --- leaders --------------------------------------------------------------------------------------------------

    def _leaders(self, people: Sequence[tuple[Record, Person, bool, Team, Group]]) -> None:
        wanted = [
            (person, team, group if row["岗位"] == "小组长" else None, row["入职日期"] if fresh else self.effective)
            for row, person, fresh, team, group in people
            if row["岗位"] != "客户经理"
        ]
        kept = {(person.pk, team.pk, group.pk if group else None) for person, team, group, _ in wanted}
        standing = Leadership.objects.filter(team__branch=self.branch, effective_to=None).select_related(
            "team", "group", "person"
        )
        stepped_down: list[Person] = []
        for old in standing:
            if (old.person_id, old.team_id, old.group_id) in kept:
                kept.discard((old.person_id, old.team_id, old.group_id))
            else:
                self._step_down(old)
                stepped_down.append(old.person)
        for person, team, group, since in wanted:
            if (person.pk, team.pk, group.pk if group else None) in kept:
                self._begin(person, team, group, since)
        for person in stepped_down:  # told once the new leaders lead: what waited for the former goes there
            self._changed(changes.ended, changes.What.LEADERSHIP, person, self.effective)

    def _begin(self, person: Person, team: Team, group: Group | None, since: date) -> None:
        last = Leadership.objects.filter(team=team, group=group).order_by("-effective_from").first()
        if last is not None and last.effective_to is not None and since <= last.effective_to:
            since = last.effective_to + ONE_DAY
        Leadership.objects.create(person=person, team=team, group=group, effective_from=since)
        role = POST_ROLES["小组长" if group else "团队负责人"]
        hold(person, role, Place(group=group) if group else Place(team=team), since=since, reason="名册导入")
        self._changed(changes.begun, changes.What.LEADERSHIP, person, since)
        if last is not None:
            self._tell(person, f"负责人({since} 起)", str(last.person), f"{group or team}:{person}")

    def _step_down(self, old: Leadership) -> None:
        last_day = self.effective - ONE_DAY
        if old.effective_from > self.effective:
            raise Refusal(f"“{old}”自 {old.effective_from} 起任职,变更生效日不能早于它")
        if old.effective_from > last_day:
            old.delete()
        else:
            old.effective_to = last_day
            old.save(update_fields=["effective_to"])
        role = POST_ROLES["小组长" if old.group_id else "团队负责人"]
        scope = {"group": old.group} if old.group_id else {"team": old.team}
        end_holdings(held_or_lent(old.person) & Q(role=role, **scope), last_day, sessions=not self.trial)
        self._tell(old.person, f"不再担任({last_day} 止)", str(old.group or old.team), "")

    def _changed(self, told: Callable[[changes.What, int, date], None], what: changes.What, person: Person, day: date) -> None:
        """Tell who wants to hear of it, unless this is the preview."""
        if not self.trial:
            told(what, person.pk, day)

    def _missing(self, numbers: Sequence[str]) -> None:
        """People engaged here whom the sheet doesn't name: nothing happens to them, but somebody should know."""
        absent = Engagement.objects.filter(branch=self.branch, ended_on=None).exclude(person__staff_no__in=numbers)
        names = [str(row.person) for row in absent.select_related("person")]
        if names:
            self.notices.append(f"名册中没有但仍在册的人员(未作任何变更):{'、'.join(names)}")

    def _tell(self, person: Person, label: str, before: Any, after: Any) -> None:
        mask = MASKED.get(label, _shown)
        self.changes.append(Change(person.staff_no, person.name, label, mask(before), mask(after)))


def _shown(value: Any) -> str:
    if isinstance(value, dict):
        return "、".join(f"{name} {amount}" for name, amount in value.items()) or "无"
    if isinstance(value, str) or value is None:
        return dict(Engagement.Kind.choices).get(value or "", value or "")
    if hasattr(value, "quantize"):
        return percent_text(value) if 0 < value < 1 else money.grouped(value)
    return str(value)


def _listed(parts: Iterable[object]) -> str:
    return " ".join(str(part) for part in parts if part is not None)
