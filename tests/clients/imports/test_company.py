"""The company's file: cut by branch, each part with its own verdict."""

from __future__ import annotations

import csv
import io
import re
from datetime import date
from pathlib import Path
from unittest.mock import patch

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.core.management import call_command
from django.urls import reverse
from django.utils import timezone

from branch.files.actions import read
from branch.jobs.actions import run
from branch.jobs.models import Job
from branch.notices.models import Notice
from branch.people.actions import open_log_in
from branch.people.models import Engagement
from branch.people.signing_in import BACKEND
from clients.figures.models import FiguresMonth
from clients.imports import company, splitting
from clients.imports.actions import import_files
from clients.imports.models import ClientMonth, CompanyImport, CompanyPart, ImportBatch
from clients.imports.sheets import Upload
from clients.registry.models import ConfirmationSlip
from kernel.months import Month
from kernel.refusals import Forbidden, Refusal
from tests.factories.branch import give_role, make_branch, make_person
from tests.factories.clients import HEADER, branch_with, client_row

pytestmark = pytest.mark.django_db


@pytest.fixture
def world(django_capture_on_commit_callbacks):
    """Two branches with a manager each, and somebody of 渠道管理部."""
    people = branch_with()
    people.other = make_branch("0755NS", "南山营业部")
    person, hired = make_person("700900", "何小南", sign_in=False), date(2024, 1, 1)
    Engagement.objects.create(
        person=person, branch=people.other, kind="employee", hired_on=hired, contract_from=hired, contract_to=date(2028, 1, 1)
    )
    people.channel, people.commits = make_person("800900", "齐渠道"), django_capture_on_commit_callbacks
    give_role(people.channel, "channel_department")
    return people


def there(number, **changes):
    return client_row(number, 营业部代码="0755NS", 客户经理工号="700900", 客户经理="何小南", **changes)


def company_file(lines, encoding="gb18030", name="全公司.csv"):
    text = io.StringIO(newline="")
    writer = csv.DictWriter(text, HEADER, lineterminator="\r\n")
    writer.writeheader()
    writer.writerows(lines)
    return Upload.of(name, text.getvalue().encode(encoding))


def receive(world, lines, **options):
    with world.commits(execute=True):
        made = company.receive(upload=company_file(lines, **options), by=world.channel)
    made.refresh_from_db()
    return made


def parts(made):
    return {part.code: part for part in made.parts.all()}


def test_each_branch_gets_its_own_batch_with_its_own_rows(world):
    made = receive(world, [client_row("1"), there("2"), client_row("3"), there("4")])
    assert (made.state, str(made.month), made.rows) == ("done", "2026-10", 4)
    assert {code: (part.state, part.rows) for code, part in parts(made).items()} == {
        "0755FT": ("booked", 2),
        "0755NS": ("booked", 2),
    }
    assert sorted(ClientMonth.objects.values_list("branch__code", "client__client_no")) == [
        *(("0755FT", "1"), ("0755FT", "3"), ("0755NS", "2"), ("0755NS", "4")),
    ]
    assert ImportBatch.objects.filter(state="booked").count() == 2
    assert {slip.serial for slip in ConfirmationSlip.objects.filter(branch=world.other)} == {
        "202610-0755NS-0001",
        "202610-0755NS-0002",
    }
    assert [notice.text for notice in Notice.objects.filter(person=world.channel, key__startswith="imports.company:")] == [
        "公司业务数据导入完成:2 家入账,0 家无变化,0 家未入账"
    ]


def test_a_refused_branch_stops_no_other_and_keeps_its_batch_for_its_own_people(world):
    made = receive(world, [client_row("1"), there("2", 净佣金收入="0.00"), there("3")])
    ours, theirs = parts(made)["0755FT"], parts(made)["0755NS"]
    assert (ours.state, theirs.state, theirs.refused) == ("booked", "refused", 1)
    assert (theirs.batch.state, theirs.batch.refused) == ("checked", 1)
    assert not ClientMonth.objects.filter(branch=world.other).exists()
    assert "原行号" in read(theirs.batch.files.get().stored).decode().splitlines()[0]
    assert made.state == "done"


