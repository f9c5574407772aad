"""What the environment may change of a call: nothing, unless it is trusted."""

import socket
from pathlib import Path

import pytest

from tests.whatsapp import tcp
from tests.whatsapp.test_cloud_network import TOKEN, UNKNOWN, UNSENT, cloud, send, verdict

PROXIED = "http://graph.invalid"


@pytest.fixture
def closed_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as free:
        port: int = free.getsockname()[1]
    return port


@pytest.fixture(autouse=True)
def _no_proxy_of_this_machine(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "NO_PROXY"):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.lower(), raising=False)


def test_proxies_of_the_environment_are_ignored(
    closed_port: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("http_proxy", f"http://127.0.0.1:{closed_port}")
    with tcp.serving(tcp.accepts) as server, cloud(server.url) as provider:
        assert send(provider).message_id == "wamid.A"


def test_a_trusted_environment_names_the_proxy(monkeypatch: pytest.MonkeyPatch) -> None:
    with tcp.serving(tcp.accepts) as proxy:
        monkeypatch.setenv("http_proxy", proxy.url)
        with cloud(PROXIED, trust_env=True) as provider:
            assert send(provider).message_id == "wamid.A"
    assert proxy.requests[0].startswith(b"POST http://graph.invalid/v26.0/106/messages ")


def test_a_proxy_that_is_away_sent_nothing(
    closed_port: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("http_proxy", f"http://127.0.0.1:{closed_port}")
    with cloud(PROXIED, trust_env=True) as provider:
        assert verdict(provider) == UNSENT


def test_a_proxy_that_refuses_the_tunnel_sent_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(server: tcp.Server, connection: socket.socket) -> None:
        server.receive(connection)
        connection.sendall(tcp.answer(b"", status="407 Proxy Authentication Required"))

    with tcp.serving(refuse) as proxy:
        monkeypatch.setenv("https_proxy", proxy.url)
        with cloud("https://graph.invalid", trust_env=True) as provider:
            assert verdict(provider) == UNSENT
    assert TOKEN.encode() not in proxy.requests[0]


def test_a_proxy_that_hangs_up_on_the_request_may_have_sent(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    with tcp.serving(tcp.hangs_up) as proxy:
        monkeypatch.setenv("http_proxy", proxy.url)
        with cloud(PROXIED, trust_env=True) as provider:
            assert verdict(provider) == UNKNOWN


def test_a_netrc_never_replaces_the_token(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    netrc = tmp_path / "netrc"
    netrc.write_text("machine 127.0.0.1 login someone password else")
    monkeypatch.setenv("NETRC", str(netrc))
    with tcp.serving(tcp.accepts) as server, cloud(server.url, trust_env=True) as provider:
        send(provider)
    assert f"Authorization: Bearer {TOKEN}".encode() in server.requests[0]
