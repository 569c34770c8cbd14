"""What happens to people's log-ins and powers. Every act leaves its audit row.

A role is dated; nobody gives one to oneself.
"""

from __future__ import annotations

import re
import secrets
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta

from django.contrib.auth import get_user_model
from django.contrib.auth.models import User
from django.contrib.sessions.models import Session
from django.db import IntegrityError, transaction
from django.db.models import Q
from django.utils import timezone

from branch import changes
from branch.audit.actions import record
from branch.org.models import Branch, Department, Group, Team, Unit
from branch.people import access, queries
from branch.people.models import ApiToken, Person, RoleHolding
from branch.people.queries import may_reveal
from branch.people.roles import ROLES, Power, Scope
from branch.people.rules import initials
from branch.people.sessions import sessions_of
from kernel.refusals import Forbidden, Refusal, Unknown

KINDS: dict[type[Unit], str] = {Department: "部门", Branch: "营业部", Team: "团队", Group: "小组"}
LONGEST_DELEGATION = timedelta(days=92)
STAFF_NO = re.compile(r"(?=.*[0-9])[A-Za-z0-9_-]{1,20}")  # it stands in addresses, where words like `register` stand too


def note_sign_in(*, by: Person) -> None:
    """Log that the person signed in."""
    record(by=by, act="session.sign_in", subject=by, summary="登录")


def note_sign_out(*, by: Person) -> None:
    """Log that the person signed out."""
    record(by=by, act="session.sign_out", subject=by, summary="退出登录")


@transaction.atomic
def change_password(*, by: Person, new: str) -> User:
    """Set the own password, already validated by the form; 接口令牌 end with it. Returns the log-in, to keep this session."""
    user = _user_of(by)
    user.set_password(new)
    user.save(update_fields=["password"])
    ApiToken.objects.filter(person=by, ended_at=None).update(ended_at=timezone.now())
    record(by=by, act="people.change_password", subject=by, summary="修改了自己的密码")
    return user


@transaction.atomic
def reset_password(*, person: Person, by: Person, reentered: bool = False) -> str:
    """Give the person a new random password, to be handed over once, and end all their sessions. Returns it."""
    access.require(by, Power.ROLE_GRANT, to="重置密码")
    if person.pk == by.pk:
        raise Refusal("不能重置自己的密码,请在“修改密码”中凭原密码修改")
    access.require_reentered(reentered, to="重置密码")
    new = _new_password(person)
    record(by=by, act="people.reset_password", subject=person, summary=f"重置了{person}的密码")
    return new


@transaction.atomic
def reset_password_on_server(*, person: Person, reason: str) -> str:
    """The same for the only administrator, whom nobody else can help: asked for on the server, with a reason. Returns it."""
    if not reason.strip():
        raise Refusal("请填写重置密码的原因")
    new = _new_password(person)
    record(by=None, act="people.reset_password", subject=person, summary=f"在服务器上重置了{person}的密码,原因:{reason.strip()}")
    return new


def _new_password(person: Person) -> str:
    new = secrets.token_urlsafe(12)
    user = _user_of(person)
    user.set_password(new)
    user.save(update_fields=["password"])
    end_sessions(person)
    return new


def open_log_in(person: Person, *, password: str | None = None) -> None:
    """Give a person without one a log-in named by 工号. Without `password` it is random and known to nobody until a reset."""
    if person.user_id:
        return
    user = User(username=person.staff_no)
    user.set_password(password or secrets.token_urlsafe(24))
    user.save()
    person.user = user
    person.save(update_fields=["user"])


def end_sessions(person: Person, *, keep: str = "") -> int:
    """End every session of the person, on whatever device, but the one with the key `keep`. Returns how many.

    Without `keep` every 接口令牌 ends as well: the account, its password or a role is no longer what it was.
    """
    if not keep:
        ApiToken.objects.filter(person=person, ended_at=None).update(ended_at=timezone.now())
    theirs = [session.key for session in sessions_of(person) if session.key != keep]
    return Session.objects.filter(pk__in=theirs).delete()[0]


