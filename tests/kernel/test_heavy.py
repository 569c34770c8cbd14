"""A library that is loaded when something of it is first used."""

from __future__ import annotations

import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from kernel.heavy import Later

SLOW = "import time\nloads = globals().get('loads', 0) + 1\ntime.sleep(0.05)\nanswer = 42\n"


@pytest.fixture
def ponderous(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Later:
    """A module that takes its time to load and counts how often it is."""
    (tmp_path / "ponderous.py").write_text(SLOW)
    monkeypatch.syspath_prepend(str(tmp_path))
    monkeypatch.delitem(sys.modules, "ponderous", raising=False)
    return Later("ponderous")


def test_it_is_loaded_at_its_first_use_and_once(ponderous: Later) -> None:
    assert "ponderous" not in sys.modules
    with ThreadPoolExecutor(8) as threads:
        found = set(threads.map(lambda _: ponderous.answer, range(8)))
    assert found == {42}
    assert sys.modules["ponderous"].loads == 1


def test_looking_at_it_is_no_use_of_it(ponderous: Later) -> None:
    assert not hasattr(ponderous, "__path__")
    assert not hasattr(ponderous, "__wrapped__")
    assert repr(ponderous)
    assert "ponderous" not in sys.modules


def test_what_it_lacks_is_missed_as_usual(ponderous: Later) -> None:
    with pytest.raises(AttributeError, match="nothing"):
        ponderous.nothing  # noqa: B018
