"""Who has left with something unsettled: deferral that nobody pays on, arrears that no wage bears, adjustments no month takes up.

Left means that no engagement at any branch of the company goes on past the last slip: who only moved is paid on by the other
branch's run. Who went on as a broker has left as an employee: a broker's pay bears adjustments and arrears, but no deferral. The
branch of the last slip settles all of it.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from decimal import Decimal
from typing import NamedTuple

from django.db.models import BooleanField, Exists, ExpressionWrapper, IntegerField, Max, OuterRef, Q, QuerySet
from django.db.models.functions import Cast, ExtractMonth, ExtractYear
from django.urls import reverse

from branch.org.models import Branch
from branch.people.models import Engagement, Person
from branch.people.queries import branches_visible_to
from branch.people.roles import Power
from kernel.money import ZERO, grouped, total
from kernel.months import Month
from kernel.refusals import Unknown
from payroll.corrections.balances import (
    ADJUSTMENT,
    ARREAR,
    KINDS,
    LOTS,
    Instalment,
    adjustment_key,
    arrear_key,
    lots_total,
    owed_of,
    plan,
)
from payroll.corrections.lending import corrected_after, settled_adjustments, settled_sums, starts_after, taken_before
from payroll.corrections.models import CorrectedSlip, OutsideSettlement, PayAdjustment, SettlementQuerySet
from payroll.corrections.states import APPROVED, PROPOSED
from payroll.reckoning.adjustments import AMOUNTS, COMPANY, OWN, Adjustment, parts_from_text
from payroll.reckoning.facts import EMPLOYEE, Carried
from payroll.runs.models import PaySlip, SlipQuerySet
from payroll.runs.register import Corrected
from payroll.runs.states import PAID

FUTURE = Month(2999, 1)


@dataclass(frozen=True)
class Item:
    """One balance. `owed`, `settled` in yuan before income tax: + the company's debt, - the person's. `plan` is of lots alone."""

    kind: str
    key: str
    label: str
    owed: Decimal
    settled: Decimal
    pending: bool = False
    adjustment: Adjustment | None = None
    plan: tuple[Instalment, ...] = ()

    @property
    def left(self) -> Decimal:
        """What is not settled yet, in the direction of what was owed; past that it is `over`."""
        rest = self.owed - self.settled
        return rest if rest * self.owed > 0 else ZERO

    @property
    def over(self) -> Decimal:
        """What was settled beyond what a later correction has left of it, without a sign."""
        return abs(self.owed - self.settled - self.left)

    @property
    def size(self) -> Decimal:
        """`left` without its sign."""
        return abs(self.left)

    @property
    def insurance(self) -> str:
        """三险一金 of an adjustment by item and side: of who has left it is on no run's list, but paid in by hand."""
        parts = self.adjustment.parts if self.adjustment else {}
        sides = [(side, parts[side]) for side in (OWN, COMPANY) if parts.get(side)]
        return ";".join(f"{side} " + "、".join(f"{name} {grouped(of[name])}" for name in of) for side, of in sides)

    @property
    def kind_label(self) -> str:
        return KINDS[self.kind]

    @property
    def words(self) -> str:
        done = f",已线下结清 {grouped(abs(self.settled))} 元" if self.settled else ""
        if self.over:
            return f"结清后又有更正,多结 {grouped(self.over)} 元,请按手工方式追补{done}"
        if not self.left:
            return f"已结清{done}" if self.settled else "无余额"
        return ("应补付" if self.owed > 0 else "应收回") + done + (",另有一笔登记待确认" if self.pending else "")


