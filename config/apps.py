from django.apps import AppConfig

# Article of the guideline → the screens of upper apps that carry it out: label, address without arguments.
SCREENS: dict[int, tuple[tuple[str, str], ...]] = {
    2: (("实施细则", "plans:rule-list"), ("薪酬方案", "payroll:scheme-list")),
    4: (("营销方案", "plans:plan-list"), ("审批中心", "approvals:request-waiting"), ("审批流程", "approvals:route-list")),
    3: (("营销方案", "plans:plan-list"), ("银行合作方案", "plans:agreement-list")),
    5: (
        ("目标", "plans:target-list"),
        ("目标进度", "plans:progress"),
        ("里程碑", "plans:milestone-list"),
        ("工作日志", "plans:log-board"),
        ("日志抽查", "plans:log-checks"),
    ),
    15: (
        ("业务数据导入", "clients:import-list"),
        ("业务数据与复核", "clients:figures"),
        ("核算输入", "payroll:input-list"),
        ("薪酬月报表", "payroll:run-list"),
        ("备案", "archives:filing-list"),
    ),
    16: (("业务数据", "clients:figures"), ("薪酬方案", "payroll:scheme-list")),
    17: (("月度提成", "payroll:run-list"),),
    18: (("客户确认单", "clients:slip-list"), ("备案", "archives:filing-list")),
    21: (("客户明细", "clients:list"), ("客户确认单", "clients:slip-list")),
    22: (("备案", "archives:filing-list"),),
    25: (("备案", "archives:filing-list"),),
}


class ZhanyeConfig(AppConfig):
    """The whole product: holds the commands that touch every app (reference data, demo world, running it)."""

    name = "config"
    verbose_name = "展业"

    def ready(self) -> None:
        from branch.guideline.register import carry_out  # apps are loaded by now
        from clients.registry.access import sees_clients

        narrower = {"clients:list": sees_clients, "clients:slip-list": sees_clients}

        for article, screens in SCREENS.items():
            for label, url_name in screens:
                carry_out(article, label, url_name, narrower.get(url_name))
