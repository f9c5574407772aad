"""What the service calls, and what is done to its records behind its back."""

import datetime
import socket
import ssl
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from pierre.local import stack
from pierre.local.browser import Person as Browser
from tests.security.checks import check
from tests.security.conftest import Person, Serve, Service
from tests.security.test_pages import CPF, link_of
from tests.whatsapp import tcp

QUICK = {
    "WHATSAPP_CONNECT_TIMEOUT": "1",
    "WHATSAPP_READ_TIMEOUT": "2",
    "WHATSAPP_TOTAL_TIMEOUT": "3",
}


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Sign a certificate for `localhost` by itself, which nobody trusts; its key is beside it."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "localhost")])
    now = datetime.datetime.now(datetime.UTC)
    signed = (
        x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
        .not_valid_before(now - datetime.timedelta(days=1))
        .not_valid_after(now + datetime.timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName("localhost")]), critical=False)
        .sign(key, hashes.SHA256())
    )
    pem = serialization.Encoding.PEM
    form = serialization.PrivateFormat.PKCS8
    private = key.private_bytes(pem, form, serialization.NoEncryption())
    path = tmp_path_factory.mktemp("outside") / "localhost.pem"
    path.write_bytes(private + signed.public_bytes(pem))
    return path


def redirects(server: tcp.Server, connection: socket.socket) -> None:
    """Send every request elsewhere, to this very server."""
    while server.receive(connection):
        elsewhere = f"Location: {server.url}/elsewhere\r\n"
        connection.sendall(tcp.answer(b"", status="307 Temporary Redirect", headers=elsewhere))


def drips(server: tcp.Server, connection: socket.socket) -> None:
    """Answer one byte each half second, for ever."""
    server.receive(connection)
    connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n")
    while not server.over.wait(0.5):
        connection.sendall(b" ")


@check(10, "An audit that was tampered with is found out", owasp="API8", asvs="16.4.2, 11.3.3")
def test_audit_tampering(service: Service) -> None:
    person = service.person()
    assert "conectado" in Browser(cpf=CPF).connect(link_of(service, person))
    assert "Nothing is wrong." in service.stack.manage("verify_audit", "--user", person.email)
    sql = "SELECT id, result FROM accounts_auditevent WHERE user_id = %s ORDER BY id"
    (first, result), *_, (last, _) = service.rows(sql, person.id)
    change = "UPDATE accounts_auditevent SET result = %s WHERE id = %s"
    delete = "DELETE FROM accounts_auditevent WHERE id = %s"
    for refused, values in ((change, ("forged", first)), (delete, (last,))):
        with pytest.raises(psycopg.Error):
            service.execute(refused, *values)
    with _without_triggers(service):
        service.execute(change, "forged", first)
        found = _problems(service, person)
        service.execute(change, result, first)
    assert "altered" in found
    assert str(first) in found
    with _without_triggers(service):
        service.execute("DELETE FROM accounts_auditplace WHERE event_id = %s", last)
        service.execute(delete, last)
    assert "truncated" in _problems(service, person)


@contextmanager
def _without_triggers(service: Service) -> Iterator[None]:
    """Do what only the owner of the table can."""
    service.execute("ALTER TABLE accounts_auditevent DISABLE TRIGGER USER")
    try:
        yield
    finally:
        service.execute("ALTER TABLE accounts_auditevent ENABLE TRIGGER USER")


def _problems(service: Service, person: Person) -> str:
    with pytest.raises(stack.StackError) as found:
        service.stack.manage("verify_audit", "--user", person.email)
    return str(found.value)


@check(
    40,
    "Our calls trust no wrong certificate, follow no redirect and wait for no drip",
    owasp="API10",
    asvs="12.3.2, 15.3.2, 13.2.6",
)
def test_outgoing_calls(serve_briefly: Serve, certificate: Path) -> None:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)
    with tcp.serving(tcp.accepts, tls=context) as untrusted:
        service = serve_briefly(WHATSAPP_GRAPH_URL=f"https://localhost:{untrusted.port}", **QUICK)
        answer = service.call(service.person())
        assert (answer.status_code, answer.json()["type"]) == (500, "whatsapp_unavailable")
        assert untrusted.requests == []
    with tcp.serving(redirects) as redirecting:
        service = serve_briefly(WHATSAPP_GRAPH_URL=redirecting.url, **QUICK)
        assert service.call(service.person()).status_code == 500
        assert len(redirecting.requests) == 1
    with tcp.serving(drips) as dripping:
        service = serve_briefly(WHATSAPP_GRAPH_URL=dripping.url, **QUICK)
        began = time.monotonic()
        answer = service.call(service.person())
        # It may have been sent, and the total timeout ended the wait.
        assert (answer.status_code, answer.json()["type"]) == (500, "delivery_unknown")
        assert time.monotonic() - began < 8
