from importlib import import_module

from django.apps import AppConfig


class SimulatorConfig(AppConfig):
    name = "whatsapp.simulator"
    verbose_name = "Simulador do WhatsApp"

    def ready(self) -> None:
        import_module("whatsapp.simulator.receivers")
