from __future__ import annotations

import io
from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.core.management import call_command
from django.test import Client
from django.utils import timezone
from openpyxl import Workbook, load_workbook

from branch.audit.models import AuditRow
from branch.files.actions import keep
from branch.files.models import StoredFile
from branch.org.models import Team
from branch.people.actions import Place, hold
from branch.people.models import Engagement, GradeHolding, Leadership, Person, Posting, RoleHolding
from branch.people.queries import leader_on, postings_on
from branch.roster import register, uploads
from branch.roster.actions import Outcome, import_roster, precheck
from branch.roster.rules import DEDUCTIONS, EMPLOYEE_ONLY
from branch.staff.actions import register_leaving
from kernel.refusals import Forbidden, Refusal
from tests.branch.conftest import Office
from tests.factories.branch import ROSTER

FIRST, LATER = date(2026, 8, 1), date(2026, 11, 1)
Change = Callable[[dict[str, dict[str, Any]]], object]


def changed(change: Change | None = None, *, drop: tuple[str, ...] = ()) -> bytes:
    """The demo roster after `change` of its manager rows by 工号 (in place)."""
    book = load_workbook(ROSTER)
    page = book["客户经理"]
    head = [cell.value for cell in page[1]]
    rows = {row[0]: dict(zip(head, row, strict=True)) for row in page.iter_rows(min_row=2, values_only=True)}
    if change:
        change(rows)
    out = Workbook()
    managers = out.active
    managers.title = "客户经理"
    managers.append(head)
    for number, row in rows.items():
        if number not in drop:
            managers.append([row[name] for name in head])
    posts = out.create_sheet("岗位人员")
    for line in book["岗位人员"].iter_rows(values_only=True):
        posts.append(line)
    stream = io.BytesIO()
    out.save(stream)
    return stream.getvalue()


def load(office: Office, content: bytes | None = None, by: str = "600001", effective: date = FIRST) -> Outcome:
    return import_roster(
        content=ROSTER.read_bytes() if content is None else content,
        name="名册.xlsx",
        branch=office.branch,
        effective=effective,
        by=office[by],
    )


def test_the_whole_roster_comes_in(office: Office) -> None:
    outcome = load(office)
    assert (outcome.people, outcome.new) == (44, 36)
    assert Engagement.objects.count() == 36
    assert Engagement.objects.filter(kind="broker").count() == 9
    assert [Team.objects.count(), Leadership.objects.filter(group=None).count()] == [3, 3]
    person = Person.objects.get(staff_no="600101")
    assert (person.initials, person.bank_account) == ("LCW", "6214813274565555967")
    assert {role.role for role in person.roles.all()} == {"client_manager", "team_leader"}
    assert leader_on(Team.objects.get(name="营销一队").pk, LATER) == person
    assert not person.user.has_usable_password()
    assert "440301198311017493" not in str(list(AuditRow.objects.values_list("details", "summary")))


def test_the_same_again_changes_nothing(office: Office) -> None:
    load(office)
    outcome = load(office)
    assert (outcome.new, outcome.changes) == (0, [])
    assert Posting.objects.count() == 44


def test_one_mistake_and_nothing_comes_in(office: Office) -> None:
    def spoil(rows: dict[str, dict[str, Any]]) -> None:
        rows["600157"]["公积金比例"] = "8%"
        rows["600101"]["证件号码"] = "440301198311017494"

    with pytest.raises(Refusal, match="名册有 2 处问题,一行也没有导入") as refused:
        load(office, changed(spoil))
    assert not Engagement.objects.exists()
    assert any("440301********7494" in item for item in refused.value.items)


def test_a_transfer_takes_effect_on_its_day(office: Office) -> None:
    load(office)

    def move(rows: dict[str, dict[str, Any]]) -> None:
        rows["600103"].update(团队="营销二队", 小组="第1组", 职级="高级")

    outcome = load(office, changed(move), effective=LATER)
    person = Person.objects.get(staff_no="600103")
    on = [postings_on([person.pk], day)[person.pk].team.name for day in (date(2026, 10, 31), LATER)]
    assert on == ["营销一队", "营销二队"]
    assert list(GradeHolding.objects.filter(person=person).values_list("grade", flat=True)) == ["中级", "高级"]
    assert {change.staff_no for change in outcome.changes} == {"600103"}


