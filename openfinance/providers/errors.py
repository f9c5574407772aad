"""Why a provider did not do what it was asked to: one error, and the closed list of its reasons."""

from dataclasses import dataclass, field
from enum import StrEnum
from typing import Final

from openfinance.providers.values import BankConsent


class Reason(StrEnum):
    """What went wrong, in our own words; each is safe to store, to log and to show to staff."""

    # Nobody's fault: the same call may work in a while.
    BANK_DOWN = "bank_down"  # 5xx, or no connection: nothing was done
    BANK_BUSY = "bank_busy"  # 429, 529
    NO_ANSWER = "no_answer"  # it may have been done, and no whole answer came
    BAD_ANSWER = "bad_answer"  # an answer that the specification does not allow

    # What the person or the bank decided.
    REFUSED = "refused"  # the person said no, or the bank to them: it does not say which
    BANK_ERROR = "bank_error"  # the bank sent the person back with an error of its own
    REQUEST_EXPIRED = "request_expired"  # the person came to the bank too late: start again
    CONSENT_ENDED = "consent_ended"  # the error's `consent` says how
    CONSENT_TAKEN = "consent_taken"  # it was authorised already; its tokens are lost
    CONSENT_UNKNOWN = "consent_unknown"  # the bank does not know it
    ACCESS_LOST = "access_lost"  # the consent stands, its tokens do not: authorise anew

    # What came back is not what was asked for: refused, and nothing of it is used.
    WRONG_STATE = "wrong_state"
    WRONG_ISSUER = "wrong_issuer"  # mixed up: somebody else's answer
    WRONG_AUDIENCE = "wrong_audience"
    WRONG_NONCE = "wrong_nonce"
    WRONG_CODE_HASH = "wrong_code_hash"
    WRONG_STATE_HASH = "wrong_state_hash"
    WRONG_ACCESS_HASH = "wrong_access_hash"
    WRONG_SUBJECT = "wrong_subject"  # the second id_token is about somebody else
    WRONG_ALGORITHM = "wrong_algorithm"
    WRONG_SIGNATURE = "wrong_signature"
    WRONG_AUTHENTICATION = "wrong_authentication"  # no acr, or one that the profile does not know
    NOT_ENCRYPTED = "not_encrypted"
    NOT_OURS = "not_ours"  # encrypted, but not to a key of ours
    EXPIRED = "expired"
    FROM_FUTURE = "from_future"
    MALFORMED = "malformed"
    CODE_REFUSED = "code_refused"  # used before, or too old

    # The bank refuses what the consent asks for (422).
    NOTHING_TO_SHARE = "nothing_to_share"  # the bank offers none of it
    BUSINESS_MISSING = "business_missing"
    BUSINESS_PERMISSIONS = "business_permissions"
    PERSON_AND_BUSINESS = "person_and_business"
    INCOMPLETE_GROUP = "incomplete_group"
    WRONG_TERM = "wrong_term"
    SEVERAL_APPROVERS = "several_approvers"  # it cannot be extended without going to the bank
    NOT_EXTENDABLE = "not_extendable"  # the consent's state, or somebody else's consent
    UNPROCESSABLE = "unprocessable"  # the bank has no code for it

    # Ours to repair: staff must be told.
    CLIENT_REFUSED = "client_refused"  # our registration, certificate or key at this bank
    REQUEST_REFUSED = "request_refused"  # what we sent is wrong
    UNSAFE_ADDRESS = "unsafe_address"  # we were to call something that is not a bank on the web
    MISCONFIGURED = "misconfigured"  # the bank's reference, or what it published, does not serve
    STALE_STATEMENT = "stale_statement"  # the software statement is too old: fetch a new one


# The same call, repeated as it is, may have another end.
TEMPORARY: Final = frozenset(
    {Reason.BANK_DOWN, Reason.BANK_BUSY, Reason.NO_ANSWER, Reason.BAD_ANSWER}
)
# A person who tries again gets no further: staff must act first, or they must choose otherwise.
POINTLESS: Final = frozenset(
    {
        Reason.NOTHING_TO_SHARE,
        Reason.BUSINESS_MISSING,
        Reason.BUSINESS_PERMISSIONS,
        Reason.PERSON_AND_BUSINESS,
        Reason.INCOMPLETE_GROUP,
        Reason.WRONG_TERM,
        Reason.SEVERAL_APPROVERS,
        Reason.NOT_EXTENDABLE,
        Reason.CLIENT_REFUSED,
        Reason.REQUEST_REFUSED,
        Reason.UNSAFE_ADDRESS,
        Reason.MISCONFIGURED,
        Reason.STALE_STATEMENT,
    }
)


@dataclass(kw_only=True, eq=False)
class ProviderError(Exception):
    """The provider did not do it.

    `details` are for staff: no personal data, no token, none of the bank's free text. `consent` is
    what is known of the consent at the bank, None when nothing is: after a failed start, give its
    id to the next one while it awaits. `http_status` is None when there was no answer.
    """

    reason: Reason
    details: str = ""
    http_status: int | None = None
    consent: BankConsent | None = None
    interaction_ids: tuple[str, ...] = field(default=())

    @property
    def is_permanent(self) -> bool:
        """Say whether repeating the call as it is, as a job would, is pointless."""
        return self.reason not in TEMPORARY

    @property
    def may_try_again(self) -> bool:
        """Say whether to offer the person another try, with another trip to the bank."""
        return self.reason not in POINTLESS

    def __str__(self) -> str:
        return f"{self.reason}, HTTP {self.http_status}: {self.details}"
