"""One token, one act: whoever asks again gets the first answer; what was refused or broke leaves the token free."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from threading import Barrier

import pytest
from django.conf import settings
from django.db import connection
from django.utils import timezone

from branch.once.actions import Answer, Sending, once, tidy
from branch.once.models import OnceToken
from branch.serials.models import SerialCounter
from kernel.refusals import Refusal


def sending(token: str = "token-0001", *, person: int = 7, path: str = "/x/", digest: str = "d") -> Sending:
    return Sending(person, token, path, digest)


def ask(one: Sending, *, kept: bool = True, refuse: bool = False, broken: bool = False) -> str | Answer:
    """An act that leaves one row a time it is done."""

    def act() -> str:
        made = SerialCounter.objects.create(series="once", scope=str(SerialCounter.objects.count()), period="2026")
        if refuse:
            raise Refusal("现在不行")
        if broken:
            raise ZeroDivisionError
        return f"/made/{made.scope}/"

    return once(one, act, answer_of=lambda where: Answer(302, where, [["25", "已保存", ""]]) if kept else None)


def made() -> int:
    return SerialCounter.objects.filter(series="once").count()


@pytest.mark.django_db
def test_the_second_sending_gets_the_first_answer_and_nothing_is_done() -> None:
    assert ask(sending()) == "/made/0/"
    assert ask(sending()) == Answer(302, "/made/0/", [["25", "已保存", ""]])
    assert made() == 1


@pytest.mark.django_db
def test_another_person_or_another_token_is_another_act() -> None:
    ask(sending())
    assert ask(sending(person=8)) == "/made/1/"
    assert ask(sending("token-0002")) == "/made/2/"


@pytest.mark.django_db
@pytest.mark.parametrize("other", [sending(digest="e"), sending(path="/y/")])
def test_the_same_token_with_other_words_is_refused(other: Sending) -> None:
    ask(sending())
    with pytest.raises(Refusal, match="内容与上次不同"):
        ask(other)
    assert made() == 1


@pytest.mark.django_db
def test_a_form_shown_again_leaves_the_token_free() -> None:
    ask(sending(), kept=False)
    assert not OnceToken.objects.exists()
    assert ask(sending(digest="mended")) == "/made/1/"


@pytest.mark.django_db
def test_a_refused_act_leaves_the_token_free_and_what_it_wrote_on_purpose() -> None:
    with pytest.raises(Refusal, match="现在不行"):
        ask(sending(), refuse=True)
    assert made() == 1  # the act's own transaction decides; here it had none
    assert ask(sending()) == "/made/1/"


@pytest.mark.django_db
def test_a_broken_act_takes_everything_back() -> None:
    with pytest.raises(ZeroDivisionError):
        ask(sending(), broken=True)
    assert (made(), OnceToken.objects.count()) == (0, 0)


@pytest.mark.django_db
def test_an_answers_content_is_kept_encrypted() -> None:
    answer = Answer(201, "/api/1/", [], "application/json", '{"name": "张三"}')
    once(sending(), lambda: None, answer_of=lambda _: answer)
    assert "张三" not in OnceToken.objects.get().content_sealed
    assert ask(sending()) == answer


@pytest.mark.django_db
def test_old_tokens_are_forgotten_and_young_ones_kept() -> None:
    ask(sending("token-old1"))
    OnceToken.objects.update(at=timezone.now() - timedelta(settings.ONCE_KEEP_DAYS, 1))
    ask(sending("token-new1"))
    assert tidy() == 1
    assert [row.token for row in OnceToken.objects.all()] == ["token-new1"]


PRESSES = 8


def _at_once(press: Callable[[], object]) -> list[object]:
    barrier = Barrier(PRESSES)

    def one(_: int) -> object:
        try:
            barrier.wait(20)
            return press()
        finally:
            connection.close()

    with ThreadPoolExecutor(PRESSES) as pool:
        return list(pool.map(one, range(PRESSES)))


@pytest.mark.postgres
@pytest.mark.django_db(transaction=True)
def test_eight_at_the_same_moment_make_one_and_all_hear_the_same() -> None:
    given = _at_once(lambda: ask(sending("token-race")))
    assert made() == 1
    assert {answer.location if isinstance(answer, Answer) else answer for answer in given} == {"/made/0/"}
    assert sum(isinstance(answer, Answer) for answer in given) == PRESSES - 1


@pytest.mark.postgres
@pytest.mark.django_db(transaction=True)
def test_control_look_first_then_make_makes_several() -> None:
    looked = Barrier(PRESSES)

    def press() -> None:
        if not SerialCounter.objects.filter(series="naive").exists():
            looked.wait(20)
            SerialCounter.objects.create(series="naive", scope=uuid.uuid4().hex[:12], period="2026")

    _at_once(press)
    assert SerialCounter.objects.filter(series="naive").count() == PRESSES
