"""Who sends a correction up sends what was read: what a colleague made of it meanwhile is shown first, by page and API."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client

from kernel.seen import stamp
from payroll.corrections.actions import corrections
from payroll.corrections.models import Correction
from tests.factories.branch import People
from tests.factories.runs import AUGUST, paid_run
from tests.payroll.corrections import worlds

LIST = "/payroll/corrections/"


@pytest.fixture
def at(people: People) -> Callable[[str], Client]:
    def sign_in(staff_no: str) -> Client:
        browser = Client()
        browser.force_login(people[staff_no].user)
        return browser

    return sign_in


def _reckoned_anew(people: People) -> tuple[str, str]:
    """A correction that was reckoned, its stamp as it was read then; a colleague has put another score in and reckoned again."""
    paid_run(people, AUGUST)
    correction = worlds.opened(people)
    worlds.line(people, correction, "600103", "duty_score", "65")
    seen = stamp(corrections.shown_correction(worlds.reckoned(people, correction)))
    corrections.remove_line(number=correction.number, line_id=correction.lines.get().pk, by=people["600002"])
    worlds.line(people, correction, "600103", "duty_score", "85")
    worlds.reckoned(people, correction)
    return correction.number, seen


def test_a_correction_is_not_sent_up_as_others_have_made_it_since(people: People, at: Callable[[str], Client]) -> None:
    number, seen = _reckoned_anew(people)
    finance, address = at("600002"), f"{LIST}{number}/send-up/"
    late = finance.post(address, {"seen": seen})
    said = late.content.decode()
    assert late.status_code == 409
    assert "同事在您打开页面之后修改并重算了这份更正单,还没有送审" in said
    assert Correction.objects.get().state == "review"
    again = said.split('name="seen" value="')[1].split('"', 1)[0]
    assert finance.post(address, {"seen": again}).status_code == 302
    assert Correction.objects.get().state == "signing"


def test_a_program_sends_up_the_correction_it_read(people: People, at: Callable[[str], Client]) -> None:
    number, seen = _reckoned_anew(people)
    finance, address = at("600002"), f"/api/v1/corrections/{number}/"

    def sent(stamp_read: str) -> Any:
        return finance.post(f"{address}send-up/", {"seen": stamp_read}, content_type="application/json")

    late = sent(seen)
    assert (late.status_code, late.json()["code"]) == (409, "overtaken"), late.content
    assert sent(finance.get(address).json()["correction"]["seen"]).json()["state"] == "signing"
