"""Memory while much is built up at once."""

from __future__ import annotations

import gc
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def building() -> Iterator[None]:
    """While rows are read into values that all stay: the collector would look through them again and again for nothing.

    Counting references frees whatever is dropped meanwhile; only circles wait until the block ends.
    """
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_on:
            gc.enable()
