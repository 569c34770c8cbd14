from __future__ import annotations

from datetime import timedelta
from typing import Any

from django.db.models import QuerySet
from django.utils import timezone

from branch.org.models import Department, Group, Team
from branch.people import access, actions, queries, second_factor, tokens
from branch.people.forms import PeopleFilter
from branch.people.models import ApiToken, Engagement, Person, RoleHolding
from branch.people.reentry import password_entered
from branch.people.roles import Power
from branch.rest.endpoints import get, post
from branch.rest.requests import ApiRequest
from branch.staff import actions as staff
from branch.staff.access import require_leaving
from branch.staff.serializers import (
    DelegationGiven,
    EndGiven,
    EngagementOut,
    FactorResetGiven,
    GrantGiven,
    HoldingOut,
    LeavingGiven,
    MeOut,
    PasswordGiven,
    PasswordOut,
    PersonLineOut,
    PersonOut,
    RegisterGiven,
    RevealGiven,
    RevealOut,
    RolesOut,
    TokenOut,
)
from kernel.refusals import Unknown


def _lines(people: list[Person]) -> list[queries.PersonLine]:
    return queries.lines(people, timezone.localdate())


@get(PersonLineOut, Power.PEOPLE_VIEW, many=True, order=("staff_no",), query=PeopleFilter, shape=_lines)
def person_list(request: ApiRequest) -> QuerySet[Person]:
    """可见的人员及其岗位、职级、合同"""
    return queries.filtered(queries.people_visible_to(request.person), request.asked, timezone.localdate(), by=request.person)


def _shown(person: Person) -> dict[str, Any]:
    return {
        "person": person,
        "has_left": queries.has_left(person, timezone.localdate()),
        "engagements": person.engagements.select_related("branch").order_by("-hired_on"),
        "postings": person.postings.select_related("branch", "team", "group", "outlet").order_by("-effective_from"),
        "grades": person.grades.order_by("-effective_from"),
        "leaderships": person.leaderships.select_related("team", "group").order_by("-effective_from"),
    }


@get(MeOut)
def me(request: ApiRequest) -> dict[str, Any]:
    """我的资料、角色与今天的权限"""
    person = request.person
    powers = sorted({power.value for power, _ in access.why(person)})
    return _shown(person) | {"holdings": access.holdings_on(person), "powers": powers}


@post(RegisterGiven, PersonOut, Power.ROLE_GRANT, status=201)
def person_register(request: ApiRequest) -> dict[str, Any]:
    """登记人员:有账号,没有角色;首个密码由重置密码得到"""
    given = {name: request.given[name] for name in ("staff_no", "name")}
    department = _department(request.given.get("department"))
    return _shown(actions.register_person(department=department, by=request.person, **given))


def _department(code: str | None) -> Department | None:
    found = Department.objects.filter(code=code).first() if code else None
    if code and found is None:
        raise Unknown(f"没有代码为“{code}”的总部部门")
    return found


@get(PersonOut)
def person_detail(request: ApiRequest, staff_no: str) -> dict[str, Any]:
    """一个人;证件、手机、银行卡为掩码"""
    return _shown(queries.person_visible_to(request.person, staff_no))


@post(RevealGiven, RevealOut, once=False)
def person_reveal(request: ApiRequest, staff_no: str) -> dict[str, str]:
    """写明原因查看一项完整号码,查看会记入审计日志"""
    person = queries.person_visible_to(request.person, staff_no)
    return {"what": request.given["what"], "value": actions.reveal(person=person, by=request.person, **request.given)}


@get(RolesOut, Power.ROLE_VIEW)
def person_roles(request: ApiRequest, staff_no: str) -> dict[str, Any]:
    """一个人的角色,以及每项权限从何而来"""
    person = queries.person_visible_to(request.person, staff_no)
    powers = [{"power": power.value, "label": power.label, "holding": held.pk} for power, held in access.why(person)]
    return {"holdings": queries.holdings_of(person), "powers": powers}


