"""An installation's keys, `id:base64(32 bytes)`. A mistake is told at the start, not by the first row that won't open."""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Iterable

LENGTH = 32  # bytes: AES-256
ID = re.compile(r"[^\s:,]{1,40}")


def parse(entries: Iterable[str]) -> dict[str, bytes]:
    """Key id → 32 bytes, in the order given. Raises ValueError with a sentence that names the id, never the key."""
    found: dict[str, bytes] = {}
    for number, entry in enumerate((entry.strip() for entry in entries), start=1):
        name, colon, encoded = entry.partition(":")
        if not colon or not ID.fullmatch(name):
            raise ValueError(f"第 {number} 把密钥应写成 编号:base64,编号 1 至 40 个字符,不含空格")
        if name in found:
            raise ValueError(f"有两把密钥的编号都是 {name},新密钥请换一个编号")
        try:
            key = base64.b64decode(encoded, validate=True)
        except binascii.Error as error:
            raise ValueError(f"密钥 {name} 不是完整的 base64,请核对是否漏抄") from error
        if len(key) != LENGTH:
            raise ValueError(f"密钥 {name} 长 {len(key)} 字节,应为 {LENGTH} 字节,请核对是否漏抄")
        found[name] = key
    return found
