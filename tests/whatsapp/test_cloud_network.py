"""What the network can do to a message, tried on real sockets."""

import json
import socket
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager, suppress
from typing import Any

import pytest

from tests.whatsapp import tcp
from whatsapp.messages import Text
from whatsapp.providers import Accepted, SendError, payloads
from whatsapp.providers.cloud import CloudProvider

TOKEN = "EAAtokenThatNobodyMaySee"
UNSENT = "unsent retry_later"
UNKNOWN = "unknown reconcile"


@contextmanager
def cloud(url: str, **options: Any) -> Iterator[CloudProvider]:
    quick = {"connect_timeout": 0.3, "read_timeout": 0.4, "total_timeout": 0.8}
    provider = CloudProvider(
        **{"access_token": TOKEN, "phone_number_id": "106", "graph_url": url} | quick | options
    )
    with closing(provider):
        yield provider


def send(provider: CloudProvider) -> Accepted:
    return provider.send(
        to="+5511987654321", content=payloads.content(Text(body="Olá 🏦")), callback_data="uuid"
    )


def verdict(provider: CloudProvider) -> str:
    with pytest.raises(SendError) as refused:
        send(provider)
    return f"{refused.value.outcome} {refused.value.next_step}"


def verdict_on(behave: tcp.Behaviour, **options: Any) -> str:
    with tcp.serving(behave) as server, cloud(server.url, **options) as provider:
        result = verdict(provider)
    assert len(server.requests) == 1, "sent more than once"
    return result


def test_one_request_is_posted_as_graph_wants_it() -> None:
    with tcp.serving(tcp.accepts) as server, cloud(server.url) as provider:
        assert send(provider).message_id == "wamid.A"
    head, _, body = server.requests[0].partition(b"\r\n\r\n")
    lines = head.decode().split("\r\n")
    assert lines[0] == "POST /v26.0/106/messages HTTP/1.1"
    assert {f"Authorization: Bearer {TOKEN}", "Content-Type: application/json"} < set(lines)
    assert json.loads(body)["text"]["body"] == "Olá 🏦"


def test_a_connection_is_kept_alive() -> None:
    with tcp.serving(tcp.accepts) as server, cloud(server.url) as provider:
        for _ in range(3):
            send(provider)
    assert (server.connections, len(server.requests)) == (1, 3)


