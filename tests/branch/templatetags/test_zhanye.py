"""The template library: what a page shows for money, months, masks, statuses and links."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest
from django import forms
from django.core.files.uploadedfile import SimpleUploadedFile
from django.template import Context, Template
from django.test import RequestFactory

from branch.templatetags import zhanye
from kernel.months import Month


def render(source: str, path: str = "/list/", **context: object) -> str:
    request = RequestFactory().get(path)
    return Template("{% load zhanye %}" + source).render(Context({"request": request, **context}))


@pytest.mark.parametrize(
    ("amount", "shown"),
    [
        (Decimal("1234.5"), "1,234.50"),
        (Decimal("-0.005"), "-0.01"),
        (Decimal("0"), "0.00"),
        (1000000, "1,000,000.00"),
        (None, ""),
        ("", ""),
    ],
)
def test_money_is_grouped_with_two_places(amount: Decimal | int | None, shown: str) -> None:
    assert render("{{ amount|money }}", amount=amount) == shown


def test_money_refuses_a_float() -> None:
    with pytest.raises(TypeError, match="浮点"):
        zhanye.money_filter(1.5)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("amount", "css"), [(Decimal("-0.01"), "num neg"), (Decimal("0"), "num"), (Decimal("5"), "num"), (None, "num")]
)
def test_only_a_negative_amount_is_marked(amount: Decimal | None, css: str) -> None:
    assert zhanye.signed(amount) == css


@pytest.mark.parametrize("month", [Month(2026, 10), 202610, "2026-10", date(2026, 10, 31)])
def test_month_is_written_the_chinese_way(month: object) -> None:
    assert render("{{ month|month_label }}", month=month) == "2026年10月"


@pytest.mark.parametrize(
    ("ratio", "shown"),
    [("0.8501", "85.01%"), (Decimal("0.85005"), "85.01%"), (Decimal("-0.1"), "-10.00%"), (1, "100.00%"), (None, "")],
)
def test_percent(ratio: Decimal | str | None, shown: str) -> None:
    assert zhanye.percent(ratio) == shown


def test_amount_in_words() -> None:
    assert zhanye.in_words(Decimal("100.05")) == "壹佰元零伍分"


@pytest.mark.parametrize(
    ("seconds", "shown"), [(0, "0 秒"), (65.9, "1 分 05 秒"), (7380, "2 小时 03 分"), (273600, "3 天 4 小时"), (None, "")]
)
def test_elapsed(seconds: float | None, shown: str) -> None:
    assert zhanye.elapsed(seconds) == shown


def test_personal_data_is_masked() -> None:
    assert zhanye.masked_id("440301199001017493") == "440301********7493"
    assert zhanye.masked_phone("13123454785") == "131****4785"
    assert "00000000" not in zhanye.masked_account("6222000000005967")
    assert zhanye.masked_name("欧阳文慧") == "欧***"
    assert zhanye.masked_id(None) == ""


@pytest.mark.parametrize(
    ("word", "colour"),
    [("草稿", "grey"), ("审批中", "blue"), ("已退回", "orange"), ("已撤回", "grey"), ("已驳回", "red"), ("已通过", "green")],
)
def test_the_six_words_of_a_request_keep_their_colours(word: str, colour: str) -> None:
    html = render("{% status word %}", word=word)
    assert word in html
    assert f"state-{colour}" in html


def test_every_mapped_colour_is_one_of_the_five() -> None:
    assert set(zhanye.STATUS_COLOURS.values()) <= zhanye.COLOURS


def test_an_amounts_cell_is_to_the_right_marked_below_zero_and_headed_for_a_phone() -> None:
    cell = '{% amount value "净额(元)" %}'
    assert render(cell, value=Decimal("-1234.5")) == '<td class="num neg" data-label="净额(元)">-1,234.50</td>'
    assert render(cell, value=None) == '<td class="num" data-label="净额(元)"></td>'
    with pytest.raises(TypeError):
        render(cell, value=1.5)


def test_an_unknown_status_word_takes_the_given_colour_and_never_an_invented_one() -> None:
    assert "state-blue" in render('{% status "试算中" "blue" %}')
    assert "state-grey" in render('{% status "试算中" "pink" %}')


def test_query_changes_adds_and_removes() -> None:
    assert render("{% query page=2 %}", path="/list/?name=%E6%9E%97&page=1") == "?name=%E6%9E%97&amp;page=2"
    assert render("{% query page=None %}", path="/list/?page=3") == "?"


@pytest.mark.parametrize(
    ("present", "following", "aria"), [("", "sort=code", ""), ("code", "sort=-code", "ascending"), ("-code", "", "descending")]
)
def test_a_sorting_head_goes_up_then_down_then_back(present: str, following: str, aria: str) -> None:
    html = render('{% sortable_th "code" "工号" %}', path=f"/list/?page=4&sort={present}" if present else "/list/?page=4")
    assert f'href="?{following}"' in html
    assert (f'aria-sort="{aria}"' in html) == bool(aria)


def test_an_icon_is_decoration() -> None:
    html = render('{% icon "check" %}')
    assert 'aria-hidden="true"' in html
    assert "sprite" in html
    assert "#check" in html


class Paper(forms.Form):
    name = forms.CharField(label="姓名", help_text="与身份证一致")
    kind = forms.ChoiceField(label="类别", choices=[("1", "甲")])
    tier = forms.ChoiceField(label="档次", choices=[("1", "一档")], widget=forms.RadioSelect)
    agree = forms.BooleanField(label="已核对", required=False)


def test_a_field_shows_label_mark_help_and_error_and_keeps_what_was_typed() -> None:
    html = render('{% include "parts/form.html" %}', form=Paper({"name": "", "kind": "1", "agree": "on"}))
    assert '<label for="id_name">姓名<span class="must"' in html
    assert "与身份证一致" in html
    assert 'aria-describedby="id_name_helptext id_name_error"' in html or 'aria-describedby="id_name_helptext"' in html
    assert 'id="id_name_helptext"' in html
    assert "is-invalid" in html
    assert 'class="form-select"' in html
    assert "checked" in html
    assert "<legend>档次" in html


class WithPaper(forms.Form):
    reason = forms.CharField(label="原因")
    paper = forms.FileField(label="凭据", required=False, help_text="20 MB 以内")


@pytest.mark.parametrize(
    "source", ['{% include "parts/form.html" %}', '{% include "parts/upload.html" with name="paper" multiple=True %}']
)
def test_a_form_shown_again_says_that_the_chosen_file_must_be_chosen_anew(source: str) -> None:
    files = [SimpleUploadedFile("发票<1>.pdf", b"%PDF-1.7"), SimpleUploadedFile("收据.pdf", b"%PDF-1.7")]

    def shown(sent: dict[str, object]) -> str:
        request = RequestFactory().post("/paper/", {"reason": "", **sent})
        form = WithPaper(request.POST, request.FILES)
        return Template("{% load zhanye %}" + source).render(Context({"request": request, "form": form}))

    assert "您选的文件“发票&lt;1&gt;.pdf、收据.pdf”没有保存,须重新选择" in shown({"paper": files})
    assert "须重新选择" not in shown({}), "none was chosen"
    assert "须重新选择" not in render(source, form=WithPaper()), "the form as it opens"


def test_a_refusal_shows_its_sentence_and_its_items_escaped() -> None:
    html = render(
        '{% include "parts/error_list.html" with sentence="不能计算" items=items %}', items=["600104 缺期初", "<b>x</b>"]
    )
    assert "不能计算" in html
    assert "<li>600104 缺期初</li>" in html
    assert "&lt;b&gt;x" in html


@pytest.mark.parametrize(("running", "polls"), [(True, True), (False, False)])
def test_a_job_asks_again_only_while_it_runs(running: bool, polls: bool) -> None:
    job = {
        "id": 7,
        "title": "计算",
        "state_label": "运行中",
        "color": "blue",
        "running": running,
        "done": 3,
        "total": 9,
        "elapsed": 5,
        "poll_url": "/jobs/7/",
    }
    assert ('hx-trigger="every 2s"' in render('{% include "parts/progress.html" %}', job=job)) == polls
