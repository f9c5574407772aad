"""A provider that tells the consent's id only when the person is back, as aggregators do."""

from collections.abc import Mapping
from dataclasses import replace

from openfinance.providers import ConsentRequest, Departure, Granted
from openfinance.providers.base import Bank
from openfinance.providers.sandbox import Sandbox

# The id that the next one granted has, when it is not its own: a renewed item keeps its id.
kept_ids: list[str] = []


class Late(Sandbox):
    """The bank of tests, silent about its consents until the return."""

    def start(self, request: ConsentRequest) -> Departure:
        return replace(super().start(replace(request, consent_id=None)), consent=None)

    def finish(self, *, bank: Bank, returned: Mapping[str, str], remembered: str) -> Granted:
        granted = super().finish(bank=bank, returned=returned, remembered=remembered)
        known = granted.consent
        return replace(granted, consent=replace(known, id=kept_ids.pop() if kept_ids else known.id))
