"""The queue on the file system: no worker takes a message that is still being written."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from queue import Empty

import pytest
from kombu import Connection
from kombu.exceptions import ChannelError
from kombu.transport import filesystem

from config import file_queue

MESSAGE = {"body": "计算"}


@pytest.fixture
def folders(tmp_path: Path) -> dict[str, str]:
    for name in ("in", "processed", "control"):
        (tmp_path / name).mkdir()
    inside = str(tmp_path / "in")
    others = {"processed_folder": str(tmp_path / "processed"), "control_folder": str(tmp_path / "control")}
    return {"data_folder_in": inside, "data_folder_out": inside, **others}


@pytest.fixture
def both(folders) -> Iterator[tuple[file_queue.Channel, file_queue.Channel]]:
    """Who puts and who takes."""
    with Connection("filesystem://", transport_options=folders) as connection:
        yield connection.channel(), connection.channel()


def test_the_product_uses_it():
    assert Connection("filesystem://").get_transport_cls() is file_queue.Transport


def test_a_message_comes_once_and_whole(both):
    giver, taker = both
    giver._put("celery", MESSAGE)
    assert taker._get("celery") == MESSAGE
    with pytest.raises(Empty):
        taker._get("celery")


def test_no_message_is_taken_before_it_is_written(both, monkeypatch):
    giver, taker = both
    looked: list[str] = []
    replace = Path.replace

    def look_first(part: Path, whole: Path) -> Path:
        with pytest.raises(Empty):
            taker._get("celery")
        looked.append(whole.name)
        return replace(part, whole)

    monkeypatch.setattr(Path, "replace", look_first)
    giver._put("celery", MESSAGE)
    assert len(looked) == 1
    assert taker._get("celery") == MESSAGE


def test_control_kombus_own_gives_out_an_empty_one(both, monkeypatch):
    giver, taker = both
    lock = filesystem.lock

    def look_first(file, flags):
        with pytest.raises(ValueError, match="Expecting value"):
            taker._get("celery")
        lock(file, flags)

    monkeypatch.setattr(filesystem, "lock", look_first)
    filesystem.Channel._put(giver, "celery", MESSAGE)


def test_what_can_not_be_written_leaves_nothing(both, folders, monkeypatch):
    giver, _ = both

    def full(part: Path, whole: Path) -> Path:
        raise OSError("No space left on device")

    monkeypatch.setattr(Path, "replace", full)
    with pytest.raises(ChannelError):
        giver._put("celery", MESSAGE)
    assert not list(Path(folders["data_folder_in"]).iterdir())


def test_a_table_that_is_just_being_made_is_looked_at_again(both, folders, monkeypatch):
    _, taker = both
    table = Path(folders["control_folder"]) / "celery.exchange"
    table.touch()
    monkeypatch.setattr(file_queue.time, "sleep", lambda _: table.write_text('[["celery", "", "celery"]]', encoding="utf-8"))
    assert [row.queue for row in taker.get_table("celery")] == ["celery"]
