from __future__ import annotations

import pytest
from django.db import connection

from clients.registry.models import Client
from clients.registry.queries import clients_for
from tests.factories.clients import book, branch_with, client_row, csv_file

pytestmark = pytest.mark.django_db
NAMES = ["欧阳小明", "张小明", "小明", "明小", "张三", "𠮷野明"]


@pytest.fixture
def people():
    people = branch_with()
    book(people, csv_file([client_row(str(number), 客户姓名=name) for number, name in enumerate(NAMES, 1)]))
    return people


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("小明", {"欧阳小明", "张小明", "小明"}),
        ("明", {"欧阳小明", "张小明", "小明", "明小", "𠮷野明"}),
        ("阳小", {"欧阳小明"}),
        ("欧阳小明", {"欧阳小明"}),
        ("𠮷野", {"𠮷野明"}),
        ("小三", set()),
        ("%", set()),
        ("zxm", {"张小明"}),
    ],
)
def test_a_name_is_found_by_any_part_of_it(people, text, found) -> None:
    assert {client.name for client in clients_for(people["600001"], text=text)} == found


@pytest.mark.postgres
def test_the_index_of_characters_answers(people) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL enable_seqscan = off")
        plan = Client.objects.filter(name__has_text="小明").order_by().explain()
    assert "client_name_chars" in plan
