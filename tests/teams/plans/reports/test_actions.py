"""Business analysis reports as verbs: A6 of the requirements, the way to the archive, and what is refused."""

from __future__ import annotations

import io
from collections.abc import Callable
from decimal import Decimal
from typing import Any

import docx
import pytest
from django.db import transaction

from archives.actions import open_file, receive_filing
from branch.audit.models import AuditRow
from branch.files.actions import read
from branch.people.models import Person
from clients.figures.actions import lock, unlock
from clients.figures.models import ManagerFigure
from clients.figures.queries import lines_of
from kernel.months import Month
from kernel.refusals import Refusal
from kernel.seen import Overtaken, stamp
from teams.plans.reports import actions, queries, register
from teams.plans.reports.access import WHOLE, everybodys, sight_of
from teams.plans.reports.models import AnalysisReport
from teams.plans.reports.tables import blocks
from tests.factories.branch import People
from tests.factories.reports import (
    FINANCE,
    JUNE,
    LEADER,
    MANAGER,
    MAY,
    OTHERS,
    TEXTS,
    approved,
    book_month,
    client,
    drafted,
    june_rows,
    report_world,
    sign,
    team_of,
)

pytestmark = pytest.mark.django_db


@pytest.fixture
def world() -> tuple[People, dict[str, Person]]:
    return report_world()


@pytest.fixture
def people(world: tuple[People, dict[str, Person]]) -> People:
    return world[0]


@pytest.fixture
def lenders() -> Any:
    """Whoever signs in during a test is forgotten after it."""
    before = dict(register._lenders)
    register._lenders.clear()
    yield
    register._lenders.clear()
    register._lenders.update(before)


def refused(code: str, verb: Callable[..., Any], /, *args: Any, **kwargs: Any) -> str:
    """The sentence of the refusal; nothing of what was tried stays."""
    with pytest.raises(Refusal) as refusal, transaction.atomic():
        verb(*args, **kwargs)
    assert refusal.value.code == code, refusal.value.sentence
    return refusal.value.sentence


def fresh(report: AnalysisReport) -> AnalysisReport:
    return AnalysisReport.objects.get(pk=report.pk)


def reopened(people: People, month: Month = JUNE, **changes: str) -> None:
    """The month unlocked, its first client changed, and locked again."""
    unlock(branch=people.branch, month=month, reason="更正", by=people[FINANCE])
    first, *others = june_rows(people)
    book_month(people, month, [first | changes, *others])
    lock(branch=people.branch, month=month, by=people[FINANCE])


def test_a6_june_and_the_half_year_take_the_same_closed_numbers(people: People) -> None:
    """A6: the 2026-06 and 2026-H1 reports take the same closed June numbers."""
    june, half = drafted(people), drafted(people, kind="half")
    (month,), months = june.figures["months"], {line["month"]: line for line in half.figures["months"]}
    assert months["2026-06"] == month
    assert list(months) == ["2026-05", "2026-06"], "earlier months were not kept here"
    assert half.figures["before"] == ["2026-01", "2026-02", "2026-03", "2026-04"]
    total, may = half.figures["total"], months["2026-05"]
    assert total["accounts"] == may["accounts"] + month["accounts"]
    assert Decimal(total["net_commission"]) == Decimal(may["net_commission"]) + Decimal(month["net_commission"])
    assert total["assets_end"] == june.figures["total"]["assets_end"], "a level is its last month's"


def test_june_as_the_locked_figures_have_it(people: People) -> None:
    total = drafted(people).figures["total"]
    team = team_of(people)
    closed = [line for line in lines_of(people.branch, JUNE) if line.posting and line.posting.team_id == team.pk]
    assert (total["accounts"], total["accounts_institution"], total["clients"]) == (2, 1, 3)
    assert total["accounts"] == sum(line.new_accounts for line in closed)
    assert Decimal(total["net_income"]) == sum((line.net_commission + line.other_net_income for line in closed), Decimal(0))
    assert total["assets_end"] == "4250.00"
    assert (total["assets_in"], total["assets_out"], total["assets_net"]) == ("1200.00", "450.00", "750.00")
    assert total["product_sales"] == "50000.00"


def test_what_everybody_took_out_of_the_month_adds_up(people: People) -> None:
    """Every team's reports together are the branch's locked month: nobody is counted twice or left out."""
    reports = [
        actions.draft_report(team=team, kind="month", month=JUNE, by=people[MANAGER]) for team in people.branch.teams.all()
    ]
    whole = ManagerFigure.objects.filter(branch=people.branch, month=JUNE)
    assert sum(Decimal(report.figures["total"]["net_commission"]) for report in reports) == sum(
        row.net_commission for row in whole
    )
    assert sum(report.figures["total"]["clients"] for report in reports) == sum(row.clients_end for row in whole)


