"""会签单 and 请示 on A4: every signature, every round, nothing of what one may not see."""

from __future__ import annotations

from typing import Any

from django.urls import reverse

from approvals.desk.queries import conclusion
from approvals.requests import actions, kinds
from approvals.requests.models import Request
from approvals.requests.queries import seats_with_decisions


def page(signed_in: Any, person: Any, name: str, request: Request) -> str:
    answer = signed_in(person).get(reverse(f"approvals:{name}", args=[request.number]))
    assert answer.status_code == 200
    return str(answer.content.decode())


def test_the_sheet_has_every_place_of_the_round_signed_or_not(three: Any, signed_in: Any) -> None:
    request = three.ask(facts={"urgency": "急"})
    three.sign(request, three.chief, "agree", "已核对")
    html = page(signed_in, three.applicant, "request-sheet", request)
    for words in ("请示与会签单", request.number, "试办事项", "急", "发起人", "已核对", "王主办", "副经理", "审批中"):
        assert words in html
    assert html.index("主办会计") < html.index("副经理") < html.index("经理</td>")


def test_earlier_rounds_follow_the_present_one(three: Any, signed_in: Any) -> None:
    request = three.ask()
    three.sign(request, three.chief, "return", "天数不对")
    actions.resubmit(request_id=request.pk, content_digest="b" * 64, facts={}, by=three.applicant)
    html = page(signed_in, three.chief, "request-sheet", request)
    assert html.index("第 2 轮(本轮)") < html.index("第 1 轮") < html.index("天数不对")


def test_a_deputy_is_shown_with_whom_the_signature_is_for(three: Any, signed_in: Any) -> None:
    helper = three.person("helper", "钱代签")
    three.sit(helper, "chief_accountant", branch=three.branch, delegated_by=three.chief)
    request = three.ask()
    three.sign(request, helper)
    html = page(signed_in, three.applicant, "request-sheet", request)
    assert "钱代签" in html
    assert "(代 王主办)" in html


def test_the_conclusion_is_in_the_forms_words(three: Any) -> None:
    kind = kinds._kinds["trial"]
    kinds._kinds["trial"] = kinds.Kind(**{**kind.__dict__, "amendable": True})

    def said(*acts: str) -> str:
        request = three.ask()
        for act, who in zip(acts, (three.chief, three.deputy, three.manager), strict=False):
            three.sign(request, who, act)
        request.refresh_from_db()
        return conclusion(request, seats_with_decisions(request))

    assert said("agree") == ""
    assert said("agree", "agree", "agree") == "同意"
    assert said("agree", "amend", "agree") == "同意(修改后)"
    assert said("return") == "退回"
    assert said("agree", "reject") == "不同意"


def test_the_paper_shows_the_facts_where_the_kind_has_no_paper_of_its_own(three: Any, signed_in: Any) -> None:
    request = three.ask(title="试办一份请示")
    html = page(signed_in, three.chief, "request-paper", request)
    assert "试办一份请示" in html
    assert "事由" in html


def test_an_outsider_prints_nothing(three: Any, signed_in: Any) -> None:
    request = three.ask()
    stranger = three.person("stranger", "孙外人")
    for name in ("request-sheet", "request-paper"):
        assert signed_in(stranger).get(reverse(f"approvals:{name}", args=[request.number])).status_code == 404


def test_a_kind_prints_its_own_paper_and_compares_rounds_its_own_way(three: Any, signed_in: Any) -> None:
    kind = kinds._kinds["trial"]
    own = {
        "paper": lambda request: kinds.Paper("parts/empty.html", {"text": "这是自备的版式"}),
        "diff": lambda before, after: [kinds.Difference("正文第 2 段", "旧话", "新话")],
    }
    kinds._kinds["trial"] = kinds.Kind(**{**kind.__dict__, **own})
    request = three.ask(facts={"days": 1})
    paper = page(signed_in, three.chief, "request-paper", request)
    assert "这是自备的版式" in paper
    assert "事由" not in paper
    three.sign(request, three.chief, "return")
    actions.resubmit(request_id=request.pk, content_digest="b" * 64, facts={"days": 2}, by=three.applicant)
    html = signed_in(three.chief).get(request.get_absolute_url()).content.decode()
    assert "正文第 2 段" in html
    assert "<ins>新话</ins>" in html
