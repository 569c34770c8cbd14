"""How far a branch's month is, and what it still lacks: plain functions of plain values."""

from __future__ import annotations

from dataclasses import dataclass

from payroll.runs import states as runs

SCHEME, ROSTER, IMPORT, EXCEPTIONS, REVIEW, INPUTS, COMPUTE = (
    "scheme",
    "roster",
    "import",
    "exceptions",
    "review",
    "inputs",
    "compute",
)
SEND, SIGN, ISSUE, FILE, DONE = "send", "sign", "issue", "file", "done"

STEPS = {  # in the order of the close; the word says what waits
    SCHEME: "无薪酬方案",
    ROSTER: "未导名册",
    IMPORT: "未导入",
    EXCEPTIONS: "异常未处理",
    REVIEW: "未复核",
    INPUTS: "缺核算输入",
    COMPUTE: "未计算",
    SEND: "待送审",
    SIGN: "待签",
    ISSUE: "未发放",
    FILE: "未备案",
    DONE: "已完成",
}


@dataclass(frozen=True)
class Facts:
    """What is there of a branch's month. `waiting` rows with an exception, `unconfirmed` slips; `signers` whose turn it is."""

    scheme: bool = True
    people: int = 0
    imported: bool = False
    waiting: int = 0
    unconfirmed: int = 0
    locked: bool = False
    fed: bool = False
    run_state: str = ""
    run_problems: int = 0
    signers: tuple[str, ...] = ()
    filed: bool = False


def step_of(facts: Facts) -> str:
    """The first step that isn't done."""
    after = {
        runs.REVIEW: SEND,
        runs.APPROVING: SIGN,
        runs.APPROVED: ISSUE,
        runs.REVERSING: ISSUE,
        runs.ISSUED: FILE,
        runs.FILED: DONE,
    }
    if facts.run_state in after:
        return after[facts.run_state]
    return _before(facts)[0][0]


def missing_of(facts: Facts) -> list[str]:
    """Everything that is missing now, in words; later steps follow by themselves and aren't named."""
    step = step_of(facts)
    if step == DONE:
        return []
    if step == SIGN:
        return [f"待签({'、'.join(facts.signers)})" if facts.signers else STEPS[SIGN]]
    if facts.run_state == runs.REVERSING:
        return [runs.STATES[runs.REVERSING]]
    if step == FILE and facts.filed:
        return ["已报送,待备案"]
    return [STEPS[step]] if step in (SEND, ISSUE, FILE) else [words for _, words in _before(facts)]


def _before(facts: Facts) -> list[tuple[str, str]]:
    """The steps up to 计算 that aren't done; 计算 itself only when nothing else is missing."""
    found = [(SCHEME, STEPS[SCHEME])] if not facts.scheme else []
    if not facts.people:
        found.append((ROSTER, STEPS[ROSTER]))
    if not facts.locked:
        found += _unreviewed(facts)
    if not facts.fed:
        found.append((INPUTS, STEPS[INPUTS]))
    return found or [(COMPUTE, _uncomputed(facts))]


def _unreviewed(facts: Facts) -> list[tuple[str, str]]:
    if not facts.imported:
        return [(IMPORT, STEPS[IMPORT])]
    found = []
    if facts.waiting:
        found.append((EXCEPTIONS, f"{facts.waiting} 行异常未处理"))
    if facts.unconfirmed:
        found.append((EXCEPTIONS, f"{facts.unconfirmed} 份确认单待核"))
    return [*found, (REVIEW, STEPS[REVIEW])]


def _uncomputed(facts: Facts) -> str:
    if facts.run_state == runs.COMPUTING:
        return "正在计算"
    if facts.run_state in (runs.RETURNED, runs.REVERSED):
        return f"{runs.STATES[facts.run_state]},待更正后重新计算"
    return f"未能计算,{facts.run_problems} 项待处理" if facts.run_problems else STEPS[COMPUTE]
