from __future__ import annotations

from collections.abc import Callable

from django.test import Client

from branch.audit.actions import record, seal_rows
from tests.branch.conftest import Office


def test_a_branch_manager_reads_the_own_branch_and_compliance_all(office: Office, signed_in: Callable[[str], Client]) -> None:
    record(by=office["600001"], act="x.here", subject=None, summary="这边的事", branch_code="0755FT")
    record(by=None, act="x.there", subject=None, summary="那边的事", branch_code="0755LH")
    page = signed_in("600005").get("/audit/").content.decode()
    assert "这边的事" in page
    assert "那边的事" not in page
    page = signed_in("100004").get("/audit/").content.decode()
    assert "这边的事" in page
    assert "那边的事" in page


def test_filters_narrow_the_log(office: Office, signed_in: Callable[[str], Client]) -> None:
    record(by=office["600001"], act="x.one", subject=None, summary="甲")
    record(by=office["600002"], act="x.two", subject=None, summary="乙事")
    browser = signed_in("100009")
    for query in ({"who": "杨静嘉"}, {"act": "x.two"}, {"words": "乙事"}):
        page = browser.get("/audit/", query).content.decode()
        assert "乙事" in page
        assert "x.one" not in page
    assert "没有符合条件的记录" in browser.get("/audit/", {"until": "2000-01-01"}).content.decode()


def test_the_chain_is_verified_by_a_button(office: Office, signed_in: Callable[[str], Client]) -> None:
    seal_rows()
    page = signed_in("100009").post("/audit/verify/", follow=True).content.decode()
    assert "日志完整" in page
