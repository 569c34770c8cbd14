"""Who may submit, receive and open what is filed."""

from __future__ import annotations

from archives.models import Filing
from archives.register import kind_of
from branch.org.models import Branch
from branch.people.access import require, require_another
from branch.people.models import Person
from branch.people.roles import Power


def may_submit(person: Person, branch: Branch) -> None:
    require(person, Power.FILING_SUBMIT, branch=branch, to="报送备案")


def may_receive(person: Person, filing: Filing) -> None:
    """经纪业务综合室, and never the one who submitted it."""
    require(person, Power.FILING_RECEIVE, branch=filing.branch, to="接收备案")
    require_another(person, filing.submitted_by, act="接收备案", power=Power.FILING_RECEIVE)


def may_open(person: Person, filing: Filing) -> None:
    """Whoever sees the record, and whom the type lets read the document."""
    require(person, Power.FILING_VIEW, branch=filing.branch, to="查看备案件")
    kind_of(filing.kind).may_open(person, filing)
