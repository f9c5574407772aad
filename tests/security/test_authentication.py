"""Who is let in: the shapes of a key, and what is said to those who have none."""

import statistics
import time

import pytest
import requests

from tests.security import keys, ranks, raw
from tests.security.checks import check
from tests.security.conftest import Service

REFUSED = (
    b'{"error": "Invalid or inactive API key", "message": "Please check your API key and try'
    b' again", "type": "invalid_api_key"}'
)


def _last_changed(key: str) -> str:
    return key[:-1] + ("0" if key[-1] != "0" else "1")


@check(1, "Only one header of the right shape lets in", owasp="API2", asvs="6.3.4, 2.2.1")
def test_the_shapes_of_a_key(service: Service) -> None:
    person = service.person()
    key = person.key.encode()
    bearer = b"Authorization: Bearer " + key
    let_in = {
        "as documented": [bearer],
        "the scheme in lower case (RFC 9110 §11.1)": [b"authorization: bearer " + key],
        "two blanks": [b"Authorization: Bearer  " + key],
        "trailing blanks, which are no part of a value (RFC 9110 §5.5)": [bearer + b"  "],
    }
    refused = {
        "nothing": [],
        "an empty header": [b"Authorization:"],
        "the scheme alone": [b"Authorization: Bearer"],
        "the key alone": [b"Authorization: " + key],
        "Basic": [b"Authorization: Basic " + key],
        "another scheme": [b"Authorization: Token " + key],
        "two headers": [bearer, bearer],
        "two keys": [bearer + b", Bearer " + key],
        "a tab between": [b"Authorization: Bearer\t" + key],
        "a blank inside": [b"Authorization: Bearer " + key[:9] + b" " + key[9:]],
        "lower case": [b"Authorization: Bearer " + key.lower()],
        "one more character": [bearer + b"0"],
        "another last character": [b"Authorization: Bearer " + _last_changed(person.key).encode()],
        "8 KB": [b"Authorization: Bearer sk-" + b"a" * 8192],
        "not ASCII": ["Authorization: Bearer sk-çãé".encode()],
        "bytes that are no text": [b"Authorization: Bearer sk-\xff\xfe"],
        "another header": [b"X-Api-Key: " + key],
        "a cookie": [b"Cookie: Authorization=Bearer " + key],
    }
    for shape, headers in let_in.items():
        assert raw.call(service.url, *headers).status == 200, shape
    for shape, headers in refused.items():
        answer = raw.call(service.url, *headers)
        assert (answer.status, answer.body) == (401, REFUSED), shape
        assert answer.headers["WWW-Authenticate"] == "Bearer", shape
    # What no proxy passes on never becomes a call at all.
    nul = raw.call(service.url, b"Authorization: Bearer sk-\x00" + key)
    assert nul.status in (400, 401)
    assert service.flows(person) == 1


@pytest.fixture(scope="module")
def bad_keys(service: Service) -> dict[str, str]:
    """Return a key of each kind that must not open, all with a right checksum but the last."""
    kinds = ("revoked", "expired", "inactive")
    people = {kind: service.person() for kind in kinds}
    service.execute(
        "UPDATE accounts_apikey SET revoked_at = now() WHERE id = %s", people["revoked"].key_id
    )
    service.execute(
        "UPDATE accounts_apikey SET expires_at = now() - interval '1 second' WHERE id = %s",
        people["expired"].key_id,
    )
    service.execute(
        "UPDATE accounts_user SET is_active = false WHERE id = %s", people["inactive"].id
    )
    bad = {kind: person.key for kind, person in people.items()}
    return {"unknown": keys.made_up(), **bad}


@check(2, "Every kind of bad key gets the same answer, byte for byte", owasp="API2", asvs="6.3.8")
def test_bad_keys_are_told_apart_by_nothing(service: Service, bad_keys: dict[str, str]) -> None:
    answers = {}
    for kind, key in {**bad_keys, "malformed": "sk-nonsense"}.items():
        answer = raw.call(service.url, f"Authorization: Bearer {key}".encode())
        varying = {"date", "x-request-id"}
        headers = sorted((k, v) for k, v in answer.headers.items() if k.lower() not in varying)
        answers[kind] = (answer.status, headers, answer.body)
    assert answers["unknown"][::2] == (401, REFUSED)
    assert all(answer == answers["unknown"] for answer in answers.values()), answers


@check(3, "The time of a refusal tells nothing of the key", owasp="API2", asvs="6.3.8, 11.2.4")
def test_bad_keys_take_equal_times(service: Service, bad_keys: dict[str, str]) -> None:
    kinds = ("unknown", "revoked", "expired")
    times: dict[str, list[float]] = {kind: [] for kind in kinds}
    with requests.Session() as session:
        for _ in range(200):
            for kind in kinds:
                headers = {"Authorization": f"Bearer {bad_keys[kind]}"}
                began = time.perf_counter()
                answer = session.get(service.url + raw.PATH, headers=headers, timeout=10)
                times[kind].append(time.perf_counter() - began)
                assert answer.status_code == 401
    for one, other in (("unknown", "revoked"), ("unknown", "expired"), ("revoked", "expired")):
        # Of equal kinds one run in ten thousand is this far apart.
        assert ranks.p_value(times[one], times[other]) > 0.0001, (
            one,
            other,
            {kind: statistics.median(values) for kind, values in times.items()},
        )


@check(4, "A key in the address is refused, and stands in no log", owasp="API2", asvs="14.2.1")
def test_a_key_in_the_query(service: Service) -> None:
    person = service.person()
    for name in ("key", "api_key", "access_token", "authorization", "Authorization"):
        path = f"{raw.PATH}?{name}={person.key}"
        assert raw.call(service.url, path=path).status == 401
    assert raw.call(service.url, path=f"{raw.PATH}/{person.key}").status == 404
    assert service.flows(person) == 0
    assert person.key not in service.log.read_text()


@check(
    5,
    "A revoked key is refused on the very next call, in every process",
    owasp="API2",
    asvs="8.3.2",
)
def test_revocation_is_immediate(service: Service) -> None:
    person = service.person()
    assert {service.call(person).status_code for _ in range(8)} == {200}
    service.execute("UPDATE accounts_apikey SET revoked_at = now() WHERE id = %s", person.key_id)
    # Each call on a connection of its own, so that either process may take it.
    assert {service.call(person).status_code for _ in range(16)} == {401}
