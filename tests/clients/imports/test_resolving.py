"""What waits pays nobody; what is resolved pays whom the resolution says."""

from __future__ import annotations

from decimal import Decimal

import pytest

from branch.audit.models import AuditRow
from clients.figures.queries import lines_of
from clients.imports import resolving
from clients.imports.models import ClientMonth
from clients.imports.queries import exceptions_of, waiting_counts
from clients.products.models import ProductSale
from clients.products.queries import sales_of
from clients.registry.actions import void_slip
from clients.registry.models import ConfirmationSlip, Relation
from kernel.months import Month
from kernel.refusals import Forbidden, Refusal
from tests.factories.clients import TOTALS, book, branch_with, client_file, client_row, confirm, csv_file, sale_row, sales_csv

pytestmark = pytest.mark.django_db
OCTOBER, NOVEMBER = Month(2026, 10), Month(2026, 11)
SEPTEMBER_ROW = {"月份": "2026-09"}


def net_of(people, month=OCTOBER):
    return {line.person.staff_no: line.net_commission for line in lines_of(people.branch, month) if line.net_commission}


def two_months(*october):
    """Clients 1 and 2 of 600101 in September, then these rows of October."""
    people = branch_with()
    book(people, csv_file([client_row("1", **SEPTEMBER_ROW), client_row("2", **SEPTEMBER_ROW)]))
    confirm(people, "2026-09")
    book(people, csv_file(list(october)))
    confirm(people, "2026-10")
    return people


def resolve(people, *numbers, how, by="600001", **options):
    ids = ClientMonth.objects.filter(month=OCTOBER, client__client_no__in=numbers).values_list("pk", flat=True)
    return resolving.resolve_rows(branch=people.branch, month=OCTOBER, ids=ids, how=how, by=people[by], **options)


def changed(number="1"):
    return client_row(number, 客户经理工号="600102", 客户经理="夏娜芳", 期初资产="1500.00")


def test_a_waiting_row_pays_nobody_and_keep_pays_the_old_manager():
    people = two_months(changed("1"), client_row("2"))
    assert net_of(people) == {"600101": Decimal("72.99")}
    assert resolve(people, "1", how="keep") == 1
    assert net_of(people) == {"600101": Decimal("145.98")}
    assert AuditRow.objects.filter(act="imports.resolve_rows").count() == 1
    with pytest.raises(Refusal, match="已由同事处理") as second:
        resolve(people, "1", how="exclude", reason="重复")
    assert "已处理为“按原客户经理计”" in second.value.items[0]
    assert "您选的是“不计入”" in second.value.items[0]


def test_a_confirmed_change_pays_the_new_manager_from_next_month():
    people = two_months(changed("1"), client_row("2"))
    resolve(people, "1", how="change", reason="客户申请")
    assert net_of(people) == {"600101": Decimal("145.98")}
    old, new = Relation.objects.filter(client__client_no="1").order_by("from_month")
    assert (old.manager.staff_no, old.to_month, old.slip.state) == ("600101", OCTOBER, "ended")
    assert (new.manager.staff_no, new.from_month, new.slip.basis) == ("600102", NOVEMBER, "change")
    (report,) = book(people, csv_file([changed("1") | {"月份": "2026-11"}, client_row("2", 月份="2026-11")]))
    assert not report.of("exception")
    assert net_of(people, NOVEMBER) == {"600101": Decimal("72.99"), "600102": Decimal("72.99")}
    row = ClientMonth.objects.get(month=OCTOBER, client__client_no="1")
    with pytest.raises(Refusal, match="作废那张变更单"):
        resolving.reopen_row(row_id=row.pk, branch=people.branch, by=people["600001"])


def test_a_change_confirmed_by_mistake_is_taken_back_by_voiding_its_slip_first():
    people = two_months(changed("1"), client_row("2"))
    resolve(people, "1", how="change", reason="客户申请")
    slip = ConfirmationSlip.objects.get(basis="change")
    void_slip(slip_id=slip.pk, reason="误确认", by=people["600001"])
    row = ClientMonth.objects.get(month=OCTOBER, client__client_no="1")
    resolving.reopen_row(row_id=row.pk, branch=people.branch, by=people["600001"])
    assert waiting_counts(people.branch, OCTOBER)["rows"] == 1
    resolve(people, "1", how="keep")
    assert net_of(people) == {"600101": Decimal("145.98")}


@pytest.mark.parametrize("confirmed", [False, True])
def test_a_slip_voided_by_mistake_is_proposed_again(confirmed):
    people = branch_with()
    book(people, csv_file([client_row("1"), client_row("2")]))
    if confirmed:
        confirm(people, "2026-10")
    slip = ConfirmationSlip.objects.get(client__client_no="1")
    void_slip(slip_id=slip.pk, reason="点错了", by=people["600001"])
    assert book(people, csv_file([client_row("1"), client_row("2")]))[0].unchanged
    assert resolving.review_waiting(branch=people.branch, month=OCTOBER, by=people["600001"]) == (0, 1)
    assert resolving.review_waiting(branch=people.branch, month=OCTOBER, by=people["600001"]) == (0, 0)
    again = ConfirmationSlip.objects.get(client__client_no="1", state="proposed")
    assert (again.serial, again.manager.staff_no, again.basis) == ("202610-0755FT-0003", "600101", "opening")
    confirm(people, "2026-10")
    assert net_of(people) == {"600101": Decimal("145.98")}
    assert waiting_counts(people.branch, OCTOBER)["unconfirmed"] == 0


