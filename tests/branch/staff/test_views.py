from __future__ import annotations

from collections.abc import Callable
from datetime import date

import pytest
from django.conf import settings
from django.test import Client

from branch.audit.models import AuditRow
from branch.people.actions import Place, hold
from branch.people.models import Engagement, Person, SignInAttempt
from tests.branch.conftest import Office

SignedIn = Callable[[str], Client]
OWN = settings.DEMO_PASSWORD  # of everybody in `office`


def engage(office: Office, staff_no: str, name: str, **changes: object) -> Person:
    person = office.add(staff_no, name, "client_manager")
    person.id_number, person.initials = "440301198311017493", "LCW"
    person.save()
    given = {"hired_on": date(2026, 1, 1), "contract_from": date(2026, 1, 1), "contract_to": date(2026, 12, 1)}
    Engagement.objects.create(person=person, branch=office.branch, kind="employee", **{**given, **changes})
    return person


def test_one_finds_people_by_name_initials_number_and_tail(office: Office, signed_in: SignedIn) -> None:
    engage(office, "600101", "陆晨伟")
    browser = signed_in("600001")
    for words in ("晨伟", "lcw", "600101", "0101", "7493"):
        page = browser.get("/people/", {"q": words}).content.decode()
        assert "陆晨伟" in page, words
        assert "440301198311017493" not in page
    assert "陆晨伟" not in browser.get("/people/", {"q": "7494"}).content.decode()


def test_another_branch_sees_nobody_of_this_one(office: Office, signed_in: SignedIn) -> None:
    engage(office, "600101", "陆晨伟")
    office.add("700001", "罗湖交易", "trade_admin", place=Place(branch=office.other))
    browser = signed_in("700001")
    assert "陆晨伟" not in browser.get("/people/").content.decode()
    assert browser.get("/people/600101/").status_code == 404
    assert browser.post("/people/600101/reveal/id_number/", {"reason": "好奇"}).status_code == 404


def test_the_list_asks_as_often_for_3_rows_as_for_1(
    office: Office, signed_in: SignedIn, django_assert_max_num_queries: Callable[..., object]
) -> None:
    browser = signed_in("600001")
    engage(office, "600101", "甲")
    counts = []
    for round_ in range(2):
        with django_assert_max_num_queries(25) as seen:
            browser.get("/people/")
        counts.append(len(seen))
        engage(office, f"60020{round_}", "乙"), engage(office, f"60021{round_}", "丙")
    assert counts[0] == counts[1]


def test_a_number_opens_with_a_reason_and_not_without(office: Office, signed_in: SignedIn) -> None:
    engage(office, "600101", "陆晨伟")
    browser = signed_in("600001")
    assert "440301********7493" in browser.get("/people/600101/").content.decode()
    shown = browser.post("/people/600101/reveal/id_number/", {"reason": "办理社保申报"})
    assert "440301198311017493" in shown.content.decode()
    assert "no-store" in shown["Cache-Control"]
    browser.post("/people/600101/reveal/id_number/", {"reason": ""})
    assert AuditRow.objects.filter(act="people.reveal").count() == 1


def moved_on(office: Office) -> Person:
    """Somebody who left this branch in June for the other one."""
    person = engage(office, "600101", "陆晨伟", ended_on=date(2026, 6, 30), insurance_base="31300", housing_fund_rate="0.08")
    given = {"hired_on": date(2026, 7, 1), "contract_from": date(2026, 7, 1), "insurance_base": "24680", "kind": "employee"}
    Engagement.objects.create(person=person, branch=office.other, housing_fund_rate="0.05", **given)
    person.phone = "13900000001"
    person.save()
    return person


def test_a_former_branch_opens_nothing_of_today(office: Office, signed_in: SignedIn) -> None:
    moved_on(office)
    office.add("700001", "罗湖交易", "trade_admin", place=Place(branch=office.other))
    former, present = signed_in("600001"), signed_in("700001")
    assert former.get("/people/600101/").status_code == 200, "its own history stays"
    assert former.post("/people/600101/reveal/phone/", {"reason": "好奇"}).status_code == 403
    assert present.post("/people/600101/reveal/phone/", {"reason": "联系"}).status_code == 200
    finance = signed_in("600002").get("/people/600101/").content.decode()
    assert "31,300.00" in finance, "what this branch paid by"
    assert "24,680.00" not in finance, "what the other one does"
    office.add("700002", "罗湖财务", "branch_finance", place=Place(branch=office.other))
    theirs = signed_in("700002").get("/people/600101/").content.decode()
    assert ("31,300.00" in theirs, "24,680.00" in theirs) == (False, True)


def test_the_search_tells_no_mobile_number_to_who_may_not_open_it(office: Office, signed_in: SignedIn) -> None:
    """A whole number that finds somebody is a number told: only for who may reveal it."""
    here = engage(office, "600102", "夏娜芳")
    here.phone = "13800000002"
    here.save()
    moved_on(office)
    for who, words, found in (
        ("600001", "13800000002", True),  # may reveal here
        ("600006", "13800000002", False),  # sees people, may reveal nobody
        ("600001", "13900000001", False),  # once here, now elsewhere
        ("100005", "13900000001", True),
    ):
        page = signed_in(who).get("/people/", {"q": words}).content.decode()
        assert ("/people/60010" in page) == found, (who, words)


