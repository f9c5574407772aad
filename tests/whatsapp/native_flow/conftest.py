import pytest
from cryptography.hazmat.primitives.asymmetric import rsa

from tests.whatsapp.native_flow.phone import Phone, private_pem
from whatsapp.native_flow.encryption import Keyring


def _new() -> rsa.RSAPrivateKey:
    return rsa.generate_private_key(public_exponent=65537, key_size=2048)


@pytest.fixture(scope="session")
def current_key() -> rsa.RSAPrivateKey:
    return _new()


@pytest.fixture(scope="session")
def older_key() -> rsa.RSAPrivateKey:
    return _new()


@pytest.fixture(scope="session")
def strange_key() -> rsa.RSAPrivateKey:
    return _new()


@pytest.fixture(scope="session")
def keyring(current_key: rsa.RSAPrivateKey, older_key: rsa.RSAPrivateKey) -> Keyring:
    return Keyring([private_pem(current_key), private_pem(older_key)])


@pytest.fixture
def phone(current_key: rsa.RSAPrivateKey) -> Phone:
    return Phone(current_key.public_key())