def test_rows_of_nobody_are_told_and_totals_left_out(world):
    total = dict.fromkeys(client_row(), "") | {"月份": "合计", "净佣金收入": "145.98"}
    made = receive(world, [client_row("1"), client_row("2", 营业部代码="9999XX"), client_row("3", 营业部代码=""), total])
    found = parts(made)
    assert made.totals_left_out == 1
    assert found["0755FT"].state == "booked"
    assert "没有这个营业部代码" in found["9999XX"].note
    assert found[""].rows == 1
    assert ClientMonth.objects.count() == 1


def test_the_same_file_again_changes_nothing(world):
    lines = [client_row("1"), there("2")]
    receive(world, lines)
    before = list(ClientMonth.objects.order_by("pk").values_list("pk", "batch"))
    made = receive(world, lines, encoding="utf-8-sig")
    assert {part.state for part in made.parts.all()} == {"same"}
    assert list(ClientMonth.objects.order_by("pk").values_list("pk", "batch")) == before


def test_a_branch_whose_rows_are_of_another_month_is_refused_alone_and_for_good(world, client):
    made = receive(world, [client_row("1"), there("2", 月份="2026-09")])
    assert parts(made)["0755FT"].state == "booked"
    assert "整份文件是2026年10月" in parts(made)["0755NS"].note
    assert parts(made)["0755NS"].final
    assert "由营业部另行导入2026年9月" in parts(made)["0755NS"].note
    assert not company.may_resume(made)
    with pytest.raises(Refusal, match="没有可以再试的营业部"):
        company.resume(company_id=made.pk, by=world.channel)
    client.force_login(world.channel.user, backend=BACKEND)
    assert "继续导入" not in client.get(reverse("clients:company-import-detail", args=[made.pk])).content.decode()
    (ours,) = client.get(f"/api/v1/company-imports/{made.pk}/parts/?state=refused").json()["items"]
    assert ours["final"]
    import_files(files=[company_file([there("2", 月份="2026-09")])], branch=world.other, by=world.channel)
    assert ClientMonth.objects.get(branch=world.other).month == Month(2026, 9)


def test_a_branch_whose_rows_are_of_two_months_is_not_tried_again_while_a_locked_one_is(world):
    FiguresMonth.objects.create(
        branch=world.branch, month=Month(2026, 10), state="locked", digest="x", locked_by=world.channel, locked_at=timezone.now()
    )
    made = receive(world, [client_row("1"), there("2"), there("3", 月份="2026-09")])
    found = parts(made)
    assert [(found[code].state, found[code].final) for code in ("0755FT", "0755NS")] == [("refused", False), ("refused", True)]
    with world.commits(execute=True):
        assert company.resume(company_id=made.pk, by=world.channel) == 1
    assert parts(made)["0755NS"].note == found["0755NS"].note


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"PK\x03\x04not a book", "损坏|CSV"),
        ("姓名,金额\n甲,1\n".encode(), "营业部代码"),
        (",".join(HEADER).encode(), "没有数据行"),
        (company_file([client_row("1", 月份="1900-01"), there("2", 月份="1900-01")]).content, "1900年1月"),
        (company_file([there("2", 月份="3026-10"), client_row("1")]).content, "还没有到这个月"),
        (company_file([client_row(str(at), 营业部代码=f"{at:07d}") for at in range(1_001)]).content, "1000 种以上的写法"),
        (company_file([client_row("1"), client_row("2", 营业部代码="9" * 41)]).content, "比营业部代码长得多"),
    ],
)
def test_a_file_that_is_none_says_why_on_its_own_page(world, content, said):
    with world.commits(execute=True):
        made = company.receive(upload=Upload.of("x.csv", content), by=world.channel)
    made.refresh_from_db()
    assert made.state == "refused"
    assert re.search(said, made.note)


