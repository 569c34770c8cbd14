from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta

import pytest
import time_machine
from django.conf import settings
from django.contrib.auth.models import User
from django.test import Client

from branch.audit.models import AuditRow
from branch.org.models import Department, Group, Team
from branch.people import access, actions, queries
from branch.people.actions import Place
from branch.people.forms import GrantForm
from branch.people.models import Engagement, Person, RoleHolding
from branch.people.roles import Power
from kernel.refusals import Forbidden, Refusal, Unknown
from tests.branch.conftest import Office

TODAY = date(2026, 11, 25)
PASSWORD = "Correct-Horse-9"


@pytest.fixture(autouse=True)
def _today() -> object:
    with time_machine.travel(TODAY, tick=False) as clock:
        yield clock


def grant(office: Office, role: str, to: str = "600008", by: str = "100009", **changes: object) -> RoleHolding:
    given = {"place": Place(branch=office.branch), "since": TODAY, "until": None, "reason": "任命", **changes}
    return actions.grant_role(person=office[to], role=role, by=office[by], **{"reentered": True, **given})


def test_a_role_holds_from_its_day_to_its_last_day(office: Office) -> None:
    grant(office, "chief_accountant", since=TODAY + timedelta(1), until=TODAY + timedelta(2))
    held = [
        access.has_role(office["600008"], "chief_accountant", branch=office.branch)
        or any(h.role == "chief_accountant" for h in access.holdings_on(office["600008"], TODAY + timedelta(days)))
        for days in range(4)
    ]
    assert held == [False, True, True, False]


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"by": "600001"}, "没有权限"),
        ({"to": "100009"}, "不能给自己"),
        ({"since": TODAY - timedelta(1)}, "不能早于今天"),
        ({"until": TODAY - timedelta(1)}, "止日不能早于起日"),
        ({"reason": " "}, "请填写依据"),
        ({"role": "return_visitor"}, "已持有"),
        ({"role": "king"}, "没有这个角色"),
    ],
)
def test_grants_that_are_refused(office: Office, changes: dict[str, object], words: str) -> None:
    before = RoleHolding.objects.count()
    with pytest.raises(Refusal, match=words):
        grant(office, **{"role": "chief_accountant", **changes})
    assert RoleHolding.objects.count() == before


def test_a_branch_role_needs_its_branch(office: Office) -> None:
    with pytest.raises(Refusal, match="请选择营业部"):
        Place.for_role("trade_admin", branch=None, team=None, group=None)
    assert Place.for_role("compliance", branch=office.branch, team=None, group=None) == Place()


def test_a_head_office_role_may_speak_for_another_department(office: Office) -> None:
    legal = Department.objects.get(code="legal")
    nowhere = {"branch": None, "team": None, "group": None}
    assert Place.for_role("compliance", **nowhere, department=legal) == Place(department=legal)
    assert Place.for_role("trade_admin", branch=office.branch, team=None, group=None, department=legal).department is None
    holding = grant(office, "compliance", place=Place(department=legal))
    assert str(holding) == f"合规部 · {legal}"
    Department.objects.filter(pk=legal.pk).update(closed_on=TODAY - timedelta(1))
    legal.refresh_from_db()
    with pytest.raises(Refusal, match="已撤销"):
        grant(office, "risk", place=Place(department=legal))


def test_the_department_is_chosen_on_the_page_and_named_by_the_api(office: Office, signed_in: Callable[[str], Client]) -> None:
    administrator = office["100009"].user
    administrator.set_password(PASSWORD)
    administrator.save()
    browser, legal = signed_in("100009"), Department.objects.get(code="legal")
    given = {"role": "compliance", "since": "2026-11-25", "reason": "任命文件", "department": legal.pk, "password": PASSWORD}
    assert browser.post("/people/600008/roles/grant/", given).status_code == 302
    assert office["600008"].roles.get(role="compliance").department == legal
    given |= {"role": "risk", "department": "legal"}
    answer = browser.post("/api/v1/people/600008/roles/", given, content_type="application/json")
    assert (answer.status_code, answer.json()["department"]["name"]) == (201, legal.name)


