"""Large files are encrypted piece by piece, so that neither keeping nor reading one holds it in memory.

`<key id>:` and then for each piece its nonce, its length and the box. Each is bound to the file's path, its place and whether
it is the last: a piece left out, moved, repeated or cut off doesn't open.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from typing import BinaryIO

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

PIECE = 4 * 1024 * 1024
ENDING = ".pieces"  # of the path of a file that is kept so
_NONCE, _LENGTH = 12, 4


def _bound(path: str, place: int, last: bool) -> bytes:
    return f"{path}:{place}:{'last' if last else 'more'}".encode()


def seal(source: BinaryIO, target: BinaryIO, *, key: bytes, path: str) -> None:
    """Encrypt all of `source` behind what `target` holds already."""
    box, place, piece = AESGCM(key), 0, source.read(PIECE)
    while True:
        following = source.read(PIECE)
        nonce = os.urandom(_NONCE)
        sealed = box.encrypt(nonce, piece, _bound(path, place, not following))
        target.write(nonce + len(sealed).to_bytes(_LENGTH, "big") + sealed)
        if not following:
            return
        piece, place = following, place + 1


def unseal(source: BinaryIO, *, key: bytes, path: str) -> Iterator[bytes]:
    """The pieces in plain, from behind the key's id. Raises InvalidTag when one was touched or is missing."""
    box, place, head = AESGCM(key), 0, source.read(_NONCE + _LENGTH)
    while True:
        sealed = source.read(int.from_bytes(head[_NONCE:], "big"))
        following = source.read(_NONCE + _LENGTH)
        if len(head) < _NONCE + _LENGTH:
            raise InvalidTag
        yield box.decrypt(head[:_NONCE], sealed, _bound(path, place, not following))
        if not following:
            return
        head, place = following, place + 1
