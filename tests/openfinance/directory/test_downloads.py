"""Downloads from servers that are slow, false, endless or in the wrong place."""

import socket
import time
from collections.abc import Iterator
from typing import Any

import pytest

from openfinance.directory.downloads import Downloader, NotFetched
from tests.openfinance.directory import web
from tests.openfinance.directory.web import Web, answer

HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n"
LOCAL = Downloader(allow_loopback=True, timeout=2.0, total_timeout=4.0)


@pytest.fixture
def site() -> Iterator[Web]:
    with web.serving() as served:
        yield served


def fetch(
    site: Web, *pieces: bytes, downloader: Downloader = LOCAL, path: str = "/list", most: int = 99
) -> bytes:
    site.pieces[path] = list(pieces)
    types = ("application/json",)
    return downloader.fetch(f"{site.origin}{path}", most_bytes=most, types=types)


@pytest.mark.parametrize(
    "pieces",
    [
        (answer(b"[1]"),),
        (answer(b"[1]", kind="application/json; charset=utf-8"),),
        (answer(b"[1]")[:20], answer(b"[1]")[20:]),
        (HEAD + b"Transfer-Encoding: chunked\r\n\r\n", b"2\r\n[1\r\n1\r\n]\r\n0\r\n\r\n"),
        (HEAD + b"\r\n[1]",),
    ],
)
def test_a_whole_answer_is_returned(site: Web, pieces: tuple[bytes, ...]) -> None:
    assert fetch(site, *pieces) == b"[1]"


def test_the_query_is_asked_for_and_the_fragment_is_not(site: Web) -> None:
    site.pieces["/list?a=1"] = [answer(b"[]")]
    LOCAL.fetch(f"{site.origin}/list?a=1#x", most_bytes=9, types=("application/json",))
    assert site.asked == ["/list?a=1"]


@pytest.mark.parametrize(
    ("pieces", "reason"),
    [
        ((answer(b"[1]")[:-1],), "cut short"),
        ((HEAD + b"Transfer-Encoding: chunked\r\n\r\n9\r\n[1",), "no answer: IncompleteRead"),
        ((answer(b"x" * 100),), "too large"),
        ((HEAD + b"\r\n" + b"x" * 100,), "too large"),
        ((HEAD + b"Content-Length: 99999999999\r\n\r\n",), "too large"),
        ((answer(b"<html>", kind="text/html"),), "an unexpected type: text/html"),
        ((answer(b"[1]", kind=""),), "an unexpected type: text/plain"),
        ((answer(b"[1]", head="Content-Encoding: gzip\r\n"),), "an unexpected type"),
        ((b"HTTP/1.1 302 Found\r\nLocation: /other\r\n\r\n",), "HTTP 302"),
        ((b"HTTP/1.1 301 Moved\r\nLocation: http://169.254.169.254/\r\n\r\n",), "HTTP 301"),
        ((b"HTTP/1.1 206 Partial\r\nContent-Type: application/json\r\n\r\n[",), "HTTP 206"),
        ((b"HTTP/1.1 503 Down\r\n\r\n",), "HTTP 503"),
        ((b"SSH-2.0-x\r\n",), "no answer: BadStatusLine"),
        ((b"",), "no answer: RemoteDisconnected"),
        ((HEAD + b"X: " + b"x" * 70_000,), "no answer: LineTooLong"),
        ((HEAD + b"X: y\r\n" * 200,), "no answer: HTTPException"),
    ],
)
def test_what_is_not_a_whole_answer_of_that_kind_is_refused(
    site: Web, pieces: tuple[bytes, ...], reason: str
) -> None:
    with pytest.raises(NotFetched, match=reason):
        fetch(site, *pieces)
    assert site.asked == ["/list"]


def test_a_server_that_says_nothing_is_given_up(site: Web) -> None:
    site.hangs = True
    with pytest.raises(NotFetched, match="no answer: TimeoutError"):
        fetch(site, downloader=Downloader(allow_loopback=True, timeout=0.3))


