"""Whatever Meta tells, in whatever order, grouping and however often, the rows end the same."""

import json
from itertools import pairwise
from typing import Any
from uuid import UUID

import pytest
from django.utils import timezone
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from hypothesis.extra.django import TestCase

from accounts.models import User
from tests.whatsapp import hooks, people
from tests.whatsapp.updates import recorded
from whatsapp import inbox, signals, updates
from whatsapp.models import (
    Contact,
    ContactFact,
    IncomingUpdate,
    MessageStatus,
    OutgoingMessage,
    WebhookEvent,
)

Json = dict[str, Any]

# The first is the one that recorded statuses name.
OURS = [UUID(int=n) for n in (0x5F0F6D0E8F594F0E9A0C0B6A4AD0A001, 1, 2)]
NOW = int(timezone.now().timestamp())
NUMBERS = ["5511987654321", "551187654321", "5521912345678"]
USER_IDS = [recorded.USER_ID, "BR.2"]

_KINDS = ("status_", "message_", "system_", "user_preferences_", "errors_alone")
_OTHERS = ("message_template_status", "message_template_quality")


def _recorded() -> list[Json]:
    """Return the changes of the recorded POSTs that are about messages and people.

    Each message gets an id of its own; of other updates with one key the first is taken, as Meta
    never tells two things under one.
    """
    found: dict[str, Json] = {}
    for name in recorded.names():
        if name.startswith(_KINDS) and not name.startswith(_OTHERS):
            text = recorded.body(name).decode().replace(recorded.THEIRS, recorded.THEIRS + name)
            for entry in json.loads(text)["entry"]:
                for change in entry["changes"]:
                    found.setdefault(_keys(change), change)
    return list(found.values())


def _keys(change: Json) -> str:
    return " ".join(piece.key for piece in updates.split(hooks.body(change)))


def _status(word: str, place: int, ago: int, code: int) -> Json:
    key = f"wamid.{place}" if place else recorded.OURS
    if word == "failed":
        told = hooks.failed(code, of=OURS[place], at=NOW - ago, id=key)
    else:
        told = hooks.status(word, of=OURS[place], at=NOW - ago, id=key)
    return hooks.messages(statuses=[told])


def _text(number: str | None, user_id: str | None, ago: int) -> Json:
    named = {"from": number, "from_user_id": user_id}
    message = hooks.text("oi", key=f"wamid.{number}.{user_id}.{ago}")
    message |= {"timestamp": str(NOW - ago * 3600), "from": None} | named
    return hooks.messages(messages=[{name: value for name, value in message.items() if value}])


def _moved(number: str, new: str, user_id: str, ago: int) -> Json:
    message = {
        "from": number,
        "id": f"wamid.{number}.{new}.{user_id}.{ago}",
        "timestamp": str(NOW - ago * 3600),
        "type": "system",
        "system": {"type": "user_changed_number", "wa_id": new, "user_id": user_id},
    }
    return hooks.messages(messages=[message])


def _preference(number: str, value: str, ago: int) -> Json:
    wish = {
        "wa_id": number,
        "category": "marketing_messages",
        "value": value,
        "timestamp": NOW - ago * 3600,
    }
    metadata = {"phone_number_id": recorded.NUMBER}
    return {
        "field": "user_preferences",
        "value": {"metadata": metadata, "user_preferences": [wish]},
    }


_ago = st.integers(0, 4)
_number, _user_id = st.sampled_from(NUMBERS), st.sampled_from(USER_IDS)
_words = st.sampled_from(["sent", "delivered", "read", "played", "failed", "a_new_word"])
Change = st.one_of(
    st.sampled_from(_recorded()),
    st.builds(
        _status, _words, st.integers(0, 2), _ago, st.sampled_from([131026, 131049, 131047, 190])
    ),
    st.builds(_text, _number, st.none() | _user_id, _ago),
    st.builds(_text, st.none(), _user_id, _ago),
    st.builds(_moved, _number, _number, _user_id, _ago),
    st.builds(_preference, _number, st.sampled_from(["stop", "resume"]), _ago),
)


def _receive(*posts: list[Json]) -> None:
    for changes in posts:
        inbox.store(hooks.body(*changes))
        inbox.split()
        while inbox.process():
            pass


def _rows() -> Json:
    """Return all that is known, but for when it was written and under which keys."""
    messages = OutgoingMessage.objects.order_by("pk").values(
        "pk",
        "status",
        "delivery",
        "whatsapp_id",
        "is_permanent",
        "error_code",
        "error_details",
        "next_step",
    )
    history = MessageStatus.objects.order_by("message", "at", "state")
    told = IncomingUpdate.objects.order_by("key")
    return {
        "messages": list(messages),
        "history": list(history.values_list("message", "state", "at", "error_code")),
        "updates": list(told.values_list("key", "outcome", "attempts", "next_attempt_at")),
        "contacts": people.rows(),
    }


def _forget() -> None:
    for model in (IncomingUpdate, WebhookEvent, OutgoingMessage, Contact, ContactFact):
        model._base_manager.all().delete()


def _begin() -> None:
    """Write messages in each state that a status may find."""
    states = OutgoingMessage.Status
    for key, status in zip(OURS, (states.ACCEPTED, states.UNKNOWN, states.SENDING), strict=True):
        OutgoingMessage.objects.create(
            pk=key,
            phone="+5511987654321",
            kind="text",
            payload={},
            status=status,
            whatsapp_id=recorded.OURS if status == states.ACCEPTED else "",
            sending_since=timezone.now(),
            error_details="timeout" if status == states.UNKNOWN else "",
        )


class AnyOrder(TestCase):
    @pytest.fixture(autouse=True)
    def _nobody_answers(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """What a message sets off above comes once, as the update does; it is not this test's."""
        monkeypatch.setattr(signals.message_received, "receivers", [])
        monkeypatch.setattr(signals.message_refused, "receivers", [])

    @settings(deadline=None, max_examples=60, suppress_health_check=list(HealthCheck))
    @given(changes=st.lists(Change, min_size=1, max_size=10), data=st.data())
    def test_shuffled_repeated_and_split_updates_end_in_the_same_rows(
        self, changes: list[Json], data: st.DataObject
    ) -> None:
        User.objects.create_user(
            "ana@example.com", phone="+5511987654321", phone_verified_at=timezone.now()
        )
        _begin()
        _receive(*([change] for change in changes))
        expected = _rows()
        assert {row[2] for row in expected["updates"]} == {0}
        _forget()
        _begin()
        repeated = changes + data.draw(st.lists(st.sampled_from(changes), max_size=4))
        shuffled = data.draw(st.permutations(repeated))
        cuts = data.draw(st.lists(st.integers(0, len(shuffled)), max_size=4))
        places = [0, *sorted(cuts), len(shuffled)]
        _receive(*(shuffled[a:b] for a, b in pairwise(places)))
        assert _rows() == expected
