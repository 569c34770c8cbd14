"""Writes of the tax modes: one person proposes how 减除费用 counts for somebody in a tax year, another confirms it."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date

from django.db import IntegrityError, transaction
from django.urls import reverse
from django.utils import timezone

from branch.audit.actions import record
from branch.notices.actions import tell
from branch.org.models import Branch
from branch.parameters.queries import ParameterBook
from branch.people.models import Engagement, Person
from kernel.refusals import Refusal
from payroll.intake import access, queries, states, tax_modes
from payroll.intake.models import TaxMode
from payroll.intake.register import refuse_when_reckoned
from payroll.reckoning.facts import FROM_JANUARY, LUMP, STANDARD


@transaction.atomic
def propose_tax_mode(*, person: Person, branch: Branch, tax_year: int, mode: str, reason: str, by: Person) -> TaxMode:
    """The first person proposes; what the law or the system's own history excludes is refused."""
    access.may_propose_tax_mode(by, branch)
    if not reason.strip():
        raise Refusal("请写明理由和凭据")
    engagement = tax_modes.engaged_in_year(branch, tax_year).filter(person=person).last()
    if engagement is None:
        raise Refusal(f"{person.name}在 {tax_year} 年不是{branch.name}的人员")
    _require_open(person, branch, tax_year)
    _require_new(person, tax_year, mode)
    _require_lawful(engagement, tax_year, mode)
    row = TaxMode(person=person, branch=branch, tax_year=tax_year, mode=mode, reason=reason.strip()[:300], proposed_by=by)
    _save(row)
    _log(row, by, "propose", f"提请{_told(row)}:{row.reason}")
    others = [one for one in queries.confirmers(branch) if one.pk != by.pk]
    tell(others, f"{by.name}提请{_told(row)},等您确认", key=f"tax-mode:{row.pk}:proposed", link=_link(row))
    return row


@transaction.atomic
def propose_lump(*, person_ids: Iterable[int], branch: Branch, tax_year: int, by: Person) -> list[TaxMode]:
    """第19号 for those chosen among whom the system suggests. Raises Refusal when one of them is no longer suggested."""
    access.may_propose_tax_mode(by, branch)
    chosen = set(person_ids)
    suggested = [one for one in tax_modes.lump_suggestions(branch, tax_year) if one.engagement.person_id in chosen]
    if not chosen:
        raise Refusal("请先勾选要提请的人员")
    if len(suggested) != len(chosen):
        raise Refusal("名单有变动,请刷新页面后重新勾选", code="stale")
    limit = tax_modes.lump_limit(tax_year)
    reason = f"{tax_year - 1} 年 12 个月均由本单位预扣预缴,全年收入不超过 {limit:,.2f} 元(系统记录)"
    people = [one.engagement.person for one in suggested]
    return [propose_tax_mode(person=one, branch=branch, tax_year=tax_year, mode=LUMP, reason=reason, by=by) for one in people]


@transaction.atomic
def confirm_tax_mode(*, tax_mode_id: int, by: Person) -> TaxMode:
    """The second person confirms; the year's payments not yet sent up are reckoned by it from now on."""
    row = _locked(tax_mode_id)
    access.may_confirm_tax_mode(by, row)
    after = states.TAX_MODE.after(row.state, "confirm")
    _require_open(row.person, row.branch, row.tax_year)
    for old in TaxMode.objects.select_for_update().filter(person=row.person, tax_year=row.tax_year, state=states.CONFIRMED):
        old.state = states.TAX_MODE.after(old.state, "replace")
        old.save()
    row.state, row.confirmed_by, row.decided_at = after, by, timezone.now()
    row.save()
    _log(row, by, "confirm", f"确认{_told(row)}")
    tell([row.proposed_by], f"您提请的{_told(row)}已由{by.name}确认", key=f"tax-mode:{row.pk}:confirmed", link=_link(row))
    return row