@pytest.mark.parametrize("piece", [b"H", HEAD + b"\r\n[", HEAD + b"X"])
def test_a_server_that_drips_is_given_up_in_all(site: Web, piece: bytes) -> None:
    site.pause = 0.2
    pieces = [piece, *([b"T"] * 30)]
    began = time.monotonic()
    slow = Downloader(allow_loopback=True, timeout=2.0, total_timeout=0.7)
    with pytest.raises(NotFetched, match="it took too long"):
        fetch(site, *pieces, downloader=slow)
    assert time.monotonic() - began < 2


def test_a_handshake_that_hangs_is_given_up(site: Web) -> None:
    site.hangs = True
    url = site.origin.replace("http:", "https:")
    hasty = Downloader(allow_loopback=True, timeout=2.0, total_timeout=0.5)
    with pytest.raises(NotFetched, match="it took too long"):
        hasty.fetch(url, most_bytes=9, types=())


def test_a_certificate_of_an_unknown_authority_is_refused() -> None:
    with web.serving(tls=True) as site, pytest.raises(NotFetched, match="SSLCertVerification"):
        fetch(site, answer(b"[1]"))


def test_a_certificate_of_a_known_authority_is_not() -> None:
    trusting = Downloader(allow_loopback=True, authorities=web.AUTHORITY.certificate)
    with web.serving(tls=True) as site:
        assert fetch(site, answer(b"[1]"), downloader=trusting) == b"[1]"


@pytest.mark.parametrize(
    "url",
    [
        "http://bank.example/",
        "ftp://bank.example/",
        "file:///etc/hostname",
        "https://user@bank.example/",
        "https://bank.example:x/",
        "https:///x",
        "https://bänk.example/",
        "https://bank.example/\r\nX: y",
        "list.json",
        "http://127.0.0.2/",
    ],
)
def test_only_a_plain_https_address_is_fetched(url: str) -> None:
    with pytest.raises(NotFetched, match=r"not an (https )?address"):
        LOCAL.fetch(url, most_bytes=9, types=())


@pytest.mark.parametrize(
    "address",
    [
        *("127.0.0.1", "10.1.2.3", "172.16.0.1", "192.168.0.1", "169.254.169.254", "100.64.0.1"),
        *("0.0.0.0", "224.0.0.1", "255.255.255.255", "198.18.0.1", "192.0.2.1"),
        *("::1", "::", "fe80::1%lo", "fc00::1", "ff02::1", "2001:db8::1"),
        *(
            "::ffff:127.0.0.1",
            "::ffff:10.0.0.1",
            "2002:7f00:1::",
            "64:ff9b::7f00:1",
            "64:ff9b:1::1",
        ),
    ],
)
def test_a_name_that_leads_into_a_network_of_ours_is_not_connected_to(
    monkeypatch: pytest.MonkeyPatch, address: str
) -> None:
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    found = [
        (socket.AF_INET, socket.SOCK_STREAM, 6, "", ("8.8.8.8", 443)),
        (family, socket.SOCK_STREAM, 6, "", (address, 443)),
    ]
    connected: list[object] = []
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_args, **_kwargs: found)
    monkeypatch.setattr(
        socket, "create_connection", lambda *args, **_kwargs: connected.append(args)
    )
    with pytest.raises(NotFetched, match="not a public address"):
        Downloader().fetch("https://bank.example/", most_bytes=9, types=())
    assert connected == []


def test_the_address_that_was_looked_at_is_the_one_connected_to(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """A second look at the name could find another address."""
    looks: list[Any] = []
    connected: list[Any] = []

    def look(*args: Any, **_kwargs: Any) -> list[Any]:
        looks.append(args)
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", ("8.8.8.8", 443))]

    def connect(address: Any, **_kwargs: Any) -> None:
        connected.append(address)
        raise ConnectionRefusedError

    monkeypatch.setattr(socket, "getaddrinfo", look)
    monkeypatch.setattr(socket, "create_connection", connect)
    with pytest.raises(NotFetched, match="no answer: ConnectionRefusedError"):
        Downloader().fetch("https://bank.example/", most_bytes=9, types=())
    assert (len(looks), connected) == (1, [("8.8.8.8", 443)])
