"""Every odd file gets its verdict, in bounded time and memory, without a crash."""

import io
import pickle
import resource
import subprocess
import sys
import time

import pytest

from kernel.refusals import Refusal
from kernel.sheets import csvs, reading, scan, worker
from kernel.sheets.columns import parse_table
from kernel.sheets.guard import Kind, Limits, kind_of
from kernel.sheets.raw import Broken
from tests.kernel.sheets.making import SHEET1, book_of, sheet_of, text_of, with_parts
from tests.kernel.sheets.malformed import CASES, COLUMNS, GOOD, HEADER, ROWS, Case, odd_books, odd_texts

SECONDS = 8


def shown(values: dict) -> tuple[str, ...]:
    return tuple(str(values[name]) for name in HEADER)


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_every_odd_file_gets_its_verdict(case: Case):
    content = case.make()
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    started = time.perf_counter()
    if case.refused or case.name == "bomb_with_a_lying_size":
        with pytest.raises(Refusal, match=case.refused or r"\w"):
            reading.read(content, name=case.filename, sheet=case.sheet)
    else:
        parsed = parse_table(reading.read(content, name=case.filename, sheet=case.sheet), COLUMNS)
        assert [(problem.row, problem.column) for problem in parsed.errors] == [error[:2] for error in case.errors]
        for problem, (_, _, words) in zip(parsed.errors, case.errors, strict=True):
            assert words in problem.message
        assert [shown(record.values) for record in parsed.records] == case.records
        assert [notice.kind for notice in parsed.notices] == case.notices
    assert time.perf_counter() - started < SECONDS
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 200 * 1024


@pytest.mark.parametrize("case", [case for case in CASES if case.filename.endswith("xlsx")], ids=lambda case: case.name)
def test_a_large_sheet_is_looked_through_as_a_small_one(case: Case, monkeypatch: pytest.MonkeyPatch):
    """The quick look for places in the pieces of a large sheet misses none that the slow one finds."""
    found = []
    for large in (scan.LARGE, 0):
        monkeypatch.setattr(scan, "LARGE", large)
        try:
            table = reading.read(case.make(), name=case.filename, sheet=case.sheet, isolated=False)
            found.append((table.rows, table.hidden_rows, table.merged))
        except Refusal as refusal:
            found.append((refusal.code, refusal.sentence))
    assert found[0] == found[1]


SPELLINGS = [
    ('<c r="HB9"><v>1</v></c>', "HB9"),
    ("<c r='XFD9'><v>1</v></c>", "XFD9"),
    ('<c s="1"\n r = "HA9"><v>1</v></c>', "HA9"),
    ('<x:c\tr="A999999"><x:v>1</x:v></x:c>', "A999999"),
]


@pytest.mark.parametrize("large", [0, scan.LARGE])
@pytest.mark.parametrize(("cell", "where"), SPELLINGS)
def test_a_far_cell_is_found_however_it_is_written_and_far_down_a_sheet(cell, where, large, monkeypatch):
    monkeypatch.setattr(scan, "LARGE", large)
    filler = "".join(f'<row r="{row}"><c r="A{row}"><v>1</v></c></row>' for row in range(1, 40_000))
    content = with_parts(book_of([]), lambda parts: parts.update({SHEET1: sheet_of(filler + f'<row r="40000">{cell}</row>')}))
    with pytest.raises(Refusal, match=where):
        scan.scan_sheet(content, SHEET1, limits=Limits())
    assert len(filler) > 1_500_000  # more than a piece


