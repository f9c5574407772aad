from openfinance.providers.sandbox.adapter import Sandbox

__all__ = ["Sandbox"]
