"""The chain's head outside the database: a line a sealing in a file that only grows, and a line in the log of the process.

Who can rewrite the database from end to end still can't make it agree with what was written elsewhere. Lines are written after
the commit, so the file may lag behind the chain by one sealing, never run ahead of it.
"""

from __future__ import annotations

import fcntl
import json
import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

import structlog
from django.conf import settings
from django.utils import timezone

log = structlog.get_logger(__name__)
LONGEST_LINE = 400  # bytes, more than any line has


@dataclass(frozen=True)
class Head:
    """The last link at some moment."""

    sequence: int
    hash: str
    at: str = ""


def bear_witness(sequence: int, hash_: str) -> None:
    """Append the head to AUDIT_HEAD_FILE, through to the disk, unless a later one stands there already."""
    at = timezone.localtime().isoformat(timespec="seconds")
    log.info("audit_head", sequence=sequence, hash=hash_, at=at)
    if not settings.AUDIT_HEAD_FILE:
        return
    try:
        _append(Path(settings.AUDIT_HEAD_FILE), sequence, hash_, at)
    except OSError as error:  # the log is sealed all the same; /metrics shows the lag
        log.error("audit_head_not_kept", sequence=sequence, reason=type(error).__name__)


def _append(path: Path, sequence: int, hash_: str, at: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("ab+") as file:
        fcntl.flock(file, fcntl.LOCK_EX)  # two sealers must not write out of order
        last = _last(file)
        if last is not None and last.sequence >= sequence:
            return
        file.write(json.dumps({"sequence": sequence, "hash": hash_, "at": at}).encode() + b"\n")
        file.flush()
        os.fsync(file.fileno())


def is_away() -> bool:
    """Whether heads should be kept here and the file is not there or can't be read: moved, deleted, a disk not mounted."""
    return bool(settings.AUDIT_HEAD_FILE) and not os.access(settings.AUDIT_HEAD_FILE, os.R_OK)


def last_kept() -> int:
    """The sequence of the last head in the file; 0 while it is away."""
    if is_away():
        return 0
    with Path(settings.AUDIT_HEAD_FILE).open("rb") as file:
        size = file.seek(0, os.SEEK_END)
        file.seek(max(0, size - LONGEST_LINE))
        read = [_read(line).sequence for line in file.read().split(b"\n") if line]
    return max([0, *read])


def heads() -> Iterator[Head]:
    """What the file says, in its order; nothing where none is kept here. A line that can't be read is a Head of sequence −1."""
    path = settings.AUDIT_HEAD_FILE
    if not path or is_away():
        return
    with Path(path).open("rb") as file:
        yield from (_read(line) for line in file if line.strip())


def _last(file: BinaryIO) -> Head | None:
    size = file.seek(0, os.SEEK_END)
    file.seek(max(0, size - LONGEST_LINE))
    lines = file.read().split(b"\n")
    if size and lines[-1]:
        file.write(b"\n")  # a line cut off by a full disk: it stays, and is found when the log is verified
    whole = [line for line in lines[:-1] if line]
    return _read(whole[-1]) if whole else None


def _read(line: bytes) -> Head:
    try:
        said = json.loads(line)
        return Head(int(said["sequence"]), str(said["hash"]), str(said.get("at", "")))
    except (ValueError, KeyError, TypeError):
        return Head(-1, "")
