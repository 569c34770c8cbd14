"""CSV text as a stream of blocks: whole lines at once where they are plain, row by row where they are not.

A block never ends within a row. Every byte is decoded once, strictly, on the way; a byte that fits no encoding refuses the file
when it is reached, so book inside one transaction.
"""

from __future__ import annotations

import codecs
import re
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from io import BytesIO
from typing import BinaryIO

from kernel.sheets import csvs
from kernel.sheets.guard import MIB, Limits
from kernel.sheets.raw import Content, opened, size_of

BLOCK = 640 * 1024  # bytes read at once: a branch's file as one piece, a company's in little memory
LONGEST_LINE = 2 * MIB  # characters; looking for the end of a longer one again and again costs its square
SMALL = 8 * MIB  # up to here a file is decoded as a whole before its first row is believed
_END = re.compile(rb"\r\n|\r|\n")
Numbered = tuple[int, list[str]]


@dataclass(frozen=True, slots=True)
class Block:
    """Plain lines: each one row, ended by a line feed; row `first` is the first of them."""

    first: int
    text: bytes
    rows: int
    quoted: bool = False


@dataclass(frozen=True, slots=True)
class Csv:
    """A CSV file that was looked into. `text`: a small file's, decoded as a whole, as UTF-8."""

    content: Content
    encoding: str
    delimiter: str
    text: bytes | None = None


@dataclass
class CsvText:
    """The text of one CSV file. Walk `head` first, then `rest`, once; or `look` for a row, `go_behind` it, and walk `rest`."""

    file: BinaryIO
    csv: Csv
    limits: Limits
    block: int = BLOCK
    number: int = 0  # rows given out
    _text: bytes = b""  # as UTF-8, which may end within a letter
    _at: int = 0
    _ended: bool = False
    _held: bool = False
    _ends: list[tuple[int, int]] = field(default_factory=list)
    _read: int = 0
    _simple: re.Pattern[bytes] = field(init=False)

    def __post_init__(self) -> None:
        self._decoder = codecs.getincrementaldecoder(self.csv.encoding)("strict") if self.csv.text is None else None
        cut = re.escape(self.delimiter.encode())
        self._simple = re.compile(rb'(?:(?<=[%b\n])|^)"[^"\n]*"(?=[%b\n])' % (cut, cut))

    @property
    def delimiter(self) -> str:
        return self.csv.delimiter

    def head(self, count: int) -> Iterator[Numbered]:
        """The first `count` rows, fewer in a short file."""
        return self._rows(count)

    def look(self, count: int) -> Iterator[list[str]]:
        """The first rows, `count` at most, to find the header among them."""
        self._held = True
        for number, row in self._rows(count):
            self._ends.append((number, self._at))
            yield row

    def go_behind(self, at: int) -> None:
        """What follows row `at` (from 0) of those that `look` gave is read once more: plain lines are quicker at once."""
        self.number, self._at = self._ends[at]
        self._held = False

    def rest(self) -> Iterator[Block | Iterable[Numbered]]:
        """Everything behind what was read so far."""
        while text := self._take():
            plain, rows, lone = _plain(text)
            quoted = b'"' in plain
            odd = lone or (quoted and b'"' in self._simple.sub(b"", plain))
            if odd or self.number + rows > self.limits.csv_rows + 1:  # and the head
                self._at -= len(text)
                yield self._rows(rows + lone)  # a lone carriage return ends a line as well
                continue
            yield Block(self.number + 1, plain, rows, quoted)
            self.number += rows

    # --- the buffer -------------------------------------------------------------------------------------------------
    def _fill(self) -> None:
        """One more piece of the file behind what is left of the last. A line that goes on and on is refused."""
        if self._left() > LONGEST_LINE and self._text.find(b"\r", self._at) < 0:
            raise csvs.overlong(self.number + 1)
        piece = self.file.read(self.block)
        text = piece if self._decoder is None else self._decoded(piece, self._decoder)
        self._ended = not piece
        done = 0 if self._held else self._at
        self._text, self._at = self._text[done:] + text, self._at - done

    def _left(self) -> int:
        """How many characters are at hand, or bytes where these are few enough."""
        left = len(self._text) - self._at
        return left if left <= LONGEST_LINE else len(self._text[self._at :].decode(errors="ignore"))

    def _decoded(self, piece: bytes, decoder: codecs.IncrementalDecoder) -> bytes:
        pending = len(decoder.getstate()[0])
        if (at := piece.find(b"\x00")) >= 0 and self.csv.encoding != csvs.UTF16:
            raise csvs.nul_at(self.csv.content, self._read + at)
        try:
            text = decoder.decode(piece, final=not piece)
        except UnicodeDecodeError as error:
            raise csvs.undecodable_at(self.csv.content, self._read - pending + error.start, self.csv.encoding) from None
        self._read += len(piece)
        return text.encode()

    def _take(self) -> bytes:
        """Text up to the last line feed that is at hand; at the end of the file what is left."""
        seen = self._at
        while not self._ended and self._text.rfind(b"\n", seen) < 0:
            seen = len(self._text) - self._at  # a line without end is searched once, however long it grows
            self._fill()
        end = len(self._text) if self._ended else self._text.rfind(b"\n") + 1
        start, self._at = self._at, end
        return self._text[start:end]

    def _lines(self) -> Iterator[str]:
        seen = 0
        while True:
            found = _END.search(self._text, self._at + seen)
            if (found is None or found.end() == len(self._text)) and not self._ended:
                seen = (found.start() if found else len(self._text)) - self._at
                self._fill()
                continue
            end = found.end() if found else len(self._text)
            if end == self._at:
                return
            line, self._at, seen = self._text[self._at : end], end, 0
            yield line.decode()

    def _rows(self, lines: int) -> Iterator[Numbered]:
        """Rows until at least so many lines are used up; a row that goes on in the next line is read to its end."""
        used = 0

        def counted() -> Iterator[str]:
            nonlocal used
            for line in self._lines():
                used += 1
                yield line

        for number, row in csvs.records(counted(), self.delimiter, self.limits, self.number):
            self.number = number
            yield number, row
            if used >= lines:
                return


def _plain(text: bytes) -> tuple[bytes, int, int]:
    """Lines that end in a line feed, the last as well; how many; and how many carriage returns end none of them."""
    plain = text.replace(b"\r", b"")
    returns = len(text) - len(plain)
    if returns and plain.replace(b"\n", b"\r\n") == text:  # as nearly every file: quicker than to count pairs
        rows, lone = returns, 0
    else:
        rows, lone = plain.count(b"\n"), returns - text.count(b"\r\n") if returns else 0
    return (plain, rows, lone) if plain.endswith(b"\n") else (plain + b"\n", rows + 1, lone)


def look_into(content: Content) -> Csv:
    """How `content`, which `admit` has called CSV, is written: a large file as its beginning tells. Raises Refusal where a small
    one's text can't be decoded."""
    encoding, text = csvs.decode(content) if size_of(content) <= SMALL else (csvs.guess_encoding(content), None)
    return Csv(content, encoding, csvs.sniff_delimiter(content, encoding), text)


@contextmanager
def csv_text(source: Content | Csv, *, limits: Limits, block: int = BLOCK) -> Iterator[CsvText]:
    """The text of a CSV file from its beginning."""
    csv = source if isinstance(source, Csv) else look_into(source)
    with opened(csv.content) if csv.text is None else BytesIO(csv.text) as file:
        yield CsvText(file, csv, limits, block)
