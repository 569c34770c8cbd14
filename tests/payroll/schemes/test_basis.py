"""A2: a scheme rests on an approved document, and a run on a scheme whose document holds the month."""

from __future__ import annotations

from datetime import date
from importlib import import_module

import pytest
from django.apps import apps
from django.contrib.auth import get_user_model

from approvals.requests import actions as approvals
from approvals.requests.models import Request
from branch.people.models import Person
from clients.figures.models import ManagerFigure
from kernel.months import Month
from kernel.refusals import Missing, Refusal
from payroll.intake.models import OpeningSet
from payroll.runs.actions import compute
from payroll.schemes import queries
from payroll.schemes.actions import confirm_scheme, draft_scheme, propose_scheme, seed_demo_scheme
from payroll.schemes.models import SchemeVersion
from teams.plans.rulebooks import actions as rulebooks
from teams.plans.rulebooks.models import RuleDocument
from teams.plans.rulebooks.rules import PAY
from tests.factories.branch import People
from tests.factories.close import computed
from tests.factories.marketing import MANAGER, chosen, head_office
from tests.factories.payroll import demo_scheme
from tests.factories.runs import make_ready, small_branch

MAY, JUNE = Month(2026, 5), Month(2026, 6)
FINANCE = "600002"


def sign(row: RuleDocument, who: Person, **more: object) -> None:
    request = Request.objects.get(pk=row.approval_id)
    approvals.decide(request_id=request.pk, act="agree", by=who, **{"opinion": "", "seen_digest": request.content_digest, **more})


def sent_up(people: People, office: dict[str, Person], since: date) -> RuleDocument:
    """A document of the whole branch, issued under its number and now being countersigned."""
    given = {"branch": people.branch, "team": None, "kind": PAY, "text": "提成按净佣金分档。", "effective_from": since}
    row = rulebooks.draft_document(**given, by=people["600004"])
    row = rulebooks.send_up(document_id=row.pk, by=people["600004"])
    sign(row, people[MANAGER])
    sign(row, office["office"])
    sign(row, office["channel"], opinion="会签", chosen=chosen("compliance"))
    return row


def approved(row: RuleDocument, office: dict[str, Person]) -> RuleDocument:
    for who in ("compliance", "office", "vice"):
        sign(row, office[who])
    sign(row, office["office"], data={"summary": "同意"})
    return RuleDocument.objects.get(pk=row.pk)


def proposed(people: People, paper: str, since: Month) -> SchemeVersion:
    data = {**demo_scheme(), "effective_from": str(since), "paper": paper}
    version = draft_scheme(data=data, branch=people.branch, by=people[FINANCE])
    return propose_scheme(version_id=version.pk, by=people[FINANCE])


def confirmed(people: People, version: SchemeVersion, paper: str) -> SchemeVersion:
    return confirm_scheme(version_id=version.pk, seen_digest=version.digest, paper_no=paper, by=people[MANAGER])


def number_of(row: RuleDocument) -> str:
    return Request.objects.get(pk=row.approval_id).document_number


def test_a2_a_run_with_a_scheme_still_being_countersigned_is_refused_with_its_number(people: People) -> None:
    office = head_office(people)
    row = sent_up(people, office, date(2026, 5, 1))
    version = proposed(people, number_of(row), MAY)
    with pytest.raises(Refusal, match="还在会签中") as refusal:
        confirmed(people, version, number_of(row))
    assert number_of(row) in refusal.value.sentence
    with pytest.raises(Missing, match="还在会签中") as missing:
        compute(branch=people.branch, month=MAY, by=people[FINANCE])
    assert number_of(row) in missing.value.sentence


def test_a2_after_approval_from_june_may_still_uses_the_older_version(people: People) -> None:
    office = head_office(people)
    data = {**demo_scheme(), "effective_from": "2026-01"}
    former = seed_demo_scheme(data=data, branch=people.branch, by=people[FINANCE], confirmed_by=people[MANAGER])
    row = approved(sent_up(people, office, date(2026, 6, 1)), office)
    version = confirmed(people, proposed(people, row.paper_no, JUNE), row.paper_no)
    assert queries.scheme_in_force(people.branch, MAY) == former
    assert queries.scheme_in_force(people.branch, JUNE) == version
    assert former.document != version.document == row


