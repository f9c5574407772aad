"""What Meta tells us by webhook: checked, taken apart, and read into values. No I/O.

`is_genuine` checks who sent a POST, `split` takes it apart into pieces to store under unique keys,
and `read` says what a piece means.
"""

from whatsapp.updates.account import AccountEvent, AccountUpdate, TemplateStatus
from whatsapp.updates.base import Failure
from whatsapp.updates.inbound import (
    ButtonReply,
    FlowReply,
    ListReply,
    Media,
    OtherMessage,
    Reaction,
    Sender,
    SharedContact,
    SharedContacts,
    TemplateReply,
    Text,
)
from whatsapp.updates.numbers import variants
from whatsapp.updates.pieces import Piece
from whatsapp.updates.reading import read
from whatsapp.updates.signatures import is_genuine
from whatsapp.updates.splitting import LONGEST_BODY, split
from whatsapp.updates.strict_json import Unreadable
from whatsapp.updates.values import (
    DeliveryState,
    Message,
    Preference,
    PreferenceChange,
    ReportedFailure,
    Status,
    SystemChange,
    SystemChangeKind,
    Unknown,
    Update,
)

__all__ = [
    "LONGEST_BODY",
    "AccountEvent",
    "AccountUpdate",
    "ButtonReply",
    "DeliveryState",
    "Failure",
    "FlowReply",
    "ListReply",
    "Media",
    "Message",
    "OtherMessage",
    "Piece",
    "Preference",
    "PreferenceChange",
    "Reaction",
    "ReportedFailure",
    "Sender",
    "SharedContact",
    "SharedContacts",
    "Status",
    "SystemChange",
    "SystemChangeKind",
    "TemplateReply",
    "TemplateStatus",
    "Text",
    "Unknown",
    "Unreadable",
    "Update",
    "is_genuine",
    "read",
    "split",
    "variants",
]
