import pytest

from tests.stack.conftest import Serve

pytestmark = pytest.mark.stack

ACCEPTED = '{"status": "accepted", "message": "WhatsApp flow sent successfully"}'


def test_two_hundred_simultaneous_calls_put_one_message_on_the_phone(serve: Serve) -> None:
    service = serve(workers=2)
    answers = service.call_at_once(*["alice"] * 200)
    assert {(answer.status_code, answer.text) for answer in answers} == {(200, ACCEPTED)}
    assert len(service.phone("alice")) == 1


def test_without_debounce_two_hundred_calls_send_exactly_the_cap(serve: Serve) -> None:
    service = serve(workers=2, FLOW_DEBOUNCE_SECONDS="0", FLOW_CAP_PER_HOUR="5")
    answers = service.call_at_once(*["alice"] * 200)
    statuses = [answer.status_code for answer in answers]
    assert (statuses.count(200), statuses.count(429)) == (5, 195)
    assert len(service.phone("alice")) == 5
    waits = [int(answer.headers["Retry-After"]) for answer in answers if answer.status_code == 429]
    assert 3500 < min(waits) <= max(waits) <= 3600


def test_retry_after_is_true(serve: Serve) -> None:
    service = serve(FLOW_DEBOUNCE_SECONDS="0", FLOW_CAP_PER_HOUR="1")
    service.call("alice")
    # The hour is nearly over: what it says now can be waited for.
    service.house.execute(
        "UPDATE openfinance_flow SET created_at = now() - interval '3597 seconds'"
    )
    wait = int(service.call("alice").headers["Retry-After"])
    assert 1 <= wait <= 3
    service.house.execute(
        f"UPDATE openfinance_flow SET created_at = created_at - interval '{wait} seconds'"
    )
    assert service.call("alice").status_code == 200


def test_the_cap_of_a_phone_holds_for_whoever_gets_it(serve: Serve) -> None:
    service = serve(workers=2, FLOW_DEBOUNCE_SECONDS="0", FLOW_CAP_PER_HOUR="5")
    assert [call.status_code for call in service.call_at_once(*["alice"] * 3)] == [200] * 3
    phones = service.house.people["phones"]

    def give(name: str, phone: str, verified_at: str) -> None:
        service.house.execute(
            f"UPDATE accounts_user SET phone = '{phone}', phone_verified_at = {verified_at}"
            f" WHERE email = '{name}@example.com'"
        )

    give("alice", phones["alice"], "NULL")
    give("bruno", phones["alice"], "now()")
    try:
        answers = service.call_at_once(*["bruno"] * 30)
    finally:
        give("bruno", phones["bruno"], "now()")
        give("alice", phones["alice"], "now()")
    assert [answer.status_code for answer in answers].count(200) == 2
    assert len(service.phone("alice")) == 5
