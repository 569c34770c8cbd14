"""Each output from an approved run: its layout, its sums, who gets it, and when nobody does."""

from __future__ import annotations

import csv
import io
from decimal import Decimal
from typing import Any

import pytest

from branch.audit.models import AuditRow
from branch.exports.models import Export
from branch.people.models import Person, RoleHolding
from kernel.money import total
from kernel.refusals import Forbidden, Refusal, Unknown
from payroll.outputs import exports
from payroll.outputs.declarations import BROKER_COLUMNS, BROKER_ITEM, WAGE_COLUMNS
from payroll.outputs.pay import merged
from payroll.runs.models import PayRun, PaySlip
from tests.factories.branch import People, give_role, make_branch
from tests.factories.close import computed
from tests.factories.runs import SEPTEMBER, fresh, make_ready
from tests.factories.tampering import tampering
from tests.payroll.outputs.conftest import Taking, newest, resident_id, table
from tests.payroll.outputs.test_reconcile import as_pay
from tests.payroll.reckoning.makers import employee, inputs, pay, salary_state

SECRET = (exports.BANK, exports.WAGES, exports.BROKER)
PLAIN = (exports.INSURANCE, exports.SUMMARY, exports.YEAR)


def money(value: Any) -> Decimal:
    return Decimal(str(value)).quantize(Decimal("0.01"))


# The import layout of 自然人电子税务局(扣缴端), heads in its order.
WAGE_FORM = [
    *("工号", "*姓名", "*证件类型", "*证件号码", "本期收入", "本期免税收入"),
    *("基本养老保险费", "基本医疗保险费", "失业保险费", "住房公积金"),
    *("累计子女教育", "累计继续教育", "累计住房贷款利息", "累计住房租金", "累计赡养老人", "累计3岁以下婴幼儿照护"),
    *("累计个人养老金", "企业(职业)年金", "商业健康保险", "税延养老保险", "公务交通费用", "通讯费用", "律师办案费用"),
    *("西藏附加减除费用", "其他", "准予扣除的捐赠额", "减免税额", "协定减免", "备注"),
]
BROKER_FORM = [
    *("工号", "*姓名", "*证件类型", "*证件号码", "*所得项目", "本期收入", "本期免税收入", "累计个人养老金"),
    *("商业健康保险", "税延养老保险", "其他", "允许扣除的税费", "减免税额", "备注"),
]


def test_the_layouts_are_the_forms() -> None:
    assert [column.label for column in WAGE_COLUMNS] == WAGE_FORM
    assert [column.label for column in BROKER_COLUMNS] == BROKER_FORM


def test_the_bank_file_pays_everybody_to_the_full_account_and_to_the_fen(people: People, run: PayRun, take: Taking) -> None:
    sheet = take(exports.BANK).worksheets[0]
    rows = table(sheet, 4)
    assert [row["账号"] for row in rows] == [people[no].bank_account for no in sorted(people.by_no) if no.startswith("6001")]
    assert {row["开户行"] for row in rows} == {"招商银行深圳分行"}
    assert total(money(row["金额"]) for row in rows) == run.net_total
    assert f"总笔数:5 笔    总金额:{run.net_total:,.2f} 元" in sheet["A3"].value
    assert {row["摘要"] for row in rows} == {f"{run.month.label}工资", f"{run.month.label}委托费"}


def test_the_bank_text_is_gbk_with_a_control_line(run: PayRun, take: Taking) -> None:
    rows = list(csv.reader(io.StringIO(take(exports.BANK, query=f"run={run.pk}&format=csv").decode("gbk"))))
    assert rows[0] == ["序号", "户名", "账号", "开户行", "金额", "摘要"]
    assert rows[-1] == ["合计", "5笔", "", "", str(run.net_total), ""]
    assert total(Decimal(row[4]) for row in rows[1:-1]) == run.net_total
    assert newest().file_name.endswith(".csv")


def test_who_has_no_account_is_named_and_nothing_is_written(people: People, take: Taking) -> None:
    lost = people["600103"]
    lost.bank_account = ""
    lost.save()
    with pytest.raises(Refusal, match="1 人没有银行账号") as refused:
        take(exports.BANK)
    assert refused.value.items[0].startswith("600103 丁一凡,实发 ")
    assert not Export.objects.exists()


