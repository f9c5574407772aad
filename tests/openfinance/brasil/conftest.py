import copy
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import responses

from openfinance import permissions
from openfinance.providers.brasil import BrasilProvider
from openfinance.providers.brasil.line import Shared
from tests.openfinance.brasil import node, pki, receiver
from tests.openfinance.brasil.bank import Bank


@dataclass(frozen=True, slots=True)
class CertifiedBank:
    """oidc-provider, and what our row of it says."""

    port: int
    authority: str
    reference: dict[str, Any]


@pytest.fixture(scope="session")
def authority_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("pki") / "authority.pem"
    path.write_text(receiver.authority().certificate)
    return path


@pytest.fixture(scope="session")
def certified(authority_file: Path) -> Iterator[CertifiedBank]:
    """Start a certified authorisation server that plays a bank, with mutual TLS."""
    identity = receiver.authority().issue("bank-transport")
    keys = (
        pki.jwk("bank-signature", use="sig", algorithm="PS256"),
        pki.jwk("bank-encryption", use="enc", algorithm="RSA-OAEP"),
    )
    configuration = {
        "authority": receiver.authority().certificate,
        "certificate": identity.certificate,
        "key": identity.key,
        "serverKeys": {"keys": [key.as_dict(private=True) for key in keys]},
        "jwks": receiver.public_jwks(),
        "scopes": permissions.SCOPES,
        "unsupported": ["ACCOUNTS_TRANSACTIONS_READ"],
        "client": {
            "redirect_uris": [receiver.REDIRECT_URI],
            "response_types": ["code id_token"],
            "grant_types": [
                "authorization_code",
                "implicit",
                "refresh_token",
                "client_credentials",
            ],
            "token_endpoint_auth_method": "private_key_jwt",
            "id_token_signed_response_alg": "PS256",
            "id_token_encrypted_response_alg": "RSA-OAEP",
            "id_token_encrypted_response_enc": "A256GCM",
            "request_object_signing_alg": "PS256",
            "tls_client_certificate_bound_access_tokens": True,
        },
    }
    with node.bank(configuration, authority=authority_file) as port:
        issuer = f"https://localhost:{port}"
        reference = {
            "issuer": issuer,
            "consents_url": f"{issuer}/open-banking/consents/v3/consents",
            "client_id": receiver.CLIENT_ID,
        }
        yield CertifiedBank(port, str(authority_file), reference)


@pytest.fixture(scope="session")
def _made() -> Iterator[BrasilProvider]:
    made = receiver.provider()
    yield made
    made.close()


@pytest.fixture(scope="session")
def provider() -> Iterator[BrasilProvider]:
    """An adapter that may call this machine."""
    made = receiver.provider(allow_loopback=True)
    yield made
    made.close()


@pytest.fixture
def bank() -> Iterator[Bank]:
    """A bank at the HTTP edge."""
    with responses.RequestsMock(assert_all_requests_are_fired=False) as mock:
        yield Bank(mock)


@pytest.fixture
def adapter(_made: BrasilProvider) -> BrasilProvider:
    """An adapter as in production, that has called nobody yet; keys take long to read."""
    fresh = copy.copy(_made)
    fresh._shared = Shared()
    return fresh
