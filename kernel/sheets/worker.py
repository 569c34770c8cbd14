"""The process that opens a workbook: `python -m kernel.sheets.worker FILE SHEET MEMORY SECONDS`.

It binds its own memory and processor time first, then writes pickled frames to standard output: a dict of what the sheet is,
lists of rows, and `None` at the end. A file that makes it fall over leaves no `None`, and the parent refuses the file.
"""

from __future__ import annotations

import gc
import pickle  # only basic values and dates are written; the parent admits no other class  # nosec B403
import sys

from python_calamine import CalamineWorkbook

TYPE_CHECKING = False  # as `typing` has it, whose import would take a quarter of the time this process needs to begin
if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import Any

ROWS_A_FRAME = 2_000


def frames(path: Any, sheet: str) -> Iterator[Any]:
    """What the parent reads. `path` is a path or a binary file."""
    with CalamineWorkbook.from_object(path) as book:
        found = book.get_sheet_by_name(sheet)
        yield {"width": found.end[1] + 1 if found.end else 0, "merged": found.merged_cell_ranges or []}
        batch: list[Any] = []
        for row in found.iter_rows():
            batch.append(row)
            if len(batch) == ROWS_A_FRAME:
                yield batch
                batch = []
        yield batch
    yield None


def bind(memory: int, seconds: int) -> None:
    """Hold this process to `memory` bytes and `seconds` of processor time, where the system knows such limits."""
    try:
        import resource
    except ImportError:
        return
    resource.setrlimit(resource.RLIMIT_AS, (memory, memory))
    resource.setrlimit(resource.RLIMIT_CPU, (seconds, seconds + 1))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def main(path: str, sheet: str, memory: str, seconds: str) -> None:
    bind(int(memory), int(seconds))
    gc.disable()  # nothing here makes cycles, and looking for them takes a tenth of the time
    out = sys.stdout.buffer
    for frame in frames(path, sheet):
        out.write(pickle.dumps(frame, 5))
    out.flush()


if __name__ == "__main__":
    main(*sys.argv[1:])
