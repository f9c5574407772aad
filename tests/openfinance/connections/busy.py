"""A provider whose items are not ready when the person is back, as aggregators' may be."""

from collections.abc import Mapping
from dataclasses import replace
from typing import ClassVar

from openfinance.providers import ConsentStatus, Granted, ProviderError, Reason
from openfinance.providers.base import Bank
from tests.openfinance.connections.late import Late


class Busy(Late):
    """Say the consent's id, and that it still awaits; keep the tokens."""

    gives_tokens: ClassVar[bool] = False

    def finish(self, *, bank: Bank, returned: Mapping[str, str], remembered: str) -> Granted:
        known = super().finish(bank=bank, returned=returned, remembered=remembered).consent
        awaits = replace(known, status=ConsentStatus.AWAITING_AUTHORISATION)
        raise ProviderError(
            reason=Reason.BANK_BUSY, consent=awaits, interaction_ids=known.interaction_ids
        )
