"""Every write about products, and the settling of unsuitable sales."""

from __future__ import annotations

import json
from collections.abc import Iterable
from datetime import date
from pathlib import Path

from django.db import IntegrityError, transaction
from django.db.models import Q
from django.urls import reverse
from django.utils import timezone

from branch.audit.actions import record
from branch.notices.actions import tell
from branch.org.models import Branch
from branch.people.access import require_another
from branch.people.models import Person
from branch.people.queries import holders
from branch.people.roles import Power
from clients.products.access import require_may_clear, require_may_confirm, require_may_propose, speaks_for_the_company
from clients.products.models import CHANGEABLE, Product, ProductProposal, ProductSale, SaleQuerySet
from clients.products.queries import differences, in_one_line
from clients.products.rules import PRODUCT_LEVELS, PRODUCT_STOPPED, UNKNOWN_PRODUCT
from clients.products.turns import change_the_list
from clients.registry import register
from kernel.months import Month
from kernel.refusals import Refusal, Unknown, allows
from kernel.seen import require_seen

Kind, State = ProductProposal.Kind, ProductProposal.State
REFERENCE = Path(__file__).with_name("reference.json")


@transaction.atomic
def seed_products() -> int:
    """The products the first scheme pays for; those already listed stay as they are. Returns how many are new."""
    before = Product.objects.count()
    Product.objects.bulk_create((Product(**row) for row in json.loads(REFERENCE.read_text())), ignore_conflicts=True)
    return Product.objects.count() - before


@transaction.atomic
def propose_product(*, branch: Branch, code: str, name: str, risk: str, by: Person) -> ProductProposal:
    """Ask for a product to be listed. It is on nobody's list until somebody else confirms it (ADR 0110)."""
    require_may_propose(by, branch)
    code, name = code.strip().upper(), name.strip()
    _require_level(risk)
    if not code or not name:
        raise Refusal("请填写产品代码和产品名称", code="incomplete")
    if Product.objects.filter(code=code).exists():
        raise Refusal(f"产品代码 {code} 已登记,不需要重复登记;还有销售在等它的,请到“异常处理”点“重新核对”", code="product_exists")
    try:
        with transaction.atomic():
            proposal = ProductProposal.objects.create(branch=branch, code=code, name=name, risk=risk, proposed_by=by)
    except IntegrityError:
        raise Refusal(f"{branch.name}已提交产品代码 {code},正在等待确认", code="second_proposal") from None
    record(
        by=by,
        act="products.propose_product",
        subject=proposal,
        summary=f"提交登记产品 {code} {name}({risk})",
        branch_code=branch.code,
    )
    tell(
        [person for person in holders("branch_finance", branch=branch) if person.pk != by.pk],
        f"{by.name}提交登记产品 {proposal}({risk}),待您或渠道管理部确认",
        key=f"products.propose:{proposal.pk}",
        link=_page(branch),
    )
    return proposal


def _require_level(risk: str) -> None:
    if risk not in PRODUCT_LEVELS:
        raise Refusal(f"产品风险等级只能是{'、'.join(PRODUCT_LEVELS)}", code="bad_level")