def test_a_connection_that_was_idle_for_long_is_not_used_again(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("whatsapp.providers.transport._MOST_IDLE_SECONDS", 0.05)
    with tcp.serving(tcp.accepts) as server, cloud(server.url) as provider:
        send(provider)
        time.sleep(0.1)
        send(provider)
    assert (server.connections, len(server.requests)) == (2, 2)


def test_more_threads_than_pooled_connections_do_not_wait_for_each_other() -> None:
    together = threading.Barrier(8)

    def wait_for_all(server: tcp.Server, connection: socket.socket) -> None:
        server.receive(connection)
        together.wait(5)
        connection.sendall(tcp.answer())

    with (
        tcp.serving(wait_for_all) as server,
        cloud(server.url, pool_size=2, read_timeout=5.0, total_timeout=5.0) as provider,
        ThreadPoolExecutor(8) as threads,
    ):
        accepted = list(threads.map(send, [provider] * 8))
    assert [one.message_id for one in accepted] == ["wamid.A"] * 8


def test_a_refused_connection_sent_nothing() -> None:
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    with cloud(f"http://127.0.0.1:{port}") as provider:
        assert verdict(provider) == UNSENT


def test_a_name_that_does_not_resolve_sent_nothing() -> None:
    with cloud("http://graph.invalid") as provider:
        assert verdict(provider) == UNSENT


def test_a_connection_that_is_never_made_sent_nothing() -> None:
    with socket.create_server(("127.0.0.1", 0), backlog=0) as full:
        waiting = [socket.socket() for _ in range(3)]
        for client in waiting:
            client.settimeout(0)
            with suppress(BlockingIOError):
                client.connect(full.getsockname())
        with cloud(f"http://127.0.0.1:{full.getsockname()[1]}") as provider:
            assert verdict(provider) == UNSENT
        for client in waiting:
            client.close()


def test_a_connection_closed_after_the_request_may_have_sent() -> None:
    assert verdict_on(tcp.hangs_up) == UNKNOWN


def test_a_connection_reset_after_the_request_may_have_sent() -> None:
    def behave(server: tcp.Server, connection: socket.socket) -> None:
        server.receive(connection)
        tcp.reset(connection)

    assert verdict_on(behave) == UNKNOWN


def test_a_connection_reset_in_the_answer_may_have_sent() -> None:
    def behave(server: tcp.Server, connection: socket.socket) -> None:
        server.receive(connection)
        connection.sendall(tcp.answer()[:-10])
        time.sleep(0.1)
        tcp.reset(connection)

    assert verdict_on(behave) == UNKNOWN


def test_half_an_answer_may_have_sent() -> None:
    def behave(server: tcp.Server, connection: socket.socket) -> None:
        server.receive(connection)
        connection.sendall(tcp.answer()[:-10])

    assert verdict_on(behave) == UNKNOWN


def test_what_is_not_http_may_have_sent() -> None:
    def behave(server: tcp.Server, connection: socket.socket) -> None:
        server.receive(connection)
        connection.sendall(b"220 smtp.example ESMTP\r\n")

    assert verdict_on(behave) == UNKNOWN


def test_no_answer_in_time_may_have_sent() -> None:
    def hang(server: tcp.Server, connection: socket.socket) -> None:
        server.receive(connection)
        server.over.wait()

    assert verdict_on(hang) == UNKNOWN


@pytest.mark.parametrize("start", [b"", b"HTTP/1.1 200 OK\r\n", tcp.answer(b"x" * 500)[:-500]])
def test_an_answer_that_drips_is_cut_at_the_deadline(start: bytes) -> None:
    def drip(server: tcp.Server, connection: socket.socket) -> None:
        server.receive(connection)
        connection.sendall(start)
        while not server.over.wait(0.05):
            connection.sendall(b"x")

    began = time.monotonic()
    assert verdict_on(drip) == UNKNOWN
    assert 0.7 < time.monotonic() - began < 2


@pytest.mark.parametrize("headers", ["Content-Length: 9999999\r\n", "Connection: close\r\n"])
def test_an_answer_too_large_is_not_read_to_its_end(headers: str) -> None:
    written: list[int] = []

    def flood(server: tcp.Server, connection: socket.socket) -> None:
        server.receive(connection)
        connection.sendall(f"HTTP/1.1 200 OK\r\n{headers}\r\n".encode())
        written.extend(connection.send(b" " * 1000) for _ in range(10_000))

    assert verdict_on(flood, max_response_bytes=1000) == UNKNOWN
    assert sum(written) < 9_000_000


def test_an_answer_of_just_the_allowed_size_is_read() -> None:
    with (
        tcp.serving(tcp.accepts) as server,
        cloud(server.url, max_response_bytes=len(tcp.ACCEPTED)) as provider,
    ):
        assert send(provider).message_id == "wamid.A"
        assert send(provider).message_id == "wamid.A"
    assert server.connections == 1


@pytest.mark.parametrize("status", ["301 Moved", "302 Found", "307 Temporary", "308 Permanent"])
def test_a_redirect_is_not_followed_nor_read_to_its_end(status: str) -> None:
    with tcp.serving(tcp.accepts) as elsewhere:

        def redirect(server: tcp.Server, connection: socket.socket) -> None:
            server.receive(connection)
            location = f"Location: {elsewhere.url}/messages\r\n"
            connection.sendall(f"HTTP/1.1 {status}\r\n{location}\r\n".encode())
            while not server.over.is_set():
                connection.send(b" " * 1000)

        began = time.monotonic()
        assert verdict_on(redirect) == UNKNOWN
    assert elsewhere.requests == []
    assert time.monotonic() - began < 2


def test_a_connection_that_went_stale_is_replaced_before_it_is_used() -> None:
    closed = threading.Event()

    def close_after_one(server: tcp.Server, connection: socket.socket) -> None:
        server.receive(connection)
        connection.sendall(tcp.answer())
        connection.close()
        closed.set()

    with tcp.serving(close_after_one) as server, cloud(server.url) as provider:
        send(provider)
        closed.wait(5)
        assert send(provider).message_id == "wamid.A"
    assert (server.connections, len(server.requests)) == (2, 2)


def test_a_kept_connection_closed_on_a_request_may_have_sent_and_is_not_repeated() -> None:
    def close_on_the_second(server: tcp.Server, connection: socket.socket) -> None:
        server.receive(connection)
        connection.sendall(tcp.answer())
        server.receive(connection)

    with tcp.serving(close_on_the_second) as server, cloud(server.url) as provider:
        send(provider)
        assert verdict(provider) == UNKNOWN
    assert (server.connections, len(server.requests)) == (1, 2)


def test_an_answer_before_the_body_was_taken_proves_nothing() -> None:
    def answer_at_once(server: tcp.Server, connection: socket.socket) -> None:
        connection.sendall(tcp.answer(b"too large", status="413 Content Too Large"))
        server.receive(connection)

    assert verdict_on(answer_at_once) == UNKNOWN


def test_the_token_is_in_no_error_and_no_log(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level("DEBUG")
    hang_up = tcp.serving(tcp.hangs_up)
    with hang_up as server, cloud(server.url) as provider:
        with pytest.raises(SendError) as refused:
            send(provider)
        written = [repr(provider), repr(vars(refused.value)), str(refused.value), caplog.text]
    assert TOKEN in server.requests[0].decode()
    assert [TOKEN in text for text in written] == [False] * 4


def test_no_cause_keeps_the_frames_that_hold_the_token() -> None:
    with (
        tcp.serving(lambda server, connection: None) as server,
        cloud(server.url) as provider,
        pytest.raises(SendError) as refused,
    ):
        send(provider)
    cause = refused.value.__cause__
    assert cause is not None
    assert (cause.__cause__, cause.__context__) == (None, None)