@transaction.atomic
def end_other_sessions(*, by: Person, keep: str) -> int:
    """退出其他设备: end one's own sessions but this one. Returns how many."""
    ended = end_sessions(by, keep=keep)
    record(by=by, act="session.end_others", subject=by, summary=f"退出了其他设备上的登录,共 {ended} 个")
    return ended


def _user_of(person: Person) -> User:
    if person.user_id is None:
        raise Refusal(f"{person}还没有登录账号")
    user: User = get_user_model().objects.select_for_update().get(pk=person.user_id)
    return user


@dataclass(frozen=True)
class Place:
    """Where a role is held: as its scope asks, a branch, a team, a group; a department only names a head-office role."""

    branch: Branch | None = None
    team: Team | None = None
    group: Group | None = None
    department: Department | None = None

    @property
    def units(self) -> Iterator[Unit | None]:
        """Each with what it is a part of."""
        team = self.group.team if self.group else self.team
        yield from (self.department, self.group, team, team.branch if team else self.branch)

    @classmethod
    def for_role(
        cls,
        role: str,
        *,
        branch: Branch | None,
        team: Team | None,
        group: Group | None,
        department: Department | None = None,
    ) -> Place:
        """Only what the role's scope uses; Refusal where that is missing. Without a department a head-office role speaks for the
        holder's own."""
        scope = ROLES[role].scope
        wanted = {Scope.BRANCH: ("营业部", branch), Scope.TEAM: ("团队", team), Scope.GROUP: ("小组", group)}.get(scope)
        if wanted is not None and wanted[1] is None:
            raise Refusal(f"“{ROLES[role].label}”按{wanted[0]}授予,请选择{wanted[0]}")
        return cls(
            branch=branch if scope in (Scope.BRANCH, Scope.SELF) else None,
            team=team if scope == Scope.TEAM else None,
            group=group if scope == Scope.GROUP else None,
            department=department if scope in (Scope.COMPANY, Scope.DEPARTMENT) else None,
        )


def hold(
    person: Person,
    role: str,
    place: Place,
    *,
    since: date,
    until: date | None = None,
    reason: str = "",
    lent_by: Person | None = None,
) -> RoleHolding | None:
    """Enter a holding, for acts that have their own door (roster, seeds). None when the person holds just that already."""
    same = RoleHolding.objects.filter(
        person=person, role=role, branch=place.branch, team=place.team, group=place.group, department=place.department
    )
    if same.filter(Q(effective_to=None) | Q(effective_to__gte=since), delegated_by=lent_by).exists():
        return None
    return RoleHolding.objects.create(
        person=person,
        role=role,
        branch=place.branch,
        team=place.team,
        group=place.group,
        department=place.department,
        effective_from=since,
        effective_to=until,
        reason=reason[:200],
        delegated_by=lent_by,
    )


@transaction.atomic
def grant_role(
    *,
    person: Person,
    role: str,
    place: Place,
    since: date,
    until: date | None,
    reason: str,
    by: Person,
    reentered: bool = False,
) -> RoleHolding:
    """Give `person` a role from `since` (today or later). Never to oneself."""
    access.require(by, Power.ROLE_GRANT, to="授予角色")
    if person.pk == by.pk:
        raise Refusal("不能给自己授予角色,请由另一位系统管理员办理")
    access.require_reentered(reentered, to="授予角色")
    if role not in ROLES:
        raise Refusal("没有这个角色")
    _check_span(since, until, reason)
    _require_open(since, *place.units)
    Person.objects.select_for_update(of=("self",), no_key=True).get(pk=person.pk)  # two administrators at once give one holding
    holding = hold(person, role, place, since=since, until=until, reason=reason)
    if holding is None:
        raise Refusal(f"{person}已持有“{ROLES[role].label}”,无需重复授予")
    changes.begun(changes.What.ROLE, person.pk, since)
    _log(by, "role.grant", holding, f"授予{person}“{holding}”,自 {since} 起,依据:{reason}")
    return holding


def _require_open(day: date, *units: Unit | None) -> None:
    """Refuse what is closed by `day`; a group or team along with what it is a part of."""
    for unit in units:
        if unit is not None and unit.closed_on is not None and unit.closed_on < day:
            raise Refusal(f"{unit}到 {day} 已撤销,请选择现有的{KINDS[type(unit)]}", code="unit_closed")


