"""Answer the Flow that chooses a bank: what its screens ask (native_flow), held to our own record.

An answer follows from the request and the rows, so a request that comes again gets the same one.
Nothing that a phone sends is believed: the token leads to the message, its flow and its person, and
only the last step, taken once under a lock on the token, sends anything.
"""

from collections.abc import Mapping
from dataclasses import replace
from typing import assert_never

from django.conf import settings
from django.db import transaction
from django.db.models import QuerySet
from django.template.loader import render_to_string
from django.utils import timezone

from accounts.models import ConnectionRoute
from openfinance import allowances, catalogue, choices, exceptions, native_flow, reach
from openfinance.models import Bank, ConnectionLink, FlowToken
from openfinance.native_flow import BankOption, Screen
from openfinance.reach import Reach
from whatsapp import owners, tokens
from whatsapp.native_flow.exceptions import TokenEnded
from whatsapp.native_flow.requests import Back, Exchange, Init


def respond(request: Init | Back | Exchange) -> Mapping[str, object]:
    """Return the screen that a phone asks for.

    Raises TokenEnded, with words for the person, when the token is unknown, expired or used, or
    they may not connect a bank any more. A step that is unknown, or out of its order, gets a screen
    from which they can go on.
    """
    token = _token(request.flow_token)
    if token is None:
        raise _ended("ended")
    if token.finished_at:
        return _again(token, request)
    _require_reach(token)
    match request:
        case Init():
            fresh = FlowToken.objects.filter(pk=token.pk, opened_at__isnull=True)
            fresh.update(opened_at=timezone.now())
            return _banks()
        case Back():
            return _banks()
        case Exchange():
            return _step(token, request.data)
    assert_never(request)


def finished(token: str) -> FlowToken | None:
    """Return the token, with its bank, by which one was chosen; None when by our record none was.

    Takes any text, such as what the phone says when its Flow is closed.
    """
    found = _token(token)
    return found if found and found.finished_at else None


def _tokens() -> QuerySet[FlowToken]:
    # A message that was refused, and replaced by another, is in no flow any more.
    sent = FlowToken.objects.filter(message__flow__isnull=False)
    return sent.select_related("bank", "message__flow__user")


def _token(token: str) -> FlowToken | None:
    return _tokens().filter(digest=tokens.digest(token, key=settings.LINK_KEY)).first()


def _step(token: FlowToken, data: Mapping[str, object]) -> Screen:
    query, bank = _text(data, "query"), _bank(data)
    match _text(data, "step"):
        case "choose" if bank:
            return _choose(token, bank)
        case "choose":
            return _banks(query, nothing_chosen=not query.strip())
        case "start" if bank:
            return _start(token, bank)
        case "start" if token.bank and token.bank.slug == _text(data, "bank"):
            return _refreshed(token.bank, "bank_unavailable")
    return _banks(query)


def _choose(token: FlowToken, bank: Bank) -> Screen:
    """Show what happens with the bank, and remember that this was shown."""
    if not FlowToken.objects.live().filter(pk=token.pk).update(bank=bank):
        raise _ended("ended")
    if _is_full(token, bank):
        return _refreshed(bank, "limit_reached")
    return native_flow.steps_screen(_option(bank))


def _start(token: FlowToken, bank: Bank) -> Screen:
    with transaction.atomic():
        token = _tokens().select_for_update(of=("self",)).get(pk=token.pk)
        if token.finished_at:  # by another request, while this one waited
            return _done(token, bank.slug)
        if token.bank != bank:
            return _choose(token, bank)
        reached = _require_reach(token)
        if reached.is_number_stopped:
            return _refreshed(bank, "try_later")
        flow = token.message.flow
        if _is_full(token, bank):
            return _refreshed(bank, "limit_reached")
        via = ConnectionLink.Via.NATIVE_FLOW
        choices.choose(user=flow.user, bank=bank, via=via, to=reached.to, flow=flow)
        token.finished_at = timezone.now()
        token.save(update_fields=["finished_at"])
    return _done(token, bank.slug)


def _again(token: FlowToken, request: Init | Back | Exchange) -> Screen:
    """Answer what comes after the last step: that step again, and nothing else."""
    if _text(request.data, "step") != "start":
        raise _ended("ended")
    return _done(token, _text(request.data, "bank"))


def _done(token: FlowToken, slug: str) -> Screen:
    if token.bank is None or token.bank.slug != slug:
        raise _ended("ended")
    return native_flow.done_screen(_option(token.bank))


def _require_reach(token: FlowToken) -> Reach:
    """Return how the person is reached; raise TokenEnded when the link could not go to them."""
    user, to = token.message.flow.user, token.message.phone
    try:
        reached = reach.of(user=user, to=to)
    except exceptions.InactiveSubscription:
        raise _ended("without_plan") from None
    except exceptions.OptedOut:
        raise _ended("opted_out") from None
    except exceptions.FlowError:
        raise _ended("ended") from None
    if reached.route != ConnectionRoute.FLOW:
        raise _ended("without_plan")
    is_valid = user.is_active and token.expires_at > timezone.now()
    # Tapping in a Flow does not open the window; the link would be refused.
    if not (is_valid and reached.is_in_window and owners.reaches(user, address=to)):
        raise _ended("ended")
    return reached


def _is_full(token: FlowToken, bank: Bank) -> bool:
    """Tell whether the person has all the connections that their plan includes, without this.

    Raises TokenEnded when it includes none any more.
    """
    try:
        allowances.require(user=token.message.flow.user, bank=bank)
    except exceptions.ConnectionLimitReached:
        return True
    except exceptions.FlowError:
        raise _ended("without_plan") from None
    return False


def _banks(query: str = "", *, nothing_chosen: bool = False) -> Screen:
    """List what the query finds, or else the favourites and then the others."""
    banks = list(Bank.objects.active().order_by("-is_favourite", "position", "name"))
    if not banks:
        raise _ended("no_banks")
    hits = catalogue.rank(query, banks) if query.strip() else banks
    shown = (hits or banks)[: native_flow.LISTED]
    logos = Bank.objects.filter(pk__in=[bank.pk for bank in shown]).logos()
    options = [replace(_option(bank), logo_png=logos.get(bank.slug)) for bank in shown]
    return native_flow.banks_screen(options, query, len(hits), nothing_chosen=nothing_chosen)


def _bank(data: Mapping[str, object]) -> Bank | None:
    return Bank.objects.active().filter(slug=_text(data, "bank")).first()


def _option(bank: Bank) -> BankOption:
    return BankOption(id=bank.slug, title=bank.name, description=bank.legal_name)


def _refreshed(bank: Bank, name: str) -> Screen:
    """Show the steps again, with a note of why they were not gone on with."""
    screen = native_flow.steps_screen(_option(bank))
    screen["data"]["error_message"] = _words(name)
    return screen


def _text(data: Mapping[str, object], name: str) -> str:
    value = data.get(name)
    return value if isinstance(value, str) else ""


def _ended(name: str) -> TokenEnded:
    return TokenEnded(_words(name))


def _words(name: str) -> str:
    return render_to_string(f"bank_flow/{name}.txt", using="whatsapp").strip()
