"""Who has two branches acts at the one that is named and stays there; at another's, or one's own no more, nothing happens."""

from __future__ import annotations

from datetime import date
from urllib.parse import parse_qs, urlsplit

import pytest
import time_machine
from django.core.files.uploadedfile import SimpleUploadedFile
from django.http import QueryDict
from django.urls import reverse

from branch.exports import actions as exports
from branch.notices.models import Notice
from branch.people.models import RoleHolding
from branch.workbench.register import tiles_for, todos_for
from clients.figures.actions import lock, unlock
from clients.figures.models import FiguresMonth
from clients.imports.actions import import_files
from clients.imports.models import ClientMonth, ImportBatch
from clients.imports.resolving import resolve_rows
from clients.registry.actions import confirm_relations
from clients.registry.models import ConfirmationSlip
from kernel.months import Month
from kernel.refusals import Unknown
from tests.factories.branch import give_role, make_branch
from tests.factories.clients import csv_file
from tests.factories.neighbours import two_offices

pytestmark = pytest.mark.django_db
MONTH = "2026-10"
FAR = "0755LH"


@pytest.fixture
def offices():
    """October of two branches; the first one's 交易管理岗 and finance hold the same at the second."""
    here, there = two_offices()
    make_branch(FAR, "罗湖营业部")
    give_role(here.importer, "trade_admin", branch=there.branch)
    give_role(here.finance, "branch_finance", branch=there.branch)
    for office in (here, there):
        unknown = office.row(f"{office.branch.code}-9", 客户经理工号="699901")
        import_files(files=[csv_file([office.row(f"{office.branch.code}-1"), unknown])], branch=office.branch, by=office.importer)
    return here, there


def ask(client, person, name, *args, query=""):
    client.force_login(person.user, backend="django.contrib.auth.backends.ModelBackend")
    return client.get(reverse(f"clients:{name}", args=args) + query)


def post(client, person, name, /, *args, query="", follow=False, **data):
    client.force_login(person.user, backend="django.contrib.auth.backends.ModelBackend")
    return client.post(reverse(f"clients:{name}", args=args) + query, data, follow=follow)


def led_to(response):
    """Which branch the answer goes on with."""
    assert response.status_code == 302
    return parse_qs(urlsplit(response["Location"]).query).get("branch")


def waiting(office):
    return ClientMonth.objects.waiting().get(branch=office.branch)


def settle(office):
    """Nothing of the month waits any more."""
    row = waiting(office)
    resolve_rows(branch=office.branch, month=row.month, ids=[row.pk], how="exclude", reason="外单位", by=office.importer)
    confirm_relations(branch=office.branch, month=row.month, by=office.importer)


def lapse(person, office):
    RoleHolding.objects.filter(person=person, branch=office.branch).update(effective_to=date(2026, 1, 1))


WRITES = [
    ("slip-confirm", (), {"month": MONTH}),
    ("exception-resolve", (MONTH,), {"how": "exclude", "reason": "x"}),
    ("exception-resolve-sales", (MONTH,), {"how": "exclude", "reason": "x"}),
    ("exception-review", (MONTH,), {}),
    ("exception-reopen", (1,), {}),
    ("figures-lock", (MONTH,), {}),
    ("figures-unlock", (MONTH,), {"reason": "x"}),
]


@pytest.mark.parametrize(("name", "args", "data"), WRITES, ids=[name for name, *_ in WRITES])
@pytest.mark.parametrize("code", [FAR, "nowhere", "0755NS"], ids=["foreign", "unknown", "lapsed"])
def test_a_write_never_acts_at_another_branch_than_the_one_named(client, offices, name, args, data, code):
    here, there = offices
    person = here.finance if name.startswith("figures") else here.importer
    lapse(person, there)
    if name == "figures-lock":
        settle(here)
    ids = {"ids": [waiting(here).pk]} if name == "exception-resolve" else {}
    for how in ({"query": f"?branch={code}"}, {"branch": code}):
        assert post(client, person, name, *args, **data, **ids, **how).status_code == 404
    assert not FiguresMonth.objects.filter(state="locked").exists()
    assert name == "figures-lock" or not ConfirmationSlip.objects.filter(state="valid").exists()
    assert name == "figures-lock" or waiting(here).resolution == ""


