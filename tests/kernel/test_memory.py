"""The collector rests while much is built, and only then."""

from __future__ import annotations

import gc

import pytest

from kernel.memory import building


def test_the_collector_rests_inside_and_works_again_behind_also_after_a_fault() -> None:
    with building():
        assert not gc.isenabled()
    assert gc.isenabled()
    with pytest.raises(ValueError, match="stop"), building():
        raise ValueError("stop")
    assert gc.isenabled()


def test_whoever_had_switched_it_off_finds_it_off() -> None:
    gc.disable()
    try:
        with building():
            pass
        assert not gc.isenabled()
    finally:
        gc.enable()
