"""Reading an approved run for its outputs: the slips as plain values, accounts and documents opened only to write a file."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from branch.exports.models import Export
from branch.people.models import Engagement, Person
from kernel.money import ZERO, allocate, total
from kernel.refusals import Refusal
from payroll.corrections.declaring import Outside, paid_outside, settled_in_year
from payroll.outputs.bank import Account
from payroll.outputs.declarations import Identity, identity
from payroll.outputs.pay import TAXABLE, Backdated, Pay, merged
from payroll.outputs.reconcile import Reconciliation, RunTotals, reconcile
from payroll.reckoning.adjustments import ADDITIONAL, AMOUNTS, COMPANY, OWN, Adjustment
from payroll.reckoning.facts import STANDARD
from payroll.reckoning.tax import SALARY
from payroll.runs import report
from payroll.runs.computing import run_digest
from payroll.runs.models import PayRun, PaySlip
from payroll.runs.queries import run_for
from payroll.runs.slip_rows import digest_now
from payroll.runs.states import APPROVED, FILED, FIXED, ISSUED

READY = (APPROVED, ISSUED, FILED)
"""Three have signed, and nobody has asked to take it back."""


@dataclass(frozen=True)
class ApprovedMonth:
    """An approved run with everybody's pay, and whether all outputs of it agree."""

    run: PayRun
    pays: list[Pay]
    checked: Reconciliation


def approved_run(person: Person, run_id: str) -> PayRun:
    """The run, as far as the person may see it. Raises Unknown, or Refusal while it isn't approved."""
    run = run_for(person, int(run_id) if run_id.isdecimal() else 0)
    require_ready(run)
    return run


def require_ready(run: PayRun) -> None:
    if run.state not in READY:
        raise Refusal(
            f"{run}({run.get_state_display()})还没有批准或正在冲销,批准之后才能生成代发、申报等文件", code="not_approved"
        )


def month_of(run: PayRun) -> ApprovedMonth:
    """Everybody's pay of the run, and the reconciliation of all outputs."""
    slips = list(run.slips.defer("lines").order_by("staff_no"))
    additional = _additional_of_year(run, slips)
    pays = [pay_of(slip, additional.get(slip.person_id, {})) for slip in slips]
    return ApprovedMonth(run, pays, reconcile(pays, _totals(run, slips), altered=_altered(run, slips)))


def pay_of(slip: PaySlip, additional: Mapping[str, Decimal]) -> Pay:
    """The slip as plain values."""
    person = slip.facts["person"]
    base = person.get("contribution_base")
    return Pay(
        person_id=slip.person_id,
        staff_no=slip.staff_no,
        name=slip.name,
        kind=slip.kind,
        team=slip.team,
        grade=slip.grade,
        figures={name: Decimal(text) for name, text in slip.figures.items()},
        columns={name: getattr(slip, name) for name in ("gross_pay", "social", "iit", "net_pay", "employer_si")},
        employer={name: Decimal(text) for name, text in slip.facts["employer"].items()},
        before=slip.carried_before["chain"],
        after=slip.carried_after["chain"],
        additional=additional,
        earlier={name: total(Decimal(one[name]) for one in person.get("adjustments", ())) for name in AMOUNTS},
        lent=_owed_of_net(slip.carried_after) - _owed_of_net(slip.carried_before),
        backdated=tuple(_backdated(one) for one in person.get("adjustments", ()) if "parts" in one),
        declared_base=None if base is None else Decimal(base),
        tax_mode=str(person.get("tax_mode", STANDARD)),
        bank_masked=slip.bank_masked,
        resumed="settled" in slip.facts["sources"],
    )


def pay_past_run(one: Outside) -> Pay:
    """What was settled with a leaver past the pay run in a month, as a payment of that month: for its declaration alone."""
    slip, whole = one.slip, [Backdated(number, month, of.get(OWN, {}), of.get(COMPANY, {})) for number, month, of in one.parts]
    year = _additional_of_year(slip.run, [slip]).get(slip.person_id, {}) if slip.run.pay_month.year == one.after.year else {}
    for item, amount in ((item, amount) for _, _, of in one.parts for item, amount in of.get(ADDITIONAL, {}).items()):
        year[item] = year.get(item, ZERO) + amount
    return Pay(
        person_id=slip.person_id,
        staff_no=slip.staff_no,
        name=slip.name,
        kind=slip.kind,
        team=slip.team,
        grade=slip.grade,
        figures={TAXABLE: one.after.taxable},
        columns={},
        employer={},
        before=None if one.before is None else one.before.as_dict(),
        after=one.after.as_dict(),
        additional=year,
        earlier={"special": total(paid.special for paid in one.paid)},
        backdated=tuple(whole),
        tax_mode=str(slip.facts["person"].get("tax_mode", STANDARD)),
        note=f"线下结清 {len(one.paid)} 笔",
        resumed=True,
    )


