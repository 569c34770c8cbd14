"""The list of jobs, taken away: one's own as the page filters them, everybody's for whoever sees everybody's."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client, TestCase

from branch.exports import actions
from branch.exports.models import Export
from branch.jobs.models import Job
from tests.branch.conftest import Office


@pytest.fixture
def jobs(office: Office) -> None:
    for who, state in (("600001", "failed"), ("600001", "done"), ("600002", "done")):
        error = "文件读不出月份\n第 1 行" if state == "failed" else ""
        Job.objects.create(kind="x", key="x", title=f"{who}的{state}", owner=office[who], state=state, error=error)


def taken(office: Office, browser: Client, query: str = "") -> list[list[str]]:
    """The rows of the CSV that the page's own button gives."""
    page = browser.get(f"/jobs/{query}").content.decode()
    assert 'action="/exports/new/jobs/' in page
    with TestCase.captureOnCommitCallbacks(execute=True):
        browser.post(f"/exports/new/jobs/?format=csv&{query.removeprefix('?')}")
    export = Export.objects.latest("pk")
    content: Any = actions.download(export_id=export.pk, by=export.owner)[0]
    return [line.split(",") for line in content.decode("utf-8-sig").splitlines()[1:-1]]


def test_ones_own_as_the_page_filters_them(office: Office, jobs: None, signed_in: Callable[[str], Client]) -> None:
    browser = signed_in("600001")
    assert [row[1] for row in taken(office, browser)] == ["600001的done", "600001的failed"]
    (failed,) = taken(office, browser, "?state=failed")
    assert (failed[2], failed[-1]) == ("未完成", "文件读不出月份")


def test_everybodys_for_the_administrator(office: Office, jobs: None, signed_in: Callable[[str], Client]) -> None:
    assert {row[1] for row in taken(office, signed_in("100009"))} == {"600001的done", "600001的failed", "600002的done"}
