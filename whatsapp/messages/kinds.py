from enum import StrEnum


class Kind(StrEnum):
    """The shape of a message."""

    TEXT = "text"
    INTERACTIVE_LIST = "interactive_list"
    REPLY_BUTTONS = "reply_buttons"
    CTA_URL = "cta_url"
    FLOW = "flow"
    TEMPLATE = "template"