def register_person(*, staff_no: str, name: str, department: Department | None, by: Person) -> Person:
    """登记人员: somebody whom no roster brings, with a log-in and no role. A reset gives the first password, as to theirs.

    `department` (总部部门) for head office; None for a branch's people, whose branch comes with their role and the roster.
    """
    access.require(by, Power.ROLE_GRANT, to="登记人员")
    staff_no, name = staff_no.strip(), name.strip()
    if not STAFF_NO.fullmatch(staff_no):
        raise Refusal("工号由字母、数字、“-”和“_”组成,至少一位数字,最长 20 位")
    if not name:
        raise Refusal("请填写姓名")
    _require_open(timezone.localdate(), department)
    try:
        with transaction.atomic():
            person = Person.objects.create(staff_no=staff_no, name=name, initials=initials(name), department=department)
            open_log_in(person)
            where = f",{department}" if department else ""
            record(by=by, act="people.register", subject=person, summary=f"登记了{person}{where},尚无角色")
    except IntegrityError as error:
        raise Refusal(f"工号 {staff_no} 已经登记,请在人员列表中查找此人", code="staff_no_taken") from error
    return person


@transaction.atomic
def first_administrator(*, staff_no: str, name: str, password: str) -> Person:
    """The first person of a new installation, who then grants everybody else their roles. Only while nobody administers."""
    if queries.holders("administrator"):
        raise Refusal("已有系统管理员;其他人的角色由系统管理员在「设置 › 人员」打开本人,“授予角色”")
    person, _ = Person.objects.get_or_create(staff_no=staff_no, defaults={"name": name, "initials": initials(name)})
    open_log_in(person, password=password)
    user = _user_of(person)
    user.set_password(password)
    user.save(update_fields=["password"])
    holding = hold(person, "administrator", Place(), since=timezone.localdate(), reason="系统安装")
    record(by=None, act="role.grant", subject=holding, summary=f"安装时建立第一位系统管理员{person}", role="administrator")
    return person


def end_holdings(which: Q, last_day: date, *, sessions: bool = True) -> list[RoleHolding]:
    """Let these holdings end after `last_day`, for acts that have their own door; whoever loses one at once leaves every session.

    Those that end by then already stay as they are. `sessions=False`: for what is only tried. Returns the rows as they were.
    """
    rows = RoleHolding.objects.select_for_update(of=("self",)).select_related("person").order_by("pk")
    ending = list(rows.filter(which, Q(effective_to=None) | Q(effective_to__gt=last_day)))
    RoleHolding.objects.filter(pk__in=[row.pk for row in ending]).update(effective_to=last_day)
    if sessions and last_day < timezone.localdate():
        for person in {row.person for row in ending}:
            end_sessions(person)
    return ending


def held_or_lent(person: Person) -> Q:
    """A person's holdings and what they have lent of them to others: no loan outlasts what it is lent from."""
    return Q(person=person) | Q(delegated_by=person)


def _with_loans(holding: RoleHolding) -> Q:
    """The holding and, unless it is a loan itself, the loans of it."""
    if holding.delegated_by_id is not None:
        return Q(pk=holding.pk)
    place = {name: getattr(holding, name) for name in ("role", "branch_id", "team_id", "group_id", "department_id")}
    until = {} if holding.effective_to is None else {"effective_to__lte": holding.effective_to}
    return Q(pk=holding.pk) | Q(delegated_by=holding.person_id, **place, **until)