def _backdated(kept: Mapping[str, Any]) -> Backdated:
    """三险一金 by item of an adjustment as the slip keeps it."""
    one = Adjustment.from_dict(kept)
    return Backdated(one.number, one.month, one.parts.get(OWN, {}), one.parts.get(COMPANY, {}))


def _owed_of_net(state: Mapping[str, Any]) -> Decimal:
    """What of deductions of corrected months is still to be taken."""
    return total(Decimal(one["balance"]) for one in state.get("arrears", ()) if one.get("of_net"))


def _totals(run: PayRun, slips: Sequence[PaySlip]) -> RunTotals:
    sums = report.totals(report.rows(run, map(report.Reported.of, slips)))
    return RunTotals(run.headcount, run.gross_total, run.iit_total, run.net_total, run.employer_total, sums)


def _altered(run: PayRun, slips: Sequence[PaySlip]) -> list[str]:
    """Slips (or the whole run) whose content is no longer what three signed."""
    found = [f"{slip.staff_no} {slip.name}" for slip in slips if digest_now(slip) != slip.digest]
    if run_digest(run, [(slip.staff_no, slip.digest) for slip in slips]) != run.digest:
        found.append(str(run))
    return found


def _additional_of_year(run: PayRun, slips: Sequence[PaySlip]) -> dict[int, dict[str, Decimal]]:
    """Person → 专项附加扣除 of the tax year up to this payment by item, as the declaration wants it.

    Each payment's share is split by the items that the roster had for that month; what was there before the first slip (the
    opening balance) by the items of that first one. The items add up to the chain's sum to the 分.
    """
    year = run.pay_month.year
    rows = PaySlip.objects.filter(person__in=[slip.person_id for slip in slips], current=True, month__lt=run.month.number)
    rows = rows.filter(run__state__in=FIXED, run__pay_month__gte=year * 100 + 1, run__pay_month__lte=run.pay_month.number)
    earlier = rows.order_by("month").only("person_id", "month", "facts", "carried_before", "carried_after")
    roster, found = _items_of_roster(run, slips), dict[int, dict[str, Decimal]]()
    for slip in (*earlier, *slips):
        chain, before = slip.carried_after["chain"], slip.carried_before["chain"]
        if chain["kind"] != SALARY or chain["year"] != year:
            continue
        sums = found.get(slip.person_id)
        begun = before is not None and before["kind"] == SALARY and before["year"] == year
        counted = Decimal(before["additional"]) if begun and sums is not None else ZERO
        items = slip.facts["person"]["additional"] or roster.get(slip.person_id, {})
        named = _named(slip)
        plain = _split(Decimal(chain["additional"]) - counted - total(named.values()), items)
        sums = found.setdefault(slip.person_id, {})
        for parts in (plain, named):
            for item, amount in parts.items():
                sums[item] = sums.get(item, ZERO) + amount
    return found


def _named(slip: PaySlip) -> dict[str, Decimal]:
    """专项附加 of corrected earlier months by item, where they say so."""
    found: dict[str, Decimal] = {}
    for one in slip.facts["person"].get("adjustments", ()):
        for item, text in one.get("parts", {}).get(ADDITIONAL, {}).items():
            found[item] = found.get(item, ZERO) + Decimal(text)
    return found


def _items_of_roster(run: PayRun, slips: Sequence[PaySlip]) -> dict[int, dict[str, str]]:
    """The roster's items, for slips of the time when a run did not freeze them."""
    rows = Engagement.objects.filter(
        branch=run.branch, person__in=[slip.person_id for slip in slips], kind=Engagement.Kind.EMPLOYEE
    )
    return dict(rows.order_by("hired_on").values_list("person_id", "additional_deductions"))


def _split(amount: Decimal, items: Mapping[str, str]) -> dict[str, Decimal]:
    """`amount` by the months' items; {} where there are none to split it by."""
    weights = {item: Decimal(text) for item, text in items.items() if Decimal(text)}
    if not amount or not weights:
        return {}
    return dict(zip(weights, allocate(amount, list(weights.values())), strict=True))


def accounts_of(pays: Iterable[Pay]) -> dict[int, Account]:
    """Person → bank and full account number. Opens what is encrypted: only to write the file for who may."""
    rows = Person.objects.filter(pk__in=[pay.person_id for pay in pays]).exclude(bank_account_sealed="")
    return {person.pk: Account(person.bank_name, person.bank_account) for person in rows}