@transaction.atomic
def reject_tax_mode(*, tax_mode_id: int, reason: str, by: Person) -> TaxMode:
    """Sent back by a second person, or taken back by the proposer."""
    row = _locked(tax_mode_id)
    access.may_return_tax_mode(by, row)
    if not reason.strip():
        raise Refusal("请写明退回的原因")
    row.state = states.TAX_MODE.after(row.state, "reject")
    row.returned, row.decided_at = reason.strip()[:200], timezone.now()
    row.save()
    _log(row, by, "reject", f"退回{_told(row)}:{row.returned}")
    if by.pk != row.proposed_by_id:
        told = f"您提请的{_told(row)}被{by.name}退回:{row.returned}"
        tell([row.proposed_by], told, key=f"tax-mode:{row.pk}:rejected", link=_link(row))
    return row


def _require_open(person: Person, branch: Branch, tax_year: int) -> None:
    """Neither the openings nor a run that was sent up or approved have settled the year for this person."""
    opening = queries.opening_for([person.pk]).get(person.pk)
    if opening is not None and opening.opening.tax_year == tax_year:
        raise Refusal(f"{person.name} {tax_year} 年的减除方式已随期初余额确定,不能再改")
    refuse_when_reckoned(person, branch, tax_year)


def _require_new(person: Person, tax_year: int, mode: str) -> None:
    rows = TaxMode.objects.filter(person=person, tax_year=tax_year)
    if rows.filter(state=states.PROPOSED).exists():
        raise Refusal(f"{person.name} {tax_year} 年已有一条待确认的减除方式,请先确认或退回它")
    standing = rows.filter(state=states.CONFIRMED).first()
    if mode == (standing.mode if standing else STANDARD):
        label = dict(TaxMode.MODES)[mode]
        raise Refusal(f"{person.name} {tax_year} 年现在就是“{label}”,无需再提")


def _require_lawful(engagement: Engagement, tax_year: int, mode: str) -> None:
    if mode == FROM_JANUARY:
        _require_first_wage(engagement, tax_year)
    elif mode == LUMP:
        _require_lump(engagement, tax_year)


def _require_first_wage(engagement: Engagement, tax_year: int) -> None:
    """公告2020年第13号: wages for the first time in the tax year; a broker earns no wages."""
    name = engagement.person.name
    if engagement.kind == Engagement.Kind.BROKER:
        raise Refusal(f"{name}是证券经纪人,取得的是劳务报酬;13号公告只适用于首次取得工资、薪金的员工")
    if engagement.hired_on.year != tax_year:
        raise Refusal(f"{name}于 {engagement.hired_on} 入职,不是 {tax_year} 年新入职,减除费用本来就从 1 月起计")
    if not ParameterBook.load().value("iit.first_job_from_january", date(tax_year, 1, 1)):
        raise Refusal(f"参数“首次取得工资薪金者自1月起计减除费用”在 {tax_year} 年未启用")


def _require_lump(engagement: Engagement, tax_year: int) -> None:
    """公告2020年第19号. What happened before the system's first record is the reason's to prove; a contradiction is refused."""
    name, last = engagement.person.name, tax_year - 1
    if engagement.hired_on > date(last, 1, 31):
        raise Refusal(f"{name}于 {engagement.hired_on} 入职,{last} 年并非每月都由本单位预扣,不适用19号公告")
    paid = tax_modes.paid_in([engagement.person_id], engagement.kind, last).get(engagement.person_id)
    if paid is not None and paid.income > tax_modes.lump_limit(tax_year):
        raise Refusal(f"{name} {last} 年收入超过 {tax_modes.lump_limit(tax_year):,.2f} 元,不适用19号公告")


def _save(row: TaxMode) -> None:
    try:
        with transaction.atomic():
            row.save()
    except IntegrityError as error:
        raise Refusal("另一位同事正好也在提请此人的减除方式,请刷新页面查看后再试") from error


def _locked(pk: int) -> TaxMode:
    rows = TaxMode.objects.select_for_update(of=("self",)).select_related("branch", "person", "proposed_by")
    return rows.get(pk=pk)


def _log(row: TaxMode, by: Person, act: str, summary: str) -> None:
    record(by=by, act=f"intake.tax_mode_{act}", subject=row, summary=summary, branch_code=row.branch.code)


def _told(row: TaxMode) -> str:
    return f"{row.person.name} {row.tax_year} 年个税减除方式“{row.get_mode_display()}”"


def _link(row: TaxMode) -> str:
    return f"{reverse('payroll:tax-mode-list')}?branch={row.branch.code}&year={row.tax_year}"