def test_an_open_month_is_refused_and_says_who_locks_it(people: People) -> None:
    unlock(branch=people.branch, month=MAY, reason="更正", by=people[FINANCE])
    said = refused("figures_open", actions.draft_report, team=team_of(people), kind="half", month=JUNE, by=people[LEADER])
    assert "2026年5月" in said
    assert people[FINANCE].name in said
    assert "2026年6月" not in said
    actions.draft_report(team=team_of(people), kind="month", month=JUNE, by=people[LEADER])


@pytest.mark.parametrize(
    ("code", "kind", "month"),
    [
        ("bad_period", "half", MAY),
        ("bad_period", "year", JUNE),
        ("bad_kind", "week", JUNE),
        ("too_early", "month", Month(2099, 6)),
        ("no_figures", "month", Month(2026, 4)),
    ],
)
def test_periods_that_are_none(people: People, code: str, kind: str, month: Month) -> None:
    refused(code, actions.draft_report, team=team_of(people), kind=kind, month=month, by=people[LEADER])


def test_one_report_a_team_and_period_by_its_leader_or_the_managers(people: People) -> None:
    drafted(people)
    refused("already_there", actions.draft_report, team=team_of(people), kind="month", month=JUNE, by=people[LEADER])
    other = people.branch.teams.exclude(pk=team_of(people).pk).first()
    refused("forbidden", actions.draft_report, team=other, kind="month", month=JUNE, by=people[LEADER])


def test_no_verb_takes_a_figure(people: People) -> None:
    """Whatever is handed in beside the texts changes nothing."""
    report = drafted(people)
    before = report.figures
    given = {**TEXTS, "figures": {"total": {}}, "accounts": "99", "sources": {}}
    actions.write(report_id=report.pk, texts=given, by=people[LEADER])
    assert fresh(report).figures == before
    assert fresh(report).sources == report.sources


def test_taken_anew_it_says_what_changed(people: People) -> None:
    report = drafted(people)
    reopened(people, 期末资产="9250.00")
    assert queries.moved([report])[report.pk] == ["2026年6月的业务数据在取数之后更正过"]
    assert "重新取数" in refused("figures_moved", actions.hand_in, report_id=report.pk, by=people[LEADER])
    taken = actions.refresh(report_id=report.pk, by=people[LEADER])
    assert ["业务开展数据:期末资产 本期", "4,250.00", "12,250.00"] in taken.changes
    assert queries.moved([taken])[report.pk] == []
    assert fresh(report).analysis == TEXTS["analysis"], "the words stay"
    actions.hand_in(report_id=report.pk, by=people[LEADER])
    refused("wrong_state", actions.refresh, report_id=report.pk, by=people[LEADER])


def test_a_month_unlocked_later_shows_on_the_approved_report(people: People) -> None:
    report = approved(people)
    assert queries.moved([report])[report.pk] == []
    unlock(branch=people.branch, month=JUNE, reason="更正", by=people[FINANCE])
    assert queries.moved([report])[report.pk] == ["2026年6月的业务数据已解除锁定,正在更正"]
    assert fresh(report).figures == report.figures, "what was approved stays as it was signed"


def test_the_second_editor_is_told(people: People) -> None:
    report = drafted(people)
    seen = stamp(report.texts)
    actions.write(report_id=report.pk, texts={**TEXTS, "issues": "经理改过"}, by=people[MANAGER], seen=seen)
    with pytest.raises(Overtaken), transaction.atomic():
        actions.write(report_id=report.pk, texts=TEXTS, by=people[LEADER], seen=seen)
    assert fresh(report).issues == "经理改过"


def test_every_text_is_written_first(people: People) -> None:
    report = drafted(people, issues=" ")
    assert "问题与措施" in refused("incomplete", actions.hand_in, report_id=report.pk, by=people[LEADER])


def test_from_draft_over_a_return_to_the_archive(world: Any) -> None:
    people, office = world
    report = drafted(people)
    actions.hand_in(report_id=report.pk, by=people[LEADER])
    refused("wrong_state", actions.write, report_id=report.pk, texts=TEXTS, by=people[LEADER])
    sign(report, people[MANAGER], "return", "请写明原因")
    assert fresh(report).state == "returned"
    actions.write(report_id=report.pk, texts={**TEXTS, "analysis": "六月开户恢复,来自转介绍。"}, by=people[LEADER])
    actions.hand_in(report_id=report.pk, by=people[LEADER])
    request = sign(report, people[MANAGER])
    done = fresh(report)
    assert (request.state, done.state, request.round) == ("approved", "approved", 2)
    assert done.filing is not None
    receive_filing(filing_id=done.filing.pk, by=office["office"])
    assert fresh(report).state == "filed"
    acts = AuditRow.objects.filter(subject_type="plans.AnalysisReport").order_by("id").values_list("act", flat=True)
    assert [act.removeprefix("reports.") for act in acts] == [
        *("draft", "write", "submit", "return", "write", "resubmit", "approved", "filed")
    ]