def test_a_leader_hands_over(office: Office) -> None:
    load(office)

    def swap(rows: dict[str, dict[str, Any]]) -> None:
        rows["600101"]["岗位"], rows["600103"]["岗位"] = "客户经理", "团队负责人"

    load(office, changed(swap), effective=LATER)
    team = Team.objects.get(name="营销一队").pk
    assert [leader_on(team, day).staff_no for day in (date(2026, 10, 31), LATER)] == ["600101", "600103"]
    assert RoleHolding.objects.get(person__staff_no="600101", role="team_leader").effective_to == date(2026, 10, 31)


def test_who_no_longer_leads_keeps_neither_role_nor_loan(office: Office) -> None:
    """Also where the role had a last day of its own, which a roster once overlooked."""
    load(office)
    team = Team.objects.get(name="营销一队")
    former, deputy = office["600101"], office["600103"]
    until = LATER + timedelta(60)
    RoleHolding.objects.filter(person=former, role="team_leader").update(effective_to=until)
    hold(deputy, "team_leader", Place(team=team), since=FIRST, until=until, lent_by=former)

    def swap(rows: dict[str, dict[str, Any]]) -> None:
        rows["600101"]["岗位"], rows["600104"]["岗位"] = "客户经理", "团队负责人"

    load(office, changed(swap), effective=LATER)
    ends = RoleHolding.objects.filter(role="team_leader", team=team).values_list("person__staff_no", "effective_to")
    last_day = LATER - timedelta(1)
    assert set(ends) == {("600101", last_day), ("600103", last_day), ("600104", None)}


def test_a_renewal_is_told_and_the_number_is_masked(office: Office) -> None:
    load(office)

    def renew(rows: dict[str, dict[str, Any]]) -> None:
        rows["600124"].update(合同起="2026-11-01", 合同止="2027-10-31", 银行卡号="6214847450681996943")

    changes = {change.field: change for change in load(office, changed(renew)).changes}
    assert (changes["合同止"].before, changes["合同止"].after) == ("2026-10-31", "2027-10-31")
    assert "*" in changes["银行卡号"].after


def test_the_log_has_neither_personal_numbers_nor_terms_of_pay(office: Office) -> None:
    load(office)

    def change(rows: dict[str, dict[str, Any]]) -> None:
        rows["600101"].update(社保基数="23456", 公积金比例=0.07, 医疗档="二档", 职级="高级", 手机号="13800138000")
        rows["600101"].update(dict.fromkeys(DEDUCTIONS, 0) | {"子女教育": 7654, "专项附加合计": 7654})

    outcome = load(office, changed(change), effective=LATER)
    assert {"社保基数", "公积金比例", "专项附加", "专项附加合计", "手机号"} <= {change.field for change in outcome.changes}
    row = AuditRow.objects.filter(act="roster.import").latest("pk")
    told = row.details["changes"]
    assert {"600101 社保基数", "600101 公积金比例", "600101 专项附加", "600101 专项附加合计", "600101 手机号"} <= set(told)
    assert any("职级" in line and "高级" in line for line in told), "what is no secret is told"
    assert not [value for value in ("23,456", "23456", "7%", "7,654", "7654", "1380") if value in str(told)]


def test_who_is_missing_is_named_and_left_alone(office: Office) -> None:
    load(office)
    outcome = load(office, changed(drop=("600157",)))
    assert any("600157" in notice for notice in outcome.notices)
    assert Engagement.objects.get(person__staff_no="600157").ended_on is None


def test_contradictions_to_what_is_known_are_refused(office: Office) -> None:
    load(office)

    def contradict(rows: dict[str, dict[str, Any]]) -> None:
        rows["600112"].update(证件号码=rows["600113"]["证件号码"])
        rows.pop("600113")

    with pytest.raises(Refusal) as refused:
        load(office, changed(contradict))
    assert any("与工号 600113 登记的证件号码相同" in item for item in refused.value.items)


def test_a_roster_gives_no_powerful_role_to_its_importer(office: Office) -> None:
    book = load_workbook(ROSTER)
    book["岗位人员"]["C2"] = "营业部财务"  # 600001, who imports, as 营业部财务
    stream = io.BytesIO()
    book.save(stream)
    outcome = load(office, stream.getvalue())
    assert any("尚未授权" in notice and "600001" in notice for notice in outcome.notices)
    assert not office["600001"].roles.filter(role="branch_finance").exists()