def test_a_role_is_chosen_and_its_place_told_from_another_of_the_same_name(office: Office) -> None:
    team = Team.objects.create(branch=office.branch, name="营销九队", opened_on=TODAY, begun_on=TODAY)
    Group.objects.create(team=team, name="第1组", opened_on=TODAY)
    form = GrantForm()
    assert "营销九队 第1组" in str(form["group"])
    assert f"{office.branch} 营销九队" in str(form["team"])
    assert str(form["role"]).index("请选择") < str(form["role"]).index("客户经理"), "none is chosen beforehand"


@pytest.mark.parametrize("act", ["roles", "reset"])
def test_a_program_hands_out_no_power_without_the_password(office: Office, signed_in: Callable[[str], Client], act: str) -> None:
    browser, role = signed_in("100009"), {"role": "compliance", "since": "2026-11-25", "reason": "任命文件"}
    given = role if act == "roles" else {}
    before = office["600008"].user.password
    for password, status in ((None, 400), ("wrong", 409)):
        body = given if password is None else {**given, "password": password}
        answer = browser.post(f"/api/v1/people/600008/{act}/", body, content_type="application/json")
        assert answer.status_code == status
    assert not office["600008"].roles.filter(role="compliance").exists()
    assert type(office["600008"].user).objects.get(pk=office["600008"].user.pk).password == before


def test_a_holding_of_somebody_else_is_as_none(office: Office, signed_in: Callable[[str], Client]) -> None:
    foreign = office["600003"].roles.get(role="chief_accountant").pk
    told = set()
    for holding in (foreign, 10**9):
        answer = signed_in("600002").post(f"/api/v1/roles/{holding}/end/", {"reason": "x"}, content_type="application/json")
        lent = {"holding": holding, "to": "600001", "since": "2026-11-25", "until": "2026-11-26", "reason": "x"}
        loan = signed_in("600002").post("/api/v1/delegations/", lent, content_type="application/json")
        assert (answer.status_code, loan.status_code) == (404, 404)
        told.add((answer.json()["message"], loan.json()["message"]))
    assert len(told) == 1


def test_ending_at_once_ends_the_sessions(office: Office) -> None:
    browser = Client()
    browser.force_login(office["600002"].user, backend="django.contrib.auth.backends.ModelBackend")
    assert browser.get("/").status_code == 200
    holding = office["600002"].roles.get(role="branch_finance")
    actions.end_role(holding_id=holding.pk, last_day=TODAY - timedelta(1), reason="调离", by=office["100009"], reentered=True)
    assert browser.get("/").status_code == 302
    assert not access.holds(office["600002"], Power.PAY_VIEW)
    with pytest.raises(Refusal, match="已于"):
        actions.end_role(holding_id=holding.pk, last_day=TODAY, reason="再次", by=office["100009"], reentered=True)


def test_the_past_of_a_role_is_not_rewritten(office: Office) -> None:
    holding = office["600002"].roles.get(role="branch_finance")
    with pytest.raises(Refusal, match="不能早于昨天"):
        actions.end_role(holding_id=holding.pk, last_day=TODAY - timedelta(2), reason="x", by=office["100009"], reentered=True)


def lend(office: Office, by: str = "600003", to: str = "600006", **changes: object) -> RoleHolding:
    own = office[by].roles.first()
    given = {"since": TODAY, "until": TODAY + timedelta(10), "reason": "休假", **changes}
    return actions.delegate(holding_id=own.pk, to=office[to], by=office[by], **given)


def test_a_lent_role_gives_its_powers_and_says_who_lent_it(office: Office) -> None:
    lent = lend(office)
    person = office["600006"]
    assert access.reach(person, Power.PAY_SIGN).covers_branch(office.branch)
    assert lent.delegated_by == office["600003"]
    assert (Power.PAY_SIGN, lent) in access.why(person)
    actions.end_role(holding_id=lent.pk, last_day=TODAY - timedelta(1), reason="收回", by=office["600003"])
    assert not access.holds(office["600006"], Power.PAY_SIGN)


