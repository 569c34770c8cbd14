"""What the archive shows on the workbench and in the menu."""

from __future__ import annotations

from collections.abc import Iterable

from django.urls import reverse

from archives.exports import FILINGS
from archives.queries import waiting_for
from branch.exports.register import register
from branch.people.access import holds
from branch.people.models import Person
from branch.people.roles import Power
from branch.workbench.register import MenuItem, Todo, add_menu, add_todos


def _todos(person: Person) -> Iterable[Todo]:
    yield Todo("待接收的备案件", waiting_for(person), f"{reverse('archives:filing-list')}?state=waiting")


def sign_in() -> None:
    """Called once when the application starts."""
    register(FILINGS)
    add_todos(_todos)
    add_menu(
        MenuItem("archives", "备案", "archives:filing-list", lambda person: holds(person, Power.FILING_VIEW), waiting_for, 10)
    )
