"""Income tax of what was settled past the pay run: in the year's chain, in the next slip, in the declaration of its month."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
import yaml
from django.conf import settings
from django.test import Client
from django.utils import timezone

from clients.figures.models import ManagerFigure
from kernel.money import ZERO, grouped, total
from kernel.months import Month
from kernel.refusals import Refusal
from payroll.corrections.declaring import paid_outside
from payroll.corrections.leavers import leavers_in
from payroll.corrections.models import OutsideSettlement
from payroll.corrections.outside import Row, chain_after, due, taxed
from payroll.intake.models import MonthlyInput
from payroll.outputs import queries
from payroll.outputs.declarations import check_rows, wage_rows
from payroll.outputs.pay import Pay
from payroll.reckoning.deductions import chain_for
from payroll.reckoning.facts import Carried
from payroll.reckoning.tax import SalaryChain, TaxTable
from payroll.runs import report
from payroll.runs.models import PayRun
from payroll.runs.queries import tax_chain
from tests.factories.branch import People
from tests.factories.runs import AUGUST, OCTOBER, SEPTEMBER, approved_run, fresh
from tests.payroll.corrections import worlds
from tests.payroll.corrections.test_settlements import come_back, confirmed, leave, leaver, owing, settled
from tests.payroll.reckoning.makers import employee, parameters
from tests.payroll.reckoning.reference import lookup

D = Decimal
NOVEMBER = OCTOBER.next
TABLE: list[dict[str, Any]] = yaml.safe_load((Path(settings.BASE_DIR) / "tests" / "tables" / "outside_tax.yaml").read_text())[
    "paid"
]
ANNUAL = TaxTable.of(lookup("iit.annual_table", date(2026, 10, 1)))
BEGUN = SalaryChain(
    2026, last_month=9, income=D(100000), basic=D(45000), special=D(10000), additional=D(18000), withheld=D("810")
)


def row(key: int, given: dict[str, Any]) -> Row:
    tax = None if given.get("tax") is None else D(given["tax"])
    item = "arrear:GZ-1:2026-08:net" if given.get("net") else "lots"
    plain = (key, item, D(given["amount"]), given["day"], tax, given.get("how", "transfer"))
    if "of" not in given:
        return Row(*plain)
    of = {name: D(given["of"].get(name, "0")) for name in ("gross", "special", "after_tax", "additional")}
    return Row(*plain, 1, of["gross"], of["special"] + of["after_tax"], of["special"], of["additional"])


@pytest.mark.parametrize("case", TABLE, ids=lambda case: case["name"])
def test_what_the_years_sums_take_in(case: dict[str, Any]) -> None:
    paid = taxed([row(key, given) for key, given in enumerate(case["settled"])])
    after = chain_after(BEGUN, paid)
    assert isinstance(after, SalaryChain)
    wanted = {"year": 2026, "special": "10000", "additional": "18000"} | case
    assert after.year == wanted["year"]
    for name in ("income", "special", "additional", "withheld"):
        assert getattr(after, name) == D(wanted[name]), name
    if "due" in case:
        before = chain_after(BEGUN, paid[:-1])
        assert isinstance(before, SalaryChain)
        assert due(before, paid[-1], ANNUAL) == D(case["due"])
    if after.year == BEGUN.year:
        assert (after.last_month, after.basic, after.employed_from) == (9, 45000, 1), "no month of employment is added"


def test_a_year_that_began_outside_counts_its_months_from_the_day_of_hire() -> None:
    """Deferral paid by hand in February, back in May: 5,000 from May on, the tax of February in the sums."""
    chain = chain_after(BEGUN, taxed([Row(1, "lots", D(300), date(2027, 2, 20), D(9), "cash")]))
    june = replace(parameters(), payment_month=Month(2027, 6))
    begun = chain_for(employee(hired_on=date(2027, 5, 4)), june, Carried(chain))
    assert (begun.year, begun.employed_from, begun.basic_start, begun.last_month) == (2027, 5, 5, 0)
    assert (begun.income, begun.withheld) == (300, 9)
    assert begun.months_added(6) == 2


# --- through the run and its outputs ----------------------------------------------------------------------------------
@pytest.fixture
def left(people: People) -> People:
    """August and September paid; 600101, whose August was deferred in part, left with August."""
    worlds.ready(people, SEPTEMBER, OCTOBER)
    worlds.paid(people, AUGUST)
    leave(people, "600101", SEPTEMBER)
    worlds.paid(people, SEPTEMBER)
    return people


def declared(run: PayRun) -> dict[str, Pay]:
    month = queries.month_of(fresh(run))
    assert month.checked.holds, month.checked.sentences
    return {pay.staff_no: pay for pay in queries.paid_in_month(month)}


def paid_in(month: Month) -> PayRun:
    return PayRun.objects.get(month=month.previous, state="issued")


def test_the_slips_after_go_on_from_what_was_paid_and_withheld_outside(left: People, signed_in: Callable[[str], Client]) -> None:
    confirmed(left, settled(left, "lots", "300", day=date(2026, 10, 15), tax=D("9")))
    come_back(left, "600101", date(2026, 10, 19))
    worlds.inputs(left, "600101", OCTOBER, worked_days=9)
    run = fresh(approved_run(left, OCTOBER))
    slip, last = run.slips.get(staff_no="600101"), worlds.slip(left, "600101", AUGUST)
    was, begun, now = last.carried_after["chain"], slip.carried_before["chain"], slip.carried_after["chain"]
    assert D(begun["income"]) == D(was["income"]) + 300
    assert D(begun["withheld"]) == D(was["withheld"]) + 9
    assert {name: begun[name] for name in was if name not in ("income", "withheld")} == {
        name: was[name] for name in was if name not in ("income", "withheld")
    }
    assert D(now["income"]) == D(begun["income"]) + D(slip.figures["应发"])
    assert D(now["withheld"]) == D(begun["withheld"]) + D(slip.figures["个税"])
    rows = [(one.label, one.withheld) for one in tax_chain(slip)]
    assert rows[-2] == ("线下结清(工资以外)", D(begun["withheld"]))
    pay = declared(run)["600101"]
    assert pay.grown("income") == D(slip.figures["应发"]), "not declared a second time"
    year = {row["staff_no"]: row for row in queries.year_rows(run, queries.month_of(run).pays)}
    assert (year["600101"]["outside"], year["600101"]["outside_tax"]) == (300, 9)
    assert year["600102"]["outside"] == year["600102"]["outside_tax"] == 0
    assert "线下结清(工资以外)" in signed_in("600002").get(f"/payroll/slips/{slip.pk}/").content.decode()


def test_the_month_it_was_paid_in_declares_it(left: People, signed_in: Callable[[str], Client]) -> None:
    before = declared(paid_in(OCTOBER))
    assert "600101" not in before
    confirmed(left, settled(left, "lots", "300", day=date(2026, 10, 15), tax=D("9")))
    pay = declared(paid_in(OCTOBER))["600101"]
    (declaration,) = wage_rows([pay])
    chain = worlds.slip(left, "600101", AUGUST).carried_after["chain"]
    assert (declaration["本期收入"], declaration["基本养老保险费"]) == (300, 0)
    assert declaration["累计子女教育"] == D(chain["additional"])
    assert declaration["备注"] == "线下结清 1 笔"
    (checked,) = check_rows([pay])
    assert checked["累计收入"] == D(chain["income"]) + 300
    assert checked["累计减除费用"] == D(chain["basic"])
    assert (checked["累计已预扣税额"], checked["本期应预扣税额"]) == (D(chain["withheld"]) + 9, 9)
    assert declared(paid_in(OCTOBER)).keys() - {"600101"} == before.keys()
    page = signed_in("600002").get(f"/payroll/runs/{paid_in(OCTOBER).pk}/outputs/").content.decode()
    assert "已并入工资薪金申报表" in page
    assert "300.00 元(代扣个税 9.00 元)" in page


def test_paid_in_the_month_of_the_last_wages_it_is_one_row_with_them(left: People) -> None:
    plain = declared(paid_in(SEPTEMBER))["600101"]
    confirmed(left, settled(left, "lots", "300", day=date(2026, 9, 20), tax=D("9")))
    pay = declared(paid_in(SEPTEMBER))["600101"]
    assert pay.grown("income") == plain.grown("income") + 300
    assert pay.grown("withheld") == plain.grown("withheld") + 9
    assert pay.own_insurance("养老") == plain.own_insurance("养老")
    assert pay.note == "本期合并 2026年8月、线下结清 2 次发放"
    assert pay["累计应纳税所得额"] == plain["累计应纳税所得额"] + 300


def test_an_adjustment_settled_whole_is_declared_with_its_items(people: People) -> None:
    worlds.ready(people, SEPTEMBER)
    worlds.paid(people, AUGUST)
    correction = worlds.opened(people)
    worlds.line(people, correction, "600103", "contribution_base", "9000.00")
    worlds.approved(people, correction)
    leave(people, "600103", SEPTEMBER)
    worlds.paid(people, SEPTEMBER)
    item = next(one for one in owing(people).items if one.kind == "adjustment")
    assert item.owed < 0
    assert "个人 养老" in item.insurance
    assert "单位 养老" in item.insurance
    row = settled(people, item.key, str(-item.left), slip=owing(people).slip.pk, day=date(2026, 10, 15), how="cash")
    assert "三险一金差额由财务补缴或退回:个人 养老" in row.label
    confirmed(people, row)
    assert "个人 养老" in owing(people).items[0].insurance, "still told after it was settled"
    assert item.adjustment is not None
    own = item.adjustment.parts["个人"]
    (declaration,) = wage_rows([declared(paid_in(OCTOBER))["600103"]])
    assert declaration["本期收入"] == 0
    assert declaration["基本养老保险费"] == own["养老"] > 0
    assert declaration["备注"] == "线下结清 1 笔"
    (one,) = paid_outside(people.branch, OCTOBER)
    before = one.before
    assert isinstance(before, SalaryChain)
    assert one.after.special - before.special == -item.owed


def test_what_was_registered_without_its_tax_stays_out_and_the_page_says_so(
    left: People, signed_in: Callable[[str], Client]
) -> None:
    found = leaver(left)
    OutsideSettlement.objects.create(
        branch=left.branch, person=left["600101"], slip=found.slip, kind="lots", key="lots", label="递延", amount=D(300),
        day=date(2026, 10, 15), how="cash", reason="以前登记的", voucher="记-1", state="confirmed", proposed_by=left["600002"],
        decided_by=left["600003"], decided_at=timezone.now(),
    )  # fmt: skip
    assert paid_outside(left.branch, OCTOBER) == []
    assert leaver(left).item("lots").settled == 300
    page = signed_in("600002").get(f"/payroll/corrections/leavers/{found.slip.pk}/").content.decode()
    assert "个税不在累计预扣和申报表里,由财务另行申报" in page


WRONG: dict[str, tuple[dict[str, Any], str]] = {
    "not told": ({"tax": None}, r"请填写这笔付款代扣了多少个税,没有的填 0;按本年累计数应扣 \d+\.\d\d 元"),
    "as much as was paid": ({"tax": D("300")}, "比付款少的数"),
    "less than nothing": ({"tax": D("-1")}, "比付款少的数"),
    "less than a 分": ({"tax": D("1.005")}, "两位小数"),
    "given up, and yet withheld": ({"tax": D("9"), "how": "waived"}, "放弃的没有付款"),
}


@pytest.mark.parametrize("name", WRONG)
def test_the_tax_that_may_not_be_registered(left: People, name: str) -> None:
    given, words = WRONG[name]
    with pytest.raises(Refusal, match=words):
        settled(left, "lots", "300", day=date(2026, 10, 15), **given)


def test_what_is_given_up_or_a_brokers_has_no_tax(left: People) -> None:
    assert settled(left, "lots", "300", day=date(2026, 10, 15), tax=None, how="waived").tax is None
    correction = worlds.opened(left)
    worlds.line(left, correction, "600105", "other_allowance", "9000.00")
    worlds.approved(left, correction)
    leave(left, "600105", day=SEPTEMBER.last)
    found = next(one for one in leavers_in([left.branch]) if one.slip.staff_no == "600105")
    assert not found.is_employees
    given: dict[str, Any] = {"slip": found.slip.pk, "day": date(2026, 10, 15)}
    with pytest.raises(Refusal, match="证券经纪人的线下结清不进累计预扣"):
        settled(left, found.items[0].key, "10", tax=D("1"), **given)
    confirmed(left, settled(left, found.items[0].key, "10", tax=None, **given))
    assert paid_outside(left.branch, OCTOBER) == []


def test_the_confirmer_sees_what_the_years_sums_would_withhold(left: People, signed_in: Callable[[str], Client]) -> None:
    row = settled(left, "lots", "300", day=date(2026, 10, 15), tax=ZERO)
    page = signed_in("600003").get(f"/payroll/corrections/leavers/{row.slip_id}/").content.decode()
    assert "代扣个税 0.00 元,2026年10月申报" in page
    assert "按本年累计数应扣" in page


def test_page_report_slips_and_files_of_the_month_of_return_agree(left: People, signed_in: Callable[[str], Client]) -> None:
    """Only the declaration of the month it was paid in has what was settled past the run, to the 分."""
    confirmed(left, settled(left, "lots", "300", day=date(2026, 10, 15), tax=D("9")))
    come_back(left, "600101", NOVEMBER.first)
    worlds.ready(left, NOVEMBER)
    MonthlyInput.objects.filter(person=left["600101"], month=OCTOBER).delete()
    ManagerFigure.objects.filter(person=left["600101"], month=OCTOBER).delete()
    worlds.paid(left, OCTOBER, NOVEMBER)
    for month in (OCTOBER, NOVEMBER):
        run = PayRun.objects.get(month=month)
        found = queries.month_of(run)
        assert found.checked.holds, found.checked.sentences
        slips = list(run.slips.all())
        sums = {name: total(getattr(slip, name) for slip in slips) for name in ("gross_pay", "iit", "net_pay")}
        assert (run.gross_total, run.iit_total, run.net_total) == tuple(sums.values())
        page = signed_in("600002").get(f"/payroll/runs/{run.pk}/").content.decode()
        assert all(grouped(amount) in page for amount in sums.values())
        rows = report.rows(run, report.slips_for_report(run))
        assert {name: total(row[name] for row in rows) for name in sums} == sums
        assert total(pay.grown("withheld") for pay in queries.paid_in_month(found)) == sums["iit"]
    declared_then = queries.paid_in_month(queries.month_of(paid_in(OCTOBER)))
    assert total(pay.grown("withheld") for pay in declared_then) == paid_in(OCTOBER).iit_total + 9
