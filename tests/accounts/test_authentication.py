import pytest
from pytest_django import DjangoAssertNumQueries, Settings
from rest_framework.exceptions import AuthenticationFailed, Throttled
from rest_framework.request import Request
from rest_framework.test import APIRequestFactory

from accounts import addresses, api_keys, key_secrets
from accounts.authentication import ApiKeyAuthentication
from accounts.models import ApiKey, User

WELL_FORMED = key_secrets.with_checksum("sk-" + "A" * 32)

JUNK = {
    "nothing": None,
    "an empty header": "",
    "another scheme": "Basic YWxpY2U6c2VjcmV0",
    "the scheme alone": "Bearer",
    "the key alone": WELL_FORMED,
    "a tab": f"Bearer\t{WELL_FORMED}",
    "two headers joined": f"Bearer {WELL_FORMED}, Bearer {WELL_FORMED}",
    "something behind": f"Bearer {WELL_FORMED} x",
    "a wrong checksum": f"Bearer {WELL_FORMED[:-1]}!",
    "no checksum": f"Bearer {WELL_FORMED[:-6]}",
    "eight kilobytes": "Bearer sk-" + "A" * 8192,
    "a NUL": f"Bearer {WELL_FORMED}\x00",
    "letters beyond ASCII": "Bearer sk-" + "é" * 38,
    "digits beyond ASCII": "Bearer sk-" + "٣" * 38,
}


def request(authorization: str | None, address: str = "192.0.2.1") -> Request:
    headers = {} if authorization is None else {"Authorization": authorization}
    return Request(APIRequestFactory().get("/", headers=headers, REMOTE_ADDR=address))


def authenticate(authorization: str | None, address: str = "192.0.2.1") -> tuple[User, ApiKey]:
    return ApiKeyAuthentication().authenticate(request(authorization, address))


@pytest.mark.parametrize("value", JUNK.values(), ids=JUNK.keys())
def test_junk_is_refused_without_a_query(
    db: None, django_assert_num_queries: DjangoAssertNumQueries, value: str | None
) -> None:
    with django_assert_num_queries(0), pytest.raises(AuthenticationFailed):
        authenticate(value)


@pytest.mark.parametrize("scheme", ["Bearer", "bearer", "BEARER", "Bearer  "])
def test_a_good_key_names_its_user(alice: User, scheme: str) -> None:
    key, secret = api_keys.issue(user=alice)
    assert authenticate(f"{scheme} {secret}") == (alice, key)


def test_a_good_key_costs_one_query_and_once_a_minute_one_more(
    alice: User, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    _, secret = api_keys.issue(user=alice)
    with django_assert_num_queries(2):
        authenticate(f"Bearer {secret}")
    with django_assert_num_queries(1):
        authenticate(f"Bearer {secret}")


def test_an_unknown_key_is_refused(db: None) -> None:
    with pytest.raises(AuthenticationFailed):
        authenticate(f"Bearer {WELL_FORMED}")


def test_an_address_that_keeps_presenting_bad_keys_is_refused_before_any_query(
    alice: User, settings: Settings, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    settings.API_BAD_KEY_RATE = "3/h"
    _, secret = api_keys.issue(user=alice)
    for _ in range(3):
        with pytest.raises(AuthenticationFailed):
            authenticate(f"Bearer {WELL_FORMED}")
    with django_assert_num_queries(0), pytest.raises(Throttled) as refused:
        authenticate(f"Bearer {secret}")
    assert 0 < refused.value.wait <= 3600  # type: ignore[attr-defined]


def test_it_holds_nobody_at_another_address_back(alice: User, settings: Settings) -> None:
    settings.API_BAD_KEY_RATE = "1/h"
    _, secret = api_keys.issue(user=alice)
    with pytest.raises(AuthenticationFailed):
        authenticate("Bearer junk", "192.0.2.1")
    assert authenticate(f"Bearer {secret}", "192.0.2.2")[0] == alice


def test_good_keys_do_not_count(alice: User, settings: Settings) -> None:
    settings.API_BAD_KEY_RATE = "1/h"
    _, secret = api_keys.issue(user=alice)
    assert [authenticate(f"Bearer {secret}")[0] for _ in range(3)] == [alice] * 3


@pytest.mark.parametrize(
    ("proxies", "forwarded", "address"),
    [
        (0, "198.51.100.7", "192.0.2.1"),
        (1, "198.51.100.7", "198.51.100.7"),
        (1, "203.0.113.9, 198.51.100.7", "198.51.100.7"),
        (2, "203.0.113.9, 198.51.100.7, 10.0.0.1", "198.51.100.7"),
        (2, "198.51.100.7", "192.0.2.1"),
        (1, "nonsense", "192.0.2.1"),
        (1, "", "192.0.2.1"),
        (1, "2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),
    ],
)
def test_the_address_is_what_the_trusted_proxies_saw(
    settings: Settings, proxies: int, forwarded: str, address: str
) -> None:
    settings.TRUSTED_PROXY_COUNT = proxies
    asked = APIRequestFactory().get(
        "/", headers={"X-Forwarded-For": forwarded}, REMOTE_ADDR="192.0.2.1"
    )
    assert addresses.of(asked) == address


@pytest.mark.parametrize(
    ("forwarded", "peer", "address"),
    [
        ("198.51.100.7", "192.0.2.1", "198.51.100.7"),
        ("2001:db8:1:2:3:4:5:6", "192.0.2.1", "2001:db8:1:2:3:4:5:6"),
        ("fe80::1%eth0", "192.0.2.1", "fe80::1"),
        ("nonsense", "192.0.2.1", "192.0.2.1"),
        ("nonsense", "", ""),
    ],
)
def test_evidence_has_the_whole_address(
    settings: Settings, forwarded: str, peer: str, address: str
) -> None:
    settings.TRUSTED_PROXY_COUNT = 1
    asked = APIRequestFactory().get("/", headers={"X-Forwarded-For": forwarded}, REMOTE_ADDR=peer)
    assert addresses.whole(asked) == address
