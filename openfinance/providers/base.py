"""What every way to a bank has in common: four methods, and what only some can do.

An adapter takes credentials in `__init__`; it knows no settings, no model and no web request. It
never repeats a call that may have had an effect. Every method raises ProviderError. Call none with
a transaction open.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, ClassVar, Protocol, runtime_checkable

from openfinance.providers.values import (
    BankConsent,
    ConsentRequest,
    Departure,
    Extension,
    Granted,
    Notice,
    Person,
    Tokens,
)

Bank = Mapping[str, Any]


class Provider(Protocol):
    # Whether our page has to ask the person for it; else the provider does that itself.
    needs_cpf: ClassVar[bool]
    # Whether `finish` gives us tokens, without which an authorised consent is of no use; else the
    # provider keeps them, and a consent counts as soon as `read` says that it is authorised.
    gives_tokens: ClassVar[bool]

    def start(self, request: ConsentRequest) -> Departure:
        """Create the consent, or go on with `request.consent_id`, and prepare the trip to the bank.

        Call it when the person clicks, not before: where it leads is good for a minute. An error's
        `consent`, when there is one, awaits at the bank; the next start goes on with its id.
        CONSENT_ENDED and CONSENT_TAKEN say that it cannot: ask for a new one, and revoke a taken
        one.
        """

    def finish(self, *, bank: Bank, returned: Mapping[str, str], remembered: str) -> Granted:
        """Check what the person came back with and exchange it for access.

        `returned` holds the parameters of the return, whether of the query or the fragment. Call it
        once for a `remembered`. Whatever is wrong has a reason of its own, and then nothing may be
        used. Whether the consent still serves, the next start with its id tells: some errors come
        only after the bank gave its tokens, which are lost then.
        """

    def refresh(self, *, bank: Bank, consent_id: str, refresh_token: str | None) -> Tokens:
        """Return a new access token, with the refresh token to keep from now on.

        CONSENT_ENDED says, with the error's `consent`, that the access is over, and ACCESS_LOST
        that the consent stands but needs another trip to the bank.
        """

    def revoke(self, *, bank: Bank, consent_id: str) -> tuple[str, ...] | None:
        """End the consent at the bank; one that is over or unknown there counts as done.

        Returns the interaction ids of the calls, None where the provider has no such thing.
        """


@runtime_checkable
class Reads(Protocol):
    """Can tell how a consent is at the bank now."""

    def read(self, *, bank: Bank, consent_id: str) -> BankConsent:
        """Return the consent; CONSENT_UNKNOWN says that the bank has none with this id."""


@runtime_checkable
class Extends(Protocol):
    """Can give a consent a longer term without another trip to the bank."""

    def extend(
        self,
        *,
        bank: Bank,
        consent_id: str,
        access_token: str,
        expires_at: datetime | None,
        person: Person,
    ) -> BankConsent:
        """Extend an authorised consent after the person's explicit yes on a page.

        `expires_at` is None for a term without an end; `person` needs its `ip` and `user_agent`.
        SEVERAL_APPROVERS, NOT_EXTENDABLE and WRONG_TERM leave the ordinary renewal, by a new
        consent.
        """

    def extensions(self, *, bank: Bank, consent_id: str) -> tuple[Extension, ...]:
        """Return what was extended, the newest first."""


@runtime_checkable
class Hears(Protocol):
    """Gets webhooks."""

    def parse(self, *, headers: Mapping[str, str], body: bytes) -> Sequence[Notice]:
        """Return what the webhook is about; nothing for one that needs no reaction.

        Raises ProviderError with WRONG_SIGNATURE when the provider signs and this is not signed.
        """
