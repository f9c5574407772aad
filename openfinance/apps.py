from importlib import import_module

from django.apps import AppConfig


class OpenFinanceConfig(AppConfig):
    name = "openfinance"
    verbose_name = "Open Finance"

    def ready(self) -> None:
        import_module("openfinance.receivers")
        import_module("openfinance.refusal_receivers")
