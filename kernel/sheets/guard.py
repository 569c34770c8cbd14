"""Look before opening: what a file is by its content, and whether it is safe to read."""

from __future__ import annotations

import re
import zipfile
import zlib
from dataclasses import dataclass
from enum import Enum
from pathlib import PurePosixPath
from typing import BinaryIO

from kernel.refusals import Refusal
from kernel.sheets.raw import Content, opened, size_of

MIB = 1024 * 1024


@dataclass(frozen=True)
class Limits:
    """Bounds of one file. Sizes in bytes; `memory` and `seconds` bind the reading process."""

    bytes: int = 60 * MIB
    csv_bytes: int = 400 * MIB
    rows: int = 100_000
    csv_rows: int = 1_000_000
    columns: int = 200
    cells: int = 5_000_000
    unpacked: int = 600 * MIB
    ratio: int = 300
    entries: int = 2_000
    memory: int = 1024 * MIB
    seconds: int = 60


DEFAULT = Limits()


class Kind(Enum):
    XLSX = "Excel 工作簿"
    CSV = "CSV 文本"
    XLS = "旧版 .xls 工作簿"
    ENCRYPTED = "加了密码的工作簿"
    HTML = "网页"
    XML = "XML 文件"
    IMAGE = "图片"
    PDF = "PDF"
    ARCHIVE = "压缩包"
    OFFICE = "其他办公文档"
    EMPTY = "空文件"
    BINARY = "无法识别的文件"


# what zipfile raises for archives that are torn, corrupted or made by hand
UNREADABLE = (
    zipfile.BadZipFile,
    zipfile.LargeZipFile,
    zlib.error,
    KeyError,
    ValueError,
    EOFError,
    OSError,
    NotImplementedError,
    RuntimeError,
)

_SAVE_AS = "请在 Excel 或 WPS 里打开,另存为“Excel 工作簿(*.xlsx)”后再上传"
_REFUSED = {
    Kind.XLS: f"这是旧版 .xls 工作簿。{_SAVE_AS}",
    Kind.ENCRYPTED: "工作簿加了密码,无法读取。请取消密码后另存为 .xlsx 再上传",
    Kind.HTML: f"这个文件其实是网页(HTML),不是工作簿。{_SAVE_AS}",
    Kind.XML: f"这个文件是 XML 表格,不是 .xlsx。{_SAVE_AS}",
    Kind.IMAGE: "这是一张图片,不是表格。请上传 .xlsx 或 CSV 文件",
    Kind.PDF: "这是 PDF,不是表格。请上传 .xlsx 或 CSV 文件",
    Kind.ARCHIVE: "这是压缩包。请先解压,再上传其中的 .xlsx 或 CSV 文件",
    Kind.OFFICE: f"这份文档不是 .xlsx 工作簿。{_SAVE_AS}",
    Kind.EMPTY: "文件是空的。请检查导出是否完成,再重新上传",
    Kind.BINARY: "无法识别这个文件:既不是 .xlsx,也不是 CSV 文本。请重新导出后上传",
}

_SIGNATURES = (
    (b"\x89PNG", Kind.IMAGE),
    (b"\xff\xd8\xff", Kind.IMAGE),
    (b"GIF8", Kind.IMAGE),
    (b"%PDF", Kind.PDF),
    (b"Rar!", Kind.ARCHIVE),
    (b"7z\xbc\xaf\x27\x1c", Kind.ARCHIVE),
    (b"\x1f\x8b", Kind.ARCHIVE),
    (b"\xff\xfe\x00\x00", Kind.BINARY),
    (b"\x00\x00\xfe\xff", Kind.BINARY),
)
_OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_OLE_ENCRYPTED = "EncryptedPackage".encode("utf-16-le")
_MARKUP = re.compile(rb"^\s*<(?:!doctype\s+html|html|head|meta|table|body|style|script|div)\b", re.IGNORECASE)
_XML = re.compile(rb"^\s*(?:<\?xml|<workbook|MIME-Version:)", re.IGNORECASE)
_UNSEEN = bytes(set(range(32)) - {9, 10, 12, 13, 26, 27})
_HEAD = 65_536


def kind_of(content: Content) -> Kind:
    """What the content is. The name is never asked."""
    with opened(content) as file:
        head = file.read(_HEAD)
        if not head.strip(b"\xef\xbb\xbf \t\r\n"):
            return Kind.EMPTY
        if head.startswith(b"PK"):
            return _zip_kind(file)
        if head.startswith(_OLE):
            rest = file.read(4 * MIB)
            return Kind.ENCRYPTED if _OLE_ENCRYPTED in head + rest else Kind.XLS
    signed = next((kind for signature, kind in _SIGNATURES if head.startswith(signature)), None)
    return signed or _text_kind(head)


