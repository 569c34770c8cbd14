"""Locking freezes a month's figures under a digest; unlocking needs a reason, and nothing that rests on them."""

from __future__ import annotations

from typing import Any

from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone

from branch.audit.actions import record
from branch.notices.actions import tell
from branch.org.models import Branch
from branch.people.employment import ids_employed_in
from branch.people.models import Person
from branch.people.queries import holders
from branch.prepared import Prepared, loaded, update
from clients.bulk import FEW_ENOUGH, by_hashing, insert_rows
from clients.figures import register
from clients.figures.access import require_may_lock, require_may_unlock
from clients.figures.counting import Counted, count
from clients.figures.models import FiguresMonth, ManagerFigure
from clients.figures.queries import opened_from, values_of
from clients.figures.rules import COUNTS, FIGURES, MONEY
from clients.figures.sharing import Twice, require_once
from clients.figures.states import FIGURES_MOVES, LOCKED
from clients.imports.queries import waiting_counts
from clients.products.queries import sales_of
from kernel.digests import digest, plain
from kernel.money import ZERO, grouped, yuan
from kernel.months import Month
from kernel.refusals import Refusal

_OF_MONTH = [field.attname for field in FiguresMonth._meta.concrete_fields]


def month_row(branch: Branch, month: Month) -> FiguresMonth:
    """The month's row, locked for this transaction; made when it isn't there."""
    found = _rows(branch=branch.pk, month=month)
    if not found:
        FiguresMonth.objects.bulk_create([FiguresMonth(branch=branch, month=month)], ignore_conflicts=True)
        found = _rows(branch=branch.pk, month=month)
    (row,) = found
    return loaded(FiguresMonth, _OF_MONTH, row)


@Prepared
def _rows(branch: Any, month: Any) -> QuerySet[FiguresMonth, Any]:
    return FiguresMonth.objects.select_for_update().filter(branch=branch, month=month).order_by().values_list(*_OF_MONTH)


def guard_open(branch: Branch, month: Month, onward: bool) -> None:
    """The registry's month guard: a locked month may not be touched, nor (`onward`) what later locked months rest on."""
    row = month_row(branch, month)
    later = FiguresMonth.objects.filter(branch=branch, month__gt=month, state=LOCKED).order_by("month") if onward else None
    if not row.is_locked and later is not None:
        row = later.first() or row
        month = row.month
    if row.is_locked:
        raise Refusal(
            f"{branch.name}{month.label}的业务数据已复核锁定,不能再改动;如需更正,请营业部财务先解除锁定", code="month_locked"
        )


def lock(*, branch: Branch, month: Month, by: Person) -> FiguresMonth:
    """Freeze the month. Refused while anything waits, naming how much, or an account's month is there twice, naming which."""
    try:
        return _lock(branch=branch, month=month, by=by)
    except Twice as refusal:
        refusal.told(by)
        raise


@transaction.atomic
def _lock(*, branch: Branch, month: Month, by: Person) -> FiguresMonth:
    row = month_row(branch, month)
    after = FIGURES_MOVES.after(row.state, "lock")
    require_may_lock(by, branch, month)
    with by_hashing(rows=FEW_ENOUGH, least=FEW_ENOUGH):  # a new branch's managers have no statistics yet
        counted = count(branch, month, opened_from(month))
    _require_complete(branch, month, counted)
    require_once(branch, month)
    values = values_of(ids_employed_in(branch, month), counted)
    frozen = ((branch.pk, month.number, person_id, *(figures[name] for name in FIGURES)) for person_id, figures in values.items())
    insert_rows(ManagerFigure, ("branch_id", "month", "person_id", *FIGURES), frozen)
    row.state, row.locked_by, row.locked_at, row.note = after, by, timezone.now(), ""
    row.totals, row.digest = _totals(values), figures_digest(branch, month, values)
    update(row, "state", "locked_by", "locked_at", "note", "totals", "digest")
    record(
        by=by,
        act="figures.lock",
        subject=row,
        summary=f"复核锁定{month.label}业务数据,{len(values)} 人,净佣金 {grouped(yuan(row.totals['net_commission']))} 元",
        branch_code=branch.code,
        month=month,
        totals=row.totals,
        digest=row.digest,
    )
    return row


def _require_complete(branch: Branch, month: Month, counted: Counted) -> None:
    """Only where something waits is it asked how much, and for what."""
    if not counted.rows:
        raise Refusal(f"{branch.name}{month.label}还没有导入客户月度业务明细,不能复核", code="not_imported")
    if counted.complete:
        return
    counts = waiting_counts(branch, month)
    said = {"rows": "行客户异常未处理", "sales": "笔销售异常未处理", "unconfirmed": "位客户的关系未确认"}
    items = [f"{counts[key]} {words}" for key, words in said.items() if counts[key]]
    if items:
        said_all = "、".join(items)
        sentence = f"{month.label}还有{said_all},请先由交易管理岗处理,或由财务写明原因逐项设为“不计入”"
        raise Refusal(sentence, code="waiting", items=items)


def _totals(values: dict[int, dict[str, Any]]) -> dict[str, Any]:
    counts = {name: sum(figures[name] for figures in values.values()) for name in COUNTS}
    money = {name: str(sum((figures[name] for figures in values.values()), ZERO)) for name in MONEY}
    return {"people": len(values)} | counts | money


def figures_digest(branch: Branch, month: Month, values: dict[int, dict[str, Any]]) -> str:
    """What the lock covers: everyone's figures, and the sales that pay needs one by one."""
    figures = [[person_id, *(values[person_id][name] for name in FIGURES)] for person_id in sorted(values)]
    sales = sales_of(branch, month)
    facts = [[pk, [plain(fact) for fact in sales[pk]]] for pk in sorted(sales)]
    return digest({"branch": branch.code, "month": month, "figures": figures, "sales": facts})


@transaction.atomic
def unlock(*, branch: Branch, month: Month, reason: str, by: Person) -> FiguresMonth:
    """Open a locked month again, with a reason; refused once a pay run rests on it."""
    require_may_unlock(by, branch)
    row = month_row(branch, month)
    after = FIGURES_MOVES.after(row.state, "unlock")
    if not reason.strip():
        raise Refusal("请写明解除锁定的原因", code="reason_missing")
    register.require_unused(branch, month)
    ManagerFigure.objects.filter(branch=branch, month=month).delete()
    record(
        by=by,
        act="figures.unlock",
        subject=row,
        summary=f"解除{month.label}业务数据锁定",
        branch_code=branch.code,
        month=month,
        reason=reason.strip(),
        was_digest=row.digest,
    )
    row.state, row.digest, row.totals, row.locked_by, row.locked_at = after, "", {}, None, None
    row.note = f"解除锁定:{reason.strip()}"[:200]
    row.save()
    tell(
        [person for person in holders("trade_admin", branch=branch) if person.pk != by.pk],
        f"{month.label}业务数据已解除锁定:{reason.strip()}",
        key=f"figures.unlock:{row.pk}:{timezone.now():%Y%m%d%H%M%S%f}",
        link=f"/clients/figures/{month}/?branch={branch.code}",
    )
    return row
