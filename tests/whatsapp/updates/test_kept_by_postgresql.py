import json

import pytest
from django.db import connection

from tests.whatsapp.updates import recorded
from whatsapp import updates

AWKWARD = rb"""{"entry": [{"id": "\u0000", "changes": [{"field": "messages", "value": {"messages": [
    {"id": "a\u0000b\ud800", "\udfff": ["\\u0000", 1e308, 5e-324, -0.0, %s]}]}}]}]}"""


def kept(piece: updates.Piece) -> updates.Piece:
    with connection.cursor() as cursor:
        cursor.execute("SELECT %s::text, %s::jsonb", [piece.key, json.dumps(piece.content)])
        [key, content] = cursor.fetchone()
    return updates.Piece(key=key, content=json.loads(content))


@pytest.mark.django_db
@pytest.mark.parametrize("name", recorded.names())
def test_a_recorded_update_is_kept_as_it_is(name: str) -> None:
    for piece in updates.split(recorded.body(name)):
        assert kept(piece) == piece


@pytest.mark.django_db
def test_what_jsonb_would_refuse_is_kept_too() -> None:
    [piece] = updates.split(AWKWARD % (b"9" * 4000))
    assert (
        kept(piece).key
        == piece.key
        == "message:a\N{REPLACEMENT CHARACTER}b\N{REPLACEMENT CHARACTER}"
    )