@transaction.atomic
def propose_change(
    *, branch: Branch, code: str, name: str, risk: str, stopped_from: date | None, reason: str, by: Person, seen: str = ""
) -> ProductProposal:
    """Ask for a listed product to be written otherwise, stopped from a day on, or (no day) sold again: its whole content as it is
    to be. Nothing changes until 渠道管理部 confirms it (ADR 0111). Raises Overtaken when the product was changed since `seen`."""
    require_may_propose(by, branch)
    product = Product.objects.select_for_update().filter(code=code.strip().upper()).first()
    if product is None:
        raise Unknown("产品名单里没有这个产品")
    require_seen(seen, product.content, what=f"产品 {product}")
    _require_level(risk)
    name, reason = name.strip(), reason.strip()
    if not name:
        raise Refusal("请填写产品名称", code="incomplete")
    if not reason:
        raise Refusal("请写明依据,例如公司停售通知的文号", code="reason_missing")
    wanted = {"name": name, "risk": risk, "stopped_from": stopped_from}
    if wanted == product.content:
        raise Refusal("填写的与名单上的一致,没有要变更的内容", code="unchanged")
    try:
        with transaction.atomic():
            proposal = ProductProposal.objects.create(
                kind=Kind.CHANGE, branch=branch, code=product.code, reason=reason[:200], proposed_by=by, **wanted
            )
    except IntegrityError:
        raise Refusal(f"产品 {product} 已有一项变更在等待确认,确认或撤回之后再提交", code="second_proposal") from None
    said = in_one_line(differences(proposal, {product.code: product}))
    record(
        by=by,
        act="products.propose_change",
        subject=proposal,
        summary=f"提交变更产品 {product}:{said}",
        branch_code=branch.code,
        reason=proposal.reason,
    )
    tell(
        [person for person in holders("channel_department") if person.pk != by.pk],
        f"{branch.name}{by.name}提交变更产品 {product}:{said},待您确认",
        key=f"products.propose:{proposal.pk}",
        link=_page(branch),
    )
    return proposal


@transaction.atomic
def confirm_product(*, proposal_id: int, by: Person) -> Product:
    """Do what was proposed. A new product is listed for the company: waiting sales of the branch that asked then count; those of
    all branches where 渠道管理部 confirms, else each branch's own people look again. A change moves sales of open months."""
    proposal, others = _waiting(proposal_id)
    require_may_confirm(by, proposal)
    require_another(by, proposal.proposed_by, act=f"产品{proposal.get_kind_display()}", power=Power.PRODUCT_CONFIRM)
    change_the_list()
    if proposal.kind == Kind.CHANGE:
        return _change(proposal, by)
    try:
        with transaction.atomic():
            fields = {"name": proposal.name, "risk": proposal.risk, "added_by": proposal.proposed_by}
            product = Product.objects.create(code=proposal.code, **fields)
    except IntegrityError:
        raise Refusal(
            f"产品代码 {proposal.code} 已由他人登记,请“不采纳”这一项;还有销售在等它的,请到“异常处理”点“重新核对”",
            code="product_exists",
        ) from None
    _decide(proposal, State.LISTED, by)
    waiting = ProductSale.objects.waiting().filter(exception=UNKNOWN_PRODUCT, product_code=product.code)
    if not speaks_for_the_company(by):
        waiting = waiting.filter(branch=proposal.branch)
    freed = _moved(waiting, _open_months(waiting), "")
    record(
        by=by,
        act="products.confirm_product",
        subject=product,
        summary=f"确认登记产品 {product.code} {product.name}({product.risk}),{sum(freed.values())} 笔等待的销售随之计入",
        branch_code=proposal.branch.code,
        proposed_by=proposal.proposed_by.staff_no,
        freed={branch.code: count for branch, count in freed.items()},
    )
    for other in others:
        _decide(other, State.LISTED, None, note=f"{proposal.branch.name}提交的同一代码已登记")
    _tell_listed(proposal, freed, [other.branch for other in others], by)
    return product