def test_an_unconfirmed_change_waits_again_the_month_after():
    people = two_months(changed("1"), client_row("2"))
    resolve(people, "1", how="keep")
    (report,) = book(people, csv_file([changed("1") | {"月份": "2026-11"}]))
    assert [f.kind for f in report.of("exception")] == ["manager_changed"]


def test_correcting_pays_another_for_this_month_with_a_reason():
    people = two_months(client_row("1", 客户经理工号="699901"), client_row("2"))
    with pytest.raises(Refusal, match="写明原因"):
        resolve(people, "1", how="correct", staff_no="600103")
    with pytest.raises(Refusal, match="没有工号"):
        resolve(people, "1", how="correct", staff_no="699901", reason="笔误")
    resolve(people, "1", how="correct", staff_no="600103", reason="CRM 笔误")
    assert net_of(people) == {"600101": Decimal("72.99"), "600103": Decimal("72.99")}
    assert Relation.objects.filter(client__client_no="1").get().manager.staff_no == "600101"


def test_correcting_a_new_client_makes_its_relation():
    people = two_months(client_row("1"), client_row("2"), client_row("7", 客户经理工号="699901", 开户日期="2026-10-09"))
    assert not ConfirmationSlip.objects.filter(client__client_no="7").exists()
    with pytest.raises(Refusal, match="没有原客户经理"):
        resolve(people, "7", how="keep")
    resolve(people, "7", how="correct", staff_no="600103", reason="CRM 笔误")
    relation = Relation.objects.get(client__client_no="7")
    assert (relation.manager.staff_no, relation.from_month, relation.slip.basis) == ("600103", OCTOBER, "new")
    assert net_of(people)["600103"] == Decimal("72.99")


def test_setting_aside_pays_nobody_and_finance_may_do_it():
    people = two_months(client_row("1", 客户经理="夏娜芳"), client_row("2"))
    with pytest.raises(Forbidden):
        resolve(people, "1", how="keep", by="600002")
    with pytest.raises(Forbidden):
        resolve(people, "1", how="exclude", by="600003", reason="不明")
    resolve(people, "1", how="exclude", by="600002", reason="归属不明,本月不计")
    assert net_of(people) == {"600101": Decimal("72.99")}
    assert waiting_counts(people.branch, OCTOBER) == {"rows": 0, "sales": 0, "unconfirmed": 0}
    row = ClientMonth.objects.get(month=OCTOBER, client__client_no="1")
    resolving.reopen_row(row_id=row.pk, branch=people.branch, by=people["600001"])
    assert waiting_counts(people.branch, OCTOBER)["rows"] == 1


def test_an_unconfirmed_client_can_only_be_confirmed_or_set_aside():
    people = branch_with()
    book(people, csv_file([client_row("1")]))
    assert exceptions_of(people.branch, OCTOBER, kind="unconfirmed_relation").count() == 1
    with pytest.raises(Refusal, match="不再等待"):
        resolve(people, "1", how="keep")
    resolve(people, "1", how="exclude", reason="客户未签确认单", by="600002")
    confirm(people, "2026-10")
    assert net_of(people) == {}


def test_what_the_roster_mends_is_freed_by_looking_again():
    people = two_months(client_row("1", 客户经理="陆辰伟"), client_row("2"))
    manager = people["600101"]
    manager.name = "陆辰伟"
    manager.save()
    assert resolving.review_waiting(branch=people.branch, month=OCTOBER, by=people["600001"]) == (1, 0)
    assert net_of(people) == {"600101": Decimal("145.98")}
    assert resolving.review_waiting(branch=people.branch, month=OCTOBER, by=people["600001"]) == (0, 0)


def test_waiting_sales_are_resolved_or_freed_by_listing_the_product():
    people = branch_with()
    book(people, csv_file([client_row("1", 资金账号="302000000001")]))
    confirm(people, "2026-10")
    rows = [sale_row(客户经理工号="699999"), sale_row(产品代码="XX9"), sale_row(客户经理="夏娜芳"), sale_row()]
    book(people, sales_csv(rows))
    ids = {sale.source_row: sale.pk for sale in ProductSale.objects.all()}
    assert {fact.row for facts in sales_of(people.branch, OCTOBER).values() for fact in facts} == {5}

    def settle(row, how, **options):
        return resolving.resolve_sales(
            branch=people.branch, month=OCTOBER, ids=[ids[row]], how=how, by=people["600001"], **options
        )

    settle(2, "keep")
    settle(4, "correct", staff_no="600102", reason="确为夏娜芳所售")
    with pytest.raises(Refusal, match="先登记产品"):
        settle(3, "keep")
    settle(3, "exclude", reason="产品未备案")
    sales = sales_of(people.branch, OCTOBER)
    assert {person: [fact.row for fact in facts] for person, facts in sales.items()} == {
        people["600101"].pk: [2, 5],
        people["600102"].pk: [4],
    }


def test_every_row_of_the_file_with_mistakes_can_be_settled():
    people = branch_with("2026-09")
    book(people, client_file("2026-10_含异常"), leave_out="四行重复或不平")
    confirm(people, "2026-10")
    known = TOTALS["2026-10_含异常"]
    waiting = exceptions_of(people.branch, OCTOBER)
    assert [row.source_row for row in waiting] == [entry["row"] for entry in known["exceptions"]]
    assert sum(net_of(people).values()) == Decimal(known["accepted"]["net_commission"])
    resolving.resolve_rows(branch=people.branch, month=OCTOBER, ids=[row.pk for row in waiting], how="keep", by=people["600001"])
    lacking = sum(Decimal(entry["net_commission"]) for entry in known["exceptions"])
    assert sum(net_of(people).values()) == Decimal(known["accepted"]["net_commission"]) + lacking