def test_taken_back_it_is_a_draft_again(people: People) -> None:
    report = drafted(people)
    refused("wrong_state", actions.take_back, report_id=report.pk, reason="x", by=people[LEADER])
    actions.hand_in(report_id=report.pk, by=people[LEADER])
    actions.take_back(report_id=report.pk, reason="补充", by=people[LEADER])
    assert fresh(report).state == "draft"
    actions.hand_in(report_id=report.pk, by=people[LEADER])
    assert fresh(report).state == "submitted"


def test_the_longer_periods_go_round_at_head_office(world: Any) -> None:
    people, office = world
    month, half = approved(people), approved(people, kind="half")
    copies = {
        report.kind: list(report.approval.copies.values_list("person", flat=True))  # type: ignore[union-attr]
        for report in (month, half)
    }
    assert copies == {"month": [], "half": [office["channel"].pk]}


def test_pay_is_shown_to_who_may_see_it_and_to_nobody_else(world: Any, lenders: Any) -> None:
    people, office = world
    pay = register.Lender(register.PAY, lambda team, months: dict.fromkeys(months, Decimal("81234.56")), "的薪酬还没有批准")
    register.lend(pay)
    report = approved(people)

    def said(sight: Any) -> str:
        return str([block.rows for block in blocks(report.figures, sight)])

    assert "81,234.56" in said(WHOLE)
    assert "81,234.56" in said(sight_of(people[MANAGER], report.team))
    assert "81,234.56" not in said(sight_of(people[LEADER], report.team))
    assert "81,234.56" not in said(sight_of(office["channel"], report.team))
    assert "81,234.56" not in said(everybodys())
    assert "81234.56" not in str(report.approval.facts)  # type: ignore[union-attr]
    assert "81,234.56" in "".join(_cells(read(report.file)))  # type: ignore[arg-type]
    filing = report.filing
    assert filing is not None
    refused("forbidden", open_file, filing_id=filing.pk, by=people["600001"])
    assert open_file(filing_id=filing.pk, by=people[MANAGER])[1].endswith(".docx")
    assert open_file(filing_id=filing.pk, by=office["office"])[1].endswith(".docx")


def test_a_guarded_amount_that_changes_is_said_without_its_number(people: People, lenders: Any) -> None:
    report = drafted(people)
    register.lend(register.Lender(register.PAY, lambda team, months: dict.fromkeys(months, Decimal("81234.56")), ""))
    taken = actions.refresh(report_id=report.pk, by=people[LEADER])
    assert taken.changes == [["业务开展数据:人员工资薪酬合计", "按权限查看", "有变化"]]


def test_a_lent_month_that_is_missing_is_said(people: People, lenders: Any) -> None:
    register.lend(register.Lender(register.COST, lambda team, months: {JUNE: Decimal("300.00")}, "的费用还没有登记"))
    assert drafted(people).figures["lent"] == {
        "pay": {"amount": None, "note": "本系统还没有这项数据"},
        "cost": {"amount": "300.00", "note": ""},
    }
    half = drafted(people, kind="half")
    assert half.figures["lent"]["cost"] == {"amount": None, "note": "2026年5月的费用还没有登记"}


def test_the_word_file_says_everything(people: People) -> None:
    report = approved(people)
    content = read(report.file)  # type: ignore[arg-type]
    paper = docx.Document(io.BytesIO(content))
    words = "\n".join(paragraph.text for paragraph in paper.paragraphs)
    for label in ("业务月报", "业务开展数据", "目标完成率", "网点", "投诉与合规事件", TEXTS["issues"], people[MANAGER].name):
        assert label in words, label
    assert "4,250.00" in _cells(content)
    assert paper.sections[0].page_width.mm == pytest.approx(210, abs=0.1)


def _cells(content: bytes) -> list[str]:
    tables = docx.Document(io.BytesIO(content)).tables
    return [cell.text for table in tables for row in table.rows for cell in row.cells]


def test_a_client_of_nobody_in_the_team_is_not_in_it(people: People) -> None:
    """A row that counts for another team's manager moves only that team's report."""
    report = drafted(people)
    reopened(people)
    unlock(branch=people.branch, month=JUNE, reason="更正", by=people[FINANCE])
    book_month(people, JUNE, [*june_rows(people), client(people, 9, JUNE, OTHERS)])
    lock(branch=people.branch, month=JUNE, by=people[FINANCE])
    taken = actions.refresh(report_id=report.pk, by=people[LEADER])
    assert taken.figures["total"]["clients"] == 3
