"""Who works for two branches lands at the one that is named, writes there and stays there; a branch not one's own is unknown."""

from __future__ import annotations

from datetime import date
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from branch.org.models import Branch, Outlet, Team
from branch.people.models import Person
from clients.registry.models import Client as Customer
from kernel.months import Month
from teams.plans.expenses.actions import seed_kinds
from teams.plans.expenses.models import Expense, ExpenseKind
from teams.plans.marketing.models import CooperationAgreement, MarketingPlan
from teams.plans.rulebooks.models import RuleDocument
from tests.factories.branch import give_role, make_branch, make_person

pytestmark = pytest.mark.django_db
HERE, THERE, FOREIGN = "0755AA", "0755BB", "0755CC"


@pytest.fixture
def places() -> dict[str, Any]:
    """A finance and manager of two branches, each with 营销一队 and an outlet; a third branch is another's."""
    person = make_person("700900", "何双店")
    found: dict[str, Any] = {"person": person}
    for code in (HERE, THERE, FOREIGN):
        branch = make_branch(code, f"{code}营业部")
        team = Team.objects.create(branch=branch, name="营销一队", opened_on=date(2000, 1, 1))
        outlet = Outlet.objects.create(branch=branch, name=f"{code}网点", opened_on=date(2000, 1, 1))
        found[code] = (branch, team, outlet)
        if code != FOREIGN:
            for role in ("branch_manager", "branch_finance"):
                give_role(person, role, branch=branch)
    seed_kinds()
    return found


def browser(person: Person) -> Client:
    found = Client()
    found.force_login(person.user, backend="django.contrib.auth.backends.ModelBackend")  # type: ignore[arg-type]
    return found


def branch_in(answer: Any) -> list[str] | None:
    assert answer.status_code == 302, answer.content.decode()[:3000]
    return parse_qs(urlsplit(answer["Location"]).query).get("branch")


@pytest.mark.parametrize("name", ["expense-list", "expense-new", "agreement-list", "agreement-new", "plan-new", "board"])
def test_a_branch_that_is_not_ones_own_is_unknown_and_not_the_first(places: dict[str, Any], name: str) -> None:
    client, address = browser(places["person"]), reverse(f"plans:{name}")
    for code in (FOREIGN, "nowhere"):
        assert client.get(address, {"branch": code}).status_code == 404
    for code in (HERE, THERE):
        answer = client.get(address, {"branch": code})
        assert answer.status_code == 200
        assert f"{code}营业部" in answer.content.decode()


@pytest.mark.parametrize("name", ["expense-new", "agreement-new", "plan-new"])
def test_a_form_offers_the_named_branchs_and_is_sent_there(places: dict[str, Any], name: str) -> None:
    client, address = browser(places["person"]), reverse(f"plans:{name}")
    answer = client.get(address, {"branch": THERE})
    offered = answer.context["form"].fields["outlet" if name == "agreement-new" else "team"].queryset
    assert {one.branch for one in offered} == {places[THERE][0]}
    page = answer.content.decode()
    assert f'action="{address}?branch={THERE}"' in page
    assert f'href="?branch={HERE}"' in page, "the tabs"


def test_an_expense_is_entered_and_shown_where_it_was_begun(places: dict[str, Any]) -> None:
    client, address = browser(places["person"]), reverse("plans:expense-new")
    branch, team, _ = places[THERE]
    listed = client.get(reverse("plans:expense-list"), {"branch": THERE}).content.decode()
    assert f"{address}?branch={THERE}" in listed
    paper = SimpleUploadedFile("发票.pdf", b"%PDF-1.4 x", "application/pdf")
    kind = ExpenseKind.objects.get(name="场地")
    given = {"day": "2026-10-12", "kind": kind.pk, "amount": "10", "activity": "讲座", "paper": paper}
    refused = client.post(f"{address}?branch={THERE}", given | {"team": places[HERE][1].pk})
    assert refused.status_code == 200, "the other branch's team is no choice here"
    assert not Expense.objects.exists()
    paper.seek(0)
    assert branch_in(client.post(f"{address}?branch={THERE}", given | {"team": team.pk})) == [THERE]
    row = Expense.objects.get()
    assert row.branch == branch
    void = client.get(reverse("plans:expense-void", args=[row.pk]))
    assert void.context["back"].endswith(f"?branch={THERE}&month=2026-10")


