from django.apps import AppConfig
from django.urls import register_converter

from openfinance.sandbox_bank.brands import BrandConverter


class SandboxBankConfig(AppConfig):
    name = "openfinance.sandbox_bank"
    verbose_name = "Banco de testes"

    def ready(self) -> None:
        register_converter(BrandConverter, "brand")
