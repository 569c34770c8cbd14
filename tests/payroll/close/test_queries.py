"""The company's board: what it says of each branch, in a number of statements that doesn't grow."""

from __future__ import annotations

from decimal import Decimal

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from branch.org.models import Branch
from branch.people.models import Engagement
from clients.imports.actions import import_files
from clients.imports.models import ClientMonth
from clients.imports.resolving import resolve_rows
from kernel.months import Month
from kernel.refusals import Refusal
from payroll.close import actions, queries
from payroll.close.models import BranchClose
from payroll.intake.models import InputSheet
from payroll.runs import actions as actions_of_runs
from payroll.runs import states as run_states
from payroll.runs.models import PayRun, PaySlip
from payroll.schemes.models import SchemeVersion
from tests.factories.clients import csv_file
from tests.factories.close import committed
from tests.factories.company import AUGUST, Office, company_of, with_signers
from tests.factories.neighbours import two_offices
from tests.factories.tampering import tampering


def closed(office: Office) -> None:
    with committed():
        actions.start(month=AUGUST, by=office.starter)


def test_the_board_shows_without_a_close(office: Office) -> None:
    board = queries.board(AUGUST)
    assert board.close is None
    assert [(line.branch.code, line.step, line.missing) for line in board.lines] == [
        ("B001", "compute", ["未计算"]),
        ("B002", "compute", ["未计算"]),
        ("B003", "compute", ["未计算"]),
        ("B004", "import", ["未导入", "缺核算输入"]),
    ]
    assert (board.computed, board.done, board.unready) == (0, 0, 4)
    assert [line.facts.people for line in board.lines] == [3, 2, 2, 2]
    assert [line.clients for line in board.lines] == [360, 240, 240, None]


def test_steps_follow_the_runs(office: Office) -> None:
    closed(office)
    PayRun.objects.filter(branch=office["B001"]).update(state=run_states.FILED, issued_on=AUGUST.last)
    PayRun.objects.filter(branch=office["B002"]).update(state=run_states.APPROVED)
    board = queries.board(AUGUST)
    assert [line.step for line in board.lines] == ["done", "issue", "send", "import"]
    assert board.steps == [("import", "未导入", 1), ("send", "待送审", 1), ("issue", "未发放", 1), ("done", "已完成", 1)]
    assert (board.computed, board.done) == (3, 1)
    assert queries.standing(AUGUST) == queries.Standing(4, 3)


def test_the_branches_sums_are_the_companys(office: Office) -> None:
    closed(office)
    board = queries.board(AUGUST)
    for name, column in (("gross", "gross_pay"), ("net", "net_pay"), ("iit", "iit")):
        slips = sum(PaySlip.objects.values_list(column, flat=True), Decimal(0))
        runs = [queries.Sums.of_run(line.run) for line in board.lines if line.is_computed]
        assert sum(getattr(run, name) for run in runs) == slips == getattr(board.totals.company, name)
    assert board.totals.differences == []


def test_a_slip_changed_behind_the_run_is_seen(office: Office) -> None:
    closed(office)
    slip = PaySlip.objects.filter(run__branch=office["B003"]).first()
    assert slip is not None
    with tampering():
        PaySlip.objects.filter(pk=slip.pk).update(net_pay=slip.net_pay + Decimal("0.01"))
    assert queries.board(AUGUST).totals.differences == ["第3营业部:月报合计与工资单之和不一致,请由营业部财务重新计算"]


def test_a_version_given_up_counts_no_more(office: Office) -> None:
    closed(office)
    PayRun.objects.filter(branch=office["B001"]).update(state=run_states.RETURNED)
    board = queries.board(AUGUST)
    assert board.lines[0].sums is None
    assert board.lines[0].missing == ["已退回,待更正后重新计算"]
    assert board.totals.branches == 2


def test_who_belongs_to_the_month(office: Office) -> None:
    Engagement.objects.filter(branch=office["B004"]).update(hired_on="2026-09-01")
    SchemeVersion.objects.filter(branch=office["B004"]).delete()
    assert [line.branch.code for line in queries.board(AUGUST).lines] == ["B001", "B002", "B003"]
    SchemeVersion.objects.filter(branch=office["B003"]).delete()
    assert queries.board(AUGUST).lines[2].missing == ["无薪酬方案"]


def test_filters_and_orders(office: Office) -> None:
    closed(office)
    lines = queries.board(AUGUST).lines

    def codes(**wanted: object) -> list[str]:
        return [line.branch.code for line in queries.filtered(lines, **wanted)]  # type: ignore[arg-type]

    assert codes() == ["B004", "B001", "B002", "B003"]  # whoever is earliest in the month comes first
    assert codes(q="b00") == ["B004", "B001", "B002", "B003"]
    assert codes(q="第2") == ["B002"]
    assert codes(step="import") == ["B004"]
    assert codes(sort="-people")[0] == "B001"
    assert codes(sort="net")[0] == "B004"
    PayRun.objects.filter(branch=office["B001"]).update(state=run_states.FILED, issued_on=AUGUST.last)
    assert [line.branch.code for line in queries.filtered(queries.board(AUGUST).lines, late=True)] == ["B004", "B002", "B003"]


