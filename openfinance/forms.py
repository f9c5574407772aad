"""The forms that one message can take, and which of them WhatsApp takes now."""

from enum import Enum, auto
from typing import assert_never

from accounts.models import ConnectionRoute, User
from openfinance import exceptions, invitations, message_templates, template_invitations
from openfinance.reach import Reach
from whatsapp import approved_templates, native_flows
from whatsapp.exceptions import Unavailable
from whatsapp.messages import Message, Template
from whatsapp.template_definitions import Category


class Form(Enum):
    """What kind of message is asked for, whatever else might be sent."""

    LIST = auto()  # no WhatsApp Flow
    TEMPLATE = auto()


def compose(*, user: User, reached: Reach, form: Form | None = None) -> Message:
    """Build what the user gets: in the window the best there is, outside of it a template.

    Raises TemplateUnavailable, Unavailable when templates are stopped, and OptedOut for a marketing
    template to somebody who wants none.
    """
    if form is Form.TEMPLATE or not reached.is_in_window:
        return _template(reached)
    match reached.route:
        case ConnectionRoute.FLOW:
            native = None if form is Form.LIST else native_flows.usable()
            if native:
                return invitations.native_flow(native, user=user)
            return invitations.bank_list(user=user)
        case ConnectionRoute.NOTICE:
            return invitations.upgrade_notice(user=user)
    assert_never(reached.route)


def _template(reached: Reach) -> Template:
    if reached.are_templates_stopped:
        raise Unavailable
    match reached.route:
        case ConnectionRoute.FLOW:
            name, build = message_templates.CHOOSE_BANK, template_invitations.choose_bank
        case ConnectionRoute.NOTICE:
            name, build = message_templates.PREMIUM_NOTICE, template_invitations.premium_notice
        case _:
            assert_never(reached.route)
    row = approved_templates.require(name)
    # Its category is what Meta made of it, and not what we asked for.
    if row.category == Category.MARKETING and reached.has_stopped_marketing:
        raise exceptions.OptedOut
    return build(row)
