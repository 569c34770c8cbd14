"""The two sheets of a roster, 客户经理 and 岗位人员: their columns, reading and templates."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from decimal import Decimal

from branch.people.models import Engagement
from branch.people.roles import POST_ROLES, STAFF_ROLES
from branch.roster.rules import DEDUCTIONS
from kernel import masks
from kernel.refusals import Refusal
from kernel.sheets import cells, columns, reading, returning
from kernel.sheets.columns import CellProblem, Column, Parsed

MANAGERS, POSTS = "客户经理", "岗位人员"
KINDS = {label: value for value, label in Engagement.Kind.choices}
_staff_no = Column("工号", cells.code(pattern=r"\d{4,12}", hint="4 至 12 位数字"))
_amount = cells.money(negative=False)

MANAGER_COLUMNS = (
    _staff_no,
    Column("姓名", cells.text(longest=40)),
    Column("性别", cells.choice("男", "女")),
    Column("证件号码", cells.code(longest=40), mask=masks.id_number),
    Column("手机号", cells.code(longest=20), mask=masks.phone),
    Column("团队", cells.text(longest=60)),
    Column("小组", cells.text(longest=60)),
    Column("岗位", cells.choice(*POST_ROLES)),
    Column("用工性质", cells.choice(*KINDS)),
    Column("职级", cells.text(longest=20), required=False),
    Column("网点", cells.text(longest=60)),
    Column("入职日期", cells.day()),
    Column("从业登记编号", cells.code(longest=20)),
    Column("合同起", cells.day()),
    Column("合同止", cells.day()),
    Column("户籍", cells.choice("深户", "非深户"), required=False),
    Column("医疗档", cells.choice("一档", "二档"), required=False),
    Column("社保基数", _amount, required=False),
    Column("公积金比例", cells.percent(), required=False),
    *(Column(name, _amount, required=False) for name in DEDUCTIONS),
    Column("专项附加合计", _amount, required=False),
    Column("开户行", cells.text(longest=60)),
    Column("银行卡号", cells.code(longest=30), mask=masks.bank_account),
)
POST_COLUMNS = (
    _staff_no,
    Column("姓名", cells.text(longest=40)),
    Column("岗位", cells.choice(*STAFF_ROLES)),
    Column("手机号", cells.code(longest=20), mask=masks.phone),
)
COLUMNS = {MANAGERS: MANAGER_COLUMNS, POSTS: POST_COLUMNS}


@dataclass
class Roster:
    """What a file holds, by sheet: the rows as read, and the tables as they came for the error file."""

    parsed: dict[str, Parsed] = field(default_factory=dict)
    tables: dict[str, reading.Table] = field(default_factory=dict)


def read(content: bytes, *, name: str) -> Roster:
    """Both sheets, or the one there is (a CSV counts as 客户经理). Raises Refusal when it is no roster at all."""
    names = reading.sheet_names(content, name=name)
    present = [sheet for sheet in COLUMNS if sheet in names] if names else [MANAGERS]
    if not present:
        raise Refusal(f"文件里没有“{MANAGERS}”或“{POSTS}”工作表,现有:{'、'.join(names)}。请下载模板,按模板填写后再上传")
    roster = Roster()
    for sheet in present:
        table = reading.read(content, name=name, sheet=sheet if names else None)
        roster.tables[sheet] = table
        roster.parsed[sheet] = columns.parse_table(table, COLUMNS[sheet])
    if not any(parsed.rows for parsed in roster.parsed.values()):
        raise Refusal("名册里没有数据行,请填写后再上传")
    return roster


def template(sheet: str) -> bytes:
    """An empty sheet with formats, drop-downs and notes."""
    notes = [
        "证件号码、手机号、银行卡号请以文本填写,不要用科学计数。",
        "证券经纪人不填职级、户籍、医疗档、社保基数、公积金比例和专项附加扣除。",
        "每个团队有且只有一名团队负责人。公积金比例为 5% 至 12% 的整数。专项附加合计等于各项之和。",
    ]
    return returning.template_workbook(COLUMNS[sheet], title=sheet, notes=notes if sheet == MANAGERS else [])


def error_file(roster: Roster, sheet: str, problems: list[CellProblem]) -> bytes:
    """The sheet as it came, with the reasons beside its rows."""
    places = {column.name: place for place, column in enumerate(COLUMNS[sheet], 1)}
    marked = [item if item.at else replace(item, at=places.get(item.column, 0)) for item in problems]
    return returning.error_workbook(
        roster.tables[sheet].rows, marked, title=sheet, header_row=roster.parsed[sheet].header_row or 1
    )


def percent_text(rate: Decimal | None) -> str:
    """0.05 → 5%."""
    return "" if rate is None else f"{(rate * 100).normalize():f}%"
