from openfinance.providers.brasil.adapter import BrasilProvider
from openfinance.providers.brasil.pem import CertificateEnd, UnusablePem, certificate_ends
from openfinance.providers.brasil.registration import Registration

__all__ = [
    "BrasilProvider",
    "CertificateEnd",
    "Registration",
    "UnusablePem",
    "certificate_ends",
]