@pytest.mark.parametrize("large", [0, scan.LARGE])
def test_marks_are_found_in_every_piece_of_a_sheet_and_beside_bytes_that_are_no_text(large, monkeypatch):
    monkeypatch.setattr(scan, "LARGE", large)
    odd = {
        30_000: "<row r=\"30000\" hidden='1'><c r=\"A30000\" t='e'><v>#N/A</v></c></row>",
        60_000: '<row r="60000"><x:c r="B60000"><x:f>1+1</x:f></x:c><c r="C60000" t="inlineStr"><is><t>\udcff</t></is></c></row>',
    }
    rows = "".join(odd.get(row) or f'<row r="{row}"><c r="A{row}"><v>1</v></c></row>' for row in range(1, 80_000))
    sheet = sheet_of(rows.replace("\udcff", "BAD")).replace(b"BAD", b"\xff")
    found = scan.scan_sheet(with_parts(book_of([]), lambda parts: parts.update({SHEET1: sheet})), SHEET1, limits=Limits())
    assert {where: mark.shown for where, mark in found.marks.items()} == {(30_000, 1): "#N/A", (60_000, 2): "公式"}
    assert found.hidden_rows == 1


def test_there_are_enough_of_them():
    assert len(CASES) >= 60
    assert len({case.name for case in CASES}) == len(CASES)


@pytest.mark.parametrize("case", [case for case in CASES if case.general and case.records], ids=lambda case: case.name)
def test_general_cases_bend_any_table(case: Case):
    rows = [["代码", "名称", "备注甲"], ["0755FT", "深圳福田", "甲"], ["0755NS", "深圳南山", "乙"]]
    table = reading.read(case.make(rows), name=case.filename, sheet=case.sheet)
    text = ["|".join(map(str, row)) for row in table.rows]
    assert any("0755NS" in line and "深圳南山" in line for line in text)


def test_the_name_is_never_believed():
    assert kind_of(book_of(ROWS)) is Kind.XLSX
    assert kind_of(text_of(ROWS).encode()) is Kind.CSV
    for name in ("a.xlsx", "a.csv", "a.exe"):
        read = [reading.read(content, name=name).rows for content in (book_of(ROWS), text_of(ROWS).encode())]
        assert [len(rows) for rows in read] == [len(read[0])] * 2
        assert len(read[0]) > 1


def test_both_ways_of_reading_agree(tmp_path):
    content = book_of(ROWS)
    path = tmp_path / "a.bin"
    path.write_bytes(content)
    tables = [reading.read(content, name="a"), reading.read(path, name="a"), reading.read(content, name="a", isolated=False)]
    assert [table.rows for table in tables] == [ROWS] * 3
    assert tables[0].sheets == ["数据"]


def test_sheet_names():
    assert reading.sheet_names(odd_books.second_sheet_by_name(), name="a.xlsx") == ["封面", "数据"]
    assert reading.sheet_names(odd_texts.gbk(), name="a.csv") == []


def test_a_reader_that_needs_too_much_memory_is_stopped():
    rows = "".join(f'<row r="{row}"><c r="A{row}"><v>1</v></c><c r="GR{row}"><v>1</v></c></row>' for row in range(1, 90_000))
    content = with_parts(book_of([]), lambda parts: parts.update({SHEET1: sheet_of(rows)}))
    with pytest.raises(Refusal, match="内存或时间"):
        reading.read(content, name="a.xlsx", limits=Limits(memory=200 << 20))


def test_without_the_guard_a_far_corner_would_fell_the_reader(tmp_path):
    """The negative control: the same file, straight to the worker, dies of its bound of memory."""
    path = tmp_path / "far.xlsx"
    path.write_bytes(odd_books.far_corner_value())
    command = [sys.executable, "-m", "kernel.sheets.worker", str(path), "数据", str(1 << 30), "20"]
    assert subprocess.run(command, cwd=reading._ROOT, capture_output=True, check=False).returncode != 0
    path.write_bytes(odd_books.plain_book())
    assert subprocess.run(command, cwd=reading._ROOT, capture_output=True, check=False).returncode == 0


def test_a_reader_that_takes_too_long_is_stopped(monkeypatch):
    real = subprocess.Popen
    monkeypatch.setattr(reading.subprocess, "Popen", lambda command, **options: real(["/bin/sleep", "60"], **options))
    started = time.perf_counter()
    with pytest.raises(Refusal, match="内存或时间"):
        reading.read(book_of(ROWS), name="a.xlsx", limits=Limits(seconds=1))
    assert time.perf_counter() - started < 5


