"""New keys: everything that is encrypted follows, nothing is lost, and a missing key says so."""

from __future__ import annotations

import base64
import io
from pathlib import Path
from typing import Any

import pytest
from django.core.management import call_command
from django.db import connection

from branch import rotation
from branch.audit.models import AuditRow
from branch.fields import blind_index, seal
from branch.files.actions import keep, read
from branch.files.models import StoredFile
from branch.once.models import OnceToken, place_of
from branch.people.models import Person, SecondFactor
from branch.people.queries import search
from branch.roster.writing import owners_of_identities
from kernel.refusals import Refusal

pytestmark = pytest.mark.django_db

OLD = "local:MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIzNDU2Nzg5MDE="
NEW = "k2:" + base64.b64encode(b"n" * 32).decode()
PLAIN = {"id_number": "440301198311017493", "phone": "13152064785", "bank_account": "6214813274565555967"}


@pytest.fixture
def old(settings: Any) -> None:
    """Three people, a file, an authenticator and a kept answer, all under the old key."""
    settings.FIELD_KEYS = [OLD]
    for number in range(3):
        Person.objects.create(staff_no=f"60010{number}", name="陆晨伟", **PLAIN)
    factor = SecondFactor(person=Person.objects.first())
    factor.secret = "ABCDEFGH"
    factor.save()
    keep("工资".encode(), name="x.csv", content_type="text/csv", by=None)
    token = OnceToken(person_id=1, token="t" * 8, path="/", body_digest="x")
    token.content_sealed = seal("答复", place_of(token))
    token.save()


def rotate(*args: str) -> tuple[int, str]:
    out = io.StringIO()
    try:
        call_command("rotate_keys", *args, stdout=out, stderr=out)
    except SystemExit as ended:
        return int(ended.code or 0), out.getvalue()
    return 0, out.getvalue()


def under(key: str) -> int:
    """How many sealed values of the database need the key."""
    return sum(column.by_key()[key] for column in rotation.sealed_columns())


def test_every_encrypted_column_is_known() -> None:
    """A text column named …_sealed that rotation doesn't know would be lost with its key."""
    with connection.cursor() as cursor:
        named = {
            f"{table}.{column.name}"
            for table in connection.introspection.table_names(cursor)
            for column in connection.introspection.get_table_description(cursor, table)
            if column.name.endswith("_sealed")
        }
    assert named == {column.name for column in rotation.sealed_columns()}


def test_everything_moves_to_the_new_key_and_opens_without_the_old(old: None, settings: Any) -> None:
    settings.FIELD_KEYS = [NEW, OLD]
    assert under("local") == 11
    code, said = rotate()
    assert code == 0
    assert "全部在最新密钥下" in said
    assert (under("local"), under("k2")) == (0, 11)
    settings.FIELD_KEYS = [NEW]
    for person in Person.objects.all():
        assert {name: getattr(person, name) for name in PLAIN} == PLAIN
    assert SecondFactor.objects.get().secret == "ABCDEFGH"
    assert read(_file()) == "工资".encode()
    assert AuditRow.objects.filter(act="keys.rotate").count() == 1


def test_a_file_that_is_not_there_keeps_the_old_key_in(old: None, settings: Any, tmp_path: Path) -> None:
    """As where the command doesn't know the services' FILES_ROOT."""
    settings.FIELD_KEYS = [NEW, OLD]
    here, settings.FILES_ROOT = settings.FILES_ROOT, tmp_path / "another place"
    code, said = rotate()
    assert code == 1
    assert "旧密钥不能撤下" in said
    assert "可以从 FIELD_KEYS 撤下" not in said
    settings.FILES_ROOT = here
    assert rotate()[0] == 0


def _file() -> Any:
    return StoredFile.objects.get()