def test_the_trial_keeps_nothing(office: Office) -> None:
    checked = precheck(content=ROSTER.read_bytes(), name="名册.xlsx", branch=office.branch, effective=FIRST, by=office["600001"])
    assert checked.ok
    assert checked.outcome is not None
    assert checked.outcome.new == 36
    assert not Engagement.objects.exists()


def test_another_branch_and_another_role_may_not(office: Office) -> None:
    with pytest.raises(Forbidden):
        load(office, by="600002")
    with pytest.raises(Forbidden):
        import_roster(content=b"", name="x", branch=office.other, by=office["600001"])


@pytest.mark.parametrize("content", [b"", b"not a sheet", b"\x00" * 100], ids=["empty", "text", "binary"])
def test_what_is_no_roster_is_refused_in_a_sentence(office: Office, content: bytes) -> None:
    with pytest.raises(Refusal):
        load(office, content)


def test_the_command_says_what_it_did_or_ends_with_1(office: Office) -> None:
    out = io.StringIO()
    call_command("import_roster", str(ROSTER), branch="0755FT", username="600001", stdout=out)
    assert "已导入 44 人:新增 36 人" in out.getvalue()
    with pytest.raises(SystemExit):
        call_command("import_roster", "/nowhere.xlsx", branch="0755FT", username="600001", stderr=out)
    assert "找不到文件" in out.getvalue()


def test_the_three_steps_on_the_page(office: Office, signed_in: Callable[[str], Client]) -> None:
    browser = signed_in("600001")
    assert browser.get("/roster/template/").status_code == 200
    sent = {"branch": office.branch.pk, "effective": "2026-08-01", "file": SimpleUploadedFile("名册.xlsx", ROSTER.read_bytes())}
    step = browser.post("/roster/", sent)
    page = browser.get(step.url).content.decode()
    assert "确认导入" in page
    assert "440301198311017493" not in page
    assert signed_in("100005").get(step.url).status_code == 404  # the upload of somebody else
    browser.post(step.url)
    assert Engagement.objects.count() == 36
    assert not StoredFile.objects.exists()  # it has full numbers of people: gone once they are taken in
    assert browser.get(step.url).status_code == 404


def test_an_upload_that_nobody_takes_in_goes_after_some_days(office: Office) -> None:
    by, old = office["600001"], timezone.now() - timedelta(uploads.KEEP_DAYS, seconds=1)
    left, young = (uploads.keep_upload(SimpleUploadedFile("名册.xlsx", ROSTER.read_bytes()), by) for _ in range(2))
    other = keep(b"x", name="x", content_type="application/octet-stream", by=by)
    StoredFile.objects.exclude(pk=young.pk).update(stored_at=old)
    uploads.expire()
    assert set(StoredFile.objects.all()) == {young, other}
    assert not StoredFile.objects.filter(pk=left.pk).exists()


def test_the_error_file_carries_the_reasons(office: Office, signed_in: Callable[[str], Client]) -> None:
    bad = changed(lambda rows: rows["600101"].update(手机号="131"))
    browser = signed_in("600001")
    sent = {"branch": office.branch.pk, "effective": "2026-08-01", "file": SimpleUploadedFile("名册.xlsx", bad)}
    step = browser.post("/roster/", sent).url
    assert "下载错误文件" in browser.get(step).content.decode()
    path, _, query = step.partition("?")
    book = load_workbook(io.BytesIO(browser.get(f"{path}errors/?{query}&sheet=客户经理").content))
    assert "手机号" in str(book.active["AC2"].value)
    browser.get(f"/api/v1{path}errors/?{query}&sheet=客户经理")
    taken = AuditRow.objects.filter(act="roster.errors", actor_id=office["600001"].pk)
    assert [(row.branch_code, len(row.details["original"])) for row in taken] == [("0755FT", 64)] * 2
    assert browser.post(step).status_code == 302
    assert not Engagement.objects.exists()