def _change(proposal: ProductProposal, by: Person) -> Product:
    """Sales of open months follow: from the stop's day on they wait, before it those that waited for the stop alone count."""
    product = Product.objects.select_for_update().get(code=proposal.code)
    before, said = product.content, in_one_line(differences(proposal, {product.code: product}))
    for name in CHANGEABLE:
        setattr(product, name, getattr(proposal, name))
    product.save(update_fields=CHANGEABLE)
    _decide(proposal, State.LISTED, by)
    sales, stop = ProductSale.objects.filter(product_code=product.code), product.stopped_from
    kept, over = sales.waiting().filter(_before(stop), exception=PRODUCT_STOPPED), sales.unsettled().filter(~_before(stop))
    months = _open_months(kept | over)
    freed, held = _moved(kept, months, ""), _moved(over, months, PRODUCT_STOPPED)
    record(
        by=by,
        act="products.confirm_change",
        subject=product,
        summary=f"确认变更产品 {product}:{said};{sum(held.values())} 笔销售转为等待,{sum(freed.values())} 笔等待的销售计入",
        branch_code=proposal.branch.code,
        proposed_by=proposal.proposed_by.staff_no,
        reason=proposal.reason,
        before={name: str(value or "") for name, value in before.items()},
        after={name: str(value or "") for name, value in product.content.items()},
        freed={branch.code: count for branch, count in freed.items()},
        held={branch.code: count for branch, count in held.items()},
    )
    _tell_changed(proposal, said, freed, held, by)
    return product


def _before(stop: date | None) -> Q:
    """Sales that the list lets count."""
    return ~Q(pk__in=[]) if stop is None else Q(traded_on__lt=stop)


def _tell_changed(proposal: ProductProposal, said: str, freed: dict[Branch, int], held: dict[Branch, int], by: Person) -> None:
    """The proposer, and 交易管理岗 of each branch of which sales were moved."""
    key, what = f"products.changed:{proposal.pk}", f"产品 {proposal} 已变更:{said}"
    tell([proposal.proposed_by], what[:200], key=key, link=_page(proposal.branch))
    for branch in sorted({*freed, *held}, key=lambda one: one.code):
        counts = [f"{held[branch]} 笔停售以后的销售转为等待,请处理"] if branch in held else []
        counts += [f"{freed[branch]} 笔等待的销售随之计入"] if branch in freed else []
        people = [person for person in holders("trade_admin", branch=branch) if person.pk != by.pk]
        link = f"{reverse('clients:exception-list')}?branch={branch.code}"
        tell(people, f"产品 {proposal} 已变更,本营业部{';'.join(counts)}", key=f"{key}:{branch.pk}", link=link)


@transaction.atomic
def decline_product(*, proposal_id: int, reason: str, by: Person) -> ProductProposal:
    """Say no, and why; the proposer may withdraw the own one the same way."""
    proposal, _ = _waiting(proposal_id)
    own, what = proposal.proposed_by_id == by.pk, f"{proposal.get_kind_display()}产品 {proposal}"
    if not own:
        require_may_confirm(by, proposal)
    if not reason.strip():
        raise Refusal("请写明不采纳的原因", code="reason_missing")
    _decide(proposal, State.DECLINED, None if own else by, note=reason.strip()[:200])
    record(
        by=by,
        act="products.decline_product",
        subject=proposal,
        summary=f"{'撤回' if own else '未采纳'}{what}:{proposal.note}",
        branch_code=proposal.branch.code,
        reason=proposal.note,
    )
    if not own:
        text = f"您提交的{what}未采纳:{proposal.note}"
        tell([proposal.proposed_by], text, key=f"products.decline:{proposal.pk}", link=_page(proposal.branch))
    return proposal


def _waiting(proposal_id: int) -> tuple[ProductProposal, list[ProductProposal]]:
    """The proposal, and others' of the same product: held together in one order, as two may confirm them at once."""
    code = ProductProposal.objects.filter(pk=proposal_id).values_list("code", flat=True).first()
    alike = ProductProposal.objects.select_for_update(of=("self",)).filter(Q(pk=proposal_id) | Q(code=code, state=State.PROPOSED))
    found = {one.pk: one for one in alike.select_related("branch", "proposed_by").order_by("pk")}
    proposal = found.pop(proposal_id, None)
    if proposal is None:
        raise Unknown("没有这项产品登记或变更")
    if proposal.state != State.PROPOSED:
        raise Refusal(f"这项产品{proposal.get_kind_display()}已是“{proposal.get_state_display()}”,不能再处理", code="not_waiting")
    return proposal, list(found.values())


