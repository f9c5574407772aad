from django.apps import AppConfig


class OpenFinanceConfig(AppConfig):
    name = "openfinance"
    verbose_name = "Open Finance"
