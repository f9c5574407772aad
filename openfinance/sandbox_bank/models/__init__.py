from openfinance.sandbox_bank.models.brands import BrandState, Stranger
from openfinance.sandbox_bank.models.consents import Consent, Extension
from openfinance.sandbox_bank.models.tokens import Token
from openfinance.sandbox_bank.models.visits import Visit

__all__ = ["BrandState", "Consent", "Extension", "Stranger", "Token", "Visit"]
