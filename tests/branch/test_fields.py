from __future__ import annotations

import base64
from typing import Any

import pytest
from django.db import connection

from branch.fields import JSONTextField, blind_index, seal, unseal
from branch.people.models import Person

NEW_KEY = "k2:" + base64.b64encode(b"x" * 32).decode()


def test_sealed_text_comes_back_and_differs_each_time() -> None:
    first, second = seal("440301198311017493", "t.c.1"), seal("440301198311017493", "t.c.1")
    assert first != second
    assert unseal(first, "t.c.1") == unseal(second, "t.c.1") == "440301198311017493"


def test_a_value_moved_to_another_row_does_not_open() -> None:
    with pytest.raises(ValueError, match="密文无法解开"):
        unseal(seal("6214813274565555967", "t.c.1"), "t.c.2")


def test_a_touched_value_does_not_open() -> None:
    name, _, box = seal("13152064785", "t").partition(":")
    raw = bytearray(base64.b64decode(box))
    raw[-1] ^= 1
    with pytest.raises(ValueError, match="密文无法解开"):
        unseal(f"{name}:{base64.b64encode(bytes(raw)).decode()}", "t")


def test_a_rotated_key_still_opens_old_rows_and_a_missing_one_refuses(settings: Any) -> None:
    old = seal("x", "t")
    settings.FIELD_KEYS = [NEW_KEY, *settings.FIELD_KEYS]
    assert unseal(old, "t") == "x"
    assert seal("x", "t").startswith("k2:")
    settings.FIELD_KEYS = [NEW_KEY]
    with pytest.raises(ValueError, match="密钥 local 缺失"):
        unseal(old, "t")


@pytest.mark.django_db
def test_the_database_holds_no_plain_number() -> None:
    plain = {"id_number": "440301198311017493", "phone": "13152064785", "bank_account": "6214813274565555967"}
    person = Person.objects.create(staff_no="600101", name="陆晨伟", **plain)
    with connection.cursor() as cursor:
        cursor.execute("SELECT * FROM branch_person WHERE id = %s", [person.pk])
        row = " ".join(str(cell) for cell in cursor.fetchone())
    assert not [value for value in plain.values() if value in row]
    again = Person.objects.get(pk=person.pk)
    assert {name: getattr(again, name) for name in plain} == plain
    assert again.masked_id_number == "440301********7493"


@pytest.mark.django_db
def test_a_sealed_number_put_into_another_row_or_column_opens_nothing() -> None:
    one = Person.objects.create(staff_no="600101", name="陆晨伟", phone="13152064785")
    two = Person.objects.create(staff_no="600102", name="夏娜芳", phone="13152064786")
    with connection.cursor() as cursor:
        cursor.execute("UPDATE branch_person SET phone_sealed = (SELECT phone_sealed FROM branch_person WHERE id = %s)", [one.pk])
        cursor.execute("UPDATE branch_person SET bank_account_sealed = phone_sealed WHERE id = %s", [one.pk])
    assert Person.objects.get(pk=one.pk).phone == "13152064785"
    for pk, name in ((two.pk, "phone"), (one.pk, "bank_account")):
        with pytest.raises(ValueError, match="密文无法解开"):
            getattr(Person.objects.get(pk=pk), name)


@pytest.mark.django_db
def test_blind_indexes_find_the_whole_number_and_its_tail() -> None:
    person = Person.objects.create(staff_no="1", name="甲", id_number="42010619780321308X")
    assert Person.objects.get(id_number_index=blind_index("42010619780321308x")) == person
    assert Person.objects.get(id_tail_index=blind_index("308X")) == person
    assert not Person.objects.filter(id_number_index=blind_index("420106197803213080")).exists()


@pytest.mark.parametrize("value", [None, [], [{"label": "应发", "amount": "8000.00"}], {"a": [1, True, None, '"\\']}])
def test_json_kept_as_text_comes_back_as_it_went_in(value: Any) -> None:
    field = JSONTextField(null=True)
    kept = field.get_prep_value(value)
    assert field.from_db_value(kept, None, None) == value
    assert field.to_python(kept) == field.to_python(value) == value
    assert kept is None or " " not in kept
