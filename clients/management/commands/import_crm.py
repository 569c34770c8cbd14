"""`import_crm FILE… --branch CODE --as USER [--dry-run] [--format json]`: the month's files, one verdict."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable
from decimal import Decimal
from pathlib import Path
from typing import Any

from django.core.management.base import CommandParser

from branch.org.models import Branch
from branch.people.commands import ActingCommand
from branch.people.models import Person
from clients.imports.actions import import_files
from clients.imports.findings import FilesRefused, Report
from clients.imports.kinds import KINDS, REFUSED
from clients.imports.sheets import Upload
from kernel.refusals import Forbidden, Refusal, Unknown


class Command(ActingCommand):
    help = "导入 CRM 的客户月度业务明细与产品销售明细(CSV 或 xlsx);一次一个判定,全部入账或一行不入"

    def add_arguments(self, parser: CommandParser) -> None:
        super().add_arguments(parser)
        parser.add_argument("files", nargs="+", metavar="FILE", help="文件,可以几份一起")
        parser.add_argument("--dry-run", action="store_true", help="只预检,不入账")
        parser.add_argument("--leave-out", default="", metavar="原因", help="写明原因,剔除被拒收的行后入账")
        parser.add_argument("--format", choices=["text", "json"], default="text", help="输出格式")

    def act(self, person: Person, branch: Branch | None, options: dict[str, Any]) -> None:
        assert branch is not None
        verdict = _verdict(person, branch, options)
        if options["format"] == "json":
            self.stdout.write(json.dumps(verdict, ensure_ascii=False, indent=1))
        else:
            self._say(verdict, dry_run=options["dry_run"])
        if verdict["verdict"] == "refused":
            sys.exit(1)

    def _say(self, verdict: dict[str, Any], *, dry_run: bool) -> None:
        word = {"accepted": "通过", "refused": "未通过,一行也没有入账"}[verdict["verdict"]]
        self.stdout.write(f"{'预检' if dry_run else '导入'}{word},共 {verdict['rows']} 行")
        for name, label in (("file", "文件"), ("accepted", "接受")):
            total = verdict["totals"].get(name)
            if total:
                self.stdout.write(
                    f"  {label}:{total['rows']} 行,净佣金 {total['net_commission']},期末资产 {total['end_assets']},"
                    f"新开户 {total['opened']},净佣金为负 {total['negative_net']}"
                )
        if sales := verdict["totals"].get("sales"):
            self.stdout.write(f"  销售:{sales['rows']} 笔,{sales['amount']};适当性不符 {len(sales['unsuitable_rows'])} 笔")
        for error in verdict["errors"]:
            where = f"第 {error['row']} 行「{error['column']}」“{error['value']}”:" if error["row"] else ""
            self.stdout.write(f"  × {error['file']} {where}{error['message']}")
        for notice in verdict["notices"]:
            rows = notice["rows"]
            at = f"第 {'、'.join(map(str, rows[:20]))}{' 等' if len(rows) > 20 else ''} 行" if rows else ""
            count = f"({len(rows)} 行)" if len(rows) > 1 else ""
            self.stdout.write(
                f"  · {notice['file']} {KINDS.get(notice['kind'], notice['kind'])}{count}{at} {notice['message']}".rstrip()
            )


def _verdict(person: Person, branch: Branch, options: dict[str, Any]) -> dict[str, Any]:
    try:
        reports = import_files(
            files=_uploads(options["files"]),
            branch=branch,
            by=person,
            leave_out=options["leave_out"],
            dry_run=options["dry_run"],
        )
    except FilesRefused as refusal:
        return _refused([finding.as_error() for finding in refusal.findings] or [_whole(refusal)])
    except (Forbidden, Unknown):
        raise
    except Refusal as refusal:
        return _refused([_whole(refusal)])
    refused = any(report.refused for report in reports) and not options["leave_out"]
    return {
        "verdict": "refused" if refused else "accepted",
        "rows": sum(report.rows for report in reports),
        "totals": _totals(reports),
        "errors": [finding.as_error() for report in reports for finding in report.of(REFUSED)],
        "notices": [notice for report in reports for notice in report.notices()] + _unchanged(reports),
    }


def _uploads(names: Iterable[str]) -> list[Upload]:
    uploads = []
    for name in names:
        try:
            uploads.append(Upload.of(Path(name).name, Path(name).read_bytes()))
        except OSError as error:
            raise Refusal(f"读不到文件 {Path(name).name}:{error.strerror}", code="no_file") from None
    return uploads


def _whole(refusal: Refusal) -> dict[str, Any]:
    return {"file": "", "row": 0, "column": "", "value": "", "message": "".join([refusal.sentence, *refusal.items[:5]])}


def _refused(errors: list[dict[str, Any]]) -> dict[str, Any]:
    return {"verdict": "refused", "rows": 0, "totals": {}, "errors": errors, "notices": []}


def _unchanged(reports: list[Report]) -> list[dict[str, Any]]:
    return [
        {"kind": "unchanged", "file": "", "rows": [], "message": f"{report.month.label}内容无变化,没有写入任何行"}
        for report in reports
        if report.unchanged
    ]


def _totals(reports: list[Report]) -> dict[str, Any]:
    """Of one month its totals; of several their sums (unsuitable rows stand beside their file in the notices)."""
    if len(reports) == 1:
        return reports[0].totals
    summed: dict[str, Any] = {}
    for report in reports:
        for part, values in report.totals.items():
            into = summed.setdefault(part, {})
            for key, value in values.items():
                into[key] = _add(into.get(key), value)
    return summed


def _add(old: Any, new: Any) -> Any:
    if old is None:
        return new
    return str(Decimal(old) + Decimal(new)) if isinstance(new, str) else old + new
