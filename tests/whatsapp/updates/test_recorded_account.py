import json
from typing import Any

import pytest

from tests.whatsapp.updates import recorded
from whatsapp import updates

TEMPLATE = "message_template_status_update"
OTHER_STATES = (
    "archived",
    "deleted",
    "flagged",
    "in_appeal",
    "limit_exceeded",
    "locked",
    "pending",
    "pending_deletion",
    "reinstated",
    "unarchived",
)
OTHER_ACCOUNT_EVENTS = {
    "ad_account_linked": "AD_ACCOUNT_LINKED",
    "auth_price": "AUTH_INTL_PRICE_ELIGIBILITY_UPDATE",
    "deleted": "ACCOUNT_DELETED",
    "mm_lite_terms_signed": "MM_LITE_TERMS_SIGNED",
    "offboarded": "ACCOUNT_OFFBOARDED",
    "partner_added": "PARTNER_ADDED",
    "partner_removed": "PARTNER_REMOVED",
    "pricing_tier": "VOLUME_BASED_PRICING_TIER_UPDATE",
    "primary_location": "BUSINESS_PRIMARY_LOCATION_COUNTRY_UPDATE",
    "reconnected": "ACCOUNT_RECONNECTED",
}
EVENTS = {
    "account_alerts": ("account_alerts", "OBA_APPROVED"),
    "business_capability_update": ("business_capability_update", None),
    "flows_client_error_rate": ("flows", "CLIENT_ERROR_RATE"),
    "flows_endpoint_availability": ("flows", "ENDPOINT_AVAILABILITY"),
    "flows_endpoint_error_rate": ("flows", "ENDPOINT_ERROR_RATE"),
    "flows_endpoint_latency": ("flows", "ENDPOINT_LATENCY"),
    "flows_status_change": ("flows", "FLOW_STATUS_CHANGE"),
    "flows_version_expiry_warning": ("flows", "FLOW_VERSION_EXPIRY_WARNING"),
    "message_template_quality_update": ("message_template_quality_update", None),
    "phone_number_name_update": ("phone_number_name_update", "APPROVED"),
    "phone_number_quality_update_onboarding": ("phone_number_quality_update", "ONBOARDING"),
    "phone_number_quality_update_throughput_upgrade": (
        "phone_number_quality_update",
        "THROUGHPUT_UPGRADE",
    ),
    "security": ("security", "PIN_CHANGED"),
    "template_category_update": ("template_category_update", None),
}


def value_of(name: str) -> Any:
    return json.loads(recorded.body(name))["entry"][0]["changes"][0]["value"]


def template(state: str) -> updates.TemplateStatus:
    update = recorded.only(f"{TEMPLATE}_{state}")
    assert isinstance(update, updates.TemplateStatus)
    return update


def account(event: str) -> updates.AccountUpdate:
    update = recorded.only(f"account_update_{event}")
    assert isinstance(update, updates.AccountUpdate)
    return update


def test_an_approved_template_is_read_whole() -> None:
    update = template("approved")
    assert update == updates.TemplateStatus(
        key=update.key,
        phone_number_id=None,
        account_id=recorded.ACCOUNT,
        at=recorded.at(1751247548),
        event="APPROVED",
        template_id="1689556908129832",
        name="conexao_pendente",
        language="pt_BR",
        category="UTILITY",
        reason=None,
        title=None,
        details=None,
        disable_date=None,
    )


def test_a_rejected_template_comes_with_what_to_change() -> None:
    update = template("rejected")
    assert (update.event, update.reason) == ("REJECTED", "INVALID_FORMAT")
    assert (update.title, update.details) == (
        "Variables are next to each other.",
        "Put words between the variables.",
    )


def test_a_paused_template_tells_which_pause_it_is() -> None:
    update = template("paused")
    assert (update.event, update.reason, update.title) == ("PAUSED", None, "FIRST_PAUSE")
    assert update.details == "The template is paused for 3 hours because of its quality."


def test_a_disabled_template_tells_since_when() -> None:
    update = template("disabled")
    assert (update.event, update.disable_date) == ("DISABLED", "1751300000")


@pytest.mark.parametrize("state", OTHER_STATES)
def test_every_other_state_of_a_template_is_read(state: str) -> None:
    update = template(state)
    assert (update.event, update.language) == (state.upper(), "pt_BR")


def test_a_template_without_a_name_is_kept_with_the_reason() -> None:
    update = recorded.only(f"{TEMPLATE}_without_name")
    assert isinstance(update, updates.Unknown)
    assert update.reason == "no message_template_name"


def test_a_violation_is_named() -> None:
    update = account("violation")
    assert (update.event, update.violation) == ("ACCOUNT_VIOLATION", "SCAM")


def test_a_restriction_lists_what_is_restricted() -> None:
    update = account("restriction")
    assert update.event == "ACCOUNT_RESTRICTION"
    assert update.restrictions == (
        "RESTRICTED_BIZ_INITIATED_MESSAGING",
        "RESTRICTED_UTILITY_TEMPLATES",
    )


def test_a_ban_tells_its_state() -> None:
    update = account("disabled")
    assert (update.event, update.ban_state) == ("DISABLED_UPDATE", "SCHEDULE_FOR_DISABLE")


@pytest.mark.parametrize("name", OTHER_ACCOUNT_EVENTS)
def test_every_other_account_update_keeps_its_details(name: str) -> None:
    update = account(name)
    assert update.event == OTHER_ACCOUNT_EVENTS[name]
    assert update.details == value_of(f"account_update_{name}")


@pytest.mark.parametrize("name", EVENTS)
def test_every_other_field_keeps_its_event_and_details(name: str) -> None:
    update = recorded.only(name)
    assert isinstance(update, updates.AccountEvent)
    assert (update.field, update.event) == EVENTS[name]
    assert update.details == value_of(name)


@pytest.mark.parametrize(
    ("name", "reason"),
    [
        ("field_not_subscribed", "the field is not one we subscribe to"),
        ("messages_without_updates", "not an update of a kind we know"),
        ("object_of_another_product", "not an update of a kind we know"),
    ],
)
def test_what_is_not_for_us_is_kept_with_the_reason(name: str, reason: str) -> None:
    update = recorded.only(name)
    assert isinstance(update, updates.Unknown)
    assert update.reason == reason
