"""The demo branch with two small closed months, and a team's report on its way."""

from __future__ import annotations

from typing import Any

from approvals.requests import actions as approvals
from approvals.requests.models import Request
from branch.org.models import Team
from branch.people.models import Person
from clients.figures.actions import lock
from clients.products.actions import seed_products
from clients.registry.actions import confirm_relations
from kernel.months import Month
from teams.plans.reports import actions
from teams.plans.reports.models import AnalysisReport
from tests.factories.branch import People
from tests.factories.clients import book, client_row, csv_file, sale_row, sales_csv
from tests.factories.kept import kept
from tests.factories.marketing import plan_world

MAY, JUNE = Month(2026, 5), Month(2026, 6)
LEADER, GROUP_LEADER, OTHERS, MANAGER, FINANCE, TRADE = "600101", "600102", "600118", "600005", "600002", "600001"
TEXTS = {"analysis": "六月开户恢复。", "issues": "网点人流下降;第3组七月前补齐驻点。", "next_plan": "两场社区讲座。"}


def client(people: People, number: int, month: Month, staff_no: str, **changes: str) -> dict[str, str]:
    """A client's row of a month, of that manager; 72.99 yuan net commission, 1,500 yuan at the end unless said."""
    named = {"月份": str(month), "客户经理工号": staff_no, "客户经理": people[staff_no].name}
    return client_row(f"26{number:08d}", **named | changes)


def closed_month(people: People, month: Month, rows: list[dict[str, str]], sales: list[dict[str, str]] | None = None) -> None:
    """Booked, confirmed and locked."""
    book_month(people, month, rows, sales)
    lock(branch=people.branch, month=month, by=people[FINANCE])


def book_month(people: People, month: Month, rows: list[dict[str, str]], sales: list[dict[str, str]] | None = None) -> None:
    files = [csv_file(rows, name=f"明细{month}.csv")]
    files += [sales_csv([row | {"月份": str(month)} for row in sales], name=f"销售{month}.csv")] if sales else []
    book(people, *files)
    confirm_relations(branch=people.branch, month=month, by=people[TRADE])


def may_rows(people: People) -> list[dict[str, str]]:
    return [client(people, 1, MAY, LEADER), client(people, 2, MAY, GROUP_LEADER), client(people, 3, MAY, OTHERS)]


def june_rows(people: People) -> list[dict[str, str]]:
    """Of 营销一队 three clients in June: one opened by a person, one by an institution; of another team one."""
    opened = {"开户日期": "2026-06-10"}
    return [
        client(people, 1, JUNE, LEADER, 资产转入="0.00", 资产转出="250.00", 期初资产="1500.00", 期末资产="1250.00"),
        client(people, 4, JUNE, GROUP_LEADER, **opened),
        client(people, 5, JUNE, GROUP_LEADER, 客户类型="机构", 两融息差收入="10.01", **opened),
        client(people, 3, JUNE, OTHERS, 资产转入="0.00", 资产转出="0.00", 期初资产="1500.00"),
    ]


@kept
def report_world() -> tuple[People, dict[str, Person]]:
    """May and June of 2026 closed: three clients of 营销一队 in June, and one sale."""
    people, office = plan_world()
    seed_products()
    closed_month(people, MAY, may_rows(people))
    sale = sale_row(成交日期="2026-06-12", 资金账号="302600000001", 客户经理=people[LEADER].name)
    closed_month(people, JUNE, june_rows(people), [sale])
    return people, office


def team_of(people: People, staff_no: str = LEADER) -> Team:
    team = people[staff_no].postings.get().team
    assert team is not None
    return team


def drafted(people: People, kind: str = "month", month: Month = JUNE, **texts: str) -> AnalysisReport:
    report = actions.draft_report(team=team_of(people), kind=kind, month=month, by=people[LEADER])
    return actions.write(report_id=report.pk, texts={**TEXTS, **texts}, by=people[LEADER])


def sign(report: AnalysisReport, who: Person, act: str = "agree", opinion: str = "", **more: Any) -> Request:
    """One signature on what the report's request is now."""
    request = Request.objects.get(pk=AnalysisReport.objects.get(pk=report.pk).approval_id)
    given = {"seen_digest": request.content_digest, "opinion": opinion or ("" if act == "agree" else "请补充"), **more}
    return approvals.decide(request_id=request.pk, act=act, by=who, **given)


def approved(people: People, **given: Any) -> AnalysisReport:
    """Handed in and agreed to by the branch's manager."""
    report = drafted(people, **given)
    actions.hand_in(report_id=report.pk, by=people[LEADER])
    sign(report, people[MANAGER])
    return AnalysisReport.objects.get(pk=report.pk)
