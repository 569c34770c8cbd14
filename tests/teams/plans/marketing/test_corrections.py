"""A signed agreement is corrected by two persons: as verbs, on the pages, by the API; what was signed before stays readable."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import date
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import IntegrityError, transaction
from django.test import Client

from branch.audit.models import AuditRow
from branch.files.actions import read
from branch.notices.models import Notice
from branch.org.models import Outlet
from branch.people.models import Person
from branch.workbench.counting import counted
from kernel.refusals import Refusal
from kernel.seen import Overtaken, stamp
from teams.plans.marketing import actions, queries
from teams.plans.marketing.models import AgreementCorrection, CooperationAgreement
from teams.plans.marketing.workbench import corrections_waiting
from tests.factories.branch import People, make_person
from tests.factories.marketing import LEADER, MANAGER, plan_world

pytestmark = pytest.mark.django_db
DEPUTY = "600004"
OLD, NEW = b"%PDF-1.7 old", b"%PDF-1.7 new"
DAYS = {"signed_on": date(2026, 1, 5), "valid_from": date(2026, 1, 1), "valid_to": date(2026, 12, 31)}
WORDS: dict[str, Any] = {"bank": "建设银行", "agreement_no": "建福2026-1", **DAYS}
LONGER = {**WORDS, "valid_to": date(2027, 6, 30)}
PAGE = "/plans/agreements/"
API = "/api/v1/plans/"


@pytest.fixture
def people() -> People:
    return plan_world()[0]


@pytest.fixture
def row(people: People) -> CooperationAgreement:
    """Signed, with its paper."""
    outlet = Outlet.objects.create(branch=people.branch, name="建行福田支行")
    return actions.enter_agreement(outlet=outlet, **WORDS, file=OLD, file_name="协议.pdf", by=people[LEADER])


def proposed(row: CooperationAgreement, by: Person, **changes: Any) -> AgreementCorrection:
    given = {"file": NEW, "file_name": "补充协议.pdf", "reason": "补充协议 2026-1 延长半年", **LONGER, **changes}
    return actions.propose_correction(agreement_id=row.pk, by=by, **given)


def refused(code: str, verb: Callable[..., Any], /, *args: Any, **kwargs: Any) -> None:
    with pytest.raises(Refusal) as refusal, transaction.atomic():
        verb(*args, **kwargs)
    assert refusal.value.code == code, refusal.value.sentence


def browser(person: Person) -> Client:
    client = Client()
    client.force_login(person.user, backend="django.contrib.auth.backends.ModelBackend")  # type: ignore[arg-type]
    return client


def seen_in(page: str) -> str:
    return page.split('name="seen" value="')[1].split('"', 1)[0]


def test_a_signed_agreement_is_not_changed_by_one_person(people: People, row: CooperationAgreement) -> None:
    refused("signed", actions.change_agreement, agreement_id=row.pk, **LONGER, by=people[LEADER])
    refused("signed", actions.change_agreement, agreement_id=row.pk, **WORDS, file=NEW, file_name="x.pdf", by=people[MANAGER])
    row.refresh_from_db()
    assert row.file is not None
    assert (row.valid_to, read(row.file)) == (DAYS["valid_to"], OLD)


def test_until_it_is_signed_with_its_paper_one_person_changes_it(people: People) -> None:
    outlet = Outlet.objects.create(branch=people.branch, name="社区点")
    row = actions.enter_agreement(outlet=outlet, **WORDS, by=people[LEADER])
    changed = actions.change_agreement(agreement_id=row.pk, **LONGER, by=people[MANAGER])
    assert changed.valid_to == date(2027, 6, 30)
    refused("not_signed", proposed, row, people[LEADER])


def test_a_correction_counts_once_another_has_confirmed_it(people: People, row: CooperationAgreement) -> None:
    correction = proposed(row, people[LEADER])
    row.refresh_from_db()
    assert row.valid_to == DAYS["valid_to"], "said is not done"
    assert not queries.outlets_with_agreements(people[MANAGER], people.branch, date(2027, 1, 1))[-1].agreement
    refused("same_person", actions.confirm_correction, correction_id=correction.pk, by=people[LEADER])
    actions.confirm_correction(correction_id=correction.pk, by=people[MANAGER])
    row.refresh_from_db()
    correction.refresh_from_db()
    assert (row.valid_to, row.signed) == (date(2027, 6, 30), True)
    assert row.file is not None
    assert (read(row.file), read(correction.former_file)) == (NEW, OLD)
    assert correction.changes == [("有效期至", "2026-12-31", "2027-06-30"), ("协议文件", "协议.pdf", "补充协议.pdf")]
    assert (correction.state, correction.decided_by) == ("confirmed", people[MANAGER])
    logged = list(AuditRow.objects.filter(act__startswith="agreements.").values_list("act", "actor_id").order_by("id"))
    two = [("agreements.propose_correction", people[LEADER].pk), ("agreements.confirm_correction", people[MANAGER].pk)]
    assert logged == [("agreements.enter", people[LEADER].pk), *two]
    told = Notice.objects.filter(key=f"agreements.corrected:{correction.pk}")
    assert [notice.person for notice in told] == [people[LEADER]]
    refused("wrong_state", actions.confirm_correction, correction_id=correction.pk, by=people[MANAGER])


def test_the_paper_stays_where_none_is_handed_in(people: People, row: CooperationAgreement) -> None:
    correction = proposed(row, people[MANAGER], file=None, file_name="")
    assert [label for label, _, _ in correction.changes] == ["有效期至"]
    actions.confirm_correction(correction_id=correction.pk, by=people[LEADER])
    row.refresh_from_db()
    assert row.file is not None
    assert read(row.file) == OLD


def test_a_correction_that_is_declined_or_withdrawn_changes_nothing(people: People, row: CooperationAgreement) -> None:
    first = proposed(row, people[LEADER])
    refused("second_proposal", proposed, row, people[MANAGER])
    refused("reason_missing", actions.decline_correction, correction_id=first.pk, reason=" ", by=people[MANAGER])
    declined = actions.decline_correction(correction_id=first.pk, reason="补充协议还没有盖章", by=people[MANAGER])
    assert (declined.state, declined.decided_by, declined.note) == ("declined", people[MANAGER], "补充协议还没有盖章")
    own = proposed(row, people[LEADER])
    withdrawn = actions.decline_correction(correction_id=own.pk, reason="日期看错", by=people[LEADER])
    assert (withdrawn.state, withdrawn.decided_by) == ("declined", None)
    row.refresh_from_db()
    assert row.valid_to == DAYS["valid_to"]


@pytest.mark.parametrize(
    ("code", "changes"),
    [
        ("nothing_changed", {**WORDS, "file": None}),
        ("reason_missing", {"reason": " "}),
        ("span", {"valid_to": date(2025, 1, 1)}),
        ("signing_day_missing", {"signed_on": None}),
        ("nameless", {"bank": " "}),
        ("already_there", {"agreement_no": "招行-1"}),
        ("wrong_kind", {"file": b"MZ\x90"}),
    ],
)
def test_what_cannot_be_is_not_proposed(people: People, row: CooperationAgreement, code: str, changes: dict[str, Any]) -> None:
    actions.enter_agreement(outlet=row.outlet, **{**WORDS, "agreement_no": "招行-1"}, by=people[LEADER])
    refused(code, proposed, row, people[LEADER], **changes)
    assert not AgreementCorrection.objects.exists()


def test_the_signing_day_may_be_another_but_not_none(people: People, row: CooperationAgreement) -> None:
    correction = proposed(row, people[LEADER], signed_on=date(2026, 1, 6))
    AgreementCorrection.objects.update(after={**correction.after, "signed_on": ""})  # said before this was refused
    refused("signing_day_missing", actions.confirm_correction, correction_id=correction.pk, by=people[MANAGER])
    AgreementCorrection.objects.update(after=correction.after)
    assert actions.confirm_correction(correction_id=correction.pk, by=people[MANAGER]).signed_on == date(2026, 1, 6)


def test_the_page_of_a_correction_asks_for_the_signing_day(people: People, row: CooperationAgreement) -> None:
    given = {name: str(value) for name, value in LONGER.items()} | {"reason": "补充协议", "signed_on": ""}
    said = browser(people[LEADER]).post(f"{PAGE}{row.pk}/correct/", given).content.decode()
    assert "签订日期可以更正为另一天,不能删去" in said
    assert not AgreementCorrection.objects.exists()


def test_a_number_that_was_taken_meanwhile_is_not_confirmed(people: People, row: CooperationAgreement) -> None:
    correction = proposed(row, people[LEADER], agreement_no="建福2026-2")
    actions.enter_agreement(outlet=row.outlet, **{**WORDS, "agreement_no": "建福2026-2"}, by=people[LEADER])
    refused("already_there", actions.confirm_correction, correction_id=correction.pk, by=people[MANAGER])


def test_the_database_holds_the_two_persons(people: People, row: CooperationAgreement) -> None:
    correction = proposed(row, people[LEADER])
    with pytest.raises(IntegrityError, match="agreement_corrected_by_two"), transaction.atomic():
        AgreementCorrection.objects.filter(pk=correction.pk).update(decided_by=people[LEADER])


def test_a_correction_on_top_of_another_is_not_made_unseen(people: People, row: CooperationAgreement) -> None:
    read_before = stamp(actions.shown_agreement(row))
    swapped = proposed(row, people[LEADER], **WORDS)  # only another paper
    actions.confirm_correction(correction_id=swapped.pk, by=people[MANAGER])
    with pytest.raises(Overtaken), transaction.atomic():
        proposed(row, people[DEPUTY], seen=read_before)


def test_it_waits_on_the_workbench_of_the_others(people: People, row: CooperationAgreement) -> None:
    proposed(row, people[LEADER])
    assert counted([corrections_waiting(people[staff_no]) for staff_no in (LEADER, MANAGER, DEPUTY)]) == [0, 1, 1]
    assert counted([corrections_waiting(make_person("900001", "别人"))]) == [0]


def test_on_the_pages_one_corrects_and_another_confirms(people: People, row: CooperationAgreement) -> None:
    leader, manager = browser(people[LEADER]), browser(people[MANAGER])
    address = f"{PAGE}{row.pk}/correct/"
    assert address in leader.get(row.get_absolute_url()).content.decode()
    given = {name: str(value) for name, value in LONGER.items()} | {"reason": "补充协议"}
    given["seen"] = seen_in(leader.get(address).content.decode())
    file = SimpleUploadedFile("补充协议.pdf", NEW)
    assert leader.post(address, {**given, "file": file}).url == row.get_absolute_url()
    correction = AgreementCorrection.objects.get()
    confirm = f"{PAGE}corrections/{correction.pk}/confirm/"
    assert confirm not in leader.get(row.get_absolute_url()).content.decode(), "not the own"
    assert leader.post(confirm).status_code == 409
    assert "更正待确认" in manager.get(PAGE).content.decode()
    page = manager.get(row.get_absolute_url()).content.decode()
    assert confirm in page
    assert "2027-06-30" in page
    assert manager.get(f"{PAGE}corrections/{correction.pk}/file/").content == NEW
    assert manager.post(confirm).url == row.get_absolute_url()
    row.refresh_from_db()
    assert row.valid_to == date(2027, 6, 30)
    assert manager.get(f"{PAGE}corrections/{correction.pk}/former-file/").content == OLD
    assert "协议.pdf" in manager.get(row.get_absolute_url()).content.decode()


def test_on_the_pages_the_second_to_correct_sees_both_values(people: People, row: CooperationAgreement) -> None:
    leader, address = browser(people[LEADER]), f"{PAGE}{row.pk}/correct/"
    seen = seen_in(leader.get(address).content.decode())
    actions.confirm_correction(correction_id=proposed(row, people[DEPUTY]).pk, by=people[MANAGER])
    given = {name: str(value) for name, value in WORDS.items()} | {"bank": "建行", "reason": "全称有误", "seen": seen}
    late = leader.post(address, {**given, "file": SimpleUploadedFile("补充协议二.pdf", NEW)})
    said = late.content.decode()
    assert late.status_code == 409
    assert "改为“建设银行”,您填写的是“建行”" in said
    assert f"同事 {people[MANAGER]} 于" in said, "who confirmed it"
    assert "改为“2027-06-30”,您填写的是“2026-12-31”" in said
    assert "您选的文件“补充协议二.pdf”没有保存,须重新选择" in said, "or it is sent again without its paper"
    assert leader.post(address, {**given, "seen": seen_in(said)}).status_code == 302, "sent again it is a choice"


def test_a_declined_correction_is_told_on_the_page(people: People, row: CooperationAgreement) -> None:
    correction, manager = proposed(row, people[LEADER]), browser(people[MANAGER])
    address = f"{PAGE}corrections/{correction.pk}/decline/"
    assert manager.post(address, {"reason": ""}).status_code == 409
    assert manager.post(address, {"reason": "没有盖章"}).url == row.get_absolute_url()
    assert "没有盖章" in browser(people[LEADER]).get(row.get_absolute_url()).content.decode()


def test_by_the_api_as_on_the_pages(people: People, row: CooperationAgreement) -> None:
    leader, manager = browser(people[LEADER]), browser(people[MANAGER])

    def sent(who: Client, address: str, body: dict[str, Any]) -> Any:
        return who.post(f"{API}{address}", json.dumps(body, default=str), content_type="application/json")

    shown = leader.get(f"{API}agreements/{row.pk}/").json()
    assert shown["signed"] is True
    fixed = sent(leader, f"agreements/{row.pk}/", {**LONGER, "seen": shown["seen"]})
    assert (fixed.status_code, fixed.json()["code"]) == (409, "signed")
    body = {**LONGER, "reason": "补充协议", "seen": shown["seen"]}
    made = sent(leader, f"agreements/{row.pk}/corrections/", body)
    assert made.status_code == 201, made.content
    one = made.json()
    assert (one["before"]["valid_to"], one["after"]["valid_to"], one["state"]) == ("2026-12-31", "2027-06-30", "proposed")
    assert sent(leader, f"agreement-corrections/{one['id']}/confirm/", {}).json()["code"] == "same_person"
    assert sent(manager, f"agreement-corrections/{one['id']}/confirm/", {}).json()["valid_to"] == "2027-06-30"
    late = sent(leader, f"agreements/{row.pk}/corrections/", {**body, "bank": "建行"})
    assert (late.status_code, late.json()["code"]) == (409, "overtaken")
    rows = leader.get(f"{API}agreements/{row.pk}/corrections/").json()["items"]
    assert [(found["id"], found["file_name"], found["former_file_name"]) for found in rows] == [(one["id"], "", "协议.pdf")]
    assert leader.get(f"{API}agreement-corrections/{one['id']}/former-file/").content == OLD
    assert leader.get(f"{API}agreement-corrections/{one['id']}/file/").status_code == 404
    again = sent(leader, f"agreements/{row.pk}/corrections/", {**WORDS, "reason": "改回"}).json()
    dropped = sent(manager, f"agreement-corrections/{again['id']}/decline/", {"reason": "以补充协议为准"})
    assert dropped.json()["state"] == "declined"
