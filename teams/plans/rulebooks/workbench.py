"""What rule documents show on the workbench and in the menu, and the kind of approval they sign in."""

from __future__ import annotations

from collections.abc import Iterable

from django.urls import reverse

from approvals.requests.kinds import register
from branch.exports import register as exports
from branch.people.access import holds
from branch.people.models import Person
from branch.people.roles import Power
from branch.workbench.counting import Waiting
from branch.workbench.register import MenuItem, Todo, add_menu, add_todos
from teams.plans.rulebooks import states
from teams.plans.rulebooks.access import sees_documents
from teams.plans.rulebooks.exports import RULE_DOCUMENTS
from teams.plans.rulebooks.models import RuleDocument
from teams.plans.rulebooks.signing import RULE_DOCUMENT


def unchecked(person: Person) -> Waiting:
    """Registered papers that wait for a second person. Counted alike on menu, workbench and list."""
    if not (holds(person, Power.FILING_RECEIVE) or holds(person, Power.SCHEME_CONFIRM)):
        return 0
    return RuleDocument.objects.visible_to(person).filter(state=states.REGISTERED).exclude(made_by=person)


def _todos(person: Person) -> Iterable[Todo]:
    yield Todo("已批准文件登记,待复核", unchecked(person), reverse("plans:rule-list"))


def sign_in() -> None:
    """Called once when the application starts."""
    register(RULE_DOCUMENT)
    exports.register(RULE_DOCUMENTS)
    add_todos(_todos)
    add_menu(MenuItem("teams", "实施细则", "plans:rule-list", sees_documents, unchecked, 4, "计划"))
