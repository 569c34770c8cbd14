"""The schemes' pages: upload, read, edit, propose, confirm, compare."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import date
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from branch.workbench.register import todos_for
from kernel.months import Month
from payroll.schemes import states
from payroll.schemes.actions import copy_scheme, draft_scheme, propose_scheme, seed_demo_scheme
from payroll.schemes.models import SchemeVersion
from teams.plans.rulebooks.actions import seed_paper
from teams.plans.rulebooks.rules import PAY
from tests.factories.branch import People, give_role, make_branch, make_person
from tests.factories.payroll import demo_scheme
from tests.payroll.schemes.test_forms import posted

SignIn = Callable[[str], Client]


def text(response: Any) -> str:
    return response.content.decode()


def address(name: str, *args: int) -> str:
    return reverse(f"payroll:scheme-{name}", args=args)


@pytest.fixture
def demo(people: People) -> SchemeVersion:
    return seed_demo_scheme(data=demo_scheme(), branch=people.branch, by=people["600002"], confirmed_by=people["600005"])


def test_a_file_becomes_a_scheme_in_force(people: People, signed_in: SignIn) -> None:
    finance, manager = signed_in("600002"), signed_in("600005")
    file = SimpleUploadedFile("方案.json", json.dumps(demo_scheme(), ensure_ascii=False).encode())
    page = text(finance.post(address("upload"), {"branch": "0755FT", "file": file}, follow=True))
    assert "已存为草稿" in page
    assert "净佣金 25,000 元 → 提成 4,500 元" in page
    version = SchemeVersion.objects.get()
    page = text(finance.post(address("propose", version.pk), follow=True))
    assert "下一步" in page
    assert "核对后确认生效" not in page
    assert [(todo.label, todo.count) for todo in todos_for(people["600005"]) if "薪酬方案" in todo.label] == [
        ("待确认的薪酬方案", 1)
    ]
    page = text(manager.get(address("detail", version.pk)))
    assert "还不能确认:2026年8月没有有效的已批准薪酬标准实施细则" in page
    assert "核对后确认生效" not in page
    given = {"kind": PAY, "paper_no": "深营营销〔2026〕1号", "effective_from": date(2026, 8, 1)}
    seed_paper(branch=people.branch, **given, by=people["600002"], checked_by=people["600005"])
    assert '<option value="深营营销〔2026〕1号" selected>' in text(manager.get(address("detail", version.pk)))
    confirmed = {"seen_digest": version.digest, "paper_no": "深营营销[2026]1号"}
    page = text(manager.post(address("confirm", version.pk), confirmed, follow=True))
    assert "已确认,自2026年8月起生效" in page
    version.refresh_from_db()
    assert (version.state, version.paper_no) == (states.IN_FORCE, "深营营销〔2026〕1号")


def test_what_is_wrong_in_a_file_is_listed(signed_in: SignIn) -> None:
    data = demo_scheme() | {"bonus": 1}
    data["commission"]["method"] = "guess"
    file = SimpleUploadedFile("方案.json", json.dumps(data).encode())
    page = text(signed_in("600002").post(address("upload"), {"branch": "0755FT", "file": file}))
    assert "bonus" in page
    assert "guess" in page
    assert not SchemeVersion.objects.exists()


def test_a_copy_is_edited_and_compared(demo: SchemeVersion, signed_in: SignIn) -> None:
    finance = signed_in("600002")
    page = finance.post(address("copy", demo.pk), {"effective_from": "2026-12"}, follow=True)
    assert "业务提成" in text(page)
    version = SchemeVersion.objects.get(version=2)
    data = posted(version.data, **{"commission.tiers:1:1": "22%"})
    page = text(finance.post(address("edit", version.pk), data, follow=True))
    assert "已保存" in page
    version.refresh_from_db()
    assert version.data["commission"]["tiers"][1]["rate"] == "0.22"
    page = text(finance.get(address("compare", version.pk, demo.pk)))
    assert "10,000 至 30,000 元(含)" in page
    assert "22%" in page
    bad = posted(version.data, **{"commission.tiers:1:1": "二成"})
    page = text(finance.post(address("edit", version.pk), bad))
    assert "应写成 15% 或 0.15" in page
    assert "二成" in page, "what was typed stays"


def test_a_scheme_in_force_is_not_edited(demo: SchemeVersion, signed_in: SignIn) -> None:
    finance = signed_in("600002")
    assert finance.get(address("edit", demo.pk)).status_code == 409
    assert "修改</a>" not in text(finance.get(address("detail", demo.pk)))


def test_a_downloaded_file_is_the_scheme(demo: SchemeVersion, signed_in: SignIn) -> None:
    assert json.loads(signed_in("600003").get(address("file", demo.pk)).content) == demo_scheme()


def test_a_returned_proposal_says_why(people: People, signed_in: SignIn) -> None:
    version = draft_scheme(data=demo_scheme(), branch=people.branch, by=people["600002"])
    propose_scheme(version_id=version.pk, by=people["600002"])
    signed_in("600005").post(address("return", version.pk), {"reason": "比例不对"})
    assert "退回原因:比例不对" in text(signed_in("600002").get(address("detail", version.pk)))


def test_drop_and_retire(demo: SchemeVersion, people: People, signed_in: SignIn) -> None:
    draft = copy_scheme(version_id=demo.pk, effective_from=Month(2026, 12), by=people["600002"])
    signed_in("600002").post(address("drop", draft.pk))
    signed_in("600005").post(address("retire", demo.pk), {"reason": "文件撤销"})
    assert set(SchemeVersion.objects.values_list("state", flat=True)) == {states.DROPPED, states.RETIRED}


@pytest.mark.parametrize(("staff_no", "status"), [("600003", 200), ("600005", 200), ("600001", 403), ("600101", 403)])
def test_who_may_read(demo: SchemeVersion, signed_in: SignIn, staff_no: str, status: int) -> None:
    client = signed_in(staff_no)
    assert client.get(address("list")).status_code == status
    assert client.get(address("detail", demo.pk)).status_code == status
    assert client.get(address("upload")).status_code == 403


def test_another_branch_is_not_there(demo: SchemeVersion, people: People, signed_in: SignIn) -> None:
    people.by_no["610002"] = make_person("610002", "外人")
    for role in ("branch_finance", "branch_manager"):
        give_role(people["610002"], role, branch=make_branch("0755LH", "深圳罗湖营业部"))
    stranger = signed_in("610002")
    for name in ("detail", "file", "edit"):
        assert stranger.get(address(name, demo.pk)).status_code == 404, name
    for name in ("copy", "propose", "confirm", "return", "drop", "retire"):
        assert stranger.post(address(name, demo.pk), {"effective_from": "2026-12"}).status_code == 404, name
    assert stranger.get(address("compare", demo.pk, demo.pk)).status_code == 404
    foreign = SimpleUploadedFile("方案.json", json.dumps(demo_scheme()).encode())
    page = stranger.post(address("upload"), {"branch": "0755FT", "file": foreign})
    assert SchemeVersion.objects.count() == 1
    assert page.status_code == 200


def test_a_list_takes_as_many_queries_for_three_as_for_one(demo: SchemeVersion, people: People, signed_in: SignIn) -> None:
    chief, found = signed_in("600003"), []
    for more in (0, 2):
        for _ in range(more):
            copy_scheme(version_id=demo.pk, effective_from=Month(2026, 12), by=people["600002"])
        with CaptureQueriesContext(connection) as context:
            page = chief.get(address("list"))
        assert text(page).count("客户经理薪酬方案(演示)</a>") == more + 1
        found.append(len(context))
    assert found[0] == found[1] <= 20


def test_a_draft_saved_by_a_colleague_meanwhile_is_shown_beside_the_own_figures(demo: SchemeVersion, signed_in: SignIn) -> None:
    finance = signed_in("600002")
    finance.post(address("copy", demo.pk), {"effective_from": "2026-12"})
    version = SchemeVersion.objects.get(version=2)
    mine = posted(version.data, **{"commission.tiers:1:1": "22%"})
    finance.post(address("edit", version.pk), posted(version.data, **{"commission.tiers:1:1": "21%"}))
    page = text(finance.post(address("edit", version.pk), mine))
    assert "改为“21%”,您填写的是“22%”" in page
    assert 'value="22%"' in page
    version.refresh_from_db()
    assert version.data["commission"]["tiers"][1]["rate"] == "0.21"
    chosen = {**mine, "seen": posted(version.data)["seen"]}
    finance.post(address("edit", version.pk), chosen)
    version.refresh_from_db()
    assert version.data["commission"]["tiers"][1]["rate"] == "0.22"


def test_a_program_is_told_both_wordings_of_a_draft_that_changed_meanwhile(demo: SchemeVersion, signed_in: SignIn) -> None:
    finance = signed_in("600002")
    draft = copy_scheme(version_id=demo.pk, effective_from=Month.parse("2026-12"), by=demo.drafted_by)
    address = f"/api/v1/schemes/{draft.pk}/"

    def edited(rate: str, seen: str) -> Any:
        data = json.loads(json.dumps(draft.data))
        data["commission"]["tiers"][1]["rate"] = rate
        return finance.post(f"{address}edit/", {"data": data, "seen": seen}, content_type="application/json")

    seen = finance.get(address).json()["seen"]
    assert edited("0.21", seen).status_code == 200
    answer = edited("0.22", seen)
    assert (answer.status_code, answer.json()["code"]) == (409, "overtaken"), answer.content
    assert any(one.startswith("业务提成·") and "“21%”" in one and "“22%”" in one for one in answer.json()["items"])
    draft.refresh_from_db()
    assert draft.data["commission"]["tiers"][1]["rate"] == "0.21"
    assert edited("0.22", finance.get(address).json()["seen"]).status_code == 200


def test_a_draft_is_not_sent_up_in_another_wording_than_was_read(demo: SchemeVersion, signed_in: SignIn) -> None:
    finance = signed_in("600002")
    version = copy_scheme(version_id=demo.pk, effective_from=Month.parse("2026-12"), by=demo.drafted_by)

    def seen_in(page: str) -> str:
        return page.split('name="seen" value="')[1].split('"', 1)[0]

    seen = seen_in(text(finance.get(address("detail", version.pk))))
    finance.post(address("edit", version.pk), posted(version.data, **{"commission.tiers:1:1": "21%"}))
    late = finance.post(address("propose", version.pk), {"seen": seen})
    assert late.status_code == 409
    assert "同事在您打开页面之后修改了这份草稿,还没有提交" in text(late)
    assert "21%" in text(late), "what would be sent is shown"
    version.refresh_from_db()
    assert version.state == states.DRAFT
    assert finance.post(address("propose", version.pk), {"seen": seen_in(text(late))}).status_code == 302
    version.refresh_from_db()
    assert version.state == states.PROPOSED


def test_a_program_sends_up_the_draft_it_read(demo: SchemeVersion, signed_in: SignIn) -> None:
    finance = signed_in("600002")
    draft = copy_scheme(version_id=demo.pk, effective_from=Month.parse("2026-12"), by=demo.drafted_by)
    place = f"/api/v1/schemes/{draft.pk}/"
    seen = finance.get(place).json()["seen"]
    finance.post(address("edit", draft.pk), posted(draft.data, **{"commission.tiers:1:1": "21%"}))

    def sent(stamp_read: str) -> Any:
        return finance.post(f"{place}propose/", {"seen": stamp_read}, content_type="application/json")

    late = sent(seen)
    assert (late.status_code, late.json()["code"]) == (409, "overtaken"), late.content
    assert sent(finance.get(place).json()["seen"]).json()["state"] == states.PROPOSED
