"""Reading schemes: which one is in force, and what the law asks of one."""

from __future__ import annotations

from datetime import date
from typing import Any

from django.db.models import QuerySet

from branch.org.models import Branch
from branch.parameters.queries import ParameterBook
from branch.people.models import Person
from branch.people.queries import holders
from branch.people.roles import ROLES, Power
from branch.prepared import Prepared, loaded
from kernel.money import decimal
from kernel.months import Month
from kernel.refusals import Missing, Refusal, Unknown
from payroll.reckoning.advice import legal_differences, warnings
from payroll.reckoning.parameters import resolve
from payroll.schemes import states
from payroll.schemes.basis import countersigning, require_covered
from payroll.schemes.models import SchemeVersion
from payroll.schemes.register import reckoned_under
from teams.plans.rulebooks.models import RuleDocument

VOLUME_LIMIT = "scheme.volume_share_limit"
_COLUMNS = [field.attname for field in SchemeVersion._meta.concrete_fields]
_OF_PAPER = ["id", "state", "effective_from", "effective_to"]


@Prepared
def _in_force(branch: Any, month: Any) -> QuerySet[SchemeVersion, Any]:
    """The version in force with its paper, which is asked for more only where it does not cover the month."""
    rows = SchemeVersion.objects.covering(branch, month).order_by()
    return rows.values_list(*_COLUMNS, *(f"document__{name}" for name in _OF_PAPER))


def scheme_in_force(branch: Branch, month: Month) -> SchemeVersion:
    """The one version in force at the branch in the month. Raises Missing naming the paper of the version that comes nearest."""
    if rows := _in_force(branch=branch.pk, month=month):
        found = loaded(SchemeVersion, _COLUMNS, rows[0][: len(_COLUMNS)])
        if found.document_id is not None:
            found.document = loaded(RuleDocument, _OF_PAPER, rows[0][len(_COLUMNS) :])
        require_covered(found, month)
        return found
    mine = SchemeVersion.objects.filter(branch=branch)
    waiting = mine.filter(state__in=(states.PROPOSED, states.DRAFT), effective_from__lte=month).order_by("-version").first()
    if waiting is not None and (waiting.effective_to is None or waiting.effective_to >= month):
        if paper := countersigning(waiting):
            said = f"{waiting.label}依据的{paper}还在会签中,批准并确认以后才能用于{month.label}"
            raise Missing(said, code="document_not_approved")
        word = waiting.get_state_display()
        raise Missing(f"{waiting.label}还是“{word}”,由第二人确认生效以后才能用于{month.label}", code="scheme_not_confirmed")
    nearest = mine.filter(state=states.IN_FORCE).order_by("-effective_from").first()
    if nearest is not None:
        until = f"至 {nearest.effective_to}" if nearest.effective_to else "起"
        raise Missing(f"{nearest.label}自 {nearest.effective_from} {until}有效,不能用于{month.label}", code="scheme_not_in_force")
    raise Missing(f"{branch.name}还没有生效的薪酬方案,请先拟定方案并由第二人确认", code="scheme_missing")


def grades_at(branch: Branch, day: date) -> set[str]:
    """The 职级 of the scheme in force at the branch on the day; empty when none is."""
    found = SchemeVersion.objects.covering(branch, Month.of(day)).first()
    return set(found.scheme().grades) if found is not None else set()


def version_for(person: Person, pk: int) -> SchemeVersion:
    """The version, if this person may see it. Raises Unknown."""
    rows = SchemeVersion.objects.visible_to(person).select_related(
        "branch", "copied_from", "drafted_by", "proposed_by", "confirmed_by"
    )
    found = rows.filter(pk=pk).first()
    if found is None:
        raise Unknown("没有这个薪酬方案")
    return found


def versions_of(version: SchemeVersion) -> QuerySet[SchemeVersion]:
    """The scheme's other versions, newest first."""
    return SchemeVersion.objects.filter(branch=version.branch, code=version.code).exclude(pk=version.pk)


def advice_on(version: SchemeVersion) -> list[str]:
    """Chinese sentences where the law asks for something else, or for care; also which check could not be made."""
    scheme, book = version.scheme(), ParameterBook.load()
    found: list[str] = []
    limit, reckoned = book.find(VOLUME_LIMIT, version.effective_from.first), reckoned_under(version)
    found += warnings(scheme, volume_limit=decimal(1 if limit is None else limit), reckonings=reckoned)
    if limit is None:
        found.append("提成、开户、资产奖励占比的上限没有设定(见参数“开户与交易量类项目占绩效上限”),占比没有检查")
    elif not reckoned:
        found.append("还没有按本方案核算过的月份,提成、开户、资产奖励的占比待核算后检查")
    try:
        found += legal_differences(scheme, resolve(scheme, book.value, version.effective_from))
    except Refusal as missing:
        found.append(f"与法定参数的核对没有完成:{missing}")
    return found


def confirmers(branch: Branch) -> list[Person]:
    """Who may put a scheme of the branch in force."""
    roles = [code for code, role in ROLES.items() if Power.SCHEME_CONFIRM in role.powers]
    return [person for role in roles for person in holders(role, branch=branch)]