def having_account(pays: Iterable[Pay]) -> set[int]:
    """Who has an account, without opening it."""
    rows = Person.objects.filter(pk__in=[pay.person_id for pay in pays]).exclude(bank_account_sealed="")
    return set(rows.values_list("pk", flat=True))


def documents_of(pays: Sequence[Pay], today: date) -> dict[int, Identity]:
    """Person → document with its full number. Raises Refusal naming everybody whose number is missing or none."""
    rows = Person.objects.filter(pk__in=[pay.person_id for pay in pays])
    found = {person.pk: identity(person.id_number or "", today) for person in rows}
    bad = [pay.who for pay in pays if found.get(pay.person_id) is None]
    if bad:
        raise Refusal(
            f"{len(bad)} 人的证件号码缺失或不正确,申报端会拒收;请由交易管理岗在名册中更正后再生成", code="no_document", items=bad
        )
    return {pk: document for pk, document in found.items() if document is not None}


def same_payment(run: PayRun) -> list[PayRun]:
    """Other approved runs of the branch paid in the same month: the tax of a person in both is declared in one sum."""
    rows = PayRun.objects.filter(branch=run.branch, pay_month=run.pay_month.number, state__in=FIXED).exclude(pk=run.pk)
    return list(rows.select_related("branch").order_by("month"))


def paid_in_month(month: ApprovedMonth) -> list[Pay]:
    """Whom this run and the others of its month of payment pay, one row a person and kind, with what was settled with leavers
    past the pay run in it: what that month declares.

    Raises Refusal while another of these runs is being reversed or its outputs don't agree.
    """
    months = [month]
    for other in same_payment(month.run):
        require_ready(other)
        months.append(month_of(other))
        months[-1].checked.require()
    run = month.run
    paid = [(one.run.month, one.run.month.label, pay) for one in months for pay in one.pays]
    paid += [(one.slip.month, "线下结清", pay_past_run(one)) for one in paid_outside(run.branch, run.pay_month)]
    payments: dict[tuple[int, str], list[tuple[str, Pay]]] = {}
    for _, label, pay in sorted(paid, key=lambda one: one[0]):  # what was settled past the run follows the slip that left it
        payments.setdefault((pay.person_id, pay.kind), []).append((label, pay))
    return sorted((_together(found) for found in payments.values()), key=lambda pay: pay.staff_no)


def _together(payments: list[tuple[str, Pay]]) -> Pay:
    if len(payments) == 1:
        return payments[0][1]
    months = "、".join(label for label, _ in payments)
    return merged([pay for _, pay in payments], f"本期合并 {months} {len(payments)} 次发放")


def taken_of(run: PayRun) -> list[Export]:
    """What was taken from the run, by whom and when; newest first."""
    return list(Export.objects.about(run).select_related("owner")[:50])


_OF_YEAR = ("gross_pay", "social", "iit", "net_pay", "employer_si")


def year_rows(run: PayRun, pays: Sequence[Pay]) -> list[dict[str, Any]]:
    """The year so far, person by person: all approved payments of the tax year up to this run, whichever branch paid them, in the
    kind of engagement they have now, as the chain's sums beside them are; and what was settled with them past the pay run."""
    year = run.pay_month.year
    people = [pay.person_id for pay in pays]
    rows = PaySlip.objects.filter(person__in=people, current=True, run__state__in=FIXED, month__lte=run.month.number)
    rows = rows.filter(run__pay_month__gte=year * 100 + 1, run__pay_month__lte=run.pay_month.number)
    sums: dict[tuple[int, str], dict[str, Any]] = {}
    for row in rows.values("person_id", "kind", *_OF_YEAR):
        kept = sums.setdefault((row["person_id"], row["kind"]), {"months": 0})
        kept["months"] += 1
        for name in _OF_YEAR:
            kept[name] = kept.get(name, ZERO) + row[name]
    outside = settled_in_year(people, run.pay_month)
    return [_year_row(pay, sums[pay.person_id, pay.kind], *outside.get((pay.person_id, pay.kind), (ZERO, ZERO))) for pay in pays]


def _year_row(pay: Pay, of_slips: Mapping[str, Any], outside: Decimal, outside_tax: Decimal) -> dict[str, Any]:
    return {
        "staff_no": pay.staff_no,
        "name": pay.name,
        "kind": pay.kind,
        **of_slips,
        "outside": outside,
        "outside_tax": outside_tax,
        "chain_income": pay.cumulative("net_income" if pay.is_broker else "income"),
        "chain_taxable": pay["累计应纳税所得额"],
        "chain_withheld": pay.cumulative("withheld"),
    }
