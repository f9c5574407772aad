from whatsapp.simulator.rules.envelope import check

__all__ = ["check"]
