from typing import Any

import pytest

from tests.whatsapp.updates import recorded
from tests.whatsapp.updates.recorded import ANA, OURS, THEIRS, USER_ID, WA_ID
from whatsapp import updates

NEW_USER_ID = "BR.20000000000000000001"


def envelope(
    *, context: str | None = OURS, sender: updates.Sender = ANA, at: int = 1750030073
) -> dict[str, Any]:
    return {
        "key": f"message:{THEIRS}",
        "phone_number_id": recorded.NUMBER,
        "sender": sender,
        "message_id": THEIRS,
        "at": recorded.at(at),
        "context_message_id": context,
    }


NEW = envelope(context=None)
REPLY = envelope()
HIDDEN = updates.Sender(wa_id=None, user_id=USER_ID, name="Ana")

MESSAGES = {
    "message_text": updates.Text(**NEW, body="Oi, quero conectar meu banco 🏦"),
    "message_text_in_reply": updates.Text(**REPLY, body="Itaú"),
    "message_text_without_wa_id": updates.Text(**NEW | {"sender": HIDDEN}, body="oi"),
    "message_text_without_user_id": updates.Text(
        **NEW | {"sender": updates.Sender(wa_id=WA_ID, user_id=None, name="Ana")}, body="oi"
    ),
    "message_text_without_contacts": updates.Text(
        **NEW | {"sender": updates.Sender(wa_id=WA_ID, user_id=USER_ID, name=None)}, body="oi"
    ),
    "message_text_with_nul": updates.Text(**NEW, body="a\N{REPLACEMENT CHARACTER}b"),
    "message_with_int_timestamp": updates.Text(**NEW, body="oi"),
    "message_template_quick_reply": updates.TemplateReply(
        **REPLY, payload="agora_nao", text="Agora não"
    ),
    "message_list_reply": updates.ListReply(
        **REPLY, id="bank:1a2b", title="Nubank", description="Pessoa física"
    ),
    "message_list_reply_without_context": updates.ListReply(
        **NEW, id="bank:other", title="Outro banco", description=None
    ),
    "message_button_reply": updates.ButtonReply(**REPLY, id="cn:retry", title="Tentar de novo"),
    "message_flow_reply": updates.FlowReply(
        **REPLY, flow_token="ft_9xQ2", response={"flow_token": "ft_9xQ2", "bank": "1a2b"}
    ),
    "message_flow_reply_without_token": updates.FlowReply(
        **REPLY, flow_token=None, response={"bank": "1a2b"}
    ),
    "message_contacts_requested": updates.SharedContacts(
        **REPLY | {"sender": HIDDEN},
        contacts=(updates.SharedContact(name="Ana Souza", wa_ids=(WA_ID,), is_requested=True),),
    ),
    "message_contacts_shared": updates.SharedContacts(
        **NEW,
        contacts=(
            updates.SharedContact(name="Beto Lima", wa_ids=("552188887777",), is_requested=False),
        ),
    ),
    "message_reaction": updates.Reaction(**NEW, reacted_message_id=OURS, emoji="👍"),
    "message_reaction_removed": updates.Reaction(**NEW, reacted_message_id=OURS, emoji=None),
    **{
        f"message_{kind}": updates.Media(**NEW, kind=kind)
        for kind in ("audio", "document", "image", "sticker", "video")
    },
    "message_location": updates.OtherMessage(**NEW, kind="location", failure=None),
    "message_of_new_type": updates.OtherMessage(**NEW, kind="hologram", failure=None),
    "message_interactive_of_new_type": updates.OtherMessage(
        **REPLY, kind="call_permission_reply", failure=None
    ),
    "message_unsupported": updates.OtherMessage(
        **NEW,
        kind="poll_creation",
        failure=updates.Failure(
            code=131051,
            title="Message type unknown",
            details="Message type is currently not supported.",
        ),
    ),
    "message_unavailable": updates.OtherMessage(
        **NEW,
        kind="unsupported",
        failure=updates.Failure(
            code=131060,
            title="This message is unavailable",
            details="This message is unavailable",
        ),
    ),
}


@pytest.mark.parametrize("name", MESSAGES)
def test_a_message_is_read_whole(name: str) -> None:
    assert recorded.only(name) == MESSAGES[name]


def test_a_new_number_is_told_with_what_it_replaces() -> None:
    assert recorded.only("system_user_changed_number") == updates.SystemChange(
        key=f"message:{THEIRS}",
        phone_number_id=recorded.NUMBER,
        kind=updates.SystemChangeKind.NUMBER,
        message_id=THEIRS,
        at=recorded.at(1750030073),
        wa_id="5521912345678",
        previous_wa_id=WA_ID,
        user_id=NEW_USER_ID,
        previous_user_id=USER_ID,
    )


def test_a_new_user_id_is_told_without_any_number() -> None:
    assert recorded.only("system_user_changed_user_id") == updates.SystemChange(
        key=f"message:{THEIRS}",
        phone_number_id=recorded.NUMBER,
        kind=updates.SystemChangeKind.USER_ID,
        message_id=THEIRS,
        at=recorded.at(1750030073),
        wa_id=None,
        previous_wa_id=None,
        user_id=NEW_USER_ID,
        previous_user_id=USER_ID,
    )


@pytest.mark.parametrize(
    ("name", "reason"),
    [
        ("message_text_without_body", "no body"),
        ("message_from_nobody", "no sender"),
        ("message_flow_reply_malformed", "response_json is not JSON in UTF-8"),
        ("system_of_new_type", "the system message is of an unknown kind"),
    ],
)
def test_a_malformed_message_is_kept_with_the_reason(name: str, reason: str) -> None:
    assert recorded.only(name) == updates.Unknown(
        key=f"message:{THEIRS}", phone_number_id=recorded.NUMBER, reason=reason
    )
