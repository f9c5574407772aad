"""What can be done in the conversation with the connections that a person has."""

from typing import assert_never

from accounts.models import User
from openfinance import catalogue, choices, connections, life
from openfinance.chat import answers, choosing
from openfinance.chat.meanings import Act, ConnectionPicked
from openfinance.chat.turns import Turn
from openfinance.models import Bank, ConnectionLink, Consent
from whatsapp.models import OutgoingMessage


def heed(turn: Turn, picked: ConnectionPicked) -> bool:
    """End a connection if that was tapped; True when something ended.

    This is done whether or not the tap gets an answer: what is revoked does not wait for one.
    """
    connection = turn.user and connections.find(user=turn.user, connection_id=picked.id)
    if picked.act is not Act.END or not connection:
        return False
    # A tap that we hear of so late is not about what they agreed to since.
    until = turn.at if turn.is_late else None
    return bool(life.revoke(connection=connection, agreed_until=until))


def pick(turn: Turn, user: User, picked: ConnectionPicked, *, has_ended: bool) -> OutgoingMessage:
    """Answer the tap on something of a connection, if that is theirs."""
    connection = connections.find(user=user, connection_id=picked.id)
    if connection is None:
        return turn.say(answers.old_reply())
    match picked.act:
        case Act.ASK:
            found = connections.standing(connections.of(user))
            if any(consent.connection_id == connection.pk for consent in found):
                return turn.say(answers.ask_to_end(connection.bank, connection.pk))
            return turn.say(answers.nothing_to_end())
        case Act.END:
            ended = answers.ending(connection.bank) if has_ended else answers.nothing_to_end()
            return turn.say(ended)
        case Act.RENEW:
            return _renew(turn, user, connection.bank)
    assert_never(picked.act)


def end(turn: Turn, user: User, bank: str) -> OutgoingMessage:
    """Ask which connection to end, and whether to; `bank` may name one, or be ""."""
    match _meant(connections.standing(connections.of(user)), bank):
        case []:
            return turn.say(answers.nothing_to_end())
        case [consent]:
            asked = answers.ask_to_end(consent.connection.bank, consent.connection_id)
            return turn.say(asked)
        case several:
            return turn.say(answers.which_to_end(several))


def renew(turn: Turn, user: User, bank: str) -> OutgoingMessage | None:
    """Lead to the bank of a connection again, or ask which; None when they have none."""
    match _meant([one for one in connections.of(user) if one.authorised_at], bank):
        case []:
            return None
        case [consent]:
            return _renew(turn, user, consent.connection.bank)
        case several:
            return turn.say(answers.which_to_renew(several))


def manage(turn: Turn, user: User) -> OutgoingMessage:
    """Lead to the page of their connections."""
    if not connections.of(user):
        return turn.say(answers.no_connections())
    return choices.manage(user=user, to=turn.contact.address).message


def _renew(turn: Turn, user: User, bank: Bank) -> OutgoingMessage:
    if not Bank.objects.active().filter(pk=bank.pk).exists():
        return turn.say(answers.unavailable_bank(bank))
    return choosing.choose(turn, user, bank, via=ConnectionLink.Via.RENEWAL)


def _meant(found: list[Consent], bank: str) -> list[Consent]:
    """Return those of a bank that was named, or all."""
    named = [one for one in found if bank and catalogue.is_named(one.connection.bank, bank)]
    return named or found
