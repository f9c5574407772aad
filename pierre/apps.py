from importlib import import_module

from django.apps import AppConfig
from django.core import checks

from pierre import checks as pierre_checks
from pierre import provider_checks


class PierreConfig(AppConfig):
    name = "pierre"
    verbose_name = "Pierre"

    def ready(self) -> None:
        for check in (
            pierre_checks.secrets,
            pierre_checks.hosts,
            pierre_checks.whatsapp,
            pierre_checks.sandbox_bank,
            pierre_checks.limits,
            pierre_checks.staff,
            pierre_checks.channel,
            pierre_checks.mail,
            pierre_checks.encryption_keys,
            pierre_checks.flow_private_keys,
            provider_checks.providers,
        ):
            checks.register(check)
        # Their checks know rows, so they cannot be imported before the models are.
        import_module("pierre.database_checks")
        import_module("pierre.staff.receivers")
        import_module("pierre.audit_checks")