def test_looking_changes_nothing(old: None, settings: Any) -> None:
    settings.FIELD_KEYS = [NEW, OLD]
    code, said = rotate("--dry-run")
    assert code == 0
    assert "branch_person.phone_sealed: local 3" in said
    assert "旧密钥下还有 12 处" in said
    assert under("local") == 11
    assert not AuditRow.objects.filter(act="keys.rotate").exists()


def test_a_broken_off_rotation_goes_on_where_it_stopped(old: None, settings: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    settings.FIELD_KEYS = [NEW, OLD]
    monkeypatch.setattr(rotation, "CHUNK", 2)
    phone = next(column for column in rotation.sealed_columns() if column.name == "branch_person.phone_sealed")
    assert next(rotation.reseal(phone)) == 2  # killed after the first chunk
    kept = dict(Person.objects.filter(phone_sealed__startswith="k2:").values_list("pk", "phone_sealed"))
    assert rotate()[0] == 0
    assert under("local") == 0
    assert all(Person.objects.get(pk=pk).phone_sealed == sealed for pk, sealed in kept.items())  # not written twice
    before = list(Person.objects.values_list("phone_sealed", flat=True))
    rotate()
    assert list(Person.objects.values_list("phone_sealed", flat=True)) == before


def test_a_value_changed_meanwhile_stays(old: None, settings: Any) -> None:
    settings.FIELD_KEYS = [NEW, OLD]
    phone = next(column for column in rotation.sealed_columns() if column.name == "branch_person.phone_sealed")
    stale = Person.objects.first()
    fresh = Person.objects.get(pk=stale.pk)  # type: ignore[union-attr]
    fresh.phone = "13900000000"
    fresh.save()
    assert rotation._reseal_row(phone, stale) == 0  # type: ignore[arg-type]
    assert Person.objects.get(pk=fresh.pk).phone == "13900000000"


def test_a_missing_old_key_is_named_and_nothing_is_overwritten(old: None, settings: Any) -> None:
    settings.FIELD_KEYS = [NEW]
    code, said = rotate()
    assert code == 1
    assert "密钥 local 缺失" in said
    assert "把缺失的旧密钥加回" in said
    assert under("local") == 11
    with pytest.raises(Refusal, match="密钥缺失或文件被改动"):
        read(_file())
    with pytest.raises(ValueError, match="密文无法解开"):
        _ = Person.objects.first().phone  # type: ignore[union-attr]


def test_a_wrong_key_under_the_right_name_is_an_error_too(old: None, settings: Any) -> None:
    settings.FIELD_KEYS = ["local:" + base64.b64encode(b"w" * 32).decode()]
    with pytest.raises(ValueError, match="密文无法解开"):
        _ = Person.objects.first().id_number  # type: ignore[union-attr]
    with pytest.raises(Refusal, match="无法解开"):
        read(_file())


def test_a_new_look_up_key_finds_people_before_during_and_after(settings: Any) -> None:
    old_key = settings.LOOKUP_KEY
    person = Person.objects.create(staff_no="600101", name="甲", **PLAIN)
    settings.LOOKUP_KEY, settings.FORMER_LOOKUP_KEYS = "a new look-up key", [old_key]

    def found() -> bool:
        return all(search(Person.objects.all(), words, by=person).exists() for words in (PLAIN["id_number"][-4:], PLAIN["phone"]))

    assert found()
    assert owners_of_identities([PLAIN["id_number"]]) == {blind_index(PLAIN["id_number"]): "600101"}
    assert rotate()[0] == 0
    settings.FORMER_LOOKUP_KEYS = []
    assert found()
    person.refresh_from_db()
    assert person.id_number_index == blind_index(PLAIN["id_number"])


def test_a_file_in_the_middle_of_rotation_is_whole(old: None, settings: Any) -> None:
    """The new content is written beside the old and moved over it: no reader meets half a file."""
    settings.FIELD_KEYS = [NEW, OLD]
    rotate()
    folder = Path(settings.FILES_ROOT)
    assert not list(folder.rglob("*.part"))