@pytest.mark.parametrize("last_day", [TODAY - timedelta(1), TODAY + timedelta(3)])
def test_no_loan_outlasts_the_role_it_is_of(office: Office, last_day: date) -> None:
    lent = lend(office)
    elsewhere = RoleHolding.objects.create(
        person=office["600006"], role=lent.role, branch=office.other, effective_from=TODAY, delegated_by=office["600003"]
    )
    browser = Client()
    browser.force_login(office["600006"].user, backend="django.contrib.auth.backends.ModelBackend")
    own = office["600003"].roles.get(role=lent.role)
    actions.end_role(holding_id=own.pk, last_day=last_day, reason="调离", by=office["100009"], reentered=True)
    ends = {row.pk: row.effective_to for row in RoleHolding.objects.filter(pk__in=[own.pk, lent.pk, elsewhere.pk])}
    assert ends == {own.pk: last_day, lent.pk: last_day, elsewhere.pk: None}
    assert access.reach(office["600006"], Power.PAY_SIGN).covers_branch(office.branch) == (last_day >= TODAY)
    assert browser.get("/").status_code == (200 if last_day >= TODAY else 302)
    told = AuditRow.objects.filter(act="role.end").values_list("subject_id", flat=True)
    assert set(told) == {str(own.pk), str(lent.pk)}


def test_a_program_ends_anothers_role_only_with_the_password(office: Office, signed_in: Callable[[str], Client]) -> None:
    holding, lent = office["600002"].roles.get(role="branch_finance"), lend(office)

    def end(who: str, which: RoleHolding, **given: str) -> int:
        body = {"reason": "调离", **given}
        answer = signed_in(who).post(f"/api/v1/roles/{which.pk}/end/", body, content_type="application/json")
        which.refresh_from_db()
        return answer.status_code

    assert [end("100009", holding), end("100009", holding, password="wrong")] == [409, 409]
    assert holding.effective_to is None
    assert end("100009", holding, password=settings.DEMO_PASSWORD) == 200
    assert end("600003", lent) == 200  # the own loan is taken back without
    assert holding.effective_to == lent.effective_to == TODAY - timedelta(1)


def test_what_gives_or_takes_a_power_asks_for_the_password_itself(office: Office) -> None:
    """Whatever a page or an endpoint lets through."""
    holding, administrator = office["600002"].roles.get(role="branch_finance"), office["100009"]
    for act in (
        lambda: grant(office, "chief_accountant", reentered=False),
        lambda: actions.end_role(holding_id=holding.pk, last_day=TODAY, reason="调离", by=administrator),
        lambda: actions.reset_password(person=office["600008"], by=administrator),
    ):
        with pytest.raises(Refusal, match="再次输入您的登录密码") as refused:
            act()
        assert refused.value.code == "password_required"


def test_a_loan_given_back_leaves_the_lenders_own(office: Office) -> None:
    lent = lend(office)
    again = lend(office, to="600007")
    actions.end_role(holding_id=lent.pk, last_day=TODAY - timedelta(1), reason="收回", by=office["600003"])
    assert access.holds(office["600003"], Power.PAY_SIGN)
    assert RoleHolding.objects.get(pk=again.pk).effective_to == TODAY + timedelta(10)


@pytest.mark.parametrize("gone", ["left", "shut", "none"])
def test_nothing_is_lent_to_who_cannot_sign_in(office: Office, gone: str) -> None:
    """Lending would otherwise bring somebody who left back in."""
    to = office["600006"]
    to.roles.update(effective_to=TODAY - timedelta(1))
    given = {"kind": "employee", "hired_on": date(2020, 1, 1), "contract_from": date(2020, 1, 1)}
    if gone == "left":
        Engagement.objects.create(person=to, branch=office.branch, ended_on=TODAY - timedelta(1), **given)
    elif gone == "shut":
        User.objects.filter(person=to).update(is_active=False)
    else:
        Person.objects.filter(pk=to.pk).update(user=None)
    with pytest.raises(Refusal, match="工号 600006 的人员已离职或没有可用的登录账号") as refused:
        lend(office)
    assert to.name not in refused.value.sentence
    assert not RoleHolding.objects.exclude(delegated_by=None).exists()


def test_a_loan_of_before_keeps_nobody_here_who_has_left(office: Office) -> None:
    lend(office)
    to = office["600006"]
    to.roles.filter(delegated_by=None).update(effective_to=TODAY - timedelta(1))
    long_ago = date(2020, 1, 1)
    given = {"kind": "employee", "hired_on": long_ago, "contract_from": long_ago, "ended_on": TODAY - timedelta(1)}
    Engagement.objects.create(person=to, branch=office.branch, **given)
    assert queries.has_left(to, TODAY)


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"to": "600003"}, "不能委托给自己"),
        ({"until": TODAY + timedelta(93)}, "最长 92 天"),
        ({"since": TODAY - timedelta(1)}, "不能早于今天"),
    ],
)
def test_delegations_that_are_refused(office: Office, changes: dict[str, object], words: str) -> None:
    with pytest.raises(Refusal, match=words):
        lend(office, **changes)


