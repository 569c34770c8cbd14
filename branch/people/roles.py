"""Powers are one enum, roles one table of powers. The database only keeps who holds which role, where and when."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Power(StrEnum):
    """What one may do. A page, an API route, an export or a command asks for one of these at a scope."""

    ORG_VIEW = "org.view"
    ORG_EDIT = "org.edit"
    PEOPLE_VIEW = "people.view"
    ROSTER_IMPORT = "people.import"
    PERSONAL_DATA_REVEAL = "people.reveal"
    ROLE_VIEW = "role.view"
    ROLE_GRANT = "role.grant"
    PARAMETER_VIEW = "parameter.view"
    PARAMETER_PROPOSE = "parameter.propose"
    PARAMETER_CONFIRM = "parameter.confirm"
    CALENDAR_EDIT = "calendar.edit"
    AUDIT_VIEW = "audit.view"
    JOB_VIEW_ALL = "job.view_all"
    ROUTE_VIEW = "route.view"
    ROUTE_EDIT = "route.edit"
    APPROVAL_STATISTICS = "approval.statistics"
    CLIENT_VIEW = "client.view"
    CRM_IMPORT = "crm.import"
    COMPANY_IMPORT = "crm.import_company"
    RELATION_CONFIRM = "relation.confirm"
    EXCEPTION_RESOLVE = "exception.resolve"
    PRODUCT_CONFIRM = "product.confirm"
    FIGURES_VIEW = "figures.view"
    FIGURES_LOCK = "figures.lock"
    PLAN_VIEW = "plan.view"
    PLAN_EDIT = "plan.edit"
    TARGET_SET = "target.set"
    LOG_CHECK = "log.check"
    EXPENSE_VIEW = "expense.view"
    EXPENSE_RECORD = "expense.record"
    OPENING_IMPORT = "opening.import"
    OPENING_CONFIRM = "opening.confirm"
    INPUTS_IMPORT = "inputs.import"
    SCHEME_VIEW = "scheme.view"
    SCHEME_PROPOSE = "scheme.propose"
    SCHEME_CONFIRM = "scheme.confirm"
    PAY_VIEW = "pay.view"
    PAY_REPORT = "pay.report"
    PAY_COMPUTE = "pay.compute"
    PAY_SIGN = "pay.sign"
    PAY_EXPORT = "pay.export"
    PAY_ISSUE = "pay.issue"
    PAY_CORRECT = "pay.correct"
    CLOSE_VIEW = "close.view"
    CLOSE_RUN = "close.run"
    FILING_SUBMIT = "filing.submit"
    FILING_RECEIVE = "filing.receive"
    FILING_VIEW = "filing.view"

    @property
    def label(self) -> str:
        """What a page calls it."""
        return POWER_LABELS[self.value]


POWER_LABELS = {
    "org.view": "查看组织",
    "org.edit": "维护组织",
    "people.view": "查看人员",
    "people.import": "导入名册",
    "people.reveal": "查看证件、手机、银行卡",
    "role.view": "查看他人角色与权限",
    "role.grant": "授予和终止角色、重置密码",
    "parameter.view": "查看参数",
    "parameter.propose": "提议修改参数",
    "parameter.confirm": "确认参数",
    "calendar.edit": "修改日历",
    "audit.view": "查看审计日志",
    "job.view_all": "查看全部任务",
    "route.view": "查看审批流程",
    "route.edit": "修改审批流程",
    "approval.statistics": "查看审批统计",
    "client.view": "查看客户",
    "crm.import": "导入业务数据",
    "crm.import_company": "导入全公司业务数据",
    "relation.confirm": "确认客户关系",
    "exception.resolve": "处理异常",
    "product.confirm": "确认产品登记和变更",
    "figures.view": "查看业务数据",
    "figures.lock": "复核锁定业务数据",
    "plan.view": "查看计划和目标",
    "plan.edit": "编制计划和里程碑",
    "target.set": "分解和下达目标",
    "log.check": "抽查工作日志",
    "expense.view": "查看团队费用",
    "expense.record": "登记和作废团队费用",
    "opening.import": "导入期初余额",
    "opening.confirm": "确认期初余额",
    "inputs.import": "导入核算输入",
    "scheme.view": "查看薪酬方案",
    "scheme.propose": "提议薪酬方案",
    "scheme.confirm": "确认薪酬方案",
    "pay.view": "查看薪酬",
    "pay.report": "查阅已报送的薪酬月报表",
    "pay.compute": "核算薪酬",
    "pay.sign": "审核签字薪酬月报表",
    "pay.export": "导出薪酬",
    "pay.issue": "登记发放",
    "pay.correct": "更正已批准的薪酬",
    "close.view": "查看公司月结",
    "close.run": "发起公司月结",
    "filing.submit": "报备",
    "filing.receive": "备案登记",
    "filing.view": "查看备案",
}


class Scope(StrEnum):
    """How far a role reaches."""

    COMPANY = "company"
    DEPARTMENT = "department"
    BRANCH = "branch"
    TEAM = "team"
    GROUP = "group"
    SELF = "self"


@dataclass(frozen=True)
class Role:
    """A role: its Chinese name, the scope it is held at, its powers, and whether sign-in needs a second factor in production:
    for all but those who neither sign nor read about others than their own few."""

    code: str
    label: str
    scope: Scope
    powers: frozenset[Power]
    second_factor: bool = True


def _role(code: str, label: str, scope: Scope, *powers: Power, second_factor: bool = True) -> Role:
    return Role(code, label, scope, frozenset(powers), second_factor)


P = Power
_BRANCH_OVERVIEW = (P.ORG_VIEW, P.PEOPLE_VIEW, P.CLIENT_VIEW, P.FIGURES_VIEW, P.PARAMETER_VIEW)
_LEADER = (P.ORG_VIEW, P.PEOPLE_VIEW, P.CLIENT_VIEW, P.FIGURES_VIEW, P.PLAN_VIEW, P.TARGET_SET)
_PLANNER = (P.PLAN_VIEW, P.PLAN_EDIT, P.TARGET_SET, P.LOG_CHECK)
_PAY_SIGNER = (*_BRANCH_OVERVIEW, P.EXPENSE_VIEW, P.PAY_VIEW, P.PAY_SIGN, P.PAY_EXPORT, P.SCHEME_VIEW, P.FILING_VIEW)

ROLES: dict[str, Role] = {
    role.code: role
    for role in (
        _role("client_manager", "客户经理", Scope.SELF, second_factor=False),
        _role("group_leader", "小组长", Scope.GROUP, *_LEADER, second_factor=False),
        _role("team_leader", "团队负责人", Scope.TEAM, *_LEADER, P.PLAN_EDIT, P.LOG_CHECK, P.EXPENSE_VIEW, P.EXPENSE_RECORD),
        _role(
            "trade_admin",
            "交易管理岗",
            Scope.BRANCH,
            *_BRANCH_OVERVIEW,
            P.ROSTER_IMPORT,
            P.PERSONAL_DATA_REVEAL,
            P.CRM_IMPORT,
            P.RELATION_CONFIRM,
            P.EXCEPTION_RESOLVE,
            P.PLAN_VIEW,
            P.OPENING_IMPORT,
            P.FILING_VIEW,
        ),
        _role(
            "branch_finance",
            "营业部财务",
            Scope.BRANCH,
            *_BRANCH_OVERVIEW,
            P.PERSONAL_DATA_REVEAL,
            P.FIGURES_LOCK,
            P.PRODUCT_CONFIRM,
            P.OPENING_IMPORT,
            P.OPENING_CONFIRM,
            P.EXPENSE_VIEW,
            P.EXPENSE_RECORD,
            P.INPUTS_IMPORT,
            P.SCHEME_VIEW,
            P.SCHEME_PROPOSE,
            P.PAY_VIEW,
            P.PAY_COMPUTE,
            P.PAY_EXPORT,
            P.PAY_ISSUE,
            P.PAY_CORRECT,
            P.FILING_SUBMIT,
            P.FILING_VIEW,
        ),
        _role("chief_accountant", "主办会计", Scope.BRANCH, *_PAY_SIGNER, P.OPENING_CONFIRM),
        _role("deputy_manager", "副经理", Scope.BRANCH, *_PAY_SIGNER, *_PLANNER),
        _role(
            "branch_manager",
            "经理",
            Scope.BRANCH,
            *_PAY_SIGNER,
            *_PLANNER,
            P.ROLE_VIEW,
            P.SCHEME_CONFIRM,
            P.AUDIT_VIEW,
            P.APPROVAL_STATISTICS,
            P.ROUTE_VIEW,
        ),
        _role("attendance_clerk", "考勤员", Scope.BRANCH, P.ORG_VIEW, P.PEOPLE_VIEW, second_factor=False),
        _role("asset_clerk", "实物管理员", Scope.BRANCH, P.ORG_VIEW, P.PEOPLE_VIEW, second_factor=False),
        _role("return_visitor", "回访人员", Scope.BRANCH, P.ORG_VIEW, second_factor=False),
        _role("brokerage_office", "经纪业务综合室", Scope.COMPANY, P.ORG_VIEW, P.FILING_RECEIVE, P.FILING_VIEW, P.PAY_REPORT),
        _role(
            "channel_department",
            "渠道管理部",
            Scope.COMPANY,
            P.ORG_VIEW,
            P.PEOPLE_VIEW,
            P.PARAMETER_VIEW,
            P.PARAMETER_PROPOSE,
            P.CALENDAR_EDIT,
            P.PLAN_VIEW,
            P.ROUTE_VIEW,
            P.APPROVAL_STATISTICS,
            P.ROUTE_EDIT,
            P.SCHEME_VIEW,
            P.SCHEME_CONFIRM,
            P.COMPANY_IMPORT,
            P.PRODUCT_CONFIRM,
            P.CLOSE_VIEW,
            P.CLOSE_RUN,
        ),
        _role(
            "finance_department",
            "财务部",
            Scope.COMPANY,
            P.ORG_VIEW,
            P.CLOSE_VIEW,
            P.PARAMETER_VIEW,
            P.PARAMETER_PROPOSE,
            P.PARAMETER_CONFIRM,
            P.SCHEME_VIEW,
        ),
        _role("compliance", "合规部", Scope.COMPANY, P.ORG_VIEW, P.PARAMETER_VIEW, P.SCHEME_VIEW, P.AUDIT_VIEW),
        _role("risk", "风险管理部", Scope.COMPANY, P.ORG_VIEW),
        _role("legal", "法律部", Scope.COMPANY, P.ORG_VIEW),
        _role(
            "human_resources",
            "人力资源部",
            Scope.COMPANY,
            P.ORG_VIEW,
            P.ORG_EDIT,
            P.PEOPLE_VIEW,
            P.ROSTER_IMPORT,
            P.PERSONAL_DATA_REVEAL,
            P.PARAMETER_VIEW,
            P.PARAMETER_PROPOSE,
            P.CALENDAR_EDIT,
        ),
        _role("executive", "公司领导", Scope.COMPANY, P.ORG_VIEW),
        _role(
            "administrator",
            "系统管理员",
            Scope.COMPANY,
            P.ORG_VIEW,
            P.ORG_EDIT,
            P.PEOPLE_VIEW,
            P.ROLE_VIEW,
            P.ROLE_GRANT,
            P.PARAMETER_VIEW,
            P.CALENDAR_EDIT,
            P.AUDIT_VIEW,
            P.JOB_VIEW_ALL,
            P.ROUTE_VIEW,
            P.APPROVAL_STATISTICS,
        ),
    )
}

POST_ROLES = {"团队负责人": "team_leader", "小组长": "group_leader", "客户经理": "client_manager"}
STAFF_ROLES = {role.label: code for code, role in ROLES.items() if role.scope == Scope.BRANCH}
