"""Products, and the mismatches that may or may not be settled."""

from __future__ import annotations

import pytest
from django.db import IntegrityError, transaction
from django.db.models import F

from branch.audit.models import AuditRow
from branch.notices.models import Notice
from clients.imports.actions import import_files
from clients.imports.resolving import review_waiting
from clients.products.actions import clear_unsuitable, confirm_product, decline_product, propose_product, seed_products
from clients.products.models import Product, ProductProposal, ProductSale
from clients.products.queries import sales_for, sales_of
from clients.products.rules import is_suitable, may_be_cleared
from kernel.months import Month
from kernel.refusals import Forbidden, Refusal
from tests.factories.branch import give_role, make_person
from tests.factories.clients import book, branch_with, client_row, confirm, csv_file, sale_row, sales_csv
from tests.factories.neighbours import two_offices

pytestmark = pytest.mark.django_db
OCTOBER = Month(2026, 10)


@pytest.mark.parametrize(
    ("client", "product", "fits", "clears"),
    [
        ("C1", "R1", True, True),
        ("C1", "R2", False, False),
        ("C1", "R5", False, False),
        ("C2", "R3", False, True),
        ("C5", "R5", True, True),
        ("C4", "R5", False, True),
    ],
)
def test_suitability_and_what_can_never_be_cleared(client, product, fits, clears):
    assert is_suitable(client, product) is fits
    assert may_be_cleared(client, product) is clears


def with_sales(*rows):
    people = branch_with()
    book(people, csv_file([client_row("1", 资金账号="302000000001")]), sales_csv(list(rows)))
    confirm(people, "2026-10")
    return people


def test_a_mismatch_is_listed_and_settled_with_a_reason_but_earns_nothing():
    people = with_sales(sale_row(客户风险等级="C2", 产品风险等级="R3"), sale_row(客户风险等级="C1"), sale_row())
    bad = list(sales_for(people["600001"], suitable="no"))
    assert [sale.source_row for sale in bad] == [2, 3]
    with pytest.raises(Refusal, match="核销依据"):
        clear_unsuitable(sale_id=bad[0].pk, reason="", by=people["600001"])
    with pytest.raises(Forbidden):
        clear_unsuitable(sale_id=bad[0].pk, reason="警示书", by=people["600101"])
    clear_unsuitable(sale_id=bad[0].pk, reason="风险不匹配警示书 12 号", by=people["600001"])
    with pytest.raises(Refusal, match="不能核销"):
        clear_unsuitable(sale_id=bad[1].pk, reason="客户坚持", by=people["600001"])
    assert [sale.source_row for sale in sales_for(people["600001"], suitable="cleared")] == [2]
    facts = sales_of(people.branch, OCTOBER)[people["600101"].pk]
    assert [(fact.row, fact.suitable) for fact in facts] == [(2, False), (3, False), (4, True)]


def propose(people, code="XX9", by="600001"):
    return propose_product(branch=people.branch, code=code, name="新品九号", risk="R2", by=people[by])


def test_a_product_confirmed_by_a_second_person_frees_the_sales_that_waited_for_it():
    people = with_sales(sale_row(产品代码="XX9"), sale_row(产品代码="XX9", 客户经理工号="699999"))
    proposal = propose(people, "xx9")
    assert (proposal.code, proposal.state) == ("XX9", "proposed")
    assert "XX9" in Notice.objects.get(person=people["600002"], key=f"products.propose:{proposal.pk}").text
    assert not Product.objects.filter(code="XX9").exists()
    assert sales_of(people.branch, OCTOBER) == {}
    product = confirm_product(proposal_id=proposal.pk, by=people["600002"])
    assert (product.code, product.added_by) == ("XX9", people["600001"])
    assert [fact.row for fact in sales_of(people.branch, OCTOBER)[people["600101"].pk]] == [2]
    assert ProductSale.objects.waiting().get().exception == "unknown_manager"
    assert "1 笔" in Notice.objects.get(person=people["600001"], key__startswith="products.listed").text
    assert AuditRow.objects.get(act="products.confirm_product").details["freed"] == {"0755FT": 1}
    with pytest.raises(Refusal, match="已登记"):
        propose(people)
    with pytest.raises(Refusal, match="不能再处理"):
        confirm_product(proposal_id=proposal.pk, by=people["600002"])