def test_as_many_branches_as_a_company_may_have_are_cut(tmp_path):
    lines = [client_row(str(at), 营业部代码=f"{at % 1_000:04d}") for at in range(1_200)]
    with patch.object(splitting, "HELD", 300):
        assert len(splitting.split(company_file(lines).content, tmp_path).files) == 1_000
        with pytest.raises(Refusal, match="1000 种以上"):
            splitting.split(company_file([*lines, client_row("x", 营业部代码="9999")]).content, tmp_path)


def test_whoever_holds_no_power_over_the_company_may_not(world):
    with pytest.raises(Forbidden):
        company.receive(upload=company_file([client_row("1")]), by=world["600001"])


def test_the_jobs_done_twice_do_the_work_once(world):
    made = receive(world, [client_row("1"), there("2")])
    Job.objects.update(state="queued", lease_token="", lease_until=None)
    for job in Job.objects.order_by("pk"):
        run(job.pk)
    assert (ImportBatch.objects.count(), made.parts.count(), ClientMonth.objects.count()) == (2, 2, 2)


def test_what_a_dead_job_left_is_taken_up_again(world):
    with patch.object(company, "_take", side_effect=RuntimeError("gone")), pytest.raises(RuntimeError):
        receive(world, [client_row("1"), there("2")])
    made = CompanyImport.objects.get()
    assert set(made.parts.values_list("state", flat=True)) == {"queued"}
    assert not ImportBatch.objects.exists()
    Job.objects.update(state="failed")
    with world.commits(execute=True):
        assert company.resume(company_id=made.pk, by=world.channel) == 2
    made.refresh_from_db()
    assert made.state == "done"
    with pytest.raises(Refusal):
        company.resume(company_id=made.pk, by=world.channel)


def test_a_cancelled_cutting_is_told_and_may_be_resumed(world):
    with patch.object(company, "_queue_split"):
        made = receive(world, [client_row("1"), there("2")])
    Job.objects.create(kind=company.SPLIT, key=str(made.pk), title="拆分", owner=world.channel, state="queued")
    company.tidy()
    made.refresh_from_db()
    assert made.state == "splitting"
    Job.objects.update(state="cancelled")
    company.tidy()
    made.refresh_from_db()
    assert (made.state, made.note) == ("refused", company.STALLED)
    with world.commits(execute=True):
        company.resume(company_id=made.pk, by=world.channel)
    made.refresh_from_db()
    assert (made.state, made.note) == ("done", "")
    assert {part.state for part in made.parts.all()} == {"booked"}


def test_branches_whose_jobs_have_failed_for_good_keep_no_import_open(world):
    with patch.object(company, "_take", side_effect=RuntimeError("gone")), pytest.raises(RuntimeError):
        receive(world, [client_row("1"), there("2"), client_row("3", 营业部代码="9999XX")])
    made = CompanyImport.objects.get()
    failed, running = Job.objects.filter(kind=company.PART).order_by("pk")
    Job.objects.filter(pk=failed.pk).update(state="failed")
    Job.objects.filter(pk=running.pk).update(state="running")
    company.tidy()
    made.refresh_from_db()
    assert made.state == "booking"
    assert sorted(made.parts.values_list("state", flat=True)) == ["queued", "refused", "refused"]
    Job.objects.update(state="failed")
    with world.commits(execute=True):
        company.tidy()
    made.refresh_from_db()
    assert (made.state, made.parts.filter(note=company.STALLED).count()) == ("done", 2)
    assert Notice.objects.filter(person=world.channel, text__contains="3 家未入账").exists()
    with world.commits(execute=True):
        assert company.resume(company_id=made.pk, by=world.channel) == 2
    assert sorted(made.parts.values_list("state", flat=True)) == ["booked", "booked", "refused"]
    with pytest.raises(Refusal):
        company.resume(company_id=made.pk, by=world.channel)