@post(GrantGiven, HoldingOut, Power.ROLE_GRANT, status=201)
def role_grant(request: ApiRequest, staff_no: str) -> RoleHolding:
    """授予角色,须再次输入本人的登录密码"""
    person, given = queries.person_visible_to(request.person, staff_no), request.given
    reentered = password_entered(request._request, given["password"], undone="没有授予")
    place = actions.Place.for_role(
        given["role"],
        branch=queries.branch_by_code(given["branch"]) if given.get("branch") else None,
        team=_unit(Team, given.get("team"), "团队"),
        group=_unit(Group, given.get("group"), "小组"),
        department=_department(given.get("department")),
    )
    return actions.grant_role(
        person=person,
        role=given["role"],
        place=place,
        since=given["since"],
        until=given.get("until"),
        reason=given["reason"],
        by=request.person,
        reentered=reentered,
    )


def _unit(model: Any, pk: int | None, word: str) -> Any:
    found = model.objects.filter(pk=pk).first() if pk else None
    if pk and found is None:
        raise Unknown(f"没有编号为 {pk} 的{word}")
    return found


@post(EndGiven, HoldingOut)
def role_end(request: ApiRequest, holding_id: int) -> RoleHolding:
    """终止一项授权,须再次输入本人的登录密码;或收回本人的委托,不须密码"""
    given = request.given
    access.require_end(request.person, RoleHolding.objects.filter(pk=holding_id).first())
    return actions.end_role(
        holding_id=holding_id,
        last_day=given.get("last_day") or timezone.localdate() - timedelta(1),
        reason=given["reason"],
        by=request.person,
        reentered=password_entered(request._request, given["password"], undone="没有终止"),
    )


@post(LeavingGiven, EngagementOut, Power.ROSTER_IMPORT)
def person_leave(request: ApiRequest, staff_no: str) -> Engagement:
    """登记离职"""
    person = queries.person_visible_to(request.person, staff_no)
    engagement = queries.engagement_of(person)
    if engagement is None:
        raise Unknown("此人没有聘用记录,没有离职可登记")
    require_leaving(request.person, person, engagement.branch)
    return staff.register_leaving(person=person, by=request.person, **request.given)


@post(None, EngagementOut, Power.ROSTER_IMPORT)
def person_stay(request: ApiRequest, staff_no: str) -> Engagement:
    """撤销离职登记,在最后工作日结束以前"""
    return staff.cancel_leaving(person=queries.person_visible_to(request.person, staff_no), by=request.person)


@post(PasswordGiven, PasswordOut, Power.ROLE_GRANT, once=False)
def password_reset(request: ApiRequest, staff_no: str) -> dict[str, Any]:
    """重置密码,须再次输入本人的登录密码;新密码只返回这一次"""
    person = queries.person_visible_to(request.person, staff_no)
    reentered = password_entered(request._request, request.given["password"], undone="没有重置")
    return {"person": person, "password": actions.reset_password(person=person, by=request.person, reentered=reentered)}


@post(FactorResetGiven, None, Power.ROLE_GRANT)
def second_factor_reset(request: ApiRequest, staff_no: str) -> None:
    """重置他人的动态验证码(手机遗失),须再次输入本人的登录密码"""
    person, given = queries.person_visible_to(request.person, staff_no), request.given
    reentered = password_entered(request._request, given["password"], undone="没有重置")
    second_factor.reset(person=person, reason=given["reason"], by=request.person, reentered=reentered)


@get(HoldingOut, many=True)
def delegation_list(request: ApiRequest) -> QuerySet[RoleHolding]:
    """我的委托"""
    return queries.lent_by(request.person)


@post(DelegationGiven, HoldingOut, status=201)
def delegate(request: ApiRequest) -> RoleHolding:
    """把本人的角色委托给同事一段时间"""
    given = request.given
    return actions.delegate(
        holding_id=given["holding"],
        to=queries.person_for(given["to"]),
        since=given["since"],
        until=given["until"],
        reason=given["reason"],
        by=request.person,
    )


@get(TokenOut, many=True)
def token_list(request: ApiRequest) -> QuerySet[ApiToken]:
    """我的接口令牌;生成在页面上进行"""
    return tokens.tokens_of(request.person)


@post(None, TokenOut)
def token_end(request: ApiRequest, token_id: int) -> ApiToken:
    """终止一个接口令牌"""
    return tokens.end_token(token_id=token_id, by=request.person)