def test_nobody_lists_a_product_alone():
    people = branch_with()
    give_role(people["600001"], "branch_finance", branch=people.branch)
    proposal = propose(people)
    with pytest.raises(Refusal, match="不能是同一人"):
        confirm_product(proposal_id=proposal.pk, by=people["600001"])
    with pytest.raises(Forbidden):
        confirm_product(proposal_id=proposal.pk, by=people["600005"])
    with pytest.raises(Forbidden):
        propose(people, "YY1", by="600002")
    with pytest.raises(Refusal, match="正在等待确认"):
        propose(people)
    with pytest.raises(IntegrityError), transaction.atomic():
        ProductProposal.objects.update(decided_by=F("proposed_by"))
    assert not Product.objects.filter(code="XX9").exists()


def test_a_no_is_told_with_its_reason_and_the_proposer_may_withdraw_and_ask_again():
    people = with_sales(sale_row(产品代码="XX9"))
    proposal = propose(people)
    with pytest.raises(Refusal, match="原因"):
        decline_product(proposal_id=proposal.pk, reason=" ", by=people["600002"])
    with pytest.raises(Forbidden):
        decline_product(proposal_id=proposal.pk, reason="x", by=people["600101"])
    declined = decline_product(proposal_id=proposal.pk, reason="代码写错", by=people["600002"])
    assert (declined.state, declined.decided_by, declined.note) == ("declined", people["600002"], "代码写错")
    assert "代码写错" in Notice.objects.get(person=people["600001"], key=f"products.decline:{proposal.pk}").text
    again = propose(people)
    own = decline_product(proposal_id=again.pk, reason="另行核对", by=people["600001"])
    assert (own.state, own.decided_by) == ("declined", None)
    assert ProductSale.objects.waiting().count() == 1


@pytest.fixture
def offices():
    """October of two branches, each with a sale of a product that is not listed; `there` has asked for it, too."""
    here, there = two_offices()
    for office in (here, there):
        row = office.row(f"{office.branch.code}-1")
        sale = sale_row(产品代码="XX9", 资金账号=row["资金账号"], 客户经理工号=row["客户经理工号"], 客户经理=row["客户经理"])
        import_files(files=[csv_file([row]), sales_csv([sale])], branch=office.branch, by=office.importer)
    return here, there


def still_waiting():
    return sorted(ProductSale.objects.waiting().values_list("branch__code", flat=True))


def ask_for(office):
    return propose_product(branch=office.branch, code="XX9", name="新品九号", risk="R2", by=office.importer)


def test_two_of_one_branch_move_nobody_elses_sales(offices):
    here, there = offices
    proposal, theirs = ask_for(here), ask_for(there)
    with pytest.raises(Forbidden):
        confirm_product(proposal_id=theirs.pk, by=here.finance)
    confirm_product(proposal_id=proposal.pk, by=here.finance)
    assert still_waiting() == [there.branch.code]
    assert "重新核对" in Notice.objects.get(person=there.importer, key__startswith="products.listed").text
    theirs.refresh_from_db()
    assert (theirs.state, theirs.decided_by) == ("listed", None)
    assert here.branch.name in theirs.note
    assert review_waiting(branch=there.branch, month=OCTOBER, by=there.importer).freed == 1
    assert still_waiting() == []


def test_what_head_office_confirms_counts_in_every_branch(offices):
    here, there = offices
    head = give_role(make_person("100002", "渠道"), "channel_department").person
    confirm_product(proposal_id=ask_for(here).pk, by=head)
    assert still_waiting() == []
    assert "1 笔等待的销售随之计入" in Notice.objects.get(person=there.importer, key__startswith="products.listed").text


def test_a_look_again_frees_no_sale_of_a_product_nobody_listed():
    people = with_sales(sale_row(产品代码="XX9", 客户经理="别的名字"))
    assert ProductSale.objects.get().exception == "name_mismatch"
    ProductSale.objects.update(manager_name=people["600101"].name)  # as if the roster had been mended
    assert review_waiting(branch=people.branch, month=OCTOBER, by=people["600001"]).freed == 0
    assert ProductSale.objects.waiting().get().exception == "unknown_product"


def test_seeding_twice_adds_nothing():
    assert seed_products() == 4
    assert seed_products() == 0
    assert set(Product.objects.values_list("code", flat=True)) == {"HB001", "JRY03", "JRY05", "ZQ018"}
