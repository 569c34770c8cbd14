"""What the clients' rooms put on the workbench and in the menu."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date

from django.db.models import Exists, OuterRef, Q
from django.urls import reverse
from django.utils import timezone

from branch.clearance import Binding, add_leaving_source
from branch.exports import register as exports
from branch.jobs import register as jobs
from branch.org.models import Branch
from branch.people.access import holds
from branch.people.choices import branches_of
from branch.people.models import Person
from branch.people.queries import branches_visible_to
from branch.people.roles import Power
from branch.workbench.counting import Waiting
from branch.workbench.register import MenuItem, QuickAction, Tile, Todo, add_menu, add_quick, add_tiles, add_todos
from clients.figures.access import sees_figures
from clients.figures.exports import FIGURES
from clients.figures.models import FiguresMonth, ManagerFigure
from clients.figures.states import LOCKED
from clients.imports import company, large
from clients.imports.access import may_resolve_anything
from clients.imports.exports import EXCEPTIONS, MISTAKES
from clients.imports.models import ClientMonth
from clients.imports.partitions import prepare_months
from clients.imports.queries import booked_files, unfinished_batches
from clients.products.access import sees_products
from clients.products.exports import SALES
from clients.products.models import ProductSale
from clients.products.queries import to_confirm
from clients.registry.access import sees_clients
from clients.registry.exports import CLIENTS, SLIPS
from clients.registry.models import ConfirmationSlip
from clients.registry.queries import open_relations_of
from kernel.money import grouped
from kernel.months import Month


def _may_import(person: Person) -> bool:
    return holds(person, Power.CRM_IMPORT)


def _may_import_company(person: Person) -> bool:
    return holds(person, Power.COMPANY_IMPORT)


def _sees_imports(person: Person) -> bool:
    return holds(person, Power.CRM_IMPORT) or holds(person, Power.FIGURES_LOCK)


def _may_resolve(person: Person) -> bool:
    return holds(person, Power.EXCEPTION_RESOLVE)


def unfinished(person: Person) -> Waiting:
    """Pre-checked imports that wait for this person's confirmation."""
    return unfinished_batches(person) if _may_import(person) else 0


def waiting_rows(person: Person) -> Waiting:
    """Exceptions that wait where this person resolves them."""
    if not _may_resolve(person):
        return 0
    mine = Q(branch__in=branches_visible_to(person, Power.EXCEPTION_RESOLVE))
    return ClientMonth.objects.waiting().filter(mine), ProductSale.objects.waiting().filter(mine)


def waiting_products(person: Person) -> Waiting:
    """Products somebody else proposed, where this person confirms them."""
    return to_confirm(person) if holds(person, Power.PRODUCT_CONFIRM) else 0


def waiting_slips(person: Person) -> Waiting:
    """Slips that wait where this person confirms them."""
    if not holds(person, Power.RELATION_CONFIRM):
        return 0
    branches = branches_visible_to(person, Power.RELATION_CONFIRM)
    return ConfirmationSlip.objects.proposed().filter(branch__in=branches)


def _binding(person: Person, day: date) -> Iterable[Binding]:
    """A leaver's clients, until each has another manager."""
    address = f"{reverse('clients:list')}?manager={person.staff_no}"
    yield Binding("名下的客户", open_relations_of(person), address, "clients", "本人、接收人和监交人签交接清单")


def _todos(person: Person) -> Iterable[Todo]:
    yield Todo("导入已预检,待确认", unfinished(person), reverse("clients:import-list"))
    for branch, name in _branches(person, Power.EXCEPTION_RESOLVE):
        rows = ClientMonth.objects.waiting().filter(branch=branch), ProductSale.objects.waiting().filter(branch=branch)
        yield Todo("业务数据异常待处理", rows, _at(reverse("clients:exception-list"), branch), branch=name)
    yield Todo("客户确认单待核", waiting_slips(person), f"{reverse('clients:slip-list')}?state=proposed")
    yield Todo("产品登记和变更待确认", waiting_products(person), reverse("clients:product-list"))
    last = Month.of(timezone.localdate()).previous
    if branches := _branches(person, Power.CRM_IMPORT):
        of_last = booked_files([branch for branch, _ in branches]).filter(batch__month=last)
        booked = set(of_last.values_list("batch__branch", flat=True))
        for branch, name in branches:
            missing = int(branch.pk not in booked)
            yield Todo(f"{last.label}业务数据待导入", missing, _at(reverse("clients:import-new"), branch), branch=name)
    if holds(person, Power.FIGURES_LOCK):
        yield from _to_lock(person)


def _branches(person: Person, power: Power) -> list[tuple[Branch, str]]:
    """Where the person does it: each branch, and its name for who has several. A page of one branch opens at that one."""
    found = branches_of(person, power)
    return [(branch, branch.name if len(found) > 1 else "") for branch in found]


def _at(address: str, branch: Branch) -> str:
    return f"{address}?branch={branch.code}"


def _to_lock(person: Person) -> Iterable[Todo]:
    branches = {branch.pk: (branch, name) for branch, name in _branches(person, Power.FIGURES_LOCK)}
    locked = FiguresMonth.objects.filter(branch=OuterRef("batch__branch"), month=OuterRef("batch__month"), state=LOCKED)
    own = booked_files([branch for branch, _ in branches.values()])
    waiting = own.exclude(Exists(locked)).order_by("-batch__month", "batch__branch__code")
    for month, branch_id in waiting.values_list("batch__month", "batch__branch").distinct():
        branch, name = branches[branch_id]
        url = _at(reverse("clients:figures-month", args=[month]), branch)
        yield Todo(f"{month.label}业务数据待复核", 1, url, branch=name)


def _tiles(person: Person) -> Iterable[Tile]:
    own = ManagerFigure.objects.filter(person=person).select_related("branch").order_by("-month").first()
    if own is not None:
        url = _at(reverse("clients:figure-rows", args=[own.month, person.staff_no]), own.branch)
        yield Tile(f"{own.month.label}净佣金(元)", grouped(own.net_commission), "已复核", url)
        yield Tile("期末客户数", str(own.clients_end), f"新增有效户 {own.new_valid_accounts}", url)


def sign_in() -> None:
    """Called once, when the app is ready."""
    exports.register(CLIENTS, SLIPS, SALES, EXCEPTIONS, MISTAKES, FIGURES)
    jobs.add_monthly(prepare_months)
    jobs.add_monthly(company.tidy)
    jobs.add_monthly(large.tidy)
    add_leaving_source(_binding)
    add_todos(_todos)
    add_tiles(_tiles)
    add_quick(QuickAction("导入月度数据", "clients:import-new", "upload", _may_import, 20))
    add_menu(
        MenuItem("clients", "客户名单", "clients:list", sees_clients, None, 10),
        MenuItem("clients", "业务数据", "clients:figures", sees_figures, None, 20),
        MenuItem("clients", "月度导入", "clients:import-list", _sees_imports, unfinished, 30),
        MenuItem("clients", "公司导入", "clients:company-import-list", _may_import_company, None, 35),
        MenuItem("clients", "异常处理", "clients:exception-list", may_resolve_anything, waiting_rows, 40),
        MenuItem("clients", "确认单", "clients:slip-list", sees_clients, waiting_slips, 50),
        MenuItem("clients", "产品销售", "clients:sale-list", sees_clients, None, 60),
        MenuItem("clients", "产品名单", "clients:product-list", sees_products, waiting_products, 70),
    )
