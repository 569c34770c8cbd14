from __future__ import annotations

import pytest

from kernel.refusals import Refusal
from kernel.ticked import LARGEST, ticked


def test_keys_are_taken_as_they_came() -> None:
    assert ticked(["7", 3, str(LARGEST)]) == [7, 3, LARGEST]
    assert ticked([]) == []


@pytest.mark.parametrize("bad", ["x", "", "-1", "0", "1.0", "٣", "²", LARGEST + 1, "9" * 20, "9" * 5000])
def test_what_can_be_no_key_is_refused_with_the_rest(bad: str | int) -> None:
    with pytest.raises(Refusal, match="一行都没有处理"):
        ticked(["7", bad])
