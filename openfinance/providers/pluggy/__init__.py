from openfinance.providers.pluggy.adapter import PluggyProvider
from openfinance.providers.pluggy.keys import ApiKey, KeyStore

__all__ = ["ApiKey", "KeyStore", "PluggyProvider"]