def test_who_is_owed_nothing_and_whose_account_changed_stand_on_the_second_sheet(people: People, take: Taking) -> None:
    moved = people["600102"]
    moved.bank_account = "6214830000009999999"
    moved.save()
    rows = table(take(exports.BANK).worksheets[1], 3)
    assert [row["工号"] for row in rows] == ["600102"]
    assert "账号在核算之后有变更" in rows[0]["说明"]
    assert "6214830000009999999" not in rows[0]["说明"]
    assert newest().details["changed_accounts"] == 1


def test_wages_are_declared_as_the_chain_grew(people: People, run: PayRun, take: Taking) -> None:
    book = take(exports.WAGES)
    rows = {row["工号"]: row for row in table(book.worksheets[0])}
    assert list(rows) == ["600101", "600102", "600103", "600104"]
    for staff_no, row in rows.items():
        slip = PaySlip.objects.get(staff_no=staff_no)
        figures = {name: Decimal(text) for name, text in slip.figures.items()}
        assert row["*证件号码"] == people[staff_no].id_number
        assert row["*证件类型"] == "居民身份证"
        assert money(row["本期收入"]) == figures["应发"]
        assert [money(row[name]) for name in WAGE_FORM[6:10]] == [figures[name] for name in ("养老", "医疗", "失业", "公积金")]
        assert money(row["累计子女教育"]) == Decimal(slip.carried_after["chain"]["additional"])
    checked = table(book.worksheets[1], 4)
    tax = PaySlip.objects.filter(kind="员工").values_list("iit", flat=True)
    assert total(money(row["本期应预扣税额"]) for row in checked) == total(tax)


def test_brokers_are_declared_without_vat(run: PayRun, take: Taking) -> None:
    (row,) = table(take(exports.BROKER).worksheets[0])
    figures = PaySlip.objects.get(staff_no="600105").figures
    assert row["*所得项目"] == BROKER_ITEM
    assert money(row["本期收入"]) == Decimal(figures["应发"]) - Decimal(figures["增值税"])
    assert money(row["允许扣除的税费"]) == Decimal(figures["附加"])
    assert newest().details["tax"] == figures["个税"]


def test_the_tax_of_both_declarations_is_the_runs(run: PayRun, take: Taking) -> None:
    taxes = []
    for kind in (exports.WAGES, exports.BROKER):
        take(kind)
        taxes.append(Decimal(newest().details["tax"]))
    assert total(taxes) == run.iit_total > 0


@pytest.fixture
def second(people: People, run: PayRun) -> PayRun:
    """September, paid in the same month as August, approved too."""
    make_ready(people, SEPTEMBER)
    made = computed(people, SEPTEMBER, pay_month=run.pay_month)
    PayRun.objects.filter(pk=made.pk).update(state="approved")
    return fresh(made)


def test_two_runs_of_one_month_of_payment_are_one_declaration(run: PayRun, second: PayRun, take: Taking) -> None:
    taxes = []
    for kind, slips in ((exports.WAGES, "员工"), (exports.BROKER, "证券经纪人")):
        first = table(take(kind).worksheets[0])
        book = take(kind, query=f"run={second.pk}")
        rows = table(book.worksheets[0])
        assert rows == first  # the same from whichever run it is taken
        taxes.append(Decimal(newest().details["tax"]))
        found = PaySlip.objects.filter(kind=slips).order_by("staff_no")
        assert [row["工号"] for row in rows] == list(dict.fromkeys(found.values_list("staff_no", flat=True)))
        for row in rows:
            both = [slip for slip in found if slip.staff_no == row["工号"]]
            paid = total(Decimal(slip.figures["应发"]) - Decimal(slip.figures["增值税"]) for slip in both)
            assert money(row["本期收入"]) == paid
            assert row["备注"].startswith("本期合并 2026年8月、2026年9月 2 次发放")
    assert total(taxes) == run.iit_total + second.iit_total


def test_the_check_sheet_of_both_payments_ends_where_the_chain_ends(second: PayRun, take: Taking) -> None:
    checked = {row["工号"]: row for row in table(take(exports.WAGES).worksheets[1], 4)}
    for slip in second.slips.filter(kind="员工"):
        row, chain = checked[slip.staff_no], slip.carried_after["chain"]
        assert money(row["累计收入"]) == Decimal(chain["income"])
        assert money(row["累计减除费用"]) == Decimal(chain["basic"])
        assert money(row["累计应纳税所得额"]) == Decimal(slip.figures["累计应纳税所得额"])
        assert money(row["累计已预扣税额"]) == Decimal(chain["withheld"])


