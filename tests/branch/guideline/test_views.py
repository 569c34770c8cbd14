from __future__ import annotations

from collections.abc import Callable

from django.test import Client
from django.urls import reverse

from branch.guideline.queries import chapters, document
from config.apps import SCREENS
from tests.branch.conftest import Office


def test_all_28_articles_are_there_and_the_first_is_marked_missing(office: Office) -> None:
    articles = [article for chapter in document()["chapters"] for article in chapter["articles"]]
    assert [article["number"] for article in articles] == list(range(1, 29))
    assert [article["number"] for article in articles if not article["paragraphs"]] == [1]
    assert document()["owner"] == "渠道管理部"


def test_every_screen_signed_in_exists() -> None:
    assert all(reverse(name) for screens in SCREENS.values() for _, name in screens)


def test_one_is_led_only_where_one_may_go(office: Office) -> None:
    def addresses(staff_no: str) -> dict[str, str]:
        found = [article for chapter in chapters(office[staff_no]) for article in chapter["articles"]]
        return dict(pair for article in found for pair in article["screens"])

    assert addresses("600002")["薪酬月报表"] == reverse("payroll:run-list")
    assert addresses("600006")["薪酬月报表"] == ""


def test_the_page_shows_what_is_missing_and_what_is_to_come(office: Office, signed_in: Callable[[str], Client]) -> None:
    page = signed_in("600006").get("/guideline/").content.decode()
    assert "第二十八条" in page
    assert "缺失" in page
    assert "尚未上线" in page