@transaction.atomic
def end_role(*, holding_id: int, last_day: date, reason: str, by: Person, reentered: bool = False) -> RoleHolding:
    """Let a holding end after `last_day` (yesterday: at once), and what is lent of it. Ending at once ends the sessions too.

    Another's role asks for the password; what one has lent oneself is taken back without.
    """
    locked = RoleHolding.objects.select_for_update(of=("self",)).filter(pk=holding_id).first()
    holding = access.require_end(by, locked)
    if holding.delegated_by_id != by.pk:
        if holding.person_id == by.pk:
            raise Refusal("不能终止自己的角色,请由另一位系统管理员办理")
        access.require_reentered(reentered, to="终止授权")
    today = timezone.localdate()
    if holding.effective_to is not None and holding.effective_to < today:
        raise Refusal(f"这项授权已于 {holding.effective_to} 终止")
    if last_day < today - timedelta(1):
        raise Refusal("终止日不能早于昨天:过去的授权记录不能改动")
    if not reason.strip():
        raise Refusal("请填写终止授权的原因")
    ended = [row for row in end_holdings(_with_loans(holding), last_day) if row.pk != holding.pk]
    holding.effective_to = last_day
    holding.save(update_fields=["effective_to"])
    changes.ended(changes.What.ROLE, holding.person_id, last_day + timedelta(1))
    _log(by, "role.end", holding, f"{holding.person}的“{holding}”止于 {last_day},原因:{reason.strip()}")
    for loan in ended:
        changes.ended(changes.What.ROLE, loan.person_id, last_day + timedelta(1))
        _log(by, "role.end", loan, f"{loan.person}受{holding.person}委托的“{loan}”随之止于 {last_day}")
    return holding


@transaction.atomic
def delegate(*, holding_id: int, to: Person, since: date, until: date, reason: str, by: Person) -> RoleHolding:
    """Lend one's own role to another person for a while; the loan itself can't be lent on.

    A refusal tells no name: who types numbers to see whose they are must lend something, which is logged.
    """
    own = RoleHolding.objects.select_related("person").filter(pk=holding_id, person=by).first()
    if own is None:
        raise Unknown("您没有持有这项授权,只能委托自己持有的角色")
    if own.delegated_by_id is not None:
        raise Refusal("受托的角色不能再转委托")
    if ROLES[own.role].scope == Scope.SELF:
        raise Refusal("客户经理的本人事项不能委托")
    if to.pk == by.pk:
        raise Refusal("不能委托给自己")
    if not queries.can_sign_in(to, since):
        raise Refusal(f"工号 {to.staff_no} 的人员已离职或没有可用的登录账号,请另选一人", code="cannot_sign_in")
    if until - since > LONGEST_DELEGATION:
        raise Refusal(f"委托最长 {LONGEST_DELEGATION.days} 天,请缩短止日")
    if own.effective_to is not None and until > own.effective_to:
        raise Refusal(f"您的“{own}”止于 {own.effective_to},委托不能更长")
    _check_span(since, until, reason)
    place = Place(branch=own.branch, team=own.team, group=own.group, department=own.department)
    Person.objects.select_for_update(of=("self",), no_key=True).get(pk=to.pk)
    holding = hold(to, own.role, place, since=since, until=until, reason=reason, lent_by=by)
    if holding is None:
        raise Refusal(f"已委托{to}办理“{own}”,无需重复委托")
    _log(by, "role.delegate", holding, f"委托{to}代行“{holding}”,{since} 至 {until},原因:{reason}")
    return holding


def _check_span(since: date, until: date | None, reason: str) -> None:
    if since < timezone.localdate():
        raise Refusal("起日不能早于今天:权限不能倒签")
    if until is not None and until < since:
        raise Refusal("止日不能早于起日")
    if not reason.strip():
        raise Refusal("请填写依据")


def _log(by: Person, act: str, holding: RoleHolding, summary: str) -> None:
    where = (
        holding.branch
        or (holding.team.branch if holding.team else None)
        or (holding.group.team.branch if holding.group else None)
    )
    record(by=by, act=act, subject=holding, summary=summary, branch_code=where.code if where else "", role=holding.role)


REVEALABLE = {"id_number": "证件号码", "phone": "手机号", "bank_account": "银行卡号"}


@transaction.atomic
def reveal(*, person: Person, what: str, reason: str, by: Person) -> str:
    """Open one encrypted field of a person for `by`, who must say why. The look is logged, the value is not."""
    if what not in REVEALABLE:
        raise Unknown("没有这一项")
    if not may_reveal(by, person):
        raise Forbidden(f"您没有权限查看{person}的{REVEALABLE[what]}")
    if len(reason.strip()) < 2:
        raise Refusal("请填写查看原因")
    summary = f"查看了{person}的{REVEALABLE[what]},原因:{reason.strip()}"
    record(by=by, act="people.reveal", subject=person, summary=summary, field=what)
    value: str = getattr(person, what)
    return value
