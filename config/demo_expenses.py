"""The demonstration's expenses: two months of two teams, one of them over the limit, one expense voided."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

from django.utils import timezone

from branch.people.queries import branch_by_code, leader_on, person_for
from config import demo
from teams.plans.expenses import actions
from teams.plans.expenses.models import Expense, ExpenseKind

FINANCE = "600002"
INVOICE = b"%PDF-1.4\n1 0 obj <</Type /Catalog>> endobj\ntrailer <</Root 1 0 R>>\n%%EOF\n"
SPENT = (  # team, day, kind, activity, 元
    (0, date(2026, 10, 12), "场地", "莲花社区投教讲座场地", "3600.00"),
    (0, date(2026, 10, 14), "宣传", "建行福田支行驻点易拉宝、折页", "2180.00"),
    (0, date(2026, 10, 21), "交通", "车公庙驻点往返", "426.50"),
    (0, date(2026, 10, 28), "培训", "新人适当性培训讲师费", "5000.00"),
    (1, date(2026, 10, 16), "物料", "投教手册印刷 800 册", "6400.00"),
    (1, date(2026, 10, 23), "场地", "香蜜湖社区讲座场地", "2800.00"),
    (0, date(2026, 11, 5), "场地", "园岭社区投教讲座场地", "3200.00"),
    (0, date(2026, 11, 9), "招待", "与建行福田支行座谈工作餐", "860.00"),
    (1, date(2026, 11, 10), "宣传", "网点驻点折页加印", "1350.00"),
)


def expenses() -> None:
    """What has come by today; the training was entered twice, and the second one voided."""
    branch, finance, today = branch_by_code(demo.BRANCH_CODE), person_for(FINANCE), timezone.localdate()
    teams, kinds = list(branch.teams.order_by("pk")[:2]), {kind.name: kind for kind in ExpenseKind.objects.all()}
    if Expense.objects.filter(branch=branch).exists():
        return
    for at, day, kind, activity, amount in SPENT:
        if at < len(teams) and day <= today:
            by = leader_on(teams[at].pk, day) or finance
            given: dict[str, Any] = {
                "team": teams[at],
                "day": day,
                "kind": kinds[kind],
                "activity": activity,
                "amount": Decimal(amount),
            }
            row = actions.record_expense(**given, paper=INVOICE, paper_name=f"发票_{day}.pdf", by=by)
            if kind == "培训":
                again = actions.record_expense(
                    **given | {"activity": "新人培训"}, paper=INVOICE + b"%", paper_name="发票.pdf", by=by
                )
                actions.void_expense(expense_id=again.pk, reason=f"与 {row.day} 已登记的一笔重复", by=finance)