@dataclass(frozen=True)
class Leaver:
    """Somebody who left, by the last slip; who never had one by the first adjustment, `unpaid`. `back`: the branch where they are
    engaged again, its run not yet reckoned. `turned`: went on as a broker, so that deferral alone stays with the last slip as an
    employee."""

    slip: PaySlip | None
    items: list[Item]
    back: Branch | None = None
    waiting: int = 0
    turned: bool = False
    unpaid: PayAdjustment | None = None

    @property
    def source(self) -> PaySlip | PayAdjustment:
        """The row that tells of them."""
        found = self.slip or self.unpaid
        assert found is not None
        return found

    @property
    def person_id(self) -> int:
        return self.source.person_id

    @property
    def staff_no(self) -> str:
        return self.slip.staff_no if self.slip else self.source.person.staff_no

    @property
    def name(self) -> str:
        return self.slip.name if self.slip else self.source.person.name

    @property
    def month(self) -> Month:
        """Of the last slip, or the first month they were left out of."""
        return self.source.month

    @property
    def branch(self) -> Branch:
        source = self.source
        return source.run.branch if isinstance(source, PaySlip) else source.correction.branch

    @property
    def page(self) -> str:
        of_slip = reverse("payroll:leaver-detail", args=[self.slip.pk]) if self.slip else ""
        return of_slip or reverse("payroll:unpaid-detail", args=[self.source.pk])

    @property
    def is_employees(self) -> bool:
        """Whether what is settled is wages, of a cumulative chain."""
        return self.slip is not None and self.slip.kind == EMPLOYEE

    @property
    def is_paid(self) -> bool:
        """Whether the last month has been paid out: before that its run may still be reversed and its balances change."""
        return self.slip is None or self.slip.run.state in PAID

    def of(self, kind: str) -> Decimal:
        return total(item.left for item in self.items if item.kind == kind)

    @property
    def lots(self) -> Decimal:
        return self.of(LOTS)

    @property
    def adjustments(self) -> Decimal:
        return self.of(ADJUSTMENT)

    @property
    def arrears(self) -> Decimal:
        return self.of(ARREAR)

    @property
    def is_open(self) -> bool:
        return self.waiting > 0 or any(item.left or item.over for item in self.items)

    @property
    def words(self) -> str:
        """How it stands, for a list."""
        turned = "已转为证券经纪人," if self.turned else ""
        if self.waiting:
            return f"{turned}{self.waiting} 笔登记待确认"
        if self.back is not None:
            return f"已返聘,由{self.back.name}的工资承接"
        if not self.is_open:
            return f"{turned}已结清"
        return turned + ("未结清" if self.is_paid else "未结清,最后月报还没有发放")

    def item(self, key: str) -> Item:
        """Raises Unknown."""
        found = next((item for item in self.items if item.key == key), None)
        if found is None:
            raise Unknown("没有这一项余额,或者它已由以后的工资单承接;请刷新页面再看")
        return found


def whereabouts(due: dict[int, Month]) -> dict[int, Branch]:
    """Person → the branch whose run pays them in the month of theirs or after it; who has left the company is not in it.

    A month that has paid them already is over: then the one after it is asked for.
    """
    if not due:
        return {}
    last = PaySlip.objects.filter(person__in=list(due), current=True).order_by().values_list("person").annotate(Max("month"))
    since = due | {who: max(due[who], month.next) for who, month in last}
    found: dict[int, Branch] = {}
    for row in Engagement.objects.filter(person__in=list(due)).select_related("branch").order_by("hired_on"):
        if row.ended_on is None or row.ended_on >= since[row.person_id].first:
            found.setdefault(row.person_id, row.branch)
    return found


def number_of(name: str) -> Cast:
    """The month of a day, as a month is kept."""
    return Cast(ExtractYear(name) * 100 + ExtractMonth(name), IntegerField())


def engaged_after() -> QuerySet[Engagement]:
    """Engagements, at any branch, of the slip's person that go on past its month; to be asked for with each slip."""
    mine = Engagement.objects.filter(person=OuterRef("person")).annotate(ended=number_of("ended_on"))
    return mine.filter(Q(ended_on=None) | Q(ended__gt=OuterRef("month")))