def _text_kind(head: bytes) -> Kind:
    if head.startswith((b"\xff\xfe", b"\xfe\xff")):
        return Kind.CSV
    bare = head.removeprefix(b"\xef\xbb\xbf")
    if _MARKUP.match(bare) or (_XML.match(bare) and b"<html" in bare[:4096].lower()):
        return Kind.HTML
    if _XML.match(bare):
        return Kind.XML
    return Kind.CSV if _looks_like_text(head) else Kind.BINARY


def _looks_like_text(head: bytes) -> bool:
    unseen = len(head) - len(head.translate(None, _UNSEEN))
    return unseen * 50 <= len(head) or unseen <= 2


def _zip_kind(file: BinaryIO) -> Kind:
    try:
        with zipfile.ZipFile(file) as archive:
            names = set(archive.namelist())
    except UNREADABLE:
        return Kind.XLSX  # a broken zip: `admit` says so in better words
    if "xl/workbook.xml" in names:
        return Kind.XLSX
    if names & {"xl/workbook.bin", "word/document.xml", "ppt/presentation.xml", "mimetype"}:
        return Kind.OFFICE
    return Kind.OFFICE if "[Content_Types].xml" in names else Kind.ARCHIVE


def admit(content: Content, *, limits: Limits = DEFAULT) -> Kind:
    """`Kind.XLSX` or `Kind.CSV`, within bounds and safe to open. Raises Refusal with what to do instead."""
    kind = kind_of(content)
    if kind in _REFUSED:
        raise Refusal(_REFUSED[kind], code=f"file_{kind.name.lower()}")
    most = limits.bytes if kind is Kind.XLSX else limits.csv_bytes
    if size_of(content) > most:
        advice = "请改为 CSV 上传,或分成几个文件" if kind is Kind.XLSX else "请分成几个文件上传"
        raise Refusal(f"文件超过 {most // MIB} MB。{advice}", code="file_too_large")
    if kind is Kind.XLSX:
        with opened(content) as file:
            _admit_zip(file, limits)
    return kind


def _admit_zip(file: BinaryIO, limits: Limits) -> None:
    try:
        with zipfile.ZipFile(file) as archive:
            _check_entries(archive.infolist(), limits)
            for entry in archive.infolist():
                if entry.filename.lower().endswith((".xml", ".rels", ".vml")):
                    _check_prolog(archive, entry)
    except UNREADABLE as error:
        raise broken() from error


def broken() -> Refusal:
    return Refusal("工作簿不完整或已损坏,打不开。请在 Excel 或 WPS 里重新另存为 .xlsx 后再上传", code="file_broken")


def _check_entries(entries: list[zipfile.ZipInfo], limits: Limits) -> None:
    if len(entries) > limits.entries:
        raise Refusal(
            f"工作簿里有 {len(entries)} 个部件,超过 {limits.entries} 个,不像正常的工作簿。{_SAVE_AS}", code="zip_entries"
        )
    if any(entry.flag_bits & 0x1 for entry in entries):
        raise Refusal(_REFUSED[Kind.ENCRYPTED], code="file_encrypted")
    names = [entry.filename for entry in entries]
    if len(set(names)) != len(names) or any(_escapes(name) for name in names):
        raise Refusal(f"工作簿的内部结构不正常,已拒绝。{_SAVE_AS}", code="zip_paths")
    if any(entry.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED) for entry in entries):
        raise Refusal(f"工作簿的压缩方式不被支持。{_SAVE_AS}", code="zip_method")
    unpacked = sum(entry.file_size for entry in entries)
    packed = sum(entry.compress_size for entry in entries)
    if unpacked > limits.unpacked or (unpacked > 32 * MIB and unpacked > packed * limits.ratio):
        raise Refusal(
            f"工作簿解压后有 {unpacked // MIB} MB,与文件大小不相称,已拒绝。请只保留要导入的表,或改为 CSV 上传", code="zip_bomb"
        )


def _escapes(name: str) -> bool:
    path = PurePosixPath(name)
    return path.is_absolute() or ".." in path.parts or "\\" in name or "\x00" in name or ":" in name


_ROOT = re.compile(rb"<[A-Za-z_]")
_COMMENT = re.compile(rb"<!--.*?-->", re.DOTALL)


def _check_prolog(archive: zipfile.ZipFile, entry: zipfile.ZipInfo) -> None:
    """A document type can only stand before the root element, and entities (XML bombs, outside files) only in it."""
    with archive.open(entry) as part:
        head = part.read(_HEAD)
    plain = _COMMENT.sub(b"", head)
    root = _ROOT.search(plain)
    if head and (root is None or b"\x00" in head[:4] or b"<!" in plain[: root.start()]):
        raise Refusal(f"工作簿里含有不安全的 XML 声明,已拒绝。{_SAVE_AS}", code="xml_doctype")
