"""Hear what a person wrote or tapped, and answer at most once."""

from dataclasses import replace
from datetime import timedelta
from typing import Literal, assert_never

from accounts import origins
from accounts.models import User
from accounts.origins import ActorKind, Origin
from openfinance.chat import answers, choosing, meanings, opting, requests, standing, turns
from openfinance.chat.meanings import Asked, BankPicked, ConnectionPicked, FlowFinished, Meaning
from openfinance.chat.turns import Turn
from openfinance.chat.vocabulary import Consent
from openfinance.exceptions import OptedOut
from whatsapp import updates
from whatsapp.models import Contact, OutgoingMessage

DAY = timedelta(days=1)


def hear(*, contact: Contact, message: updates.Message) -> None:
    """Do what a message asks for and queue the one answer to it, if it gets one.

    Needs the transaction in which the message is recorded, so that it is answered once.
    """
    meaning = meanings.of(message)
    if meaning is None:
        return
    turn = turns.take(contact=contact, message=message)
    with origins.acting(_origin(turn)):
        turn.end(_answer(turn, meaning))


def _origin(turn: Turn) -> Origin:
    """Return who acts, as the audit wants to know it: the person, by way of our job."""
    origin = replace(origins.current.get(), channel="whatsapp")
    return replace(origin, kind=ActorKind.USER, actor=str(turn.user.pk)) if turn.user else origin


def _answer(turn: Turn, meaning: Meaning) -> OutgoingMessage | None:
    is_out = turn.contact.opted_out_at is not None
    if meaning is Consent.STOP:
        return opting.opt_out(turn)
    if meaning is Consent.RESUME and is_out:
        return opting.opt_in(turn)
    has_ended = isinstance(meaning, ConnectionPicked) and standing.heed(turn, meaning)
    if turn.is_late or not turn.has_answers_left():
        return None
    if is_out:
        return _remind(turn, meaning)
    if turn.user is None:
        return _answer_stranger(turn)
    return _answer_user(turn, turn.user, meaning, has_ended=has_ended)


def _answer_user(
    turn: Turn,
    user: User,
    meaning: Literal[Consent.RESUME] | BankPicked | ConnectionPicked | FlowFinished | Asked,
    *,
    has_ended: bool,
) -> OutgoingMessage | None:
    match meaning:
        case Consent.RESUME:  # perhaps they look for the way back to where it began
            return requests.give_help(turn)
        case BankPicked():
            return choosing.pick(turn, user, meaning)
        case ConnectionPicked():
            return standing.pick(turn, user, meaning, has_ended=has_ended)
        case FlowFinished():
            return requests.finish(turn, user, meaning)
        case Asked():
            return requests.fulfil(turn, user, meaning)
    assert_never(meaning)


def _answer_stranger(turn: Turn) -> OutgoingMessage | None:
    return turn.say(answers.stranger()) if turn.take_help(every=DAY) else None


def _remind(turn: Turn, meaning: Meaning) -> OutgoingMessage | None:
    """Confirm the opt-out again to who taps something of ours all the same, once a day."""
    is_tap = isinstance(meaning, ConnectionPicked | BankPicked | FlowFinished) or (
        isinstance(meaning, Asked) and meaning.is_tap
    )
    if is_tap and turn.take_help(every=DAY):
        return turn.say(answers.refused(OptedOut()))
    return None
