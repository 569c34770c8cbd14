"""The queue on the file system, for an installation without servers: kombu's, but a message is there whole or not at all.

Kombu's own writes a message under the name that a worker looks for. One that looks between the making of the file and the writing
reads an empty message and ends with an "unrecoverable error", and with it, in the embedded product, the web.
"""

from __future__ import annotations

import time
import uuid
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

from kombu.exceptions import ChannelError
from kombu.transport import filesystem
from kombu.utils.json import dumps

Came = TypeVar("Came")
TRIES, PAUSE = 50, 0.02  # seconds: a table of queues is some hundred bytes


class Channel(filesystem.Channel):
    """`.part` is no name of a message: nobody takes one that is still being written."""

    def _put(self, queue: str, payload: Any, **_: Any) -> None:  # type: ignore[override]
        """Put a message onto the queue. Raises ChannelError where it can't be written; then nothing of it is left."""
        whole = Path(self.data_folder_out) / f"{round(time.monotonic() * 1000)}_{uuid.uuid4()}.{queue}.msg"
        part = whole.with_name(f"{whole.name}.part")
        try:
            part.write_text(dumps(payload), encoding="utf-8")
            part.replace(whole)
        except OSError as error:
            part.unlink(missing_ok=True)
            raise ChannelError(f"Cannot add file {whole.name!r} to directory") from error

    def get_table(self, exchange: str) -> Any:
        return _once_written(lambda: filesystem.Channel.get_table(self, exchange))

    def _queue_bind(self, *names: Any) -> None:
        _once_written(lambda: filesystem.Channel._queue_bind(self, *names))


def _once_written(read: Callable[[], Came]) -> Came:
    """What is read of a table that another process has just made and not yet written: looked at again for a second."""
    for _ in range(TRIES):
        try:
            return read()
        except ValueError:
            time.sleep(PAUSE)
    return read()


class Transport(filesystem.Transport):
    Channel = Channel
