"""What the company's close shows on the workbench and in the menu, and how its jobs are done."""

from __future__ import annotations

from collections.abc import Iterable

from django.urls import reverse

from branch.exports import register as exports
from branch.jobs import register as jobs
from branch.people.access import holds
from branch.people.models import Person
from branch.people.roles import Power
from branch.workbench.register import MenuItem, Tile, Todo, add_menu, add_tiles, add_todos
from kernel.months import Month
from payroll.close import queries
from payroll.close.actions import JOB, tidy
from payroll.close.exports import COMPANY_CLOSE
from payroll.close.forms import last_month
from payroll.close.working import close_branch


def _sees(person: Person) -> bool:
    return holds(person, Power.CLOSE_VIEW)


def _standing(person: Person, month: Month) -> queries.Standing:
    """Tile and to-do are of one page: it is asked once and kept with the person of this request."""
    kept: tuple[Month, queries.Standing] | None = person.__dict__.get("_close_standing")
    if kept is None or kept[0] != month:
        kept = person.__dict__["_close_standing"] = (month, queries.standing(month))
    return kept[1]


def _tiles(person: Person) -> Iterable[Tile]:
    if _sees(person):
        month = last_month()
        standing = _standing(person, month)
        hint = f"已核算;{standing.unready} 家未就绪" if standing.unready else "已全部核算"
        url = f"{reverse('payroll:company-close')}?month={month}"
        yield Tile(f"{month.label}公司月结", f"{standing.computed}/{standing.branches}", hint, url)


def _todos(person: Person) -> Iterable[Todo]:
    if holds(person, Power.CLOSE_RUN):
        month = last_month()
        url = f"{reverse('payroll:company-close')}?month={month}&late=1"
        yield Todo(f"{month.label}月结还未核算的营业部", _standing(person, month).unready, url)


def sign_in() -> None:
    """Called once when the application starts."""
    jobs.register(JOB, close_branch, lane=jobs.BULK)
    jobs.add_monthly(tidy)
    exports.register(COMPANY_CLOSE)
    add_tiles(_tiles)
    add_todos(_todos)
    add_menu(MenuItem("payroll", "公司月结", "payroll:company-close", _sees, order=5))
