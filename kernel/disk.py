"""Telling that a disk is full, wherever it was met: the file system, PostgreSQL, SQLite."""

from __future__ import annotations

import errno

SENTENCE = "服务器磁盘空间不足,这一次没有保存任何内容。请联系系统管理员腾出空间,然后重新提交"
_FULL = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)
_POSTGRES = "53100"  # disk_full


def is_full(error: BaseException | None) -> bool:
    """Whether `error`, or what caused it, says that there is no space left."""
    seen: set[int] = set()
    while error is not None and id(error) not in seen:
        seen.add(id(error))
        if isinstance(error, OSError) and error.errno in _FULL:
            return True
        if getattr(error, "sqlstate", None) == _POSTGRES or "disk is full" in str(error):
            return True
        error = error.__cause__ or error.__context__
    return False