def test_a_branch_refused_whole_is_tried_again_and_booked_ones_stay(world):
    closed = FiguresMonth.objects.create(
        branch=world.other, month=Month(2026, 10), state="locked", digest="x", locked_by=world.channel, locked_at=timezone.now()
    )
    made = receive(world, [client_row("1"), there("2")])
    assert {code: part.state for code, part in parts(made).items()} == {"0755FT": "booked", "0755NS": "refused"}
    assert "锁定" in parts(made)["0755NS"].note
    before = list(ImportBatch.objects.values_list("pk", "booked_at"))
    FiguresMonth.objects.filter(pk=closed.pk).update(state="open", digest="", locked_by=None, locked_at=None)
    with world.commits(execute=True):
        assert company.resume(company_id=made.pk, by=world.channel) == 1
    made.refresh_from_db()
    assert (made.state, parts(made)["0755NS"].state) == ("done", "booked")
    assert set(before) < set(ImportBatch.objects.values_list("pk", "booked_at"))
    assert ClientMonth.objects.filter(month=Month(2026, 10)).count() == 2
    with pytest.raises(Refusal, match="没有可以再试的"):
        company.resume(company_id=made.pk, by=world.channel)


@pytest.mark.parametrize("by_the_branch", [True, False])
def test_what_is_tried_again_never_undoes_what_was_handed_in_later(world, by_the_branch):
    """The same file uploaded a second time, and the first one resumed all the same: the later one stands, whoever brought it."""
    with patch.object(company, "_take", side_effect=RuntimeError("gone")), pytest.raises(RuntimeError):
        receive(world, [client_row("1"), there("2")])
    Job.objects.update(state="failed")
    company.tidy()
    first, newer = CompanyImport.objects.get(), there("2", 股基交易量="77.00")
    if by_the_branch:
        import_files(files=[company_file([newer])], branch=world.other, by=world.channel)
    else:
        receive(world, [client_row("1"), newer])
    with world.commits(execute=True):
        company.resume(company_id=first.pk, by=world.channel)
    assert "已有更新的数据入账" in parts(first)["0755NS"].note
    assert ClientMonth.objects.get(branch=world.other).turnover == 77
    assert ClientMonth.objects.count() == 2


def test_a_part_taken_up_after_a_killed_worker_undoes_nothing_newer(world):
    with patch.object(company, "_take", side_effect=RuntimeError("gone")), pytest.raises(RuntimeError):
        receive(world, [there("2")])
    receive(world, [there("2", 股基交易量="77.00")])
    job = Job.objects.filter(kind=company.PART).earliest("pk")
    Job.objects.filter(pk=job.pk).update(state="queued", lease_token="", lease_until=None, attempts=1)
    with world.commits(execute=True):
        run(job.pk)
    assert ClientMonth.objects.get().turnover == 77


def test_the_command_goes_on_with_what_was_handed_in_before(world, capsys):
    with patch.object(company, "_take", side_effect=RuntimeError("gone")), pytest.raises(RuntimeError):
        receive(world, [client_row("1"), there("2")])
    Job.objects.update(state="failed")
    made = CompanyImport.objects.get()
    with world.commits(execute=True):
        call_command("import_company", "--resume", str(made.pk), "--as", "800900")
    assert "2 家由后台任务导入" in capsys.readouterr().out
    assert {part.state for part in made.parts.all()} == {"booked"}
    for told, who in ((made.pk, "800900"), (made.pk, "600001"), (made.pk + 1, "800900")):
        with pytest.raises(SystemExit):
            call_command("import_company", "--resume", str(told), "--as", who)


def test_lines_with_quotes_and_ragged_ones_are_cut_alike(tmp_path):
    lines = [HEADER, *[list(client_row(str(at), 营业部代码=f"B{at % 3}").values()) for at in range(300)]]
    lines[100][4] = '王"小"明,先生'
    lines[200] = lines[200][:5]
    text = io.StringIO(newline="")
    csv.writer(text, lineterminator="\n").writerows(lines)
    with patch("kernel.sheets.blocks.BLOCK", 2000), patch.object(splitting, "HELD", 7):
        found = splitting.split(text.getvalue().encode(), tmp_path)
    cut = {}
    for path in found.files.values():
        header, *rows = csv.reader(io.StringIO(Path(path).read_text(encoding="utf-8"), newline=""))
        assert header == ["原行号", *HEADER]
        cut |= {int(row[0]): row[1:] for row in rows}
    assert cut == dict(enumerate(lines[1:], 2))
    assert found.rows == {"B0": 100, "B1": 100, "B2": 100}


