"""A scheme's way: draft, proposal, a second person with the paper's number, succession, and months that are never touched."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from types import SimpleNamespace
from typing import Any

import pytest
from django.db import IntegrityError, transaction

from branch.audit.models import AuditRow
from branch.org.models import Branch
from branch.parameters.models import ParameterValue
from kernel.months import Month
from kernel.refusals import Forbidden, Missing, Refusal
from payroll.schemes import queries, register, states
from payroll.schemes.actions import (
    confirm_scheme,
    copy_scheme,
    draft_scheme,
    drop_scheme,
    edit_scheme,
    propose_scheme,
    retire_scheme,
    return_scheme,
    seed_demo_scheme,
)
from payroll.schemes.models import SchemeVersion
from teams.plans.rulebooks.actions import seed_paper
from teams.plans.rulebooks.models import RuleDocument
from teams.plans.rulebooks.rules import PAY, paper_number
from tests.factories.branch import People, give_role, make_branch, make_person
from tests.factories.payroll import demo_scheme

OCTOBER = Month(2026, 10)
PAPER = "深营营销〔2026〕1号"


def on_file(people: People, paper: str, since: Month) -> RuleDocument:
    """The approved paper of that number, registered and checked; once."""
    by, checked_by = people["600002"], people["600005"]
    return seed_paper(branch=people.branch, kind=PAY, paper_no=paper, effective_from=since.first, by=by, checked_by=checked_by)


def draft(people: People, **changes: Any) -> SchemeVersion:
    on_file(people, PAPER, Month(2026, 8))
    return draft_scheme(data={**demo_scheme(), **changes}, branch=people.branch, by=people["600002"])


def confirm(people: People, version: SchemeVersion, paper: str = PAPER, by: str = "600005") -> SchemeVersion:
    proposed = propose_scheme(version_id=version.pk, by=people["600002"])
    on_file(people, paper, version.effective_from)
    return confirm_scheme(version_id=version.pk, seen_digest=proposed.digest, paper_no=paper, by=people[by])


def successor(people: People, former: SchemeVersion, month: Month, paper: str = "深营营销〔2026〕9号") -> SchemeVersion:
    return confirm(people, copy_scheme(version_id=former.pk, effective_from=month, by=people["600002"]), paper)


def test_the_demo_scheme_comes_in_force_by_two_persons(people: People) -> None:
    version = confirm(people, draft(people))
    assert (version.state, version.version, version.paper_no) == (states.IN_FORCE, 1, PAPER)
    assert queries.scheme_in_force(people.branch, OCTOBER) == version
    assert version.scheme().source == f"《客户经理薪酬方案(演示)》DEMO-2026({PAPER})"


def test_nothing_is_lost_on_the_way_through_the_database(people: People) -> None:
    version = confirm(people, draft(people))
    again = SchemeVersion.objects.get(pk=version.pk)
    assert again.data == demo_scheme()
    assert again.scheme().raw == version.scheme().raw


def test_seeding_twice_makes_one_version(people: People) -> None:
    given: dict[str, Any] = {"branch": people.branch, "by": people["600002"], "confirmed_by": people["600005"]}
    first = seed_demo_scheme(data=demo_scheme(), **given)
    assert seed_demo_scheme(data=demo_scheme(), **given) == first
    assert SchemeVersion.objects.count() == 1


def test_a_scheme_that_the_reckoning_does_not_know_is_never_kept(people: People) -> None:
    data = demo_scheme()
    data["commission"]["method"] = "guess"
    data["bonus"] = {}
    with pytest.raises(Refusal) as caught:
        draft_scheme(data=data, branch=people.branch, by=people["600002"])
    assert len(caught.value.items) == 2
    assert not SchemeVersion.objects.exists()


def test_no_one_confirms_what_he_wrote_or_sent_up(people: People) -> None:
    give_role(people["600002"], "branch_manager", branch=people.branch)
    version = draft(people)
    proposed = propose_scheme(version_id=version.pk, by=people["600002"])
    with pytest.raises(Refusal, match="不能是同一人"):
        confirm_scheme(version_id=version.pk, seen_digest=proposed.digest, paper_no=PAPER, by=people["600002"])
    give_role(people["600005"], "branch_finance", branch=people.branch)
    returned = return_scheme(version_id=version.pk, reason="请改", by=people["600005"])
    edit_scheme(version_id=version.pk, data=returned.data, by=people["600005"])
    proposed = propose_scheme(version_id=version.pk, by=people["600002"])
    with pytest.raises(Refusal, match="不能是同一人"):
        confirm_scheme(version_id=version.pk, seen_digest=proposed.digest, paper_no=PAPER, by=people["600005"])


def test_the_database_holds_two_persons_and_the_paper(people: People) -> None:
    version = confirm(people, draft(people))
    for changes in (
        {"confirmed_by": people["600002"]},
        {"confirmed_by": None},
        {"paper_no": ""},
        {"effective_to": Month(2026, 7)},
    ):
        with pytest.raises(IntegrityError), transaction.atomic():
            SchemeVersion.objects.filter(pk=version.pk).update(**changes)


def test_one_version_is_open_at_a_branch(people: People) -> None:
    version = confirm(people, draft(people))
    version.pk, version.version, version.effective_from = None, 2, Month(2026, 9)
    with pytest.raises(IntegrityError), transaction.atomic():
        version.save(force_insert=True)


@pytest.mark.parametrize(("by", "error"), [("600003", Forbidden), ("600001", Forbidden), ("600101", Forbidden)])
def test_who_lacks_the_power_is_refused(people: People, by: str, error: type[Exception]) -> None:
    version = draft(people)
    proposed = propose_scheme(version_id=version.pk, by=people["600002"])
    with pytest.raises(error):
        confirm_scheme(version_id=version.pk, seen_digest=proposed.digest, paper_no=PAPER, by=people[by])
    with pytest.raises(error):
        draft_scheme(data=demo_scheme(), branch=people.branch, by=people[by])


def test_the_channel_department_may_confirm_too(people: People) -> None:
    people.by_no["100002"] = make_person("100002", "陈渠")
    give_role(people["100002"], "channel_department")
    assert confirm(people, draft(people), by="100002").state == states.IN_FORCE


def test_what_was_seen_is_what_is_confirmed(people: People) -> None:
    version = draft(people)
    propose_scheme(version_id=version.pk, by=people["600002"])
    with pytest.raises(Refusal, match="有变动"):
        confirm_scheme(version_id=version.pk, seen_digest="0" * 64, paper_no=PAPER, by=people["600005"])


def test_a_proposal_is_fixed_until_returned(people: People) -> None:
    version = draft(people)
    propose_scheme(version_id=version.pk, by=people["600002"])
    with pytest.raises(Refusal, match="待确认"):
        edit_scheme(version_id=version.pk, data=demo_scheme(), by=people["600002"])
    with pytest.raises(Refusal, match="原因"):
        return_scheme(version_id=version.pk, reason="", by=people["600005"])
    assert return_scheme(version_id=version.pk, reason="比例不对", by=people["600005"]).state == states.DRAFT


def test_a_draft_keeps_its_code(people: People) -> None:
    version = draft(people)
    with pytest.raises(Refusal, match="代码不能改动"):
        edit_scheme(version_id=version.pk, data={**demo_scheme(), "code": "OTHER"}, by=people["600002"])


@pytest.mark.parametrize("text", ["", "  ", "1号", "深营营销2026年1号", "深营营销〔26〕1号"])
def test_a_number_that_is_none_is_refused(people: People, text: str) -> None:
    version = draft(people)
    proposed = propose_scheme(version_id=version.pk, by=people["600002"])
    with pytest.raises(Refusal, match="文号"):
        confirm_scheme(version_id=version.pk, seen_digest=proposed.digest, paper_no=text, by=people["600005"])


@pytest.mark.parametrize(
    "text", [PAPER, " 深营营销〔2026〕1号 ", "深营营销[2026]1号", "深营营销(2026)1号", "深营营销〔2026〕 1号"]
)
def test_other_brackets_are_put_right(text: str) -> None:
    assert paper_number(text) == PAPER


def test_a_new_version_ends_the_former_at_the_month_before(people: People) -> None:
    first = confirm(people, draft(people))
    second = successor(people, first, Month(2026, 12))
    first.refresh_from_db()
    assert first.effective_to == Month(2026, 11)
    assert queries.scheme_in_force(people.branch, Month(2026, 11)) == first
    assert queries.scheme_in_force(people.branch, Month(2026, 12)) == second
    assert first.scheme().effective_to == Month(2026, 11)
    assert (second.version, second.copied_from, second.paper_no) == (2, first, "深营营销〔2026〕9号")


def test_a_version_from_the_same_month_takes_the_place_of_the_former(people: People) -> None:
    first = confirm(people, draft(people))
    second = successor(people, first, Month(2026, 8))
    first.refresh_from_db()
    assert first.state == states.RETIRED
    assert queries.scheme_in_force(people.branch, OCTOBER) == second


def test_a_version_may_not_reach_into_a_later_one(people: People) -> None:
    first = confirm(people, draft(people))
    successor(people, first, Month(2026, 12))
    with pytest.raises(Refusal, match="2026年12月起已有"):
        successor(people, first, Month(2026, 10), PAPER)


def test_a_month_that_has_a_run_is_never_changed(people: People, monkeypatch: pytest.MonkeyPatch) -> None:
    first = confirm(people, draft(people))
    asked: list[tuple[Month, Month | None]] = []

    def guard(branch: Branch, start: Month, end: Month | None) -> None:
        asked.append((start, end))
        if start <= OCTOBER:
            raise Refusal("2026年10月已有薪酬月报,不能改用别的方案")

    monkeypatch.setattr(register, "_guards", [guard])
    with pytest.raises(Refusal, match="已有薪酬月报"):
        successor(people, first, Month(2026, 9))
    with pytest.raises(Refusal, match="已有薪酬月报"):
        retire_scheme(version_id=first.pk, reason="不用了", by=people["600005"])
    first.refresh_from_db()
    assert (first.state, first.effective_to) == (states.IN_FORCE, None)
    successor(people, first, Month(2026, 11))
    assert asked == [(Month(2026, 9), None), (Month(2026, 8), None), (Month(2026, 11), None)]


def test_retiring_takes_it_out_of_use(people: People) -> None:
    version = confirm(people, draft(people))
    retire_scheme(version_id=version.pk, reason="文件撤销", by=people["600005"])
    with pytest.raises(Missing):
        queries.scheme_in_force(people.branch, OCTOBER)


def test_a_draft_may_be_dropped(people: People) -> None:
    version = draft(people)
    assert drop_scheme(version_id=version.pk, by=people["600002"]).state == states.DROPPED
    with pytest.raises(Refusal, match="已作废"):
        propose_scheme(version_id=version.pk, by=people["600002"])


def test_why_there_is_no_scheme_is_said_with_the_paper(people: People) -> None:
    with pytest.raises(Missing, match="还没有生效的薪酬方案"):
        queries.scheme_in_force(people.branch, OCTOBER)
    version = draft(people)
    with pytest.raises(Missing, match=r"深营营销〔2026〕1号.*草稿"):
        queries.scheme_in_force(people.branch, OCTOBER)
    propose_scheme(version_id=version.pk, by=people["600002"])
    with pytest.raises(Missing, match=r"深营营销〔2026〕1号.*待确认"):
        queries.scheme_in_force(people.branch, OCTOBER)
    confirm_scheme(version_id=version.pk, seen_digest=version.digest, paper_no=PAPER, by=people["600005"])
    with pytest.raises(Missing, match=r"深营营销〔2026〕1号.*自 2026-08 起有效,不能用于2026年7月"):
        queries.scheme_in_force(people.branch, Month(2026, 7))


def test_a_scheme_belongs_to_its_branch(people: People) -> None:
    confirm(people, draft(people))
    elsewhere = make_branch("0755LH", "深圳罗湖营业部")
    with pytest.raises(Missing, match="罗湖"):
        queries.scheme_in_force(elsewhere, OCTOBER)
    with pytest.raises(Forbidden):
        draft_scheme(data=demo_scheme(), branch=elsewhere, by=people["600002"])
    stranger = make_person("610005", "外人")
    give_role(stranger, "branch_manager", branch=elsewhere)
    assert not SchemeVersion.objects.visible_to(stranger).exists()
    assert SchemeVersion.objects.visible_to(people["600003"]).count() == 1
    assert not SchemeVersion.objects.visible_to(people["600101"]).exists()


def test_every_step_is_in_the_log(people: People) -> None:
    first = confirm(people, draft(people))
    successor(people, first, Month(2026, 12))
    acts = [act for act in AuditRow.objects.order_by("pk").values_list("act", flat=True) if act.startswith("schemes.")]
    assert acts == [
        *("schemes.draft", "schemes.propose", "schemes.confirm"),
        *("schemes.draft", "schemes.propose", "schemes.end", "schemes.confirm"),
    ]


def test_advice_names_what_the_law_asks_and_what_was_not_checked(people: People) -> None:
    data = demo_scheme()
    data["compliance"] = None
    data["broker"]["tax"]["expense_rate"] = "0.30"
    found = "\n".join(queries.advice_on(draft_scheme(data=data, branch=people.branch, by=people["600002"])))
    assert "没有合规系数" in found
    assert "证券经纪人费用率是 30" in found
    plain = queries.advice_on(draft(people))
    assert len(plain) == 1
    assert "待核算后检查" in plain[0]
    ParameterValue.objects.filter(code=queries.VOLUME_LIMIT).delete()
    assert "占比没有检查" in queries.advice_on(draft(people))[0]


def test_the_share_of_volume_is_checked_on_the_last_month_paid(people: People, monkeypatch: pytest.MonkeyPatch) -> None:
    ParameterValue.objects.create(
        code=queries.VOLUME_LIMIT,
        name="占比上限",
        value="0.50",
        effective_from=date(2026, 1, 1),
        source="测试",
        state="confirmed",
    )
    version = draft(people)
    assert "待核算后检查" in queries.advice_on(version)[0]
    figures = {"提成": Decimal(600), "开户奖励": Decimal(0), "资产奖励": Decimal(0), "产品奖励": Decimal(0), "底薪": Decimal(400)}
    monkeypatch.setattr(register, "_reckoned", [lambda asked: [SimpleNamespace(figures=figures)]])
    found = queries.advice_on(version)
    assert len(found) == 1
    assert "60.00%,超过 50.00%" in found[0] or "60%,超过 50%" in found[0]
