"""What a person is told of a consent: each thing once, or why it could not be told."""

from collections.abc import Sequence
from typing import assert_never

from django.db import transaction
from django.template.loader import render_to_string

from openfinance import consents, message_templates, permissions, reach, refusals, telling
from openfinance.exceptions import FlowError
from openfinance.forms import Form
from openfinance.models import Consent, Notice
from openfinance.reach import Way
from whatsapp import outbox
from whatsapp.exceptions import WhatsAppError
from whatsapp.messages import (
    Message,
    QuickReply,
    ReplyButton,
    ReplyButtons,
    Template,
    Text,
    TextParameter,
)
from whatsapp.models import OutgoingMessage

Kind = Notice.Kind
Reason = Consent.Reason

_WARNINGS = (Kind.ENDS_IN_14, Kind.ENDS_IN_7, Kind.ENDS_IN_1)
# What comes back with a tap on "Renovar": this and the connection's id.
RENEW_BUTTON = "renew:"


def tell(consent: Consent, kind: Notice.Kind) -> bool:
    """Queue the message that tells a person about a consent, once; True when there is one.

    A worker sends it once the caller's transaction commits. What keeps it from being sent is
    written down instead, for staff, and is no error.
    """
    with transaction.atomic():
        notice, is_new = Notice.objects.get_or_create(
            consent=consent, kind=kind, until=consent.expires_at if kind in _WARNINGS else None
        )
        if not is_new:
            return False
        user = consent.connection.user
        try:
            way = reach.whatever_their_plan(user=user)
            message = _compose(consent, kind, way)
        except (FlowError, WhatsAppError) as error:
            notice.obstacle = error.code
        else:
            notice.message = outbox.queue(to=way.to, message=message, user=user)
        notice.save(update_fields=["message", "obstacle"])
    return notice.message is not None


def fall_back(refused: OutgoingMessage) -> bool:
    """Queue what may go out in the place of a refused notice; False when the message is none.

    Needs the transaction in which the refusal is recorded.
    """
    rows = Notice.objects.select_related("consent__connection__bank", "consent__connection__user")
    notice = rows.filter(message=refused).first()
    if notice is None:
        return False
    instead = refusals.learn(refused)
    if instead is None:
        return True
    consent, kind = notice.consent, Kind(notice.kind)
    user = consent.connection.user
    try:
        way = reach.whatever_their_plan(user=user)
        message = _compose(consent, kind, way, form=instead.form)
    except (FlowError, WhatsAppError) as error:
        notice.obstacle = error.code
    else:
        notice.message = outbox.queue(to=instead.to, message=message, user=user, replaces=refused)
    notice.save(update_fields=["message", "obstacle"])
    return True


def _compose(consent: Consent, kind: Notice.Kind, way: Way, *, form: Form | None = None) -> Message:
    """Build what may be sent now. Raises Unavailable, TemplateUnavailable and OptedOut."""
    if telling.is_in_words(way, form=form):
        return _words(consent, kind)
    return _template(consent, kind, way)


def _words(consent: Consent, kind: Notice.Kind) -> Message:
    match kind:
        case Kind.CONNECTED:
            granted = permissions.groups(consent.granted_permissions)
            return Text(body=_text("connected", consent, groups=[group.label for group in granted]))
        case Kind.REFUSED:
            return Text(body=_text("refused", consent))
        case Kind.ENDED:
            body = _text("ended", consent)
            is_wanted = consent.reason != Reason.CUSTOMER_MANUALLY_REVOKED
            # Nobody is asked back who has just left.
            return _with_renewal(consent, body) if is_wanted else Text(body=body)
        case Kind.ENDS_IN_14 | Kind.ENDS_IN_7 | Kind.ENDS_IN_1:
            return _with_renewal(consent, _text("ending", consent))
    assert_never(kind)


def _with_renewal(consent: Consent, body: str) -> ReplyButtons:
    button = ReplyButton(id=_renewal(consent), title=_text("button_renew", consent))
    return ReplyButtons(body=body, buttons=(button,))


def _template(consent: Consent, kind: Notice.Kind, way: Way) -> Template:
    buttons: tuple[QuickReply, ...] = ()
    match kind:
        case Kind.CONNECTED | Kind.REFUSED | Kind.ENDED:
            name = message_templates.RESULT
            texts = {"resultado": _text(f"result_{kind}", consent)}
        case Kind.ENDS_IN_14 | Kind.ENDS_IN_7 | Kind.ENDS_IN_1:
            name = message_templates.ENDING
            texts = {"data": _text("date", consent)}
            buttons = (QuickReply(index=0, payload=_renewal(consent)),)
        case _:
            assert_never(kind)
    row = telling.approved(name, way)
    texts["banco"] = consent.connection.bank.name
    body = tuple(TextParameter(name=name, text=text) for name, text in texts.items())
    return Template(name=row.name, language=row.language, body=body, buttons=buttons)


def _renewal(consent: Consent) -> str:
    return f"{RENEW_BUTTON}{consent.connection_id}"


def _text(name: str, consent: Consent, *, groups: Sequence[str] = ()) -> str:
    context = {
        "consent": consent,
        "bank": consent.connection.bank,
        "groups": groups,
        "is_expired": consents.shown(consent) is Consent.Shown.EXPIRED,
        "is_broken": consent.reason == Reason.CONSENT_TECHNICAL_ISSUE,
        "is_by_us": consent.revocation_requested_at is not None,
        "keeps_another": Consent.objects.authorised()
        .filter(connection=consent.connection_id)
        .exclude(pk=consent.pk)
        .exists(),
    }
    return render_to_string(f"notices/{name}.txt", context, using="whatsapp").strip()
