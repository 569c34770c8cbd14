from __future__ import annotations

import base64

import pytest

from kernel import keys

ONE, OTHER = (base64.b64encode(letter * 32).decode() for letter in (b"a", b"b"))


def test_the_first_is_the_newest_and_blanks_between_do_not_matter() -> None:
    assert keys.parse([f"k20261127:{ONE}", f" k1:{OTHER}\n"]) == {"k20261127": b"a" * 32, "k1": b"b" * 32}


@pytest.mark.parametrize(
    ("entries", "said"),
    [
        ([f"k2:{ONE}", f"k2:{OTHER}"], "有两把密钥的编号都是 k2"),
        ([f"k2:{ONE}", f"k2:{ONE}"], "有两把密钥的编号都是 k2"),
        ([f"k2:{ONE[:-1]}"], "密钥 k2 不是完整的 base64"),
        ([f"k2:{ONE[:-4]}"], "密钥 k2 长 30 字节,应为 32 字节"),
        ([f"k2:{ONE}{OTHER}"], "密钥 k2"),
        (["k2:"], "密钥 k2 长 0 字节"),
        ([ONE], "第 1 把密钥应写成"),
        ([f"k1:{ONE}", ""], "第 2 把密钥应写成"),
        ([f":{ONE}"], "第 1 把密钥应写成"),
        ([f"k 1:{ONE}"], "第 1 把密钥应写成"),
    ],
)
def test_a_mistake_is_told_by_the_keys_id_and_shows_no_key(entries: list[str], said: str) -> None:
    with pytest.raises(ValueError, match=said) as told:
        keys.parse(entries)
    assert ONE[:12] not in str(told.value)
