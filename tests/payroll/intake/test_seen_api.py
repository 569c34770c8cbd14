"""Two programs at one month's inputs: who would replace what was not compared is told, and nothing is booked."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from payroll.intake import states
from payroll.intake.models import InputSheet, MonthlyInput
from tests.factories.branch import People, give_role
from tests.factories.payroll import cell, changed_inputs, inputs_name

SignIn = Callable[[str], Client]
API = "/api/v1/inputs/"
OCTOBER = inputs_name("2026-10")


def handed_in(client: Client, score: int) -> dict[str, Any]:
    content = changed_inputs("2026-10", lambda rows: cell(rows, "600102", "职责分", score))
    data = {"branch": "0755FT", "month": "2026-10", "file": SimpleUploadedFile(OCTOBER, content)}
    answer = client.post(API, data)
    assert answer.status_code == 201, answer.content
    found: dict[str, Any] = answer.json()
    return found


def booked(client: Client, sheet: dict[str, Any], **more: str) -> Any:
    address = f"{API}sheets/{sheet['id']}/book/"
    return client.post(address, {"seen": sheet["seen"]}, content_type="application/json", headers=more)


def score() -> int:
    found = MonthlyInput.objects.get(person__staff_no="600102").duty_score
    assert found is not None
    return int(found)


def test_of_two_who_hand_in_a_month_the_second_compares_before_replacing(people: People, signed_in: SignIn) -> None:
    give_role(people["600001"], "branch_finance", branch=people.branch)
    first, second = signed_in("600002"), signed_in("600001")
    theirs, mine = handed_in(first, 77), handed_in(second, 88)
    assert booked(first, theirs).status_code == 200
    answer = booked(second, mine, **{"Idempotency-Key": "second-press"})
    assert (answer.status_code, answer.json()["code"]) == (409, "overtaken"), answer.content
    assert "带上新的 seen 再提交" in answer.json()["message"]
    assert answer.json()["items"] == ["600102 夏娜芳 职责分:同事 杨静嘉(600002) 的是“77”,您文件里是“88”"]
    assert score() == 77
    again = second.get(f"{API}sheets/{mine['id']}/").json()
    assert [(one["old"], one["new"]) for one in again["changes"]] == [("77.00", "88.00")]
    assert booked(second, again).status_code == 200
    assert score() == 88
    assert InputSheet.objects.get(state=states.BOOKED).pk == mine["id"]


def test_without_the_stamp_nothing_is_compared(signed_in: SignIn) -> None:
    finance = signed_in("600002")
    handed = [handed_in(finance, one) for one in (77, 88)]
    for sheet in handed:
        assert finance.post(f"{API}sheets/{sheet['id']}/book/").status_code == 200
    assert score() == 88


def test_of_many_differences_twenty_are_written_and_all_are_counted(signed_in: SignIn) -> None:
    finance = signed_in("600002")
    mine = handed_in(finance, 88)

    def emptied(rows: Any) -> None:
        for row in rows[1:22]:
            row[rows[0].index("其他补贴")] = 12

    content = changed_inputs("2026-10", emptied)
    data = {"branch": "0755FT", "month": "2026-10", "file": SimpleUploadedFile(OCTOBER, content)}
    assert booked(finance, finance.post(API, data).json()).status_code == 200
    items = booked(finance, mine).json()["items"]
    assert (len(items), items[-1]) == (21, "……共 22 处不同")
