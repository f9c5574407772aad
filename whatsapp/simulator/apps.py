from django.apps import AppConfig


class SimulatorConfig(AppConfig):
    name = "whatsapp.simulator"
    verbose_name = "Simulador do WhatsApp"
