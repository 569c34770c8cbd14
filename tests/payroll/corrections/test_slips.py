"""What the owner of a corrected month sees on its slip: their own figures, where the difference is paid, and nobody else's."""

from __future__ import annotations

from collections.abc import Callable

from django.test import Client

from payroll.corrections.balances import adjustment_key
from payroll.corrections.models import PayAdjustment
from payroll.corrections.slips import corrections_of_slip
from payroll.runs.states import APPROVED
from tests.factories.branch import People
from tests.factories.runs import AUGUST, SEPTEMBER, approved_run
from tests.payroll.corrections import worlds
from tests.payroll.corrections.test_settlements import confirmed, leave, settled

RIGHT = "95"


def _corrected(people: People) -> str:
    """600103's August put right and signed, with 600101's name in the reason."""
    worlds.ready(people, AUGUST, SEPTEMBER)
    worlds.inputs(people, "600103", AUGUST, duty_score="65")
    worlds.paid(people, AUGUST)
    correction = worlds.opened(people)
    worlds.line(people, correction, "600103", "duty_score", RIGHT, reason="与 600101 的分数互换了")
    return worlds.approved(people, correction).number


def test_before_any_correction_nothing_is_said(people: People, signed_in: Callable[[str], Client]) -> None:
    worlds.ready(people, AUGUST)
    worlds.paid(people, AUGUST)
    assert not list(corrections_of_slip(worlds.slip(people, "600103", AUGUST)))
    assert "已更正" not in signed_in("600103").get("/payroll/my/").content.decode()


def test_an_unsigned_correction_is_not_told(people: People) -> None:
    worlds.ready(people, AUGUST)
    worlds.inputs(people, "600103", AUGUST, duty_score="65")
    worlds.paid(people, AUGUST)
    correction = worlds.opened(people)
    worlds.line(people, correction, "600103", "duty_score", RIGHT)
    worlds.sent(people, worlds.reckoned(people, correction))
    assert not list(corrections_of_slip(worlds.slip(people, "600103", AUGUST)))


def test_the_owner_sees_the_difference_and_the_month_that_pays_it(people: People, signed_in: Callable[[str], Client]) -> None:
    number = _corrected(people)
    slip = worlds.slip(people, "600103", AUGUST)
    (one,) = corrections_of_slip(slip)
    assert (one.number, one.due_month, one.paid_on) == (number, SEPTEMBER, None)
    assert one.gross > 0
    moved = {change.column for change in one.changes}
    assert {"职责系数", "绩效", "应发"} <= moved
    assert not {"个税", "实发"} & moved
    owner = signed_in("600103")
    text = owner.get(f"/payroll/my/{slip.pk}/").content.decode()
    for words in (number, "应补发", "计入 2026年9月工资", "职责系数"):
        assert words in text
    assert "600101" not in text
    assert f"/payroll/corrections/{number}/" not in text  # the paper itself is finance's
    assert "已更正" in owner.get("/payroll/my/").content.decode()


def test_once_the_later_month_is_approved_it_is_linked_and_not_before(people: People, signed_in: Callable[[str], Client]) -> None:
    _corrected(people)
    worlds.following(people, SEPTEMBER)
    slip = worlds.slip(people, "600103", AUGUST)
    (waiting,) = corrections_of_slip(slip)
    assert waiting.paid_on is None
    later = worlds.slip(people, "600103", SEPTEMBER)
    approved_run(people, SEPTEMBER)
    assert later.run.__class__.objects.get(pk=later.run_id).state == APPROVED
    (paid,) = corrections_of_slip(slip)
    assert paid.paid_on is not None
    assert f"/payroll/my/{paid.paid_on.pk}/" in signed_in("600103").get(f"/payroll/my/{slip.pk}/").content.decode()


def test_a_program_reads_the_correction_with_the_slip(people: People, signed_in: Callable[[str], Client]) -> None:
    number = _corrected(people)
    slip = worlds.slip(people, "600103", AUGUST)
    own, finances = f"/api/v1/me/pay-slips/{slip.pk}/", f"/api/v1/pay-slips/{slip.pk}/"
    found = signed_in("600103").get(own).json()
    assert (found["slip"]["reversed"], found["slip"]["current"], found["successor"]) == (False, True, None)
    (one,) = found["corrections"]
    assert (one["number"], one["due_month"], one["paid_on"], one["waits"], one["left"]) == (number, "2026-09", None, True, False)
    (said,) = corrections_of_slip(slip)
    assert (one["gross"], one["settled"]) == (f"{said.gross:.2f}", "0.00")
    assert {change["column"]: (change["old"], change["new"]) for change in one["changes"]}["职责系数"] == ("0.6", "1.0")
    assert "600101" not in str(one)
    assert signed_in("600002").get(finances).json()["corrections"] == found["corrections"]
    worlds.ready(people, SEPTEMBER)
    approved_run(people, SEPTEMBER)
    (one,) = signed_in("600103").get(own).json()["corrections"]
    assert (one["paid_on"], one["waits"]) == (worlds.slip(people, "600103", SEPTEMBER).pk, False)


def test_who_was_not_concerned_sees_nothing(people: People) -> None:
    _corrected(people)
    assert not list(corrections_of_slip(worlds.slip(people, "600101", AUGUST)))


def test_finance_finds_the_paper_from_the_slip(people: People, signed_in: Callable[[str], Client]) -> None:
    number = _corrected(people)
    slip = worlds.slip(people, "600103", AUGUST)
    text = signed_in("600002").get(f"/payroll/slips/{slip.pk}/").content.decode()
    assert f"/payroll/corrections/{number}/" in text


def test_the_owner_is_told_what_was_settled_past_the_run_and_what_no_month_takes_up(
    people: People, signed_in: Callable[[str], Client]
) -> None:
    """Left before the difference fell due: settled in part, then whole; no sentence promises a month's pay."""
    worlds.ready(people, AUGUST)
    worlds.inputs(people, "600103", AUGUST, duty_score="65")
    worlds.paid(people, AUGUST)
    correction = worlds.opened(people)
    worlds.line(people, correction, "600103", "duty_score", RIGHT)
    worlds.approved(people, correction)
    slip, page = worlds.slip(people, "600103", AUGUST), signed_in("600103")
    leave(people, "600103")

    def said() -> str:
        return page.get(f"/payroll/my/{slip.pk}/").content.decode()

    assert "离职后没有工资单承接" in said()
    (one,) = corrections_of_slip(slip)
    assert (one.settled, one.waits, one.left) == (0, True, True)
    due = PayAdjustment.objects.get(person=people["600103"])
    confirmed(people, settled(people, adjustment_key(due.pk), "30", slip=slip.pk))
    (one,) = corrections_of_slip(slip)
    assert (one.settled, one.waits) == (30, True)
    assert "其中已在工资以外结清 <b>30.00</b> 元" in said()
    confirmed(people, settled(people, adjustment_key(due.pk), str(due.gross - 30), slip=slip.pk))
    (one,) = corrections_of_slip(slip)
    assert (one.settled, one.waits, one.left) == (due.gross, False, False)
    text = said()
    assert "已在工资以外结清" in text
    assert "计入 2026年9月工资" not in text
    assert "离职后没有工资单承接" not in text
