from __future__ import annotations

import json
from base64 import urlsafe_b64encode

import pytest
from django.http import QueryDict
from django.test import RequestFactory

from branch.notices.models import Notice
from branch.paging import keyset_of, rows_total
from tests.branch.conftest import Office

pytestmark = pytest.mark.django_db
TEXTS = ["乙", "甲", "乙", "丙", "甲", "乙", "丁"] * 7


@pytest.fixture
def rows(office: Office):
    for number, text in enumerate(TEXTS):
        Notice.objects.create(person=office["600001"], text=text, key=str(number))
    return Notice.objects.filter(person=office["600001"])


def _get(query: str):
    request = RequestFactory().get("/x/" + query)
    request.GET = QueryDict(query.removeprefix("?"))
    return request


@pytest.mark.parametrize("order", [["text"], ["-text"], ["pk"], ["-pk"], ["text", "-pk"]])
def test_going_on_by_key_shows_every_row_once_and_back_again(rows, order) -> None:
    whole = [row.pk for row in rows.order_by(*order, *([] if order[-1].endswith("pk") else [order[-1].replace("text", "pk")]))]
    seen, query, pages = [], "?size=20&text=x", []
    while True:
        page = keyset_of(_get(query), rows, order=order)
        pages.append([row.pk for row in page])
        seen += pages[-1]
        if not page.next_query:
            break
        query = page.next_query
    assert seen == whole
    assert [len(one) for one in pages] == [20, 20, 9]
    for earlier in reversed(pages[:-1]):
        page = keyset_of(_get(page.prev_query), rows, order=order)
        assert [row.pk for row in page] == earlier
    assert not page.prev_query


@pytest.mark.parametrize("query", ["?size=20", "?size=20&text=x"])
def test_what_is_shown_of_a_row_is_read_of_the_page_alone(rows, query, django_assert_num_queries) -> None:
    shown_as = Notice.objects.select_related("person")
    first = keyset_of(_get(query), rows, order=["text", "-pk"])
    with django_assert_num_queries(1):
        same = keyset_of(_get(query), rows, order=["text", "-pk"], shown_as=shown_as)
        assert [row.person.staff_no for row in same] == ["600001"] * 20
    assert [row.pk for row in same] == [row.pk for row in first]
    assert same.next_query == first.next_query
    back = keyset_of(_get(first.next_query), rows, order=["text", "-pk"], shown_as=shown_as)
    assert [row.pk for row in keyset_of(_get(back.prev_query), rows, order=["text", "-pk"], shown_as=shown_as)] == [
        r.pk for r in first
    ]


def test_above_the_most_rows_are_not_counted_further(rows) -> None:
    assert "<b>49</b> 条" in rows_total(_get(""), rows, most=49).content.decode()
    assert "<b>48</b> 多 条" in rows_total(_get(""), rows, most=48).content.decode()


def test_a_row_added_meanwhile_shifts_nothing(rows, office: Office) -> None:
    first = keyset_of(_get("?size=20"), rows, order=["-pk"])
    Notice.objects.create(person=office["600001"], text="新", key="new")
    second = keyset_of(_get(first.next_query), rows, order=["-pk"])
    assert second.object_list[0].pk == first.object_list[-1].pk - 1


@pytest.mark.parametrize("after", ["x", "W10", "WyJ4Il0", "%00", "WyLnlLIiLCJ4Il0"])
def test_a_place_that_cannot_be_read_is_the_beginning(rows, after) -> None:
    page = keyset_of(_get(f"?after={after}"), rows, order=["-text"])
    assert page.object_list == keyset_of(_get(""), rows, order=["-text"]).object_list


@pytest.mark.parametrize("values", [["乙\x00", "1"], ["乙", "9" * 30], ["乙", "-" + "9" * 30]])
def test_a_place_made_up_by_hand_breaks_nothing(rows, values) -> None:
    place = urlsafe_b64encode(json.dumps(values).encode()).decode()
    for name in ("after", "before"):
        assert len(keyset_of(_get(f"?{name}={place}"), rows, order=["text"])) <= 20
    deep = urlsafe_b64encode(b"[" * 3000).decode()
    assert len(keyset_of(_get(f"?after={deep}"), rows, order=["text"])) == 20


def test_the_filters_stay_and_the_count_is_asked_apart(rows, django_assert_num_queries) -> None:
    with django_assert_num_queries(1):
        page = keyset_of(_get("?q=甲&page=4"), rows, order=["-pk"])
    assert QueryDict(page.next_query[1:])["q"] == "甲"
    assert "page" not in page.next_query
    assert QueryDict(page.total_url.split("?")[1]) == QueryDict("q=甲&count=1")