def test_no_declaration_while_the_other_payment_is_being_reversed(second: PayRun, take: Taking) -> None:
    PayRun.objects.filter(pk=second.pk).update(state="reversing")
    with pytest.raises(Refusal, match="正在冲销"):
        take(exports.WAGES)
    assert take(exports.BANK)  # each run is paid by itself


def test_payments_that_do_not_follow_each_other_are_not_merged() -> None:
    state = salary_state()
    one = as_pay(1, pay(employee(inputs()), state), state)
    with pytest.raises(Refusal, match="不相接"):
        merged([one, one], "")


def test_a_document_that_is_none_stops_the_declaration(people: People, take: Taking) -> None:
    person = people["600101"]
    person.id_number = resident_id(7)[:-1] + "0" if not resident_id(7).endswith("0") else resident_id(7)[:-1] + "1"
    person.save()
    with pytest.raises(Refusal, match="证件号码缺失或不正确") as refused:
        take(exports.WAGES)
    assert refused.value.items == ["600101 陆晨伟"]


def test_the_insurance_list_is_the_slips_item_by_item(run: PayRun, take: Taking) -> None:
    book = take(exports.INSURANCE)
    rows = {row["工号"]: row for row in table(book.worksheets[0], 3)}
    assert "600105" not in rows
    slip = PaySlip.objects.get(staff_no="600101")
    assert money(rows["600101"]["养老(个人)"]) == Decimal(slip.figures["养老"])
    assert money(rows["600101"]["养老(单位)"]) == Decimal(slip.facts["employer"]["养老"])
    assert total(money(row["单位合计"]) for row in rows.values()) == run.employer_total
    items = {row["险种"]: money(row["单位"]) for row in table(book.worksheets[1], 3)}
    assert total(items.values()) == run.employer_total
    assert set(items) == {"养老", "医疗", "生育", "失业", "工伤", "公积金"}


def test_the_summary_comes_to_the_run_by_team_by_grade_and_in_the_vouchers(run: PayRun, take: Taking) -> None:
    book = take(exports.SUMMARY)
    for sheet in book.worksheets[:2]:
        rows = table(sheet, 3)
        assert total(money(row["应发"]) for row in rows) == run.gross_total
        assert total(money(row["实发"]) for row in rows) == run.net_total
    entries = table(book.worksheets[2], 3)
    for step in ("计提", "发放"):
        sides = {side: total(money(e["金额"]) for e in entries if (e["凭证"], e["方向"]) == (step, side)) for side in "借贷"}
        assert sides["借"] == sides["贷"] > 0
    paid = next(entry for entry in entries if entry["科目"] == "银行存款—代发")
    assert money(paid["金额"]) == run.net_total


def test_the_year_so_far_is_the_slips_and_the_chain(run: PayRun, take: Taking) -> None:
    rows = {row["工号"]: row for row in table(take(exports.YEAR).worksheets[0], 4)}
    slip = PaySlip.objects.get(staff_no="600101")
    assert money(rows["600101"]["应发"]) == slip.gross_pay
    assert money(rows["600101"]["累计收入(含期初)"]) == Decimal(slip.carried_after["chain"]["income"])
    assert rows["600101"]["发放次数"] == 1


@pytest.mark.parametrize("kind", SECRET)
def test_full_numbers_want_a_purpose_and_leave_their_trace(run: PayRun, take: Taking, kind: str) -> None:
    with pytest.raises(Refusal, match="用途"):
        take(kind, reason="")
    take(kind, reason="向税务和银行报送")
    made = AuditRow.objects.get(act="export.made")
    assert "用途:向税务和银行报送" in made.summary
    assert made.details["about"] == f"payroll.PayRun:{run.pk}"
    assert made.branch_code == "0755FT"
    assert "6214" not in f"{made.summary}{made.details}"
    assert (newest().expires_at - newest().ready_at).days == 1  # type: ignore[operator]