def test_an_agreement_and_a_plan_are_of_the_branch_that_is_named(places: dict[str, Any]) -> None:
    client = browser(places["person"])
    branch, team, outlet = places[THERE]
    dates = {"valid_from": "2026-01-01", "valid_to": "2026-12-31"}
    given = {"outlet": outlet.pk, "bank": "工商银行", "agreement_no": "1", **dates}
    address = f"{reverse('plans:agreement-new')}?branch={THERE}"
    assert branch_in(client.post(address, given)) == [THERE]
    row = CooperationAgreement.objects.get()
    assert row.branch == branch
    edit = reverse("plans:agreement-edit", args=[row.pk])
    seen = client.get(edit).context["form"]["seen"].value()
    changed = {name: value for name, value in given.items() if name != "outlet"} | {"agreement_no": "2", "seen": seen}
    assert branch_in(client.post(edit, changed)) == [THERE]
    wish = {"lines": "5", "team": team.pk, "year": 2027}
    assert client.post(f"{reverse('plans:plan-new')}?branch={HERE}", wish).status_code == 200
    assert client.post(f"{reverse('plans:plan-new')}?branch={THERE}", wish).status_code == 302
    assert MarketingPlan.objects.get().branch == branch


def test_who_has_one_branch_sees_no_tabs(places: dict[str, Any]) -> None:
    person = make_person("700901", "钱独店")
    give_role(person, "branch_manager", branch=Branch.objects.get(code=HERE))
    answer = browser(person).get(reverse("plans:agreement-new"))
    assert (answer.status_code, 'aria-label="营业部"' in answer.content.decode()) == (200, False)


@pytest.mark.parametrize("name", ["rule-new", "rule-register", "division-pick", "division-new", "division-end"])
def test_these_choose_the_branch_by_the_same_tabs(places: dict[str, Any], name: str) -> None:
    if name == "rule-register":  # 综合室 sees every branch
        give_role(places["person"], "brokerage_office")
    client, address = browser(places["person"]), reverse(f"plans:{name}")
    assert client.get(address, {"branch": "nowhere"}).status_code == 404
    page = client.get(address, {"branch": THERE}).content.decode()
    assert f'href="?branch={HERE}"' in page
    assert f'href="?branch={THERE}" class="active"' in page
    assert 'name="branch"' not in page or f'type="hidden" name="branch" value="{THERE}"' in page


def test_a_rule_document_is_of_the_branch_of_the_tab(places: dict[str, Any]) -> None:
    client, address = browser(places["person"]), reverse("plans:rule-new")
    branch, team, _ = places[THERE]
    page = client.get(address, {"branch": THERE})
    assert f'action="{address}?branch={THERE}"' in page.content.decode()
    assert {one.branch for one in page.context["form"].fields["team"].queryset} == {branch}
    given = {"kind": "management", "text": "第一条", "effective_from": "2026-06-01"}
    refused = client.post(f"{address}?branch={THERE}", given | {"team": places[HERE][1].pk})
    assert refused.status_code == 200, "the other branch's team is no choice here"
    assert client.post(f"{address}?branch={THERE}", given | {"team": team.pk}).status_code == 302
    assert RuleDocument.objects.get().branch == branch


def test_clients_are_picked_and_shared_where_the_tab_says(places: dict[str, Any]) -> None:
    client = browser(places["person"])
    for number, code in enumerate((HERE, THERE), 1):
        given = {"client_no": f"9{number}", "name": f"{code}客户", "kind": "个人", "opened_on": date(2020, 1, 1)}
        Customer.objects.create(branch=places[code][0], **given)
    page = client.get(reverse("plans:division-pick"), {"branch": THERE}).content.decode()
    assert f"{THERE}客户" in page
    assert f"{HERE}客户" not in page
    assert f'<input type="hidden" name="branch" value="{THERE}">' in page, "the next step stays there"
    address = reverse("plans:division-end")
    given = {"clients": "91", "from_month": str(Month.of(timezone.localdate()).next), "reason": "x"}
    answer = client.post(f"{address}?branch={THERE}", given)
    assert answer.status_code == 200
    assert "客户号 91不存在" in answer.content.decode(), "the other branch's client is none of this one's"
