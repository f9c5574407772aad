"""The reasons are a closed list, and each says what a job and a person may do."""

import pytest

from openfinance.providers import ProviderError, Reason
from openfinance.providers.errors import POINTLESS, TEMPORARY


def test_no_reason_is_temporary_and_pointless() -> None:
    assert frozenset() == TEMPORARY & POINTLESS


@pytest.mark.parametrize("reason", Reason)
def test_every_reason_fits_a_column_and_is_told_without_anything_else(reason: Reason) -> None:
    error = ProviderError(reason=reason, http_status=400)
    assert len(reason) <= 40
    assert str(error) == f"{reason}, HTTP 400: "


@pytest.mark.parametrize(
    ("reason", "is_permanent", "may_try_again"),
    [
        (Reason.BANK_DOWN, False, True),
        (Reason.NO_ANSWER, False, True),
        (Reason.REFUSED, True, True),
        (Reason.WRONG_NONCE, True, True),
        (Reason.CONSENT_ENDED, True, True),
        (Reason.NOTHING_TO_SHARE, True, False),
        (Reason.CLIENT_REFUSED, True, False),
    ],
)
def test_what_to_do_about_it(
    reason: Reason,
    is_permanent: bool,  # noqa: FBT001
    may_try_again: bool,  # noqa: FBT001
) -> None:
    error = ProviderError(reason=reason)
    assert error.is_permanent is is_permanent
    assert error.may_try_again is may_try_again
