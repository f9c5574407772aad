from django.apps import AppConfig
from django.core import checks

from pierre import checks as pierre_checks


class PierreConfig(AppConfig):
    name = "pierre"
    verbose_name = "Pierre"

    def ready(self) -> None:
        for check in (
            pierre_checks.secrets,
            pierre_checks.hosts,
            pierre_checks.whatsapp,
            pierre_checks.limits,
        ):
            checks.register(check)