def test_the_command_says_branch_by_branch(world, tmp_path):
    path = tmp_path / "全公司.csv"
    path.write_bytes(company_file([client_row("1"), there("2", 净佣金收入="0.00")]).content)
    with world.commits(execute=True):
        call_command("import_company", str(path), "--as", "800900")
    assert CompanyPart.objects.filter(state="booked").count() == 1
    with pytest.raises(SystemExit):
        call_command("import_company", str(tmp_path / "none.csv"), "--as", "800900")
    with pytest.raises(SystemExit):
        call_command("import_company", str(path), "--as", "600001")


def test_the_pages_show_what_became_of_each_branch(world, client):
    made = receive(world, [client_row("1"), there("2", 净佣金收入="0.00")])
    client.force_login(world.channel.user, backend="django.contrib.auth.backends.ModelBackend")
    page = client.get(reverse("clients:company-import-detail", args=[made.pk])).content.decode()
    assert "南山营业部" in page
    assert "1 行被拒收" in page
    assert "拒收原因:净佣金不平 1 处" in page
    assert "1 家未入账" in page
    listed = client.get(reverse("clients:company-import-list")).content.decode()
    assert f"第 {made.pk} 次" in listed
    for shown in (page, listed):
        assert "已结束,有未入账" in shown


def test_the_page_of_a_file_that_all_branches_booked_says_so_and_what_is_left_to_do(world, client):
    made = receive(world, [client_row("1", 客户经理工号="699901"), there("2")])
    client.force_login(world.channel.user, backend="django.contrib.auth.backends.ModelBackend")
    page = client.get(reverse("clients:company-import-detail", args=[made.pk])).content.decode()
    assert "各营业部都已入账" in page
    assert "异常行已入账,由营业部处理后才计入业绩" in page
    assert "已结束,有未入账" not in page


def test_a_program_hands_the_file_in_follows_it_and_goes_on(world, client):
    open_log_in(world.channel, password="Correct-Horse-9")
    client.force_login(world.channel.user, backend=BACKEND)
    lines = [client_row("1"), there("2", 净佣金收入="0.00"), client_row("3", 营业部代码="9999XX")]
    file = SimpleUploadedFile("全公司.csv", company_file(lines).content)
    with world.commits(execute=True):
        answer = client.post("/api/v1/company-imports/", {"file": file})
    made = answer.json()
    assert (answer.status_code, made["state"]) == (202, "splitting")
    address = f"/api/v1/company-imports/{made['id']}/"
    assert [client.get(address).json()[name] for name in ("state", "month", "rows")] == ["done", "2026-10", 3]
    found = {part["code"]: part for part in client.get(f"{address}parts/").json()["items"]}
    assert {code: (part["branch"], part["state"]) for code, part in found.items()} == {
        "0755FT": ("0755FT", "booked"),
        "0755NS": ("0755NS", "refused"),
        "9999XX": (None, "refused"),
    }
    assert (found["0755NS"]["refused"], sum(one["count"] for one in found["0755NS"]["reasons"])) == (1, 1)
    assert [part["code"] for part in client.get(f"{address}parts/?state=booked").json()["items"]] == ["0755FT"]
    assert client.post(f"{address}resume/").status_code == 409, "nothing waits"
    CompanyImport.objects.update(state="booking")
    CompanyPart.objects.filter(code="0755FT").update(state="queued")
    with world.commits(execute=True):
        assert client.post(f"{address}resume/").json()["state"] == "booking"
    assert client.get(address).json()["state"] == "done"
    made_by = CompanyImport.objects.get().created_by
    made_by.roles.all().delete()
    assert client.get(address).status_code == 403