@pytest.mark.parametrize("name", ["exception-list", "figures", "figures-month", "import-new"])
def test_a_page_of_a_foreign_branch_is_not_there_and_of_none_it_is_the_first(client, offices, name):
    here, there = offices
    args = (MONTH,) if name == "figures-month" else ()
    for code in (FAR, "nowhere"):
        assert ask(client, here.importer, name, *args, query=f"?branch={code}").status_code == 404
    for query in ("", "?branch=", "?branch=0755FT"):
        answer = ask(client, here.importer, name, *args, query=query)
        assert led_to(answer) == ["0755FT"] if name == "figures" else answer.context["branch"] == here.branch
    answer = ask(client, here.importer, name, *args, query="?branch=0755NS")
    assert led_to(answer) == ["0755NS"] if name == "figures" else answer.context["branch"] == there.branch


def test_the_branch_chosen_in_the_form_goes_before_the_address(client, offices):
    here, there = offices
    file = csv_file([there.row("77")])
    sent = SimpleUploadedFile(file.name, file.content)
    post(client, here.importer, "import-new", query="?branch=0755FT", branch="0755NS", file=sent)
    assert ImportBatch.objects.latest("pk").branch == there.branch
    assert post(client, here.importer, "import-new", query="?branch=0755FT", branch=FAR, file=sent).status_code == 404


def test_what_is_done_at_the_second_branch_leads_back_there(client, offices):
    here, there = offices
    row = waiting(there)
    own = {"branch": "0755NS"}
    done = post(client, here.importer, "exception-resolve", MONTH, **own, ids=[row.pk], how="exclude", reason="外单位")
    assert led_to(done) == ["0755NS"]
    assert led_to(post(client, here.importer, "exception-reopen", row.pk, **own)) == ["0755NS"]
    assert led_to(post(client, here.importer, "exception-review", MONTH, **own)) == ["0755NS"]
    settle(there)
    assert led_to(post(client, here.finance, "figures-lock", MONTH, **own)) == ["0755NS"]
    page = ask(client, here.finance, "figures-unlock", MONTH, query="?branch=0755NS").content.decode()
    assert f'action="{reverse("clients:figures-unlock", args=[MONTH])}?branch=0755NS"' in page
    assert led_to(post(client, here.finance, "figures-unlock", MONTH, query="?branch=0755NS", reason="更正")) == ["0755NS"]
    assert waiting(here).resolution == ""


@pytest.mark.parametrize(("name", "args"), [("exception-list", ()), ("figures-month", (MONTH,))])
def test_no_link_of_a_page_leaves_its_branch(client, offices, name, args):
    here, _ = offices
    page = ask(client, here.importer, name, *args, query="?branch=0755NS").content.decode()
    main = page.split("<main", 1)[-1]
    tabs = main.split('aria-label="营业部"', 1)[1].split("</nav>", 1)
    assert "branch=0755FT" in tabs[0]
    rest = tabs[1]
    assert "branch=0755FT" not in rest
    links = [one.split('"', 1)[0].replace("&amp;", "&") for one in rest.split('href="')[1:]]
    monthly = [one for one in links if "month=" in one or "/figures/2026" in one]
    assert monthly
    assert [one for one in monthly if "branch=0755NS" not in one and "slips" not in one] == []
    if name == "exception-list":
        bar = rest.split('class="query-bar', 1)[1].split("</form>", 1)[0]
        assert 'name="branch" value="0755NS"' in bar


def test_who_has_one_branch_is_not_asked_which(client, offices):
    _, there = offices
    for name, args in (("exception-list", ()), ("figures-month", (MONTH,))):
        assert 'aria-label="营业部"' not in ask(client, there.importer, name, *args).content.decode()


def test_chosen_slips_are_confirmed_wherever_they_are(client, offices):
    here, _ = offices
    mine, theirs = (ConfirmationSlip.objects.get(branch=office.branch) for office in offices)
    assert (
        "已确认客户关系 2 户"
        in post(client, here.importer, "slip-confirm", ids=[mine.pk, theirs.pk], follow=True).content.decode()
    )
    assert set(ConfirmationSlip.objects.values_list("state", flat=True)) == {"valid"}


def test_a_foreign_slip_is_not_confirmed_by_being_chosen(client, offices):
    here, there = offices
    lapse(here.importer, there)
    slip = ConfirmationSlip.objects.get(branch=there.branch)
    assert "没有变化" in post(client, here.importer, "slip-confirm", ids=[slip.pk], follow=True).content.decode()
    slip.refresh_from_db()
    assert slip.state == "proposed"


def test_one_locked_month_among_the_chosen_and_no_slip_is_confirmed(client, offices):
    here, there = offices
    FiguresMonth.objects.filter(branch=there.branch).update(state="locked", digest="f" * 64, locked_by=here.finance)
    ids = list(ConfirmationSlip.objects.values_list("pk", flat=True))
    assert "已复核锁定" in post(client, here.importer, "slip-confirm", ids=ids, follow=True).content.decode()
    assert set(ConfirmationSlip.objects.values_list("state", flat=True)) == {"proposed"}