def test_the_log_has_the_sums_of_no_single_person(run: PayRun, take: Taking) -> None:
    """A declaration of one broker: its sums are that broker's pay, which the log's readers may not see."""
    brokers = PaySlip.objects.filter(run=run, kind="broker").count()
    take(exports.BROKER, reason="报送")
    take(exports.BANK, reason="发放")
    by_kind = {row.details["kind"]: row.details for row in AuditRow.objects.filter(act="export.made")}
    assert brokers < 3 <= by_kind[exports.BANK]["rows"]
    assert "control" not in by_kind[exports.BROKER]
    assert by_kind[exports.BANK]["control"]["total"] == str(run.net_total)


@pytest.mark.parametrize("kind", [*SECRET, *PLAIN])
@pytest.mark.parametrize("state", ["review", "approving", "returned", "void"])
def test_nothing_is_taken_before_three_have_signed(run: PayRun, take: Taking, kind: str, state: str) -> None:
    PayRun.objects.filter(pk=run.pk).update(state=state)
    with pytest.raises(Refusal, match="还没有批准"):
        take(kind)


@pytest.mark.parametrize("kind", PLAIN)
def test_no_other_output_has_a_full_number(run: PayRun, take: Taking, kind: str) -> None:
    def told(book: Any) -> str:
        return str([[str(cell) for cell in row] for sheet in book.worksheets for row in sheet.iter_rows(values_only=True)])

    paid = [slip.person for slip in PaySlip.objects.filter(run=run).select_related("person")]
    numbers = {number for person in paid for number in (person.id_number, person.bank_account) if number}
    assert numbers
    assert not [number for number in numbers if number in told(take(kind))]
    assert [number for number in numbers if number in told(take(exports.BANK))]  # what is looked for can be found


def test_signers_take_sums_but_no_full_numbers_and_others_nothing(run: PayRun, take: Taking) -> None:
    for kind in PLAIN:
        take(kind, "600003")
    for kind in SECRET:
        with pytest.raises(Forbidden):
            take(kind, "600003")
    for who in ("600001", "600101", "100001"):
        for kind in (*SECRET, *PLAIN):
            with pytest.raises(Forbidden):
                take(kind, who)


def test_another_branchs_finance_finds_no_such_run(people: People, take: Taking) -> None:
    other = make_branch("0755LH", "深圳罗湖营业部")
    RoleHolding.objects.filter(person=people["600002"]).delete()
    give_role(people["600002"], "branch_finance", branch=other)
    for kind in (*SECRET, *PLAIN):
        with pytest.raises(Unknown):
            take(kind)


def _break(column: str, amount: str) -> None:
    """Past the product: as somebody with a hand on the database would."""
    slip = PaySlip.objects.get(staff_no="600103")
    figures = slip.figures | {column: str(Decimal(slip.figures[column]) + Decimal(amount))}
    with tampering():
        PaySlip.objects.filter(pk=slip.pk).update(figures=figures)


@pytest.mark.parametrize("kind", [*SECRET, *PLAIN])
def test_a_broken_slip_stops_every_output(run: PayRun, take: Taking, kind: str) -> None:
    take(kind)
    _break("实发", "0.01")
    with pytest.raises(Refusal, match="不一致") as refused:
        take(kind)
    assert any("600103 丁一凡" in item for item in refused.value.items)
    assert Export.objects.count() == 1


def test_a_swap_that_no_sum_shows_is_found_by_the_signed_digest(run: PayRun, take: Taking) -> None:
    one, two = PaySlip.objects.get(staff_no="600102"), PaySlip.objects.get(staff_no="600103")
    keep = ("figures", "facts", "carried_after", "carried_before", "gross_pay", "social", "iit", "net_pay", "employer_si")
    with tampering():
        PaySlip.objects.filter(pk=one.pk).update(**{name: getattr(two, name) for name in keep})
        PaySlip.objects.filter(pk=two.pk).update(**{name: getattr(one, name) for name in keep})
    with pytest.raises(Refusal) as refused:
        take(exports.BANK)
    assert {"600102 夏娜芳:工资单内容与签字时不同", "600103 丁一凡:工资单内容与签字时不同"} <= set(refused.value.items)


def test_an_exchanged_account_number_is_not_read_back_as_anothers(people: People, run: PayRun, take: Taking) -> None:
    """The ciphertext is bound to its person: copied to another row it opens nowhere."""
    Person.objects.filter(staff_no="600102").update(bank_account_sealed=Person.objects.get(staff_no="600103").bank_account_sealed)
    with pytest.raises(ValueError, match="密文无法解开"):
        take(exports.BANK)