def _decide(proposal: ProductProposal, state: str, by: Person | None, *, note: str = "") -> None:
    proposal.state, proposal.decided_by, proposal.decided_at, proposal.note = state, by, timezone.now(), note
    proposal.save(update_fields=["state", "decided_by", "decided_at", "note"])


def _open_months(sales: SaleQuerySet) -> list[tuple[Branch, Month]]:
    """The months these sales are of, held in one order: not the locked ones, where what counted goes on counting."""
    months = list(sales.order_by("branch", "month").values_list("branch", "month").distinct())
    branches = Branch.objects.in_bulk({pk for pk, _ in months})
    return [(branches[pk], month) for pk, month in months if allows(register.require_open, branches[pk], month)]


def _moved(sales: SaleQuerySet, months: list[tuple[Branch, Month]], exception: str) -> dict[Branch, int]:
    """Let these sales wait for `exception`, or ('') count: how many, by branch."""
    moved = dict[Branch, int]()
    for branch, month in months:
        if count := sales.filter(branch=branch, month=month).update(exception=exception):
            moved[branch] = moved.get(branch, 0) + count
    return moved


def _tell_listed(proposal: ProductProposal, freed: dict[Branch, int], asked: Iterable[Branch], by: Person) -> None:
    """The proposer, and 交易管理岗 of the other branches that have sales of it or had asked for it, too."""
    key, what = f"products.listed:{proposal.pk}", f"产品 {proposal} 已登记"
    tell(
        [proposal.proposed_by],
        f"{what},{freed.get(proposal.branch, 0)} 笔等待的销售随之计入",
        key=key,
        link=_page(proposal.branch),
    )
    still = ProductSale.objects.waiting().filter(exception=UNKNOWN_PRODUCT, product_code=proposal.code).order_by()
    touched = {*asked, *freed, *Branch.objects.filter(pk__in=still.values("branch"))} - {proposal.branch}
    for branch in sorted(touched, key=lambda one: one.code):
        told = f"{freed[branch]} 笔等待的销售随之计入" if branch in freed else "本营业部有销售在等它的,请到“异常处理”点“重新核对”"
        people = [person for person in holders("trade_admin", branch=branch) if person.pk != by.pk]
        tell(people, f"{what},{told}", key=f"{key}:{branch.pk}", link=f"{reverse('clients:exception-list')}?branch={branch.code}")


def _page(branch: Branch) -> str:
    return f"{reverse('clients:product-list')}?branch={branch.code}"


@transaction.atomic
def clear_unsuitable(*, sale_id: int, reason: str, by: Person) -> ProductSale:
    """Note that a mismatch is settled by the client's written confirmation. It still earns nothing; C1 above R1 never clears."""
    sale = ProductSale.objects.select_for_update().select_related("branch").filter(pk=sale_id).first()
    if sale is None:
        raise Unknown("没有这笔销售")
    require_may_clear(by, sale.branch)
    if sale.suitable or sale.cleared_at is not None:
        raise Refusal("这笔销售没有待核销的适当性不符", code="nothing_to_clear")
    if not sale.clearable:
        raise Refusal(
            f"C1 客户购买 {sale.product_level} 产品不能核销:风险承受能力最低类别的客户不得购买高于 R1 的产品,请按合规要求处理",
            code="never_cleared",
        )
    if not reason.strip():
        raise Refusal("请写明核销依据,例如客户签署的风险不匹配警示书编号", code="reason_missing")
    sale.cleared_by, sale.cleared_at, sale.clearance = by, timezone.now(), reason.strip()[:200]
    sale.save(update_fields=["cleared_by", "cleared_at", "clearance"])
    record(
        by=by,
        act="products.clear_unsuitable",
        subject=sale,
        summary=f"核销适当性不符:{sale}",
        branch_code=sale.branch.code,
        reason=sale.clearance,
    )
    return sale
