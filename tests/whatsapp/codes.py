"""One-time codes as a phone gets them: made of the message's id, as they stand nowhere else."""

from django.conf import settings

from accounts.models import PhoneVerification, User
from whatsapp import phone_codes, tokens
from whatsapp.models import MessageTemplate

HOME = "203.0.113.7"


def approve() -> MessageTemplate:
    """Store the template of codes as a sync does once Meta has approved it."""
    return MessageTemplate.objects.create(
        name=phone_codes.TEMPLATE,
        meta_id="1689556908",
        category="AUTHENTICATION",
        status=MessageTemplate.Status.APPROVED,
        components=[],
    )


def send(user: User, phone: str = "", address: str = HOME) -> PhoneVerification:
    """Ask for a code to a number, the user's own unless another is given."""
    return phone_codes.send_verification(user=user, phone=phone or user.phone, address=address)


def read(attempt: PhoneVerification) -> str:
    """Return the code, as whoever has the phone reads it."""
    return tokens.derive_code(attempt.pk, key=settings.LINK_KEY)


def wrong(attempt: PhoneVerification, step: int = 1) -> str:
    """Return a code that is not the one."""
    return f"{(int(read(attempt)) + step) % 10**6:06}"


def verify(user: User, phone: str) -> User:
    """Let the user prove that a number is theirs."""
    return phone_codes.confirm_verification(user=user, code=read(send(user, phone)))