@pytest.mark.django_db
def test_a2_the_run_of_may_uses_the_older_version_after_the_approval() -> None:
    """A2: "after approval with effective_from 2026-06-01 the 2026-05 run still uses the older version": the run itself."""
    people = small_branch()
    clerk = people["100001"]  # gives its number to the head office of the route
    get_user_model().objects.filter(pk=clerk.user_id).update(username="190001")
    Person.objects.filter(pk=clerk.pk).update(staff_no="190001")
    office = head_office(people)
    former = SchemeVersion.objects.get()
    SchemeVersion.objects.update(effective_from=Month(2026, 1), data={**former.data, "effective_from": "2026-01"})
    RuleDocument.objects.update(effective_from=date(2026, 1, 1))
    OpeningSet.objects.update(first_month=MAY)
    fresh = people["600104"]  # hired in August: of May there is nothing
    make_ready(people, MAY, without=[fresh.staff_no])
    ManagerFigure.objects.filter(person=fresh).delete()
    row = approved(sent_up(people, office, date(2026, 6, 1)), office)
    newer = confirmed(people, proposed(people, row.paper_no, JUNE), row.paper_no)
    run = computed(people, MAY)
    assert (run.scheme, run.slips.exists()) == (former, True)
    assert run.scheme.paper_no != newer.paper_no == row.paper_no


def test_a_new_document_stops_the_old_scheme_until_the_new_one_is_confirmed(people: People) -> None:
    office = head_office(people)
    data = {**demo_scheme(), "effective_from": "2026-01"}
    seed_demo_scheme(data=data, branch=people.branch, by=people[FINANCE], confirmed_by=people[MANAGER])
    approved(sent_up(people, office, date(2026, 6, 1)), office)
    with pytest.raises(Missing, match="不能用于2026年6月"):
        queries.scheme_in_force(people.branch, JUNE)


def test_a_number_that_is_not_on_file_is_refused(people: People) -> None:
    version = proposed(people, "深营营销〔2026〕7号", MAY)
    with pytest.raises(Refusal, match="没有文号为深营营销〔2026〕7号"):
        confirmed(people, version, "深营营销〔2026〕7号")


def test_a_scheme_does_not_begin_before_its_document(people: People) -> None:
    office = head_office(people)
    row = approved(sent_up(people, office, date(2026, 6, 1)), office)
    with pytest.raises(Refusal, match="不能早于它"):
        confirmed(people, proposed(people, row.paper_no, MAY), row.paper_no)


def test_a_scheme_without_a_document_reckons_nothing(people: People) -> None:
    data = {**demo_scheme(), "effective_from": "2026-01"}
    seed_demo_scheme(data=data, branch=people.branch, by=people[FINANCE], confirmed_by=people[MANAGER])
    SchemeVersion.objects.update(document=None)
    with pytest.raises(Missing, match="没有依据的薪酬标准实施细则"):
        queries.scheme_in_force(people.branch, MAY)


def test_numbers_typed_before_become_registered_documents(people: People) -> None:
    data = {**demo_scheme(), "effective_from": "2026-01"}
    former = seed_demo_scheme(data=data, branch=people.branch, by=people[FINANCE], confirmed_by=people[MANAGER])
    SchemeVersion.objects.update(document=None)
    RuleDocument.objects.all().delete()
    import_module("payroll.migrations.0010_papers_typed_before").register(apps, None)
    document = RuleDocument.objects.get()
    assert (document.paper_no, document.legacy, document.state) == (former.paper_no, True, "approved")
    assert (document.effective_from, document.effective_to) == (date(2026, 1, 1), None)
    assert queries.scheme_in_force(people.branch, MAY).document == document
