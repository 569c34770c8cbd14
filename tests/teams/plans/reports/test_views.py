"""Pages of business analysis reports: who finds what, a crafted post, the second editor, the paper and the Word file."""

from __future__ import annotations

import io

import docx
import pytest
from django.test import Client
from django.urls import reverse

from branch.exports.actions import take
from branch.exports.models import Export
from branch.people.models import Person
from teams.plans.reports import actions
from teams.plans.reports.models import AnalysisReport
from teams.plans.reports.word import DOCX
from tests.factories.branch import People
from tests.factories.reports import JUNE, LEADER, MANAGER, OTHERS, TEXTS, TRADE, approved, drafted, report_world, team_of

pytestmark = pytest.mark.django_db


@pytest.fixture
def people() -> People:
    return report_world()[0]


def browser(person: Person) -> Client:
    found = Client()
    found.force_login(person.user)
    return found


def begun(people: People, **changes: str) -> dict[str, str]:
    return {"team": str(team_of(people).pk), "kind": "month", "month": "2026-06", **changes}


def test_the_list_says_who_is_late_and_the_leader_begins_from_it(people: People) -> None:
    leader = browser(people[LEADER])
    address = reverse("plans:report-list")
    page = leader.get(address, {"kind": "month", "month": "2026-06"}).content.decode()
    assert "未写" in page
    assert "逾期" in page
    answer = leader.post(reverse("plans:report-begin"), begun(people))
    report = AnalysisReport.objects.get()
    assert answer.headers["Location"] == reverse("plans:report-write", args=[report.pk])
    assert "已有" not in page
    said = leader.post(reverse("plans:report-begin"), begun(people))
    assert (said.status_code, "已经有了" in said.content.decode()) == (409, True)


def test_of_two_who_write_by_the_api_the_second_has_to_read_the_first(people: People) -> None:
    report = drafted(people)
    address = f"/api/v1/plans/reports/{report.pk}/"
    leader, manager = browser(people[LEADER]), browser(people[MANAGER])
    read = leader.get(address).json()["seen"]
    send = lambda who, **texts: who.post(f"{address}write/", {**texts, "seen": read}, content_type="application/json")  # noqa: E731
    assert send(manager, issues="经理的话").status_code == 200
    told = send(leader, issues="负责人的话")
    assert (told.status_code, told.json()["code"]) == (409, "overtaken"), told.content
    report.refresh_from_db()
    assert report.issues == "经理的话"
    read = leader.get(address).json()["seen"]
    assert send(leader, issues="负责人的话").json()["report"]["issues"] == "负责人的话"


def test_another_teams_report_is_not_there(people: People) -> None:
    report = drafted(people)
    other = browser(people["600116"])
    for name in ("detail", "write", "print", "since"):
        assert other.get(reverse(f"plans:report-{name}", args=[report.pk])).status_code == 404
    assert other.post(reverse("plans:report-begin"), begun(people)).status_code == 404
    assert browser(people[OTHERS]).get(reverse("plans:report-list")).status_code == 403


def test_a_crafted_post_changes_no_figure(people: People) -> None:
    """A6: changing a number in the text form is not possible."""
    report = drafted(people)
    leader, address = browser(people[LEADER]), reverse("plans:report-write", args=[report.pk])
    shown = leader.get(address)
    assert set(shown.context["form"].fields) == {"analysis", "issues", "next_plan", "seen"}
    crafted = {
        **TEXTS,
        "figures": '{"total": {"accounts": 99}}',
        "accounts": "99",
        "total": "1",
        "state": "approved",
        "sources": "{}",
    }
    leader.post(address, {**crafted, "analysis": "改过的说明", "seen": shown.context["form"]["seen"].value()})
    after = AnalysisReport.objects.get(pk=report.pk)
    assert after.analysis == "改过的说明"
    assert (after.figures, after.sources, after.state) == (report.figures, report.sources, "draft")


def test_the_second_editor_sees_both(people: People) -> None:
    report = drafted(people)
    leader, address = browser(people[LEADER]), reverse("plans:report-write", args=[report.pk])
    seen = leader.get(address).context["form"]["seen"].value()
    actions.write(report_id=report.pk, texts={**TEXTS, "issues": "经理的话"}, by=people[MANAGER])
    answer = leader.post(address, {**TEXTS, "issues": "负责人的话", "seen": seen})
    said = answer.content.decode()
    assert answer.status_code == 409
    assert "经理的话" in said
    assert "负责人的话" in said
    assert AnalysisReport.objects.get().issues == "经理的话"


def test_the_page_and_the_paper_say_the_figures_beside_their_pictures(people: People) -> None:
    report = approved(people)
    for name in ("detail", "print"):
        page = browser(people[MANAGER]).get(reverse(f"plans:report-{name}", args=[report.pk])).content.decode()
        for said in ("4,250.00", "1 / 1", "稳健债券18", TEXTS["analysis"], "投诉与合规事件"):
            assert said in page, (name, said)
        assert "style=" not in page
    assert "审核(经理)" in page or people[MANAGER].name in page


def test_the_word_file_is_recorded_and_marked(people: People) -> None:
    report = drafted(people)
    content, name, media_type = take(kind="analysis-report", filters={"report": str(report.pk)}, by=people[TRADE])
    paper = docx.Document(io.BytesIO(content))
    assert TRADE in paper.sections[0].footer.paragraphs[0].text
    assert "营销一队2026年6月业务月报(草稿)" in [line.text for line in paper.paragraphs]
    assert (name.endswith(".docx"), media_type) == (True, DOCX)
    assert Export.objects.get().kind == "analysis-report"


def test_what_changed_since(people: People) -> None:
    report = drafted(people)
    page = browser(people[LEADER]).get(reverse("plans:report-since", args=[report.pk])).content.decode()
    assert "没有变化" in page
    assert str(JUNE) in report.sources