def test_who_resolves_here_and_reviews_there_may_name_either(client, offices):
    here, there = offices
    RoleHolding.objects.filter(person=here.importer, branch=there.branch).update(role="branch_finance")
    assert ask(client, here.importer, "exception-list").context["branch"] == here.branch
    row = waiting(there)
    given = {"branch": "0755NS", "ids": [row.pk], "how": "exclude", "reason": "外单位"}
    assert led_to(post(client, here.importer, "exception-resolve", MONTH, **given)) == ["0755NS"]
    row.refresh_from_db()
    assert row.resolution == "exclude"


def test_a_file_is_of_the_branch_and_month_named_or_none(offices):
    here, there = offices
    for kind in ("figures", "exceptions"):
        made = exports.ask(kind=kind, query=QueryDict(f"branch=0755NS&month={MONTH}"), by=here.importer)
        assert made.branch == there.branch
        for query in (f"branch={FAR}&month={MONTH}", "branch=0755NS&month=x"):
            with pytest.raises(Unknown):
                exports.ask(kind=kind, query=QueryDict(query), by=here.importer)
    with pytest.raises(Unknown, match="还没有导入2025年1月"):
        exports.ask(kind="exceptions", query=QueryDict("branch=0755NS&month=2025-01"), by=here.importer)


@pytest.mark.parametrize("bad", ["9" * 20, "9" * 5000, "0", "x"])
@pytest.mark.parametrize("name", ["slip-confirm", "exception-resolve", "exception-resolve-sales"])
def test_what_can_be_no_row_is_refused_and_the_rest_left(client, offices, name, bad):
    here, _ = offices
    args = () if name == "slip-confirm" else (MONTH,)
    good = ConfirmationSlip.objects.get(branch=here.branch).pk if name == "slip-confirm" else waiting(here).pk
    answer = post(client, here.importer, name, *args, ids=[good, bad], how="exclude", reason="x", follow=True)
    said = answer.content.decode()
    assert answer.status_code == 200
    assert "勾选的行无法识别" in said
    assert not ConfirmationSlip.objects.filter(state="valid").exists()
    assert waiting(here).resolution == ""


def test_a_month_that_is_none_confirms_nothing(client, offices):
    here, _ = offices
    assert post(client, here.importer, "slip-confirm", month="x").status_code == 404
    assert not ConfirmationSlip.objects.filter(state="valid").exists()


@time_machine.travel(date(2026, 11, 5), tick=False)
def test_what_waits_is_told_branch_by_branch_and_opens_there(offices):
    here, there = offices

    def todos(person):
        return {todo.label: (todo.count, todo.url) for todo in todos_for(person) if todo.url.startswith("/clients/")}

    of_both = todos(here.importer)
    for office in offices:
        where = f"({office.branch.name})"
        address = f"{reverse('clients:exception-list')}?branch={office.branch.code}"
        assert of_both[f"业务数据异常待处理{where}"] == (1, address)
        month = f"{reverse('clients:figures-month', args=[MONTH])}?branch={office.branch.code}"
        assert todos(here.finance)[f"2026年10月业务数据待复核{where}"] == (1, month)
    assert list(todos(there.finance)) == ["2026年10月业务数据待复核"]
    ImportBatch.objects.filter(branch=there.branch).update(state="dropped")
    missing = {label: url for label, (_, url) in todos(here.importer).items() if "待导入" in label}
    assert missing == {f"2026年10月业务数据待导入({there.branch.name})": f"{reverse('clients:import-new')}?branch=0755NS"}


def test_messages_and_the_own_figures_open_at_their_branch(offices):
    here, there = offices
    booked = Notice.objects.filter(person=here.finance, key__startswith="imports.booked:").order_by("pk")
    assert [urlsplit(notice.link).query for notice in booked] == ["branch=0755FT", "branch=0755NS"]
    settle(there)
    lock(branch=there.branch, month=Month.parse(MONTH), by=there.finance)
    (url, *_) = [tile.url for tile in tiles_for(there.manager) if "净佣金" in tile.label]
    assert urlsplit(url).query == "branch=0755NS"
    unlock(branch=there.branch, month=Month.parse(MONTH), reason="更正", by=there.finance)
    told = Notice.objects.get(person=here.importer, key__startswith="figures.unlock:")
    assert urlsplit(told.link).query == "branch=0755NS"