@pytest.mark.django_db
def test_the_number_of_statements_does_not_grow_with_the_branches() -> None:
    """Three branches and thirty, of which most are reckoned, one is being signed and one misses its inputs: the same five."""
    office = company_of([1] * 30, ready=range(30))
    with_signers(office["B001"])
    InputSheet.objects.filter(branch=office["B002"]).update(state="replaced")
    closed(office)
    with committed():
        actions_of_runs.send_up(run_id=PayRun.objects.get(branch=office["B001"]).pk, by=office.finance_of["B001"])
    counts = []
    for shown in (30, 3):
        gone = [branch.pk for branch in office.branches[shown:]]
        PaySlip.objects.filter(run__branch__in=gone).delete()
        BranchClose.objects.filter(branch__in=gone).delete()
        for model in (PayRun, SchemeVersion, Engagement):
            model.objects.filter(branch__in=gone).delete()
        with CaptureQueriesContext(connection) as asked:
            lines = queries.board(AUGUST).lines
        counts.append((len(lines), len(asked)))
    assert lines[0].missing == ["待签(主办会计)"]
    assert counts == [(30, 5), (3, 5)]


def test_a_branch_of_so_few_people_shows_no_sum_of_its_own(office: Office) -> None:
    closed(office)
    lines = {line.branch.code: line for line in queries.board(AUGUST).lines if line.is_computed}
    assert {code for code, line in lines.items() if line.run and line.run.headcount < 3} == {"B002", "B003"}
    assert {code for code, line in lines.items() if line.sums is None} == {"B002", "B003"}
    assert lines["B001"].sums is not None


def small_runs() -> list[PayRun]:
    return list(PayRun.objects.filter(branch__code__in=("B002", "B003")))


def test_with_all_the_small_branches_in_the_list_its_total_is_the_companys(office: Office) -> None:
    closed(office)
    board = queries.board(AUGUST)
    for lines in (board.lines, queries.filtered(board.lines, step="send"), board.lines[1:]):
        summed = queries.summed(board, lines)
        assert (summed.small, summed.left_out) == (2, 0)
        assert summed.together == queries.Sums.added([queries.Sums.of_run(run) for run in small_runs()])
    assert queries.summed(board, board.lines).total == board.totals.company
    assert queries.summed(board, board.lines[1:]).total == summed.together


@pytest.mark.parametrize("shown", [[1], [0, 1], [0, 1, 3]])
def test_with_some_of_the_small_branches_the_total_goes_without_and_says_so(office: Office, shown: list[int]) -> None:
    """Else a list narrowed to one, or two lists that differ by one, would tell what its two people are paid."""
    closed(office)
    board = queries.board(AUGUST)
    summed = queries.summed(board, [board.lines[at] for at in shown])
    assert (summed.small, summed.left_out, summed.together) == (1, 1, None)
    assert summed.total == (board.lines[0].sums if 0 in shown else queries.Sums())


@pytest.mark.django_db
def test_where_the_companys_sums_are_not_told_a_lists_total_is_not_either() -> None:
    office = company_of([2, 3], ready=[0])
    closed(office)
    board = queries.board(AUGUST)
    assert board.totals.told is None
    assert queries.summed(board, board.lines) == queries.Summed(queries.Sums(), 1, None)


def unconfirmed(month: str, branch: Branch) -> int:
    return next(line.facts.unconfirmed for line in queries.board(Month.parse(month)).lines if line.branch == branch)


@pytest.mark.django_db
def test_slips_wait_where_they_keep_the_month_from_being_locked() -> None:
    """Locking asks for the rows of the month that count for nobody, of whatever month their slip is."""
    desk, _ = two_offices()

    def booked(month: str, *numbers: str) -> None:
        rows = [desk.row(number, 月份=month) for number in numbers]
        import_files(files=[csv_file(rows)], branch=desk.branch, by=desk.importer)

    booked("2026-09", "1", "2")
    assert [unconfirmed(month, desk.branch) for month in ("2026-08", "2026-09", "2026-10")] == [0, 2, 0]
    booked("2026-10", "1", "3")  # the first one's slip is September's, the second one is gone
    assert [unconfirmed(month, desk.branch) for month in ("2026-09", "2026-10")] == [2, 2]
    with pytest.raises(Refusal, match="2 位客户的关系未确认"):
        desk.lock("2026-10")

    september = Month.parse("2026-09")
    ids = list(ClientMonth.objects.filter(month=september).values_list("pk", flat=True))
    resolve_rows(branch=desk.branch, month=september, ids=ids, how="exclude", reason="核对", by=desk.importer)
    assert [unconfirmed(month, desk.branch) for month in ("2026-09", "2026-10")] == [0, 2]
    desk.lock("2026-09")
