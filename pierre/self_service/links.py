"""The link that lets a person in by e-mail.

It may be opened on another device than the one that asked: people ask on a computer and read their
mail on the phone. Nobody gains by asking in another's name, because the session begins where the
link is used. Its token is made of the row's id and a key, and stands nowhere but in the mail.
"""

from datetime import timedelta
from uuid import UUID

from django.conf import settings
from django.core.mail import send_mail
from django.db import transaction
from django.db.models import Value
from django.db.models.functions import Lower
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import timezone
from django.utils.crypto import constant_time_compare

from accounts import audit
from accounts.models import SignInLink, User
from pierre.self_service import sessions
from whatsapp import jobs, tokens

LASTS = timedelta(minutes=15)


class NotMailed(Exception):
    """The mail server did not take the mail; what it said may name the person, so it is not told"""


def send(*, email: str) -> None:
    """Have a link mailed to whose address this is; nobody's gets the same work, and no mail."""
    person = User.objects.alias(lower=Lower("email")).filter(lower=Lower(Value(email)))
    user = person.filter(is_active=True).first()
    now = timezone.now()
    link = SignInLink(user=user, created_at=now, expires_at=now + LASTS)
    link.mark = sessions.mark(user) if user else ""
    link.digest = _digest(token(link))
    with transaction.atomic():
        link.save(force_insert=True)
        jobs.enqueue(
            "pierre.tasks.mail_sign_in_link", queue=jobs.Queue.DOMAIN, link_id=str(link.pk)
        )


def mail(link_id: UUID) -> None:
    """Send the mail of a link that still lets somebody in. Raises NotMailed."""
    link = SignInLink.objects.live().select_related("user").filter(pk=link_id).first()
    if link is None or link.user is None:
        return
    path = reverse("account-link", args=[token(link)])
    context = {
        "name": link.user.get_short_name(),
        "url": f"{settings.PUBLIC_URL}{path}",
        "minutes": int(LASTS.total_seconds() // 60),
    }
    subject = render_to_string("account/email/sign_in_subject.txt").strip()
    text = render_to_string("account/email/sign_in.txt", context)
    try:
        send_mail(subject, text, None, [link.user.email])
    except OSError as error:
        raise NotMailed(type(error).__name__) from None


def find(text: str) -> SignInLink | None:
    """Return the link of a token with its user, if it still lets them in. Takes any text."""
    links = SignInLink.objects.live().select_related("user")
    link = links.filter(digest=_digest(text)).first()
    if link is None or link.user is None:
        return None
    return link if constant_time_compare(link.mark, sessions.mark(link.user)) else None


def use(text: str) -> User | None:
    """Use a link up, and with it the person's others; None when it lets nobody in."""
    with transaction.atomic():
        link = find(text)
        if link is None or link.user is None or not _use_up(link, link.user):
            _refuse(text)
            return None
    return link.user


def token(link: SignInLink) -> str:
    """Return what the link's address ends with."""
    return tokens.derive(link.pk, key=settings.LINK_KEY)


def _use_up(link: SignInLink, user: User) -> bool:
    # In one order: two of a person's links used at once must not wait for each other.
    User.objects.select_for_update(no_key=True).get(pk=user.pk)
    now, unused = timezone.now(), SignInLink.objects.filter(used_at=None)
    if not unused.filter(pk=link.pk).update(used_at=now):
        return False
    unused.filter(user=user).update(used_at=now)
    return True


def _refuse(text: str) -> None:
    """Record that somebody came too late; a token that never was is nobody's affair."""
    link = SignInLink.objects.filter(digest=_digest(text)).exclude(user=None).first()
    if link:
        audit.record(
            user=link.user_id, act=audit.Act.SIGN_IN_REFUSED, target=link, result="link_over"
        )


def _digest(text: str) -> str:
    return tokens.digest(text, key=settings.LINK_KEY)
