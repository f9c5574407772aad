"""What only real sockets show: who is called, with which certificate, for how long."""

import socket
import ssl
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from openfinance.providers import ProviderError, Reason
from openfinance.providers.brasil import pem
from openfinance.providers.brasil.transport import Answer, Transport
from tests.openfinance.brasil import pki, receiver
from tests.whatsapp import tcp


@pytest.fixture(scope="module")
def server_identity(tmp_path_factory: pytest.TempPathFactory) -> Path:
    identity = receiver.authority().issue("bank-transport")
    path = tmp_path_factory.mktemp("tls") / "bank.pem"
    path.write_text(identity.certificate + identity.key)
    return path


@pytest.fixture
def tls(server_identity: Path) -> ssl.SSLContext:
    """A bank that hangs up on whoever has no certificate of our authority."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(server_identity)
    context.verify_mode = ssl.CERT_REQUIRED
    context.load_verify_locations(cadata=receiver.authority().certificate)
    return context


@contextmanager
def transport(**options: object) -> Iterator[Transport]:
    mine = {
        "certificate": receiver.identity().certificate,
        "key": receiver.identity().key,
        "authorities": receiver.authority().certificate,
        "allow_loopback": True,
    }
    made = Transport(**{**mine, **options})  # type: ignore[arg-type]
    try:
        yield made
    finally:
        made.close()


def call(made: Transport, url: str) -> Answer:
    return made.call("POST", url, headers={"Accept": "application/json"}, body=b"{}")


def reason(made: Transport, url: str) -> Reason:
    with pytest.raises(ProviderError) as caught:
        call(made, url)
    return caught.value.reason


def says(body: bytes, **more: str) -> tcp.Behaviour:
    """Answer every request so."""

    def behave(server: tcp.Server, connection: socket.socket) -> None:
        while server.receive(connection):
            connection.sendall(tcp.answer(body, **more))

    return behave


def test_a_bank_sees_our_certificate_and_the_connection_is_used_again(tls: ssl.SSLContext) -> None:
    with tcp.serving(says(b"{}"), tls=tls) as server, transport() as made:
        for _ in range(2):
            assert call(made, f"https://localhost:{server.port}/x").status == 200
    assert server.connections == 1


def test_a_bank_that_is_not_of_the_authorities_was_sent_nothing(tls: ssl.SSLContext) -> None:
    with tcp.serving(says(b"{}"), tls=tls) as server, transport(authorities=None) as made:
        assert reason(made, f"https://localhost:{server.port}") is Reason.BANK_DOWN
    assert server.requests == []


def test_certifis_authorities_are_not_trusted_beside_ours() -> None:
    with transport() as made:
        context = made._adapter._context
        assert len(context.get_ca_certs()) == 1
        assert context.verify_mode is ssl.CERT_REQUIRED
        assert context.check_hostname


def test_the_environment_changes_neither_the_way_nor_whom_to_trust(
    tls: ssl.SSLContext, server_identity: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HTTPS_PROXY", "http://127.0.0.1:9")
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(server_identity.parent / "nothing"))
    with tcp.serving(says(b"{}"), tls=tls) as server, transport() as made:
        assert call(made, f"https://localhost:{server.port}").status == 200


def test_loopback_is_not_the_web(tls: ssl.SSLContext) -> None:
    with tcp.serving(says(b"{}"), tls=tls) as server, transport(allow_loopback=False) as made:
        # What a name resolves to is what counts: this one is no address at all.
        assert reason(made, f"https://localhost:{server.port}") is Reason.UNSAFE_ADDRESS
    assert server.requests == []


@pytest.mark.parametrize(
    "url",
    [
        "http://bank.example/x",
        "ftp://bank.example/x",
        "file:///etc/passwd",
        "https://",
        "https://user:secret@bank.example/",
        "https://bank.example:port/",
        "https://bank.example\\@evil.example/",
        "https://bank.example/a b",
        "https://bank.example/\r\nHost: evil",
        "https://bánk.example/",
        "https://[::1/",
        "//bank.example/",
        "",
    ],
)
def test_what_is_no_plain_https_url_is_not_called(url: str) -> None:
    with transport(allow_loopback=False) as made:
        assert reason(made, url) is Reason.UNSAFE_ADDRESS


def test_plain_http_is_for_this_machine_and_only_when_allowed() -> None:
    with tcp.serving(says(b"{}")) as server:
        with transport() as made:
            assert call(made, server.url).status == 200
        with transport(allow_loopback=False) as made:
            assert reason(made, server.url) is Reason.UNSAFE_ADDRESS


def test_a_redirect_is_not_followed(tls: ssl.SSLContext) -> None:
    behave = says(b"", status="302 Found", headers="Location: https://localhost:9/\r\n")
    with tcp.serving(behave, tls=tls) as server, transport() as made:
        assert call(made, f"https://localhost:{server.port}").status == 302
    assert len(server.requests) == 1


def test_an_answer_that_is_too_large_is_none(tls: ssl.SSLContext) -> None:
    with tcp.serving(says(b"x" * 90_000), tls=tls) as server:
        with transport(max_answer_bytes=89_999) as made:
            assert reason(made, f"https://localhost:{server.port}") is Reason.NO_ANSWER
        with transport(max_answer_bytes=90_000) as made:
            assert len(call(made, f"https://localhost:{server.port}").body) == 90_000


def test_an_answer_that_drips_ends_at_the_deadline(tls: ssl.SSLContext) -> None:
    def drip(server: tcp.Server, connection: socket.socket) -> None:
        server.receive(connection)
        connection.sendall(b"HTTP/1.1 200 OK\r\n")
        while not server.over.wait(0.05):
            connection.sendall(b"x-y: z\r\n")

    with tcp.serving(drip, tls=tls) as server, transport(total_timeout=0.5) as made:
        began = time.monotonic()
        assert reason(made, f"https://localhost:{server.port}") is Reason.NO_ANSWER
        assert time.monotonic() - began < 2


def test_a_bank_that_hangs_up_after_the_request_may_have_done_it(tls: ssl.SSLContext) -> None:
    with tcp.serving(tcp.hangs_up, tls=tls) as server, transport() as made:
        assert reason(made, f"https://localhost:{server.port}") is Reason.NO_ANSWER
    assert len(server.requests) == 1


def test_a_bank_that_does_not_listen_was_sent_nothing() -> None:
    with tcp.serving(tcp.says_nothing) as server:
        port = server.port
    with transport() as made:
        assert reason(made, f"https://localhost:{port}") is Reason.BANK_DOWN


def test_no_cause_of_an_error_holds_what_was_sent(tls: ssl.SSLContext) -> None:
    with (
        tcp.serving(tcp.hangs_up, tls=tls) as server,
        transport() as made,
        pytest.raises(ProviderError) as caught,
    ):
        call(made, f"https://localhost:{server.port}")
    assert caught.value.__cause__ is None
    assert caught.value.__context__ is None


@pytest.mark.parametrize("setting", ["transport_key", "authorities"])
def test_a_key_that_is_not_the_certificates_is_found_at_once(setting: str) -> None:
    with pytest.raises(ValueError, match="certificate, key or authorities"):
        receiver.provider(**{setting: pki.pem(pki.rsa_key("a-strangers-key"))})


def test_old_tls_and_other_suites_are_off() -> None:
    with transport() as made:
        context = made._adapter._context
    old = {suite["name"] for suite in context.get_ciphers() if "TLS_" not in suite["name"]}
    assert old == {"ECDHE-RSA-AES128-GCM-SHA256", "ECDHE-RSA-AES256-GCM-SHA384"}
    assert context.minimum_version is ssl.TLSVersion.TLSv1_2


def test_a_key_is_lent_as_a_file_without_leaving_one() -> None:
    with pem.as_file("a secret") as path:
        assert Path(path).read_text() == "a secret"
    assert not Path(path).exists()


def test_where_no_file_can_be_in_memory_it_is_private_and_gone(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.delattr("os.memfd_create")
    with pem.as_file("a secret") as path:
        assert Path(path).read_text() == "a secret"
        assert Path(path).stat().st_mode & 0o077 == 0
    assert not Path(path).exists()
