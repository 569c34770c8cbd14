from __future__ import annotations

from collections.abc import Callable

import pytest
from django.db import connection, transaction
from django.test import Client
from django.test.utils import CaptureQueriesContext

from branch.notices.actions import mark_read, tell
from branch.notices.models import Notice
from tests.branch.conftest import Office


def test_an_event_tells_a_person_once(office: Office) -> None:
    person = office["600001"]
    tell([person, person], "有新的审批", key="e:1", link="/")
    tell([person], "有新的审批", key="e:1")
    tell([], "没有人", key="e:2")
    assert Notice.objects.get().link == "/"


@pytest.mark.django_db(transaction=True)
def test_a_message_stands_or_falls_with_the_act() -> None:
    office = Office()

    def die() -> None:
        raise SystemExit

    @transaction.atomic
    def killed_when_done() -> None:
        transaction.on_commit(die)
        tell([office["600001"]], "已办", key="done")

    @transaction.atomic
    def killed_before() -> None:
        tell([office["600001"]], "没有发生", key="taken back")
        die()

    for act in (killed_when_done, killed_before):
        with pytest.raises(SystemExit):
            act()
    assert Notice.objects.get().key == "done"


def test_reading_ones_own_and_never_anothers(office: Office, signed_in: Callable[[str], Client]) -> None:
    mine = Notice.objects.create(person=office["600001"], text="我的", key="1", link="/people/")
    theirs = Notice.objects.create(person=office["600002"], text="别人的", key="1")
    browser = signed_in("600001")
    page = browser.get("/notices/").content.decode()
    assert "我的" in page
    assert "别人的" not in page
    assert browser.post(f"/notices/{theirs.pk}/").status_code == 404
    assert browser.post(f"/notices/{mine.pk}/").url == "/people/"
    assert mark_read(by=office["600001"]) == 0
    assert mark_read(by=office["600002"]) == 1


def test_a_message_never_leads_to_another_site(office: Office, signed_in: Callable[[str], Client]) -> None:
    row = Notice.objects.create(person=office["600001"], text="x", key="1", link="https://elsewhere.example/")
    assert signed_in("600001").post(f"/notices/{row.pk}/").url == "/notices/"


def test_the_list_asks_as_much_for_many_messages_as_for_none(office: Office, signed_in: Callable[[str], Client]) -> None:
    browser, asked = signed_in("600001"), []
    for count in (0, 1, 60):
        Notice.objects.bulk_create(Notice(person=office["600001"], text=f"第{n}条", key=f"{count}-{n}") for n in range(count))
        with CaptureQueriesContext(connection) as captured:
            page = browser.get("/notices/").content.decode()
        asked.append(len(captured))
        assert ("全部标为已读" in page) == bool(count)
    assert len(set(asked)) == 1
    assert "第59条" in page
    assert "第0条" not in page
    assert "下一页" in page
    assert ">61<" in browser.get("/notices/?count=1").content.decode()
