from __future__ import annotations

import logging

import pytest

from branch.people.logs import MaskPersonalData, masked

CASES = {
    "身份证 440301198311017493 有误": "身份证 440301********7493 有误",
    "末位 42010619780321308X": "末位 420106********308X",
    "卡号 6214813274565555967": "卡号 6214***********5967",
    "电话 13152064785": "电话 131****4785",
    "金额 1234567.89 工号 600101": "金额 1234567.89 工号 600101",
    "散列 9f86d081884c7d659a2feaa0c55ad015": "散列 9f86d081884c7d659a2feaa0c55ad015",
}


@pytest.mark.parametrize("text", CASES)
def test_numbers_of_people_are_masked_and_nothing_else(text: str) -> None:
    assert masked(text) == CASES[text]


def test_arguments_and_structured_fields_are_masked_too() -> None:
    plain = logging.LogRecord("x", logging.INFO, "", 1, "phone %s", ("13152064785",), None)
    MaskPersonalData().filter(plain)
    assert plain.getMessage() == "phone 131****4785"
    structured = logging.LogRecord("x", logging.INFO, "", 1, {"event": "x", "id": "440301198311017493"}, (), None)  # type: ignore[arg-type]
    MaskPersonalData().filter(structured)
    assert structured.msg["id"] == "440301********7493"  # type: ignore[index]


def test_the_filter_sits_on_the_handler() -> None:
    from django.conf import settings

    assert settings.LOGGING["handlers"]["console"]["filters"] == ["mask"]