def test_what_is_lent_cannot_be_lent_on_nor_anothers(office: Office) -> None:
    lent = lend(office)
    given = {"since": TODAY, "until": TODAY, "reason": "x"}
    with pytest.raises(Refusal, match="不能再转委托"):
        actions.delegate(holding_id=lent.pk, to=office["600007"], by=office["600006"], **given)
    with pytest.raises(Unknown, match="自己持有"):
        actions.delegate(holding_id=lent.pk, to=office["600007"], by=office["600001"], **given)


def test_personal_data_opens_with_a_reason_and_is_logged_without_itself(office: Office) -> None:
    person = office["600008"]
    person.phone = "13343370689"
    person.save()
    clear = actions.reveal(person=person, what="phone", reason="办理社保", by=office["600001"])
    row = AuditRow.objects.get(act="people.reveal")
    assert clear == "13343370689"
    assert "办理社保" in row.summary
    assert "13343370689" not in row.summary + str(row.details)
    with pytest.raises(Refusal, match="原因"):
        actions.reveal(person=person, what="phone", reason=" ", by=office["600001"])
    with pytest.raises(Forbidden):
        actions.reveal(person=person, what="phone", reason="好奇", by=office["600006"])


def test_a_reset_gives_a_password_once_and_ends_sessions(office: Office) -> None:
    browser = Client()
    browser.force_login(office["600008"].user, backend="django.contrib.auth.backends.ModelBackend")
    new = actions.reset_password(person=office["600008"], by=office["100009"], reentered=True)
    assert browser.get("/").status_code == 302
    assert Client().login(username="600008", password=new) or office["600008"].user.check_password(new)
    assert new not in " ".join(AuditRow.objects.values_list("summary", flat=True))
    with pytest.raises(Refusal, match="不能重置自己"):
        actions.reset_password(person=office["100009"], by=office["100009"])


def test_reach_follows_the_scope_of_the_role(office: Office) -> None:
    assert access.reach(office["100009"], Power.ROLE_GRANT).company
    trade = access.reach(office["600001"], Power.ROSTER_IMPORT)
    assert trade.covers_branch(office.branch)
    assert not trade.touches_branch(office.other)
    with pytest.raises(Forbidden, match="没有权限在深圳罗湖营业部导入名册"):
        access.require(office["600001"], Power.ROSTER_IMPORT, branch=office.other, to="导入名册")


def test_maker_and_checker_are_two_people(office: Office) -> None:
    access.require_another(office["600001"], office["600002"], act="确认")
    with pytest.raises(Refusal, match="不能是同一人"):
        access.require_another(office["600001"], office["600001"], act="确认")


def test_a_delegate_does_not_check_what_the_lender_made(office: Office) -> None:
    lend(office)  # 600003 lends 主办会计 to 600006
    given = {"act": "确认", "power": Power.PAY_SIGN}
    with pytest.raises(Refusal, match="由经办人邓杰委托"):
        access.require_another(office["600006"], office["600003"], **given)
    with pytest.raises(Refusal, match="不能是同一人"):
        access.require_another(office["600003"], office["600003"], **given)
    access.require_another(office["600006"], office["600002"], **given)
    grant(office, "deputy_manager", to="600006")  # now also in one's own right
    access.require_another(office["600006"], office["600003"], **given)


def test_who_is_lent_the_checkers_role_still_does_not_check_the_own_work(office: Office) -> None:
    lend(office, to="600002")
    assert access.holds(office["600002"], Power.PAY_SIGN)
    with pytest.raises(Refusal, match="不能是同一人"):
        access.require_another(office["600002"], office["600002"], act="确认", power=Power.PAY_SIGN)


def test_only_the_demonstration_lists_its_logins_one_a_role(office: Office) -> None:
    logins = queries.demo_logins()
    assert len({entry["role"] for entry in logins}) == len(logins)
    assert {"username": "600001", "role": "交易管理岗", "name": "潘怡丽"} in logins