def test_pay_terms_are_for_few(office: Office, signed_in: SignedIn) -> None:
    engage(office, "600101", "陆晨伟", insurance_base="31300", housing_fund_rate="0.08")
    assert "31,300.00" in signed_in("600002").get("/people/600101/").content.decode()
    assert "31,300.00" in signed_in("600101").get("/people/600101/").content.decode()
    assert "31,300.00" not in signed_in("600006").get("/people/600101/").content.decode()


def test_the_administrator_sees_powers_and_why_and_grants(office: Office, signed_in: SignedIn) -> None:
    browser = signed_in("100009")
    page = browser.get("/people/600002/roles/").content.decode()
    assert "核算薪酬" in page
    assert "营业部财务 · 深圳福田营业部" in page
    given = {"role": "chief_accountant", "branch": office.branch.pk, "since": "2099-01-01", "reason": "任命", "password": OWN}
    assert browser.post("/people/600008/roles/grant/", given).status_code == 302
    bad = browser.post("/people/600008/roles/grant/", {**given, "branch": ""})
    assert "请选择营业部" in bad.content.decode()
    assert browser.post("/people/100009/roles/grant/", given).status_code == 200  # one's own: refused on the page
    assert "不能给自己" in browser.post("/people/100009/roles/grant/", given).content.decode()


def test_a_new_password_is_shown_once(office: Office, signed_in: SignedIn) -> None:
    page = signed_in("100009").post("/people/600008/reset/", {"password": OWN})
    assert "只显示这一次" in page.content.decode()
    assert "no-store" in page["Cache-Control"]


@pytest.mark.parametrize("wrong", ["", "no-such-password"])
def test_a_browser_found_open_gives_and_takes_no_power(office: Office, signed_in: SignedIn, wrong: str) -> None:
    browser, holding = signed_in("100009"), office["600002"].roles.get(role="branch_finance")
    user, roles = office["600008"].user, office["600008"].roles.count()
    granted = {"role": "compliance", "since": "2099-01-01", "reason": "任命", "password": wrong}
    words = "没有授予" if wrong else "必填"
    assert words in browser.post("/people/600008/roles/grant/", granted).content.decode()
    ended = browser.post(f"/roles/{holding.pk}/end/", {"reason": "调离", "password": wrong})
    reset = browser.post("/people/600008/reset/", {"password": wrong})
    assert ("没有终止" if wrong else "必填") in ended.content.decode()
    assert ("没有重置" if wrong else "必填") in reset.content.decode()
    holding.refresh_from_db()
    assert (office["600008"].roles.count(), holding.effective_to) == (roles, None)
    assert type(user).objects.get(pk=user.pk).password == user.password
    assert SignInAttempt.objects.count() == (3 if wrong else 0)  # guessing there is bounded as at the door


def test_ending_a_role_by_the_page(office: Office, signed_in: SignedIn) -> None:
    browser, holding = signed_in("100009"), office["600002"].roles.get(role="branch_finance")
    answer = browser.post(f"/roles/{holding.pk}/end/", {"last_day": "2099-12-31", "reason": "调离", "password": OWN})
    assert answer.url == "/people/600002/roles/"
    holding.refresh_from_db()
    assert holding.effective_to == date(2099, 12, 31)


def test_a_delegation_by_the_page(office: Office, signed_in: SignedIn) -> None:
    browser = signed_in("600003")
    holding = office["600003"].roles.get()
    given = {"holding": holding.pk, "to": "600006", "since": "2099-01-01", "until": "2099-02-01", "reason": "休假"}
    assert browser.post("/delegation/", given).status_code == 302
    assert "曾婷兰" in browser.get("/delegation/").content.decode()
    assert "没有工号" in browser.post("/delegation/", {**given, "to": "999999"}).content.decode()


def test_a_leaving_by_the_pages_names_the_person_and_the_effect(office: Office, signed_in: SignedIn) -> None:
    engage(office, "600101", "陆晨伟")
    browser = signed_in("600001")
    assert "/people/600101/leave/" in browser.get("/people/600101/").content.decode()
    page = browser.get("/people/600101/leave/").content.decode()
    assert "登记陆晨伟(600101)离职" in page
    assert "不能再登录" in page
    refused = browser.post("/people/600101/leave/", {"last_day": "2025-12-31", "reason": "辞职"}).content.decode()
    assert "最后工作日不能早于入职日期 2026-01-01" in refused
    assert browser.post("/people/600101/leave/", {"last_day": "2099-12-31", "reason": "辞职"}).status_code == 302
    page = browser.get("/people/600101/").content.decode()
    assert "已登记离职,最后工作日 2099-12-31" in page
    assert "即将离职" in browser.get("/people/").content.decode()
    assert "撤销离职" not in signed_in("600002").get("/people/600101/").content.decode()
    assert browser.post("/people/600101/stay/").status_code == 302
    assert Engagement.objects.get().ended_on is None


def test_leaving_is_offered_to_who_keeps_the_roster_and_never_for_oneself(office: Office, signed_in: SignedIn) -> None:
    person = engage(office, "600101", "陆晨伟")
    for staff_no, offered in (("100005", True), ("600002", False), ("600101", False)):
        assert ("/leave/" in signed_in(staff_no).get("/people/600101/").content.decode()) is offered
    hold(person, "trade_admin", Place(branch=office.branch), since=date(2026, 1, 1))
    assert "/leave/" not in signed_in("600101").get("/people/600101/").content.decode()
    assert signed_in("600002").get("/people/600101/leave/").status_code == 403
    assert signed_in("600001").get("/people/600005/leave/").status_code == 404