def last_slips(branches: Collection[Branch] | QuerySet[Branch]) -> SlipQuerySet:
    """Slips of the branches that were somebody's last before a break in service, and which left or have coming a balance; and
    those that were somebody's last as an employee, whatever came after, and left deferral. `last` tells the former."""
    later = PaySlip.objects.filter(person=OuterRef("person"), current=True, month__gt=OuterRef("month"))
    terms = Engagement.objects.annotate(hired=number_of("hired_on"), ended=number_of("ended_on"))
    stays = terms.filter(
        Q(ended_on=None) | Q(ended__gt=OuterRef("month")), person=OuterRef("person"), hired__lte=OuterRef("month")
    )
    corrected = CorrectedSlip.objects.filter(slip=OuterRef("pk"), correction__state=APPROVED)
    adjusted = PayAdjustment.objects.filter(person=OuterRef("person"))
    lots = Q(carried_after__lots__0__isnull=False) | Exists(corrected)
    last = Q(~Exists(later), ~Exists(stays))
    of_employee = Q(~Exists(later.filter(kind=EMPLOYEE)), ~Exists(stays.filter(kind=Engagement.Kind.EMPLOYEE)), kind=EMPLOYEE)
    left = Engagement.objects.exclude(ended_on=None).values("person")
    rows = PaySlip.objects.filter(current=True, run__branch__in=branches, person__in=left)
    found = rows.filter((last & (lots | Q(carried_after__has_key="arrears") | Exists(adjusted))) | (of_employee & lots))
    return found.annotate(last=ExpressionWrapper(last, BooleanField()))


def leavers_in(branches: Collection[Branch] | QuerySet[Branch]) -> list[Leaver]:
    """Everybody who has left the branches (by their last slip) with a balance, settled or not, by 工号."""
    return _leavers(last_slips(branches))


def leaver_for(person: Person, slip_id: int) -> Leaver:
    """The leaver of that last slip, as far as the person may see it. Raises Unknown."""
    found = leavers_of(branches_visible_to(person, Power.PAY_VIEW), slip_id)
    if found is None:
        raise Unknown("没有这位离职人员的未结余额,或不在您的查阅范围内")
    return found


def leavers_of(branches: Collection[Branch] | QuerySet[Branch], slip_id: int) -> Leaver | None:
    """The leaver of that slip; one who came back and was paid on since has only what was registered, and no items."""
    found = _leavers(last_slips(branches).filter(pk=slip_id))
    if found:
        return found[0]
    settled = PaySlip.objects.filter(pk=slip_id, run__branch__in=branches, settlements__isnull=False).distinct()
    slip = settled.select_related("run__branch").light().first()
    return Leaver(slip, []) if slip is not None else None


def _leavers(rows: SlipQuerySet) -> list[Leaver]:
    light = rows.select_related("run__branch", "run__scheme").defer("lines", "facts", "figures", "carried_before")
    slips = list(light.order_by("staff_no", "month"))
    following = _following(slips)
    slips = [slip for slip in slips if following[slip.pk].lots_stay]
    known, found = _Known.about(slips), []
    for slip in slips:
        after = following[slip.pk]
        items = [item for item in known.items_of(slip) if after.all_stays or item.kind == LOTS]
        if items or after.all_stays:
            back = after.same if any(item.kind == LOTS for item in items) else after.next
            pending = sum(item.pending for item in items)
            found.append(Leaver(slip, items, back.branch if back else None, pending, after.turned))
    return found


class _Following(NamedTuple):
    """What came after a slip: the next engagement, the next one of the same kind. `all_stays`: nobody goes on from the slip with
    everything; `lots_stay`: nor with its deferral. Going on means from the very next day, as by a move or a renewal."""

    next: Engagement | None
    same: Engagement | None
    all_stays: bool
    lots_stay: bool
    turned: bool


def _following(slips: Sequence[PaySlip]) -> dict[int, _Following]:
    rows = Engagement.objects.filter(person__in={slip.person_id for slip in slips}).select_related("branch").order_by("hired_on")
    terms: dict[int, list[Engagement]] = defaultdict(list)
    for row in rows:
        terms[row.person_id].append(row)
    return {slip.pk: _after(slip, terms[slip.person_id]) for slip in slips}


def _after(slip: PaySlip, terms: Sequence[Engagement]) -> _Following:
    of_kind = [row for row in terms if row.get_kind_display() == slip.kind]
    (after, goes_on), (same, renewed) = _next(slip, terms), _next(slip, of_kind)
    last = bool(slip.last)  # type: ignore[attr-defined]
    other = after is not None and after.get_kind_display() != slip.kind
    all_stays = last and not goes_on
    lots_stay = not renewed and (all_stays or slip.kind == EMPLOYEE)
    return _Following(after, same, all_stays, lots_stay, turned=slip.kind == EMPLOYEE and (other or not last))


