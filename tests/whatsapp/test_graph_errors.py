"""Each code of the reference's table, with what it proves and what to do, spelt out once more."""

import pytest

from whatsapp.providers import graph_errors

EXPECTED = {
    0: "permanent stop_number",
    1: "unknown reconcile",
    2: "unknown reconcile",
    3: "permanent stop_number",
    4: "unsent pause_queue",
    10: "permanent stop_number",
    33: "permanent stop_number",
    100: "permanent fix_request",
    190: "permanent stop_number",
    368: "permanent stop_number",
    80007: "unsent pause_queue",
    130403: "permanent give_up",
    130429: "unsent retry_later",
    130472: "permanent give_up",
    130497: "permanent stop_number",
    131000: "unknown reconcile",
    131005: "permanent stop_number",
    131008: "permanent fix_request",
    131009: "permanent fix_request",
    131016: "unknown reconcile",
    131021: "permanent give_up",
    131026: "permanent try_other_variant",
    131030: "permanent give_up",
    131031: "permanent stop_number",
    131037: "permanent stop_number",
    131042: "permanent stop_number",
    131045: "permanent register_number",
    131047: "permanent use_template",
    131048: "permanent stop_templates",
    131049: "permanent give_up",
    131050: "permanent record_opt_out",
    131051: "permanent give_up",
    131052: "permanent give_up",
    131053: "permanent give_up",
    131055: "permanent give_up",
    131056: "unsent pause_contact",
    131057: "unknown reconcile",
    131060: "permanent give_up",
    131062: "permanent fix_request",
    131063: "permanent give_up",
    131064: "permanent stop_templates",
    132000: "permanent fix_request",
    132001: "permanent resync_templates",
    132005: "permanent give_up",
    132007: "permanent give_up",
    132012: "permanent fix_request",
    132015: "permanent resync_templates",
    132016: "permanent resync_templates",
    132018: "permanent fix_request",
    132068: "permanent fall_back_to_list",
    132069: "permanent fall_back_to_list",
    133000: "permanent register_number",
    133004: "unknown reconcile",
    133005: "permanent register_number",
    133006: "permanent register_number",
    133008: "permanent register_number",
    133009: "permanent register_number",
    133010: "permanent register_number",
    133015: "permanent register_number",
    133016: "permanent register_number",
    134011: "permanent give_up",
    134100: "permanent give_up",
    134101: "permanent give_up",
    134102: "permanent give_up",
    135000: "permanent fix_request",
    2494100: "unknown reconcile",
}


def verdict(code: int, *, http_status: int = 400, is_transient: bool = False) -> str:
    known = graph_errors.classify(code, http_status=http_status, is_transient=is_transient)
    return f"{known.outcome} {known.next_step}"


@pytest.mark.parametrize(("code", "expected"), EXPECTED.items())
def test_a_listed_code_decides_whatever_the_http_status(code: int, expected: str) -> None:
    assert verdict(code) == expected
    assert verdict(code, http_status=500, is_transient=True) == expected


def test_no_code_is_listed_that_the_reference_lacks() -> None:
    assert set(graph_errors.ERRORS) == set(EXPECTED)


@pytest.mark.parametrize(
    ("code", "expected"),
    [
        (199, "permanent give_up"),
        (200, "permanent stop_number"),
        (299, "permanent stop_number"),
        (300, "permanent give_up"),
    ],
)
def test_200_to_299_are_missing_permissions(code: int, expected: str) -> None:
    assert verdict(code) == expected


def test_an_unlisted_code_is_a_refusal() -> None:
    assert verdict(999_999) == "permanent give_up"
    assert verdict(999_999, http_status=499) == "permanent give_up"


def test_an_unlisted_code_may_have_been_sent_when_graph_failed_or_calls_it_transient() -> None:
    assert verdict(999_999, http_status=500) == "unknown reconcile"
    assert verdict(999_999, is_transient=True) == "unknown reconcile"


def test_every_error_says_what_it_means() -> None:
    assert all(known.meaning for known in graph_errors.ERRORS.values())