def test_the_worker_sees_no_secret(monkeypatch):
    monkeypatch.setenv("SECRET_KEY", "x")
    seen = []
    real = subprocess.Popen

    def spy(command, **options):
        seen.append(options["env"])
        return real(command, **options)

    monkeypatch.setattr(reading.subprocess, "Popen", spy)
    reading.read(book_of(ROWS), name="a.xlsx")
    assert len(seen) == 1
    assert "SECRET_KEY" not in seen[0]


def test_frames_admit_no_foreign_class():
    with pytest.raises(pickle.UnpicklingError):
        next(reading._loaded(io.BytesIO(pickle.dumps(Limits()))))


def test_overhead_of_a_small_file():
    content = book_of(ROWS)
    times = []
    for _ in range(3):
        started = time.perf_counter()
        reading.read(content, name="a.xlsx")
        times.append(time.perf_counter() - started)
    assert min(times) < 0.4


def test_a_stream_stays_small(tmp_path):
    path = tmp_path / "big.csv"
    lines = text_of(ROWS[1:]).encode("gbk")
    path.write_bytes(text_of([HEADER]).encode("gbk") + lines * 40_000)
    script = (
        "import re, sys; from pathlib import Path; from kernel.sheets.csvs import stream_csv;"
        "rows = sum(1 for _ in stream_csv(Path(sys.argv[1]), name='big'));"
        "print(rows, re.search(r'VmHWM:\\s+(\\d+)', Path('/proc/self/status').read_text())[1])"
    )
    out = subprocess.run([sys.executable, "-c", script, str(path)], cwd=reading._ROOT, capture_output=True, text=True, check=True)
    rows, peak = map(int, out.stdout.split())
    assert rows == 120_001
    assert peak < 60 * 1024


def test_a_stream_is_bounded_and_says_where():
    content = text_of([HEADER, *ROWS[1:] * 5]).encode()
    with pytest.raises(Refusal, match="超过 10 行"):
        list(csvs.stream_csv(content, name="a.csv", limits=Limits(csv_rows=10)))
    assert len(list(csvs.stream_csv(content, name="a.csv", limits=Limits(csv_rows=15)))) == 16


def test_a_book_is_no_stream():
    with pytest.raises(Refusal, match="不是 CSV"):
        csvs.stream_csv(book_of(ROWS), name="a.csv")


def test_too_large_a_file_is_told_the_way_out():
    with pytest.raises(Refusal, match="CSV 上传"):
        reading.read(book_of(ROWS), name="a.xlsx", limits=Limits(bytes=100))


def test_a_late_broken_byte_names_its_row():
    content = text_of(ROWS).encode("gbk") + b"x\r\n" * 700_000 + b"\xff\xff\r\n"
    with pytest.raises(Refusal, match="第 700005 行"):
        csvs.stream_csv(content, name="a.csv")


def test_a_separator_line_is_obeyed():
    table = reading.read(("sep=;\n" + text_of(ROWS, ";")).encode(), name="a.csv")
    assert parse_table(table, COLUMNS).header_row == 2
    assert [shown(record.values) for record in parse_table(table, COLUMNS).records] == GOOD


@pytest.mark.parametrize("told", ["客", '"', "a", "1", "  "])
def test_what_cannot_part_cells_is_not_taken_for_a_separator(told: str) -> None:
    table = reading.read((f"sep={told}\n" + text_of(ROWS, ";")).encode(), name="a.csv")
    assert list(table.rows)[1:] == list(reading.read(text_of(ROWS, ";").encode(), name="a.csv").rows)


def test_frames_of_the_worker():
    frames = list(worker.frames(io.BytesIO(book_of(ROWS)), "数据"))
    assert frames[0]["width"] == len(HEADER)
    assert frames[1] == ROWS
    assert frames[-1] is None


def test_broken_cells_reach_the_table():
    table = reading.read(odd_books.error_value(), name="a.xlsx")
    assert isinstance(table.rows[1][4], Broken)