def test_a_grade_the_scheme_does_not_know_is_an_error_of_its_row(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(
        register, "_sources", [lambda branch, day: {"见习", "初级", "中级", "高级", "资深"} if day >= LATER else set()]
    )
    assert any("职级没有核对" in notice for notice in load(office).notices)  # no scheme in August: any grade, said so

    def strange(rows: dict[str, dict[str, Any]]) -> None:
        rows["600103"]["职级"] = "超级"

    content = changed(strange)
    checked = precheck(content=content, name="名册.xlsx", branch=office.branch, effective=LATER, by=office["600001"])
    problems = checked.problems["客户经理"]
    assert [(item.column, item.value) for item in problems] == [("职级", "超级")]
    assert "见习" in problems[0].message
    assert not any("没有核对" in notice for notice in load(office, effective=LATER).notices)


def test_who_left_comes_back_only_with_a_later_hire_date(office: Office) -> None:
    load(office)
    person = Person.objects.get(staff_no="600103")
    last_day = date(2026, 10, 15)
    register_leaving(person=person, last_day=last_day, reason="辞职", by=office["600001"])
    with pytest.raises(Refusal) as refused:
        load(office, effective=LATER)
    assert any("重新入职须晚于它" in item for item in refused.value.items)

    def back(rows: dict[str, dict[str, Any]]) -> None:
        rows["600103"].update(入职日期=date(2026, 11, 9), 合同起=date(2026, 11, 9), 合同止=date(2029, 11, 8))

    load(office, changed(back), effective=LATER)
    assert [row.ended_on for row in person.engagements.order_by("hired_on")] == [last_day, None]
    began = person.postings.get(effective_to=None).effective_from
    assert began == person.grades.get(effective_to=None).effective_from == date(2026, 11, 9)


@pytest.mark.parametrize(
    ("elsewhere", "kind", "hired", "said"),
    [
        (False, "员工", date(2026, 10, 16), ""),
        (False, "员工", date(2026, 10, 20), "请自 2026-11-01 起入职;中间没有离开的填 2026-10-16"),
        (False, "证券经纪人", date(2026, 10, 16), "请自 2026-11-01 起入职"),
        (True, "员工", date(2026, 10, 16), "2026年10月在深圳南山营业部任职到 2026-10-15,一人一月只有一张工资单"),
        (True, "员工", date(2026, 11, 1), ""),
        (False, "证券经纪人", date(2026, 11, 1), ""),
    ],
)
def test_who_left_within_a_month_begins_anew_with_the_next(
    office: Office, elsewhere: bool, kind: str, hired: date, said: str
) -> None:
    load(office)
    number, other = "600103", office.other
    other.name = "深圳南山营业部"
    other.save()
    last = Engagement.objects.get(person__staff_no=number)
    last.ended_on, last.branch = date(2026, 10, 15), other if elsewhere else office.branch
    last.save()

    def back(rows: dict[str, dict[str, Any]]) -> None:
        rows[number].update(入职日期=hired, 合同起=hired, 合同止=date(2029, 11, 8), 用工性质=kind)
        if kind == "证券经纪人":
            rows[number].update(dict.fromkeys(EMPLOYEE_ONLY), 岗位="客户经理")

    checked = precheck(content=changed(back), name="名册.xlsx", branch=office.branch, effective=LATER, by=office["600001"])
    problems = [item.message for item in checked.problems["客户经理"]]
    assert bool(problems) == bool(said)
    assert said in "".join(problems)


@pytest.mark.parametrize(
    ("kind", "ended", "hired", "said"),
    [
        ("员工", date(2026, 10, 28), date(2026, 10, 11), ""),
        ("员工", date(2026, 10, 28), date(2026, 10, 20), "入职日期只能更正为 2026-10-11,"),
        ("员工", date(2026, 11, 20), date(2026, 11, 1), ""),
        ("员工", date(2026, 11, 20), date(2026, 10, 15), "入职日期只能更正为 2026-10-11 或 2026-11-01,"),
        ("员工", date(2026, 10, 28), date(2026, 10, 30), "请自 2026-11-01 起入职"),
        ("证券经纪人", date(2026, 11, 20), date(2026, 11, 1), ""),
        ("证券经纪人", date(2026, 10, 28), date(2026, 10, 11), "重新入职须晚于它"),
    ],
)
def test_of_two_engagements_that_ended_in_one_month_the_second_is_put_right(
    office: Office, kind: str, ended: date, hired: date, said: str
) -> None:
    """Somebody who left on the 10th, came back on the 20th and has left again: the roster finds no open engagement."""
    load(office)
    number, code = "600103", "employee" if kind == "员工" else "broker"
    first = Engagement.objects.get(person__staff_no=number)
    first.ended_on = date(2026, 10, 10)
    first.save()
    began = date(2026, 10, 20)
    second = Engagement.objects.create(
        person=first.person, branch=office.branch, kind=code, hired_on=began, ended_on=ended, contract_from=began
    )
    first.person.postings.update(effective_to=first.ended_on)
    posting = Posting.objects.create(
        person=first.person, branch=office.branch, post="客户经理", effective_from=began, effective_to=ended
    )

    def right(rows: dict[str, dict[str, Any]]) -> None:
        rows[number].update(入职日期=hired, 合同起=hired, 合同止=date(2029, 11, 8), 用工性质=kind)
        if kind == "证券经纪人":
            rows[number].update(dict.fromkeys(EMPLOYEE_ONLY), 岗位="客户经理")

    content = changed(right)
    checked = precheck(content=content, name="名册.xlsx", branch=office.branch, effective=LATER, by=office["600001"])
    problems = [item.message for item in checked.problems["客户经理"]]
    assert bool(problems) == bool(said)
    assert said in "".join(problems)
    if said:
        return
    outcome = load(office, content, effective=LATER)
    assert any("只更正了入职日期和合同起" in notice for notice in outcome.notices)
    second.refresh_from_db()
    posting.refresh_from_db()
    assert (second.hired_on, second.ended_on, second.contract_from) == (hired, ended, hired)
    assert (posting.effective_from, posting.effective_to) == (hired, ended)
    assert not first.person.engagements.filter(ended_on=None).exists(), "who has left stays so"
    assert not first.person.postings.filter(effective_to=None).exists()


def test_a_day_of_hire_is_put_right_into_no_month_that_was_paid_elsewhere(office: Office) -> None:
    load(office)
    now = Engagement.objects.get(person__staff_no="600103")
    now.hired_on = date(2026, 10, 16)
    now.save()
    Engagement.objects.create(
        person=now.person, branch=office.other, kind="employee", hired_on=date(2026, 1, 5), ended_on=date(2026, 10, 15),
        contract_from=date(2026, 1, 5),
    )  # fmt: skip

    def day(hired: date) -> list[str]:
        content = changed(lambda rows: rows["600103"].update(入职日期=hired, 合同起=hired, 合同止=date(2029, 1, 1)))
        checked = precheck(content=content, name="名册.xlsx", branch=office.branch, effective=LATER, by=office["600001"])
        return [item.message for item in checked.problems["客户经理"]]

    assert day(date(2026, 10, 16)) == [], "as it stands in the database, whatever it stands beside"
    assert "请自 2026-11-01 起入职" in day(date(2026, 10, 19))[0]
    assert "重新入职须晚于它" in day(date(2026, 10, 12))[0]
    assert day(date(2026, 11, 1)) == []


def test_a_first_roster_brings_teams_at_work_and_a_later_one_teams_in_preparation(office: Office) -> None:
    load(office)
    assert not Team.objects.filter(begun_on=None).exists()

    def two_go(rows: dict[str, dict[str, Any]]) -> None:
        rows["600103"].update(团队="营销四队", 小组="第1组", 岗位="团队负责人")
        rows["600104"].update(团队="营销四队", 小组="第1组", 岗位="客户经理")

    with pytest.raises(Refusal) as refused:
        load(office, changed(two_go), effective=LATER)
    assert ["还在筹办,启用前只能有团队负责人一人" in item for item in refused.value.items] == [True]

    def the_leader(rows: dict[str, dict[str, Any]]) -> None:
        rows["600103"].update(团队="营销四队", 小组="第1组", 岗位="团队负责人")

    outcome = load(office, changed(the_leader), effective=LATER)
    assert "新建团队“营销四队”,筹办中:年度方案批准后由系统管理员启用" in outcome.notices
    assert Team.objects.get(name="营销四队").begun_on is None
    with pytest.raises(Refusal):
        load(office, changed(two_go), effective=LATER)
    Team.objects.filter(name="营销四队").update(begun_on=LATER)
    load(office, changed(two_go), effective=LATER)
    assert Posting.objects.filter(team__name="营销四队", effective_to=None).count() == 2