def _next(slip: PaySlip, terms: Sequence[Engagement]) -> tuple[Engagement | None, bool]:
    """The first of the engagements that begins after the slip's month, and whether it goes on from the one before."""
    ends = [row.ended_on for row in terms if row.hired_on <= slip.month.last and row.ended_on is not None]
    after = next((row for row in terms if row.hired_on > slip.month.last), None)
    return after, after is not None and bool(ends) and after.hired_on <= max(ends) + timedelta(1)


@dataclass(frozen=True)
class _Known:
    """What is asked once for all the slips: the state as corrected, adjustments no slip took up, what was settled or is to be."""

    corrected: Mapping[int, Corrected]
    sums: Mapping[int, Mapping[str, Decimal]]
    adjustments: Mapping[int, list[Adjustment]]
    settled: Mapping[int, Decimal]
    pending: Collection[tuple[int, str]]
    starts: Mapping[int, int]

    @classmethod
    def about(cls, slips: Sequence[PaySlip]) -> _Known:
        keys = [slip.pk for slip in slips]
        adjustments = _untaken([slip.person_id for slip in slips])
        pending = OutsideSettlement.objects.filter(slip__in=keys, state=PROPOSED).order_by().values_list("person", "key")
        return cls(
            corrected_after(keys),
            settled_sums(keys),
            adjustments,
            settled_adjustments(one.key for mine in adjustments.values() for one in mine),
            set(pending),
            {scheme.pk: starts_after(scheme) for scheme in {slip.run.scheme for slip in slips}},
        )

    def items_of(self, slip: PaySlip) -> list[Item]:
        carried, sums = Carried.from_dict(slip.carried_after), self.sums.get(slip.pk, {})
        found = self._lots(slip, carried, sums.get(LOTS, ZERO))
        for one in carried.arrears:
            key, label = arrear_key(one), f"{one.month.label} {'扣款差额' if one.of_net else '扣回'}({one.number})未扣完"
            found.append(Item(ARREAR, key, label, -one.balance, sums.get(key, ZERO)))
        for due in self.adjustments.get(slip.person_id, ()):
            settled, label = self.settled.get(due.key, ZERO), f"{due.month.label} {due.reason}({due.number})"
            found.append(Item(ADJUSTMENT, adjustment_key(due.key), label, owed_of(due), settled, adjustment=due))
        kept = [item for item in found if item.owed or item.settled or item.insurance]
        return [replace(item, pending=(slip.person_id, item.key) in self.pending) for item in kept]

    def _lots(self, slip: PaySlip, carried: Carried, settled: Decimal) -> list[Item]:
        lots = self.corrected[slip.pk].lots if slip.pk in self.corrected else carried.lots
        left = plan(lots, slip.month, self.starts[slip.run.scheme_id], settled)
        return [Item(LOTS, LOTS, f"递延 {len(lots)} 笔,按原计划各期", lots_total(lots), settled, plan=tuple(left))]


def _untaken(people: Collection[int]) -> dict[int, list[Adjustment]]:
    """Person → the adjustments that no slip has taken up, whatever was settled of them."""
    rows = list(PayAdjustment.objects.filter(person__in=people).select_related("correction").order_by("month", "id"))
    taken = taken_before({row.person_id for row in rows}, FUTURE)
    found: dict[int, list[Adjustment]] = defaultdict(list)
    for row in rows:
        if row.pk not in taken:
            found[row.person_id].append(as_adjustment(row))
    return found


def as_adjustment(row: PayAdjustment) -> Adjustment:
    """The row, with its correction, as the reckoning takes it."""
    named = {name: getattr(row, name) for name in AMOUNTS} | {"parts": parts_from_text(row.parts)}
    return Adjustment(row.pk, row.correction.number, row.month, row.slip_id, row.reason, **named)


def settlements_for(person: Person) -> SettlementQuerySet:
    """What the person may see of what was registered, newest first."""
    return OutsideSettlement.objects.visible_to(person).shown()


def settlement_for(person: Person, pk: int) -> OutsideSettlement:
    """One of them. Raises Unknown."""
    found = settlements_for(person).filter(pk=pk).first()
    if found is None:
        raise Unknown("没有这笔线下结清的登记,或不在您的查阅范围内")
    return found
