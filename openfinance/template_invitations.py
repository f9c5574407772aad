"""What the person receives outside the 24-hour window: our templates as Meta approved them."""

from collections.abc import Iterable

from django.conf import settings
from django.template.loader import render_to_string

from accounts.models import Plan
from openfinance.invitations import BANK_ROW, OTHER_BANK_ROW
from whatsapp.messages import QuickReply, Template, TextParameter
from whatsapp.models import MessageTemplate

# The whole body is at most 1024; the rest of the notice leaves room for this.
_BENEFITS = 600


def choose_bank(row: MessageTemplate) -> Template:
    """Build the Premium flow: the banks in the buttons that Meta approved, and any other."""
    payloads = [*(f"{BANK_ROW}{slug}" for slug in row.fills["banks"]), OTHER_BANK_ROW]
    buttons = (QuickReply(index=index, payload=text) for index, text in enumerate(payloads))
    return Template(name=row.name, language=row.language, buttons=tuple(buttons))


def premium_notice(row: MessageTemplate) -> Template:
    """Build the notice for plans without the connection: what the upgrade gives, and who helps."""
    plan = Plan.objects.upgrade()
    benefits = [benefit.text for benefit in plan.benefits.all()] if plan else []
    texts = {
        "plano": _text("plan", plan=plan),
        "beneficios": _joined(benefits) or _text("no_benefits"),
        "suporte": settings.SUPPORT_CONTACT,
    }
    body = (TextParameter(name=name, text=_line(text)) for name, text in texts.items())
    return Template(name=row.name, language=row.language, body=tuple(body))


def _joined(benefits: Iterable[str]) -> str:
    """Return as many of the benefits as there is room for, the first ones first."""
    joined = ""
    for benefit in benefits:
        longer = f"{joined}; {benefit}" if joined else benefit
        if len(longer) > _BENEFITS:
            break
        joined = longer
    return joined


def _line(text: str) -> str:
    """Return a text as a parameter may be: in one line, without runs of spaces."""
    return " ".join("".join(c if c.isprintable() else " " for c in text).split())


def _text(name: str, **context: object) -> str:
    return render_to_string(f"premium_template/{name}.txt", context, using="whatsapp")
