"""The tax modes' pages: two persons in the browser, who is suggested, and nobody else's branch."""

from __future__ import annotations

from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from branch.workbench.register import menu_for, todos_for
from payroll.intake.models import TaxMode
from tests.factories.branch import People, give_role, make_branch, make_person
from tests.factories.runs import small_branch
from tests.payroll.intake.test_actions_tax_modes import BROKER, JOINER, VETERAN, paid_all_year, propose

YEAR = "?branch=0755FT&year="


@pytest.fixture
def people(db: None) -> People:
    return small_branch()


def browser(people: People, staff_no: str) -> Client:
    client = Client()
    client.force_login(people[staff_no].user, backend="django.contrib.auth.backends.ModelBackend")
    return client


def text(response: Any) -> str:
    return str(response.content.decode())


def test_a_joiner_by_13_from_proposal_to_confirmation(people: People) -> None:
    finance, accountant = browser(people, "600002"), browser(people, "600003")
    address = reverse("payroll:tax-mode-propose") + YEAR + "2026"
    given = {"person": people[JOINER].pk, "mode": "from_january", "reason": "2026 届毕业生,毕业证 A1"}
    assert "请核实并勾选" in text(finance.post(address, given))
    assert not TaxMode.objects.exists()
    page = finance.post(address, given | {"first_wage": "on"}, follow=True)
    assert "已提请方小雨 2026 年的减除方式" in text(page)
    assert reverse("payroll:tax-mode-confirm", args=[TaxMode.objects.get().pk]) not in text(page), "not by the proposer"
    assert [todo.count for todo in todos_for(people["600003"]) if todo.label == "待确认的个税减除方式"] == [1]
    page = accountant.post(reverse("payroll:tax-mode-confirm", args=[TaxMode.objects.get().pk]), follow=True)
    assert "已确认方小雨 2026 年" in text(page)
    assert "已确认" in text(accountant.get(reverse("payroll:tax-mode-list") + YEAR + "2026"))


def test_a_refusal_keeps_what_was_typed(people: People) -> None:
    finance = browser(people, "600002")
    given = {"person": people[VETERAN].pk, "mode": "lump", "reason": "我的理由"}
    page = text(finance.post(reverse("payroll:tax-mode-propose") + YEAR + "2027", given))
    assert "收入超过" in page
    assert "我的理由" in page


def test_the_suggested_are_proposed_with_one_button(people: People) -> None:
    paid_all_year(people, p600103="50000.00", p600105="30000.00")
    finance = browser(people, "600002")
    page = text(finance.get(reverse("payroll:tax-mode-list") + YEAR + "2027"))
    assert "符合19号公告的 2 人" in page
    assert "50,000.00" in page
    ids = [people[VETERAN].pk, people[BROKER].pk]
    data = {"branch": "0755FT", "year": "2027", "ids": ids}
    page = text(finance.post(reverse("payroll:tax-mode-suggested"), data, follow=True))
    assert "已按19号公告提请 2 人" in page
    assert TaxMode.objects.count() == 2


def test_who_sees_no_pay_gets_no_incomes(people: People) -> None:
    paid_all_year(people, p600103="50000.00")
    page = text(browser(people, "600001").get(reverse("payroll:tax-mode-list") + YEAR + "2027"))
    assert "符合19号公告" not in page
    assert "50,000.00" not in page


def test_sending_back_needs_a_reason(people: People) -> None:
    mode = propose(people, JOINER, "from_january")
    accountant = browser(people, "600003")
    address = reverse("payroll:tax-mode-reject", args=[mode.pk])
    assert "请写明退回的原因" in text(accountant.post(address, follow=True))
    assert "退回:缺声明" in text(accountant.post(address, {"reason": "缺声明"}, follow=True))


def test_another_branch_sees_nothing(people: People) -> None:
    mode = propose(people, JOINER, "from_january")
    other = make_person("700002", "外人")
    give_role(other, "chief_accountant", branch=make_branch("0755LH", "深圳罗湖营业部"))
    client = browser(People(people.branch, {"700002": other}), "700002")
    assert client.post(reverse("payroll:tax-mode-confirm", args=[mode.pk])).status_code == 404
    assert client.get(reverse("payroll:tax-mode-list") + YEAR + "2026").status_code == 404


def test_the_menu_has_the_place_for_those_who_may(people: People) -> None:
    def places(who: str) -> str:
        return str(menu_for(people[who]))

    assert "个税减除方式" in places("600002")
    assert "个税减除方式" not in places("600103")


def test_as_many_queries_for_many_as_for_few(people: People) -> None:
    paid_all_year(people, p600103="50000.00")
    finance = browser(people, "600002")
    address = reverse("payroll:tax-mode-list") + YEAR + "2027"
    finance.get(address)
    with CaptureQueriesContext(
        connection,
    ) as few:
        finance.get(address)
    paid_all_year(people, p600102="50000.00", p600101="40000.00", p600105="1.00")
    propose(people, "600101", "lump", 2027)
    with CaptureQueriesContext(connection) as many:
        finance.get(address)
    assert len(many) <= len(few) + 2
