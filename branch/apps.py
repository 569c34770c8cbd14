from django.apps import AppConfig


class BranchConfig(AppConfig):
    name = "branch"
    verbose_name = "营业部"

    def ready(self) -> None:
        from branch import lookups
        from branch.registrations import sign_in  # the registers' entries need the models, which are loaded by now

        lookups.sign_in()
        sign_in()
